"""The house: layers, file sizes, documents that must match the code, and nothing of this machine in the tree."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from policies.actions import TRANSITIONS, ActionKind, Status
from policies.kinds import KINDS
from tools.settings import Settings

PACKAGES = ("agents", "approvals", "policies", "tools")
MAX_LINES = 500


@pytest.fixture(scope="module")
def tracked(repository: Path) -> list[Path]:
    """Files of the tree as git sees them (tracked, or new and not ignored)."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=repository, capture_output=True, text=True, check=True
    )
    return [path for line in listed.stdout.splitlines() if (path := repository / line).is_file()]


def test_the_import_contracts_hold(repository: Path) -> None:
    """Layers, pure policies, one door to the outside, senders only through the guard: see [tool.importlinter] in pyproject.toml."""
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"]
    done = subprocess.run(command, cwd=repository, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout[-3000:]


def test_there_is_no_fifth_package(repository: Path) -> None:
    found = {path.parent.name for path in repository.glob("*/__init__.py")}

    assert found == set(PACKAGES)


def test_tests_are_no_package_and_never_shadow_ours(repository: Path) -> None:
    assert list((repository / "tests").rglob("__init__.py")) == []
    assert "importlib" in (repository / "pyproject.toml").read_text()


def test_no_file_is_too_long_to_read(tracked: list[Path]) -> None:
    long = {path.name: lines for path in tracked if path.suffix == ".py" and (lines := path.read_text().count("\n")) > MAX_LINES}

    assert long == {}


def test_nothing_needs_what_lies_beside_the_project(tracked: list[Path]) -> None:
    outside = "../" + "shared"
    found = [path.name for path in tracked if path.suffix in (".py", ".toml", ".sh", "") and outside in path.read_text(errors="ignore")]

    assert found == []


def test_lock_files_hold_hashes_and_no_addresses(repository: Path) -> None:
    for name in ("requirements.lock", "requirements-dev.lock"):
        text = (repository / name).read_text()
        assert "--hash=sha256:" in text
        assert "://" not in text


def test_every_setting_is_documented(repository: Path) -> None:
    table = (repository / "docs" / "settings.md").read_text()
    documented = set(re.findall(r"^\| `LIAISON_([A-Z_]+)`", table, flags=re.M))

    assert documented == {name.upper() for name in Settings.model_fields}


def test_every_action_kind_and_status_has_its_row() -> None:
    assert KINDS.keys() == set(ActionKind)
    assert TRANSITIONS.keys() == set(Status)
    assert all(kind.item_kinds and kind.operations for kind in KINDS.values())


def test_only_the_settings_module_reads_the_environment(tracked: list[Path], repository: Path) -> None:
    ours = [path for path in tracked if path.suffix == ".py" and path.relative_to(repository).parts[0] in PACKAGES]
    readers = {str(path.relative_to(repository)) for path in ours if re.search(r"os\.(environ|getenv)", path.read_text())}

    assert readers == {"tools/settings.py"}


def test_decisions_move_only_in_approvals(tracked: list[Path], repository: Path) -> None:
    """`transition` is the one conditional UPDATE of a status, and only approvals call it."""
    ours = [path for path in tracked if path.suffix == ".py" and path.relative_to(repository).parts[0] in PACKAGES]
    callers = {str(path.relative_to(repository)) for path in ours if re.search(r"\btransition\(", path.read_text())}
    updaters = {str(path.relative_to(repository)) for path in ours if re.search(r"update\(actions\)", path.read_text())}

    assert all(caller.startswith("approvals/") or caller == "tools/store/actions.py" for caller in callers)
    assert updaters == {"tools/store/actions.py"}


def test_contacts_are_resolved_in_two_places_only(tracked: list[Path], repository: Path) -> None:
    ours = [path for path in tracked if path.suffix == ".py" and path.relative_to(repository).parts[0] in PACKAGES]
    found = {
        str(path.relative_to(repository))
        for path in ours
        if re.search(r"from tools\.store\.contacts import .*resolve|contacts\.resolve\(", path.read_text())
    }

    assert found <= {"approvals/execute.py", "approvals/reveal.py"}
    assert found
