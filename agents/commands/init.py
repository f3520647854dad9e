"""`liaison init DIR`: a practice.yaml to start from, valid as it stands."""

from importlib.resources import files
from pathlib import Path
from typing import TextIO

from tools.errors import SettingsError
from tools.practice import FILE


def init(directory: Path, *, stdout: TextIO) -> int:
    """Write the starter file; refuses to overwrite one that is there."""
    path = directory / FILE
    directory.mkdir(parents=True, exist_ok=True)
    starter = (files("tools") / "practice_starter.yaml").read_text(encoding="utf-8")
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(starter)
    except FileExistsError:
        raise SettingsError(f"{path} is there already: edit it, or name another folder") from None
    stdout.write(
        f"Wrote {path}. Edit it, put your exports beside it, then:\nLIAISON_HOME=.{directory.name} liaison run --practice {directory}\n"
    )
    return 0
