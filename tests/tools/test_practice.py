"""practice.yaml: every mistake is named by file and key, with how to mend it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.journeys.support import ROOT
from tools.errors import SettingsError
from tools.practice import load_practice

STARTER = (ROOT / "tools" / "practice_starter.yaml").read_text()


def write(folder: Path, change: Callable[[dict[str, Any]], None]) -> Path:
    body = yaml.safe_load(STARTER)
    change(body)
    (folder / "practice.yaml").write_text(yaml.safe_dump(body))
    return folder


def test_the_starter_file_is_valid_as_it_stands(tmp_path: Path) -> None:
    (tmp_path / "practice.yaml").write_text(STARTER)

    assert load_practice(tmp_path).key == "my-practice"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda body: body.update(buget={}), ("buget", "unknown key")),
        (lambda body: body["organisation"].update(nme="x"), ("organisation.nme", "unknown key")),
        (lambda body: body.pop("people"), ("people", "missing")),
        (lambda body: body["locations"][0].update(timezone="Texas"), ("locations.0.timezone", "IANA", "America/Chicago")),
        (lambda body: body["channels"]["search"]["sources"][0].update(timezone="CST6"), ("sources.0.timezone", "IANA")),
        (lambda body: body["channels"]["search"]["sources"][0].update(source="bing"), ("sources.0.source",)),
        (lambda body: body["channels"].update(fax={"sources": []}), ("channels.fax",)),
        (lambda body: body["service_lines"][0].update(locations=["mars"]), ("orthopaedics", "mars")),
        (lambda body: body["goals"][0].update(service_line="dental"), ("goals", "dental")),
        (lambda body: body["budget"].update(by_channel_usd={"search": 9}), ("budget", "monthly_usd")),
        (lambda body: body["people"].append(body["people"][0]), ("people", "username")),
        (lambda body: body["approval_policy"]["rules"][0].update(roles=[]), ("approval_policy.rules.0.roles",)),
        (lambda body: body["approval_policy"]["rules"][0].update(kinds=["tweet"]), ("approval_policy.rules.0.kinds",)),
    ],
)
def test_a_mistake_is_named_by_file_and_key(change: Callable[[dict[str, Any]], None], words: tuple[str, ...], tmp_path: Path) -> None:
    folder = write(tmp_path, change)

    with pytest.raises(SettingsError) as refused:
        load_practice(folder)

    for word in ("practice.yaml", *words):
        assert word in str(refused.value)


@pytest.mark.parametrize("text", ["key: [", "- a list", "\tkey: x", "key: \udc80".encode("utf-8", "surrogatepass").decode("latin-1")])
def test_what_is_not_yaml_is_refused_with_the_place(text: str, tmp_path: Path) -> None:
    (tmp_path / "practice.yaml").write_text(text)

    with pytest.raises(SettingsError, match=r"practice\.yaml"):
        load_practice(tmp_path)


def test_a_missing_practice_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="liaison init"):
        load_practice(tmp_path / "nowhere")


@pytest.mark.parametrize("days", [0, 366, "long"])
def test_a_window_outside_a_year_is_refused_by_key(days: object, tmp_path: Path) -> None:
    folder = write(tmp_path, lambda body: body["service_lines"][0].update(attribution_window_days=days))

    with pytest.raises(SettingsError, match=r"service_lines\.0\.attribution_window_days"):
        load_practice(folder)


def test_a_referral_line_without_a_window_looks_back_half_a_year(tmp_path: Path) -> None:
    def change(body: dict[str, Any]) -> None:
        body["service_lines"][0].pop("attribution_window_days")
        body["service_lines"][0]["track"] = "b2b_referral"

    assert load_practice(write(tmp_path, change)).line("orthopaedics").window_days() == 180
