"""What the commands of `liaison` share: their common options, and how each runs and ends."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

if TYPE_CHECKING:
    from agents.parts import Parts
    from policies.records import Channel

PracticeOption = Annotated[Path | None, typer.Option("--practice", help="The practice directory; default LIAISON_PRACTICE or the sample.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Machine-readable output.")]
ByOption = Annotated[str, typer.Option("--by", help="Username from practice.yaml.")]


def finish(code: int) -> NoReturn:
    raise typer.Exit(code)


def instant(value: str | None, option: str = "--now") -> datetime | None:
    """An ISO instant with a time zone (a bare date is the start of that UTC day); otherwise exit 2."""
    if value is None:
        return None
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        raise typer.BadParameter(f"{value} is not an ISO time: write 2026-11-23T09:00:00Z", param_hint=option) from None
    if at.tzinfo is None and len(value) > len("2026-11-23"):
        raise typer.BadParameter(f"{value} has no time zone: end it with Z or an offset", param_hint=option)
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)


def channels_of(names: list[str]) -> "list[Channel]":
    """The channels of these names, in the order given and once each; exit 2 for another word."""
    from policies.records import Channel

    known = [channel.value for channel in Channel]
    if unknown := [name for name in names if name not in known]:
        raise typer.BadParameter(f"{unknown[0]} is not a channel: choose from {', '.join(known)}", param_hint="channels")
    return [Channel(name) for name in dict.fromkeys(names)]


def with_parts(work: Callable[["Parts"], int], *, practice: Path | None, now: datetime | None = None) -> NoReturn:
    from agents.build import open_parts

    with open_parts(practice=practice, now=now) as parts:
        code = work(parts)
    finish(code)
