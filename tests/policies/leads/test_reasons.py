from policies.leads.reasons import EVENT_WORDS, reasons
from policies.records import Contribution
from tools.packs.models import SHIPPED, load_model_file

MODEL = load_model_file(SHIPPED / "orthopaedics.yaml")


def worth(type_: str, points: float) -> Contribution:
    return Contribution(event_id="E-1", type=type_, points_now=points)


def test_the_three_strongest_in_words() -> None:
    found = reasons(
        MODEL,
        {"in_area": "yes", "payer": "self_pay", "unrelated": "x"},
        [worth("pricing_page", 12), worth("pricing_page", 10), worth("email_click", 4), worth("tracked_call", 29)],
        fast_lane=False,
    )

    assert found == ("called (+29.0)", "read about cost or insurance 2 times (+22.0)", "fit 20 of 40 (in area: yes, payer: self pay)")


def test_a_request_comes_first_and_only_once() -> None:
    found = reasons(MODEL, {}, [worth("tracked_call", 30), worth("callback_request", 20)], fast_lane=True)

    assert found == ("asked to be called back: goes to a person whatever the score", "called (+30.0)")


def test_every_shipped_event_has_words() -> None:
    for path in SHIPPED.glob("*.yaml"):
        assert load_model_file(path).events <= EVENT_WORDS.keys()
