"""No notice can carry free text, every kind has words, and the hours follow a person's own clock."""

import typing
from datetime import UTC, datetime, time
from enum import Enum
from types import UnionType
from typing import Annotated, Any, Literal, get_args, get_origin
from zoneinfo import ZoneInfo

import pytest
from annotated_types import MaxLen
from hypothesis import given
from hypothesis import strategies as st
from pydantic import AwareDatetime, StringConstraints, ValidationError

from policies import notices
from policies.actions import ActionKind, Risk, Verdict
from policies.approval.ladder import Level
from policies.leads.sla import Timer
from policies.notice_times import Choice, Medium, Mode, Preferences, after_quiet, defaults, next_digest, offered, send_at
from policies.notices import Notice, NoticeKind, Scope, Waiting, Words, notice_of, words_of
from policies.records import Channel, Record, Track

AT = datetime(2026, 3, 2, 14, 0, tzinfo=UTC)
NAMES = {"dana": "Dana Whitcombe"}
NEW_YORK = ZoneInfo("America/New_York")
ITEM = Waiting(
    action="A-0123456789ab",
    item=ActionKind.REVIEW_REPLY,
    channel=Channel.LISTINGS,
    risk=Risk.HIGH,
    verdict=Verdict.NEEDS_REVIEW,
    version=2,
    expires_at=AT,
)
EVERY: tuple[Notice, ...] = (
    notices.ItemsWait(run="R-20260302090000-0a1b2c", count=12, high=3, items=(ITEM,)),
    notices.ItemsExpireSoon(count=1, items=(ITEM,)),
    notices.ItemEscalated(item=ITEM),
    notices.Mentioned(action=ITEM.action, item=ITEM.item, by="dana"),
    notices.Assigned(item=ITEM, by="dana"),
    notices.ExecutionFailed(action=ITEM.action, item=ITEM.item),
    notices.ExecutionUnknown(action=ITEM.action, item=ITEM.item),
    notices.ChannelDegraded(channel=Channel.YOUTUBE, run="R-20260302090000-0a1b2c"),
    notices.Paused(scope=Scope.ALL, by="dana"),
    notices.Resumed(scope=Scope.EMAIL, by="dana"),
    notices.HandoffWaits(handoff="X-0123456789abcdef01234567", track=Track.B2C_PATIENT, accept_by=AT),
    notices.HandoffOverdue(handoff="X-0123456789abcdef01234567", timer=Timer.ACCEPT, due_at=AT),
    notices.AutonomyLowered(item=ITEM.item, level=Level.PROPOSE),
    notices.AutonomyRaised(item=ITEM.item, level=Level.ACT, by="dana"),
    notices.AccessChanged(person="dana", by="dana", way=notices.WayIn.AUTHENTICATOR),
    notices.WeeklyBrief(since=AT, until=AT, done=4, waiting=2, not_done=1, spend_usd=812.5),
)


def said(notice: Notice) -> Words:
    return words_of(notice, names=NAMES, when=lambda at: f"{at:%d %b, %H:%M}")


# --- free of PHI by type

# The closed forms a text may have: ids we make, and user names, which are looked up before anything of them is shown.
FORMS = {r"^A-[0-9a-f]{1,14}$", r"^X-[0-9a-f]{1,24}$", r"^R-\d{14}-[0-9a-f]{6}$", r"^[a-z][a-z0-9._-]{1,40}$"}


def open_ends(kind: Any, at: str) -> list[str]:
    """Where `kind` has room for words of somebody's own."""
    origin = get_origin(kind)
    if origin is Annotated:
        inner, *rules = get_args(kind)
        forms = [rule.pattern for rule in rules if isinstance(rule, StringConstraints)]
        return [] if inner is str and forms and set(forms) <= FORMS else open_ends(inner, at)
    if origin is Literal:
        return [] if all(isinstance(value, Enum) for value in get_args(kind)) else [at]
    if origin in (UnionType, typing.Union, tuple):
        return [end for part in get_args(kind) if part not in (type(None), ...) for end in open_ends(part, at)]
    if isinstance(kind, type) and issubclass(kind, Record):
        return [
            end
            for name, part in typing.get_type_hints(kind, include_extras=True).items()
            if name != "model_config"
            for end in open_ends(part, f"{at}.{name}")
        ]
    closed = isinstance(kind, type) and (issubclass(kind, Enum) or kind in (bool, int, float, AwareDatetime))
    return [] if closed else [at]


@pytest.mark.parametrize("kind", get_args(Notice), ids=lambda kind: kind.__name__)
def test_no_notice_has_a_place_for_free_text(kind: type[Record]) -> None:
    assert open_ends(kind, kind.__name__) == []


def test_the_walk_finds_free_text_where_there_is_some() -> None:
    class Leaky(Record):
        note: str
        tags: tuple[str, ...] = ()
        named: Literal["anything"] = "anything"

    assert open_ends(Leaky, "Leaky") == ["Leaky.note", "Leaky.tags", "Leaky.named"]


def test_every_kind_is_one_record_and_every_record_one_kind() -> None:
    kinds = [get_args(record.model_fields["kind"].annotation)[0] for record in get_args(Notice)]

    assert sorted(kinds) == sorted(NoticeKind)
    assert {type(one) for one in EVERY} == set(get_args(Notice))


