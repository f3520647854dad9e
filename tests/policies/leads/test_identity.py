from hypothesis import given
from hypothesis import strategies as st

from policies.leads.identity import AMBIGUOUS_AT, ambiguous, components, crowded, is_anonymous, strongest

keys = st.sampled_from([f"{kind}:{n}" for kind in ("user", "email", "phone", "anon") for n in range(6)])
groups = st.lists(st.sets(keys, min_size=1, max_size=3), max_size=15)


def test_what_shares_a_key_hangs_together() -> None:
    found = components([{"email:a", "anon:1"}, {"anon:1", "phone:5"}, {"email:b"}])

    assert found == [["anon:1", "email:a", "phone:5"], ["email:b"]]


@given(groups, st.randoms(use_true_random=False))
def test_the_order_of_meeting_does_not_matter(found: list[set[str]], random: object) -> None:
    shuffled = list(found)
    random.shuffle(shuffled)  # type: ignore[attr-defined]

    assert components(found) == components(shuffled)


@given(groups)
def test_components_part_the_keys(found: list[set[str]]) -> None:
    parts = components(found)

    assert sorted(key for part in parts for key in part) == sorted(set().union(*found))
    assert all(any(group <= set(part) for part in parts) for group in found)


def test_the_strongest_key_names_the_lead() -> None:
    assert strongest(["anon:1", "phone:2", "email:3"]) == "email:3"
    assert is_anonymous(["anon:1"])
    assert not is_anonymous(["anon:1", "phone:2"])


def test_a_front_desk_phone_is_ambiguous_and_a_family_phone_is_not() -> None:
    desk = [{"phone:desk", f"email:{n}"} for n in range(AMBIGUOUS_AT)]
    family = [{"phone:home", f"email:{n}"} for n in range(AMBIGUOUS_AT - 1)]

    assert ambiguous([*desk, *family]) == {"phone:desk"}
    assert crowded(key for group in desk for key in group)
    assert not crowded(key for group in family for key in group)


def test_many_browsers_make_nobody_ambiguous() -> None:
    assert not ambiguous([{"user:1", f"anon:{n}"} for n in range(50)])
