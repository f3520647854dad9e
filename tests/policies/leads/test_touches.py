"""Touches: one per visit, by the door it came through."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from policies.leads.touches import NO_TOUCH, Act, touches
from policies.records import Channel, EngagementKind

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PAGE, CLICK = EngagementKind.SERVICE_PAGE, EngagementKind.EMAIL_CLICK


def page(minutes: float, medium: str = "", kind: EngagementKind = PAGE, channel: Channel = Channel.SEARCH) -> Act:
    return Act(START + timedelta(minutes=minutes), kind, channel, medium)


def doors(*acts: Act) -> list[str]:
    return [door for _, door in touches(acts)]


def test_the_pages_of_a_visit_are_one_touch_by_the_tag_of_the_first() -> None:
    assert doors(page(0, "cpc"), page(5), page(34)) == ["paid search"]
    assert doors(page(0, "cpc"), page(31)) == ["paid search", "direct"]


def test_a_door_named_later_in_a_visit_names_the_visit() -> None:
    assert doors(page(0), page(3, "organic")) == ["organic search"]


def test_another_door_is_another_touch_also_within_minutes() -> None:
    click = page(2, kind=CLICK, channel=Channel.EMAIL)

    assert doors(page(0, "cpc"), click, page(3)) == ["paid search", "email"]


def test_mails_we_sent_and_opens_by_machines_are_no_touches() -> None:
    assert doors(*(page(9 * place, kind=kind) for place, kind in enumerate(sorted(NO_TOUCH)))) == []


acts = st.builds(page, st.integers(0, 300), st.sampled_from(["", "cpc", "organic"]), st.sampled_from(list(EngagementKind)))


@given(st.lists(acts, max_size=12), st.randoms())
def test_the_order_in_which_acts_arrive_changes_nothing(some: list[Act], dice) -> None:  # type: ignore[no-untyped-def]
    shuffled = [*some]
    dice.shuffle(shuffled)

    assert touches(shuffled) == touches(some)
    assert [at for at, _ in touches(some)] == sorted(at for at, _ in touches(some))