@given(st.text(min_size=1))
def test_what_is_no_id_of_ours_is_refused(text: str) -> None:
    with pytest.raises(ValidationError) as refused:
        notices.ExecutionFailed(action=f"{text} ", item=ActionKind.REVIEW_REPLY)

    assert "input_value" not in str(refused.value)


def test_an_unknown_field_cannot_ride_along() -> None:
    with pytest.raises(ValidationError):
        notice_of({"kind": "execution_failed", "action": "A-0123456789ab", "item": "review_reply", "note": "Mrs Alvarez called"})


# --- words


@pytest.mark.parametrize("notice", EVERY, ids=lambda one: one.kind.value)
def test_each_notice_comes_back_from_its_stored_form_and_says_something(notice: Notice) -> None:
    words = said(notice)

    assert notice_of(notice.model_dump(mode="json")) == notice
    assert words.subject
    assert words.sentence.endswith(".")
    assert words.path.startswith("/")
    assert all(filled in f"{words.subject} {words.sentence}" for filled in words.filled)


def test_somebody_who_is_not_of_the_practice_is_not_named() -> None:
    words = said(notices.Paused(scope=Scope.ALL, by="maria.alvarez"))

    assert "alvarez" not in f"{words}".lower()
    assert words.sentence.startswith("Somebody paused it")


def test_a_heap_of_items_is_a_number_and_the_riskiest_five() -> None:
    with pytest.raises(ValidationError) as refused:
        notices.ItemsWait(count=6, high=0, items=(ITEM,) * (notices.SHOWN + 1))

    assert refused.value.errors()[0]["ctx"]["max_length"] == MaxLen(notices.SHOWN).max_length
    assert said(EVERY[0]).subject == "12 items wait for your decision"
    assert "3 are high risk" in said(EVERY[0]).sentence


# --- when


def wanting(**changes: Any) -> Preferences:
    return Preferences(**{"digest_at": time(8), "weekdays": (0, 1, 2, 3, 4), "quiet_from": time(20), "quiet_to": time(7), **changes})


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-03-02T12:59:00+00:00", "2026-03-02T13:00:00+00:00"),  # Monday 07:59 in New York, winter
        ("2026-03-02T13:00:00+00:00", "2026-03-03T13:00:00+00:00"),  # the hour itself belongs to the digest before
        ("2026-03-06T13:30:00+00:00", "2026-03-09T12:00:00+00:00"),  # Friday → Monday, and summer time began on Sunday
    ],
)
def test_a_digest_comes_at_the_same_hour_on_the_wall(now: str, expected: str) -> None:
    assert next_digest(wanting(), datetime.fromisoformat(now), NEW_YORK) == datetime.fromisoformat(expected)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-03-03T00:59:00+00:00", "2026-03-03T00:59:00+00:00"),  # 19:59
        ("2026-03-03T01:00:00+00:00", "2026-03-03T12:00:00+00:00"),  # 20:00 → 07:00 of the next day
        ("2026-03-03T11:59:00+00:00", "2026-03-03T12:00:00+00:00"),  # 06:59 → 07:00 of the same day
        ("2026-03-03T12:00:00+00:00", "2026-03-03T12:00:00+00:00"),
    ],
)
def test_quiet_hours_hold_back_until_they_end(now: str, expected: str) -> None:
    assert after_quiet(wanting(), datetime.fromisoformat(now), NEW_YORK) == datetime.fromisoformat(expected)


def test_equal_ends_mean_no_quiet_hours() -> None:
    night = datetime(2026, 3, 3, 7, 0, tzinfo=UTC)

    assert after_quiet(wanting(quiet_from=time(0), quiet_to=time(0)), night, NEW_YORK) == night


@given(
    st.datetimes(AT.replace(tzinfo=None), AT.replace(year=2027, tzinfo=None)),
    st.times(),
    st.times(),
    st.sets(st.integers(0, 6), min_size=1),
)
def test_nothing_leaves_before_it_happened_or_in_quiet_hours(at: datetime, begin: time, end: time, days: set[int]) -> None:
    now = at.replace(tzinfo=UTC)
    wanted = wanting(quiet_from=begin, quiet_to=end, weekdays=tuple(sorted(days)))

    once, digest = (send_at(wanted, mode, now, NEW_YORK) for mode in (Mode.AT_ONCE, Mode.DIGEST))

    assert once >= now
    assert after_quiet(wanted, once, NEW_YORK) == once
    assert digest > now
    assert digest.astimezone(NEW_YORK).weekday() in days


def test_somebody_away_is_told_after_their_return() -> None:
    back = datetime(2026, 3, 9, 5, 0, tzinfo=UTC)

    assert send_at(wanting(), Mode.AT_ONCE, AT, NEW_YORK, absent_until=back) == datetime(2026, 3, 9, 12, 0, tzinfo=UTC)


def test_of_two_roles_the_sooner_word_counts() -> None:
    both = defaults(("sales", "marketing"))

    assert both.choice(NoticeKind.HANDOFF_WAITS).mode is Mode.AT_ONCE
    assert both.choice(NoticeKind.EXECUTION_UNKNOWN) == Choice(mode=Mode.AT_ONCE, media=(Medium.EMAIL, Medium.SLACK))
    assert defaults(("auditor",)).choice(NoticeKind.ITEMS_WAIT).mode is Mode.OFF
    assert set(offered(("marketing", "sales", "compliance"))) == set(NoticeKind)
