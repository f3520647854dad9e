"""What the recipient will see, per kind: which template draws it, with which values. Templates are one per family, in `templates/content/`.

Whatever a template does not draw is listed beside it: an approval binds to all of the content, so all of it stands on the page.
"""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection

from approvals import live
from approvals.executions import execution_id
from policies.actions import Action, ActionKind
from policies.kinds import Operation
from tools.letter import FIRST_NAME, UnknownTokens, letter_of
from tools.practice import Practice
from tools.store.results import adopted_budgets

TITLE_MAX = 70  # characters of a video's title shown before it is cut; YouTube allows 100 and cuts in lists
_TERM = re.compile(r'^"(.*)"$')
_STARS = 5


class Shown(NamedTuple):
    """`text` is what findings may be marked in; `drawn` names the fields the template itself shows."""

    template: str
    text: str
    drawn: frozenset[str]
    values: dict[str, Any]


def shown(practice: Practice, connection: Connection, action: Action, *, now: datetime) -> Shown:
    """The content of `action` for its page. Never raises for odd content: what does not fit a family's form is shown as plain text."""
    draw = _DRAWN.get(action.kind)
    found = draw(practice, connection, action, now) if draw else None
    return found or _as_text(action)


def _as_text(action: Action) -> Shown:
    return _view("text", action, ())


def _view(template: str, action: Action, drawn: tuple[str, ...], *, text: str = "", **values: Any) -> Shown:
    content = action.content
    return Shown(f"content/{template}.html", text or f"{content.title}\n{content.body}", frozenset(drawn), values)


def _email(practice: Practice, _: Connection, action: Action, _now: datetime) -> Shown | None:
    smtp = practice.destinations.smtp
    try:
        letter = letter_of(
            action.content,
            practice.organisation,
            sender=smtp.sender if smtp else "",
            first_name=FIRST_NAME,
            execution=execution_id(action, Operation.SMTP),
        )
    except UnknownTokens:
        return _view("email", action, (), letter=None)
    return _view("email", action, (), text=f"{letter.subject}\n{letter.body}", letter=letter, configured=smtp is not None)


def _reply(_: Practice, connection: Connection, action: Action, _now: datetime) -> Shown | None:
    source = live.source_of(connection, action)
    rating = action.content.fields.get("rating")
    stars = rating if isinstance(rating, int) and 0 <= rating <= _STARS else None
    return _view("reply", action, ("rating", "written_on"), source=source, stars=stars, written_on=action.content.fields.get("written_on"))


def _video(_: Practice, __: Connection, action: Action, _now: datetime) -> Shown | None:
    return _view("video", action, ("video",), length=len(action.content.title), most=TITLE_MAX, video=action.content.fields.get("video"))


def _keywords(_: Practice, __: Connection, action: Action, _now: datetime) -> Shown | None:
    where, *lines = action.content.body.splitlines() or [""]
    terms = [found[1] for line in lines if (found := _TERM.match(line))]
    if not terms or len(terms) != len(lines):
        return None
    return _view("keywords", action, ("campaign", "match_type", "count"), where=where, terms=terms)


def _budget(_: Practice, connection: Connection, action: Action, now: datetime) -> Shown | None:
    amount, spent = action.content.fields.get("amount_usd"), live.monthly_spend(connection, action, now=now)
    if not spent or not isinstance(amount, int | float):
        return None
    rows = [_Bar(name, sign * float(amount), before) for (name, before), sign in zip(spent.items(), (-1, 1), strict=False)]
    most = max([(row.before or 0.0) for row in rows] + [(row.after or 0.0) for row in rows] + [1.0])
    drawn = ("from_campaign", "to_campaign", "amount_usd")
    return _view("budget", action, drawn, amount=float(amount), rows=rows, most=most)


class _Bar(NamedTuple):
    """One campaign's dollars per 30 days before and after; None where the export shows no spend of it."""

    name: str
    change: float
    before: float | None

    @property
    def after(self) -> float | None:
        return None if self.before is None else max(self.before + self.change, 0.0)


def _profile(practice: Practice, _: Connection, action: Action, _now: datetime) -> Shown | None:
    rows = live.listed_values(action)
    if not rows or len(rows) != len(action.content.body.splitlines()):
        return None
    return _view("profile", action, ("wrong_fields",), rows=rows)


def _page(_: Practice, __: Connection, action: Action, _now: datetime) -> Shown | None:
    return _view("page", action, ())


def _handoff(practice: Practice, _: Connection, action: Action, _now: datetime) -> Shown | None:
    fields = action.content.fields
    line = next((one.name for one in practice.service_lines if one.key == fields.get("service_line")), None)
    drawn = ("service_line", "score", "stage", "consent_flags", "next_action", "lead_id")
    return _view("handoff", action, drawn, line=line or str(fields.get("service_line", "")), fields=fields)


def _plan(practice: Practice, connection: Connection, action: Action, _now: datetime) -> Shown | None:
    fields = action.content.fields
    in_force = {**practice.budget.by_channel_usd, **adopted_budgets(connection)}
    rows = [
        (channel, before, float(after))
        for channel, before in in_force.items()
        if isinstance(after := fields.get(f"{channel.value}_usd"), int | float)
    ]
    return _view("plan", action, tuple(f"{channel.value}_usd" for channel, _, _ in rows), rows=rows) if rows else None


_DRAWN: dict[ActionKind, Callable[[Practice, Connection, Action, datetime], Shown | None]] = {
    ActionKind.NURTURE_EMAIL: _email,
    ActionKind.REVIEW_REPLY: _reply,
    ActionKind.COMMENT_REPLY: _reply,
    ActionKind.VIDEO_METADATA: _video,
    ActionKind.NEGATIVE_KEYWORDS: _keywords,
    ActionKind.BUDGET_SHIFT: _budget,
    ActionKind.PROFILE_CORRECTION: _profile,
    ActionKind.LANDING_PAGE_FIX: _page,
    ActionKind.QUERY_COVERAGE: _page,
    ActionKind.MQL_HANDOFF: _handoff,
    ActionKind.PLAN_BUDGET: _plan,
}
"""A suppression has no look of its own: its one sentence is the whole of it."""
