from pathlib import Path

import pytest
import yaml

from policies.leads.model import Model
from policies.records import EngagementKind, Track
from tests.agents.made import practice
from tools.errors import SettingsError
from tools.packs.models import SHIPPED, is_signed, live_models, load_model_file, load_models

PEOPLE = [
    {"username": "mara", "name": "Mara Lindqvist", "roles": ["marketing"]},
    {"username": "sam", "name": "Sam Whitlock", "roles": ["sales"]},
    {"username": "both", "name": "Bo Thorne", "roles": ["marketing", "sales"]},
    {"username": "ada", "name": "Ada Nilsen", "roles": ["auditor"]},
]


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*.yaml")), ids=lambda path: path.stem)
def test_a_shipped_model_scores_events_that_exist_each_below_the_threshold(path: Path) -> None:
    model = load_model_file(path)

    assert model.name == path.stem
    assert set(model.intent_points) <= {kind.value for kind in EngagementKind}
    assert set(model.group_of) == set(model.intent_points)
    assert max(model.intent_points.values()) < model.threshold, "no single act makes an MQL; a request has its own lane"
    assert all(model.intent_points.get(kind, 0) == 0 for kind in ("email_open", "email_sent", "page_view"))
    assert {event for event, points in model.intent_points.items() if points >= 40} == set(model.fast_lane)


@pytest.mark.parametrize(
    ("name", "threshold", "f_min", "i_min", "decay"),
    [
        ("orthopaedics", 60, 20, 25, 0.20),
        ("dental", 50, 16, 20, 0.30),
        ("dermatology", 50, 16, 20, 0.30),
        ("physician_liaison", 60, 20, 20, 0.20),
    ],
)
def test_the_agreed_lines(name: str, threshold: float, f_min: float, i_min: float, decay: float) -> None:
    model = load_model_file(SHIPPED / f"{name}.yaml")

    assert (model.threshold, model.f_min, model.i_min, model.decay_per_quarter) == (threshold, f_min, i_min, decay)
    assert sum(max(weights.values()) for weights in model.fit_weights.values()) == model.fit_cap


def test_every_line_of_the_practice_has_its_model_in_its_order(tmp_path: Path) -> None:
    models = load_models(practice(), tmp_path)

    assert list(models) == ["orthopaedics", "dental", "physician_liaison"]
    assert [model.service_line for model in models.values()] == list(models)
    assert models["physician_liaison"].track is Track.B2B_REFERRAL


def test_the_practices_own_file_wins_and_needs_signatures_on_exactly_it(tmp_path: Path) -> None:
    own = write(tmp_path, threshold=70)
    by_name = practice(people=PEOPLE, model_signatures={"dental": ["mara", "sam"]})
    assert live_models(by_name, load_models(by_name, SHIPPED.parent)).keys() == {"dental"}

    found = load_models(by_name, tmp_path)
    assert found["dental"].threshold == own.threshold
    assert live_models(by_name, found) == {}

    by_id = practice(people=PEOPLE, model_signatures={found["dental"].id: ["mara", "sam"]})
    assert live_models(by_id, found).keys() == {"dental"}


def write(directory: Path, **changes: object) -> Model:
    (directory / "models").mkdir(exist_ok=True)
    path = directory / "models" / "dental.yaml"
    path.write_text(yaml.safe_dump(yaml.safe_load((SHIPPED / "dental.yaml").read_text()) | changes))
    return load_model_file(path)


@pytest.mark.parametrize(
    ("signed", "live"),
    [
        ((), False),
        (("mara",), False),
        (("mara", "sam"), True),
        (("both",), False),
        (("both", "both"), False),
        (("both", "sam"), True),
        (("mara", "ada"), False),
        (("mara", "nobody"), False),
    ],
)
def test_two_different_people_one_of_each_side_must_sign(signed: tuple[str, ...], live: bool) -> None:
    assert is_signed(practice(people=PEOPLE), signed) is live


def test_two_lines_of_one_model_are_two_versions(tmp_path: Path) -> None:
    body = practice().model_dump(mode="json")
    second = body["service_lines"][1] | {"key": "implants", "name": "Implants"}
    models = load_models(practice(service_lines=[*body["service_lines"], second]), tmp_path)

    assert models["dental:implants"].service_line == "implants"
    assert models["dental:implants"].id != models["dental"].id


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"threshold": 20}, "threshold"),
        ({"colour": 1}, "colour: unknown key"),
        ({"fast_lane": ["apointment_request"]}, "fast_lane: apointment_request is no event"),
        ({"fast_lane": []}, "intent_points.appointment_request: one such event makes an MQL by itself .* list it under fast_lane"),
        ({"track": "b2b_referral"}, "track: b2b_referral, but service line dental is b2c_patient"),
    ],
)
def test_a_wrong_file_is_an_error_naming_file_and_key(tmp_path: Path, changes: dict[str, object], message: str) -> None:
    (tmp_path / "models").mkdir()
    path = tmp_path / "models" / "dental.yaml"
    path.write_text(yaml.safe_dump(yaml.safe_load((SHIPPED / "dental.yaml").read_text()) | changes))

    with pytest.raises(SettingsError, match=message) as raised:
        load_models(practice(), tmp_path)
    assert str(path) in str(raised.value)


@pytest.mark.parametrize(
    ("text", "message"), [("a: [", "neither YAML nor JSON"), ("- 1", "not a mapping"), ("track: b2c_patient", "missing")]
)
def test_a_file_that_is_no_model_is_an_error(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "m.yaml"
    path.write_text(text)

    with pytest.raises(SettingsError, match=message):
        load_model_file(path)


def test_a_missing_file_is_an_error_with_the_choices(tmp_path: Path) -> None:
    lines = practice().model_dump(mode="json")["service_lines"]

    with pytest.raises(SettingsError, match=r"does not exist.*orthopaedics"):
        load_models(practice(service_lines=[lines[0] | {"model": "knees"}], providers=[], goals=[]), tmp_path)
    with pytest.raises(SettingsError, match="cannot be read"):
        load_model_file(tmp_path / "none.yaml")


def test_a_json_model_is_read_too(tmp_path: Path) -> None:
    path = tmp_path / "m.json"
    path.write_text(load_model_file(SHIPPED / "dental.yaml").model_dump_json())

    assert load_model_file(path) == load_model_file(SHIPPED / "dental.yaml")
