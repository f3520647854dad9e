"""docs/lifecycle.md says what the code does."""

from pathlib import Path

import pytest

from policies.leads.lifecycle import CONSEQUENCES, MOVES
from policies.leads.sla import SLAS


def rows(page: str, heading: str) -> list[list[str]]:
    """The cells of the table under this header row."""
    lines = page.partition(f"{heading}\n")[2].splitlines()[1:]
    table = lines[: next((place for place, line in enumerate(lines) if not line.startswith("|")), len(lines))]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table]


@pytest.fixture
def page(repository: Path) -> str:
    return (repository / "docs" / "lifecycle.md").read_text(encoding="utf-8")


def test_the_moves_are_those_of_the_code(page: str) -> None:
    assert rows(page, "| from | to |") == [[old, ", ".join(sorted(new))] for old, new in MOVES.items()]


def test_the_reasons_entail_what_the_code_does(page: str) -> None:
    found = rows(page, "| reason | stage | label | what it entails |")

    assert found == [[reason, one.stage, one.label, one.words] for reason, one in CONSEQUENCES.items()]


def test_the_response_times_are_those_of_the_code(page: str) -> None:
    found = rows(page, "| model of the line | accept | first attempt |")

    assert found == [[model, sla.accept.words, sla.attempt.words] for model, sla in SLAS.items()]
