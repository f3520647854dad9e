"""What the commands of `liaison` share: their common options, and how each runs and ends."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

if TYPE_CHECKING:
    from agents.commands.check_output import Format
    from agents.parts import Parts
    from policies.actions import ItemKind
    from policies.records import Channel
    from tools.workspace import Workspace

PracticeOption = Annotated[Path | None, typer.Option("--practice", help="The practice directory; default LIAISON_PRACTICE or the sample.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Machine-readable output.")]
ByOption = Annotated[str, typer.Option("--by", help="Username from practice.yaml.")]

# Written out, because the enums they come from take longer to import than `--help` may; a test compares them.
CHECK_KINDS = (
    "engagement_record, outbound_event, email, sms_call, ad_copy, review_reply, review_request, listing, video_metadata, web_page, audience, "
    "offer_incentive, handoff, payment, vendor, system_record"
)
CHECK_FORMATS = "text, json, sarif, github"
ATTRIBUTION_MODELS = "first, last, linear, time_decay, position, markov, shapley, last_non_direct"

KindOption = Annotated[
    str | None,
    typer.Option(
        "--kind",
        help=f"What documents are: {CHECK_KINDS}. Default by file type: web_page, for .eml email, for subtitles video_metadata. "
        "With it, stdin is one plain text.",
    ),
]
StateOption = Annotated[
    list[str] | None,
    typer.Option("--state", help="Where documents are published, a USPS code such as TX; repeat for more. None = every state."),
]
AsOfOption = Annotated[
    str | None, typer.Option("--as-of", help="Only rules in force on this day (YYYY-MM-DD), by which offers are judged too; default today.")
]
FormatOption = Annotated[str | None, typer.Option("--format", help=f"How results are shown: {CHECK_FORMATS}. Default text.")]


def one_of(value: str, choices: tuple[str, ...]) -> str:
    """The value as given; anything else is misuse. The enums themselves cost 0.2 s to import, a test compares them."""
    if value not in choices:
        raise typer.BadParameter(f"{value}: write {', '.join(choices[:-1])} or {choices[-1]}")
    return value


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


def day_of(value: str | None, option: str = "--as-of") -> date:
    """A day of the calendar; today (UTC) when none is given; otherwise exit 2."""
    from tools.clock import system_clock

    if value is None:
        return system_clock().date()
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise typer.BadParameter(f"{value} is not a day: write YYYY-MM-DD", param_hint=option) from None


def check_words(form: str, kind: str | None, states: list[str]) -> "tuple[Format, ItemKind | None, tuple[str, ...] | None]":
    """The format, kind and states that `liaison check` was given by name; exit 2 for a name that is none."""
    from agents.commands.check_lines import codes_of
    from agents.commands.check_output import Format
    from policies.actions import ItemKind

    if form not in list(Format):
        raise typer.BadParameter(f"{form} is no format: choose from {CHECK_FORMATS}", param_hint="--format")
    if kind is not None and kind not in list(ItemKind):
        raise typer.BadParameter(f"{kind} is no kind: choose from {CHECK_KINDS}", param_hint="--kind")
    for state in states:
        try:
            codes_of([state])
        except ValueError:
            raise typer.BadParameter(f"{state} is no state: write a USPS code such as TX", param_hint="--state") from None
    return Format(form), ItemKind(kind) if kind else None, codes_of(list(states))


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


def with_hand(work: Callable[["Workspace"], int], *, practice: Path | None) -> NoReturn:
    """`with_parts` for what a person decides here: the audit log says that it was typed at the command line, and by whom."""
    from agents.by_hand import by_hand

    with_parts(lambda parts: work(by_hand(parts.workspace)), practice=practice)
