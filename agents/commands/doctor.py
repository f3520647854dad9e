"""`liaison doctor`: what is wrong with this installation and how to mend it. Reads only; shows counts, files and reasons, never content."""

import json
from collections.abc import Sequence
from typing import NamedTuple, TextIO

from sqlalchemy import Connection, select

from agents.parts import Parts
from approvals.policy_lint import report
from policies.actions import Status
from tools.settings import secret
from tools.store import actions, desk, runs
from tools.store.action_tables import executions
from tools.store.engagements import LETTER_OF_THE_SCRUB, Letter, open_letters
from tools.store.notices import dead_deliveries

SHOWN = 20
PLACES = 8


class Sign(NamedTuple):
    """One thing doctor looked at. `level` is ok, note (worth knowing) or wrong (needs somebody)."""

    level: str
    what: str
    mend: str = ""


def doctor(parts: Parts, *, as_json: bool, stdout: TextIO) -> int:
    """Exit 1 when something needs somebody, 0 otherwise."""
    with parts.workspace.database.read() as connection:
        letters = open_letters(connection)
        signs = [
            *_audit(parts),
            *_runs(connection),
            *_letters(letters),
            *_executions(connection),
            *_jobs(connection),
            *_fields(connection),
            *_policy(parts, connection),
        ]
    signs += _setup(parts)
    if as_json:
        found = {"signs": [sign._asdict() for sign in signs], "dead_letters": [letter._asdict() for letter in letters]}
        stdout.write(json.dumps(found, indent=2) + "\n")
    else:
        for sign in signs:
            stdout.write(f"{sign.level:<6} {sign.what}\n" + (f"       → {sign.mend}\n" if sign.mend else ""))
    return 1 if any(sign.level == "wrong" for sign in signs) else 0


def _audit(parts: Parts) -> list[Sign]:
    found = parts.workspace.audit.verify(parts.workspace.database)
    if found.ok:
        return [Sign("ok", f"audit log: {found.rows:,} rows, chain and head agree")]
    return [Sign("wrong", f"audit log: {found.problem}", "keep the files as they are and restore from the last good backup")]


def _runs(connection: Connection) -> list[Sign]:
    last = next(iter(runs.recent_runs(connection, limit=1)), None)
    if last is None:
        return [Sign("note", "no run yet", "liaison run")]
    if last.status != "done" or last.summary is None:
        mend = (
            "run again: what was not finished is picked up" if last.status == "failed" else "it is under way, or the next run finishes it"
        )
        return [
            Sign("wrong" if last.status == "failed" else "note", f"last run {last.id} is {last.status}: {last.error or 'no error'}", mend)
        ]
    signs = [Sign("ok", f"last run {last.id} finished at {last.finished_at:%Y-%m-%d %H:%M} UTC")]
    for channel, row in last.summary["channels"].items():
        if row["status"] != "ok":
            signs.append(Sign("note", f"channel {channel} is {row['status']}: {row['reason']}", "mend the source named, then run again"))
    return signs


def _letters(letters: Sequence[Letter]) -> list[Sign]:
    groups: dict[tuple[str, str, str, str], list[str]] = {}
    for letter in letters:
        groups.setdefault((letter.file, letter.source, letter.reason, letter.mend), []).append(letter.place)
    signs = []
    for (file, source, reason, mend), places in groups.items():
        where = "a record of the store" if file == LETTER_OF_THE_SCRUB else file
        named = "; ".join(place for place in places[:PLACES] if place)
        more = f" and {len(places) - PLACES} more" if len(places) > PLACES else ""
        signs.append(Sign("note", f"dead letter: {where}{f' ({named}{more})' if named else ''}, {source}: {reason}", mend))
    return signs or [Sign("ok", "no dead letters")]


def _executions(connection: Connection) -> list[Sign]:
    unknown = actions.list_actions(connection, statuses=(Status.UNKNOWN,), limit=SHOWN)
    failed = actions.list_actions(connection, statuses=(Status.FAILED,), limit=SHOWN)
    signs = [
        Sign("wrong", f"action {one.id}: its effect is unknown", "look at the provider, then resolve it on its page") for one in unknown
    ]
    for one in failed:
        errors = connection.scalars(select(executions.c.error).where(executions.c.action == one.id, executions.c.status == "failed"))
        signs.append(
            Sign("wrong", f"action {one.id} failed: {'; '.join(error or '' for error in errors)}", "mend the cause, then requeue it")
        )
    return signs or [Sign("ok", "no execution failed or is in doubt")]


def _jobs(connection: Connection) -> list[Sign]:
    return [Sign("note", f"{kind} job for {subject} failed: {error}") for kind, subject, error, _ in desk.failed_jobs(connection, limit=5)]


def _fields(connection: Connection) -> list[Sign]:
    unknown = desk.unknown_field_counts(connection, limit=200)
    if not unknown:
        return []
    total = sum(count for _, _, count in unknown)
    return [Sign("ok", f"{total:,} values in {len(unknown)} fields that no schema knows were kept sealed")]


def _policy(parts: Parts, connection: Connection) -> list[Sign]:
    """What nobody can approve; the rest of the lint is `liaison policy lint`."""
    found = report(parts.workspace.practice, connection, now=parts.workspace.clock())
    closed = [Sign("wrong", f"approval policy: {one.what}", one.mend) for one in found.problems if one.level == "closed"]
    notes = len(found.problems) - len(closed)
    if notes:
        closed.append(Sign("note", f"approval policy: {notes} remarks", "liaison policy lint"))
    return closed or [Sign("ok", "approval policy: every kind can be approved")]


def _notifications(parts: Parts) -> list[Sign]:
    """Can everybody be told? Addresses and secrets as they stand; nothing is sent."""
    practice = parts.workspace.practice
    relay, slack = practice.mail_relay(), practice.notifications.slack
    if relay is None and slack is None:
        return [Sign("note", "nobody is notified outside the desk", "set notifications in practice.yaml: docs/notifications.md")]
    names = [name for name in (relay.username_env, relay.password_env) if name] if relay else []
    names += [slack.bot_token_env, slack.signing_secret_env] if slack else []
    signs = [Sign("wrong", f"notifications: {name} is not set", "set the variable and restart") for name in names if secret(name) is None]
    lacking = {"email": relay, "slack_user": slack}
    for field, carrier in lacking.items():
        without = [person.username for person in practice.people if getattr(person, field) is None] if carrier else []
        if without:
            signs.append(Sign("note", f"no {field} for {', '.join(without)}", f"add {field} under people, or the bell alone tells them"))
    with parts.workspace.database.read() as connection:
        dead = dead_deliveries(connection)
    signs += [
        Sign("wrong", f"{one.notices} notice(s) to {one.person} by {one.medium}: {one.error}", "mend it, then retry on Health")
        for one in dead
    ]
    return signs or [Sign("ok", "notifications: addresses and secrets are set")]


def _setup(parts: Parts) -> list[Sign]:
    workspace = parts.workspace
    practice = workspace.practice
    signs = []
    with workspace.database.read() as connection:
        in_force = {model.name for model in parts.models(connection).values()}
    unsigned = sorted({line.model for line in practice.service_lines} - in_force)
    if unsigned:
        signs.append(
            Sign("note", f"scoring models not live: {', '.join(unsigned)}", "marketing and sales must both sign: liaison model sign")
        )
    smtp = practice.destinations.smtp
    if smtp and not smtp.baa:
        signs.append(Sign("note", "the mail relay has no BAA", "e-mail to leads is refused until destinations.smtp.baa is on file"))
    signs += _notifications(parts)
    if workspace.settings.openai_api_key is None:
        signs.append(Sign("note", "no language model: the playbook drafts everything", "set LIAISON_OPENAI_API_KEY to turn it on"))
    home_mode = workspace.settings.home.stat().st_mode & 0o077
    if home_mode:
        signs.append(Sign("wrong", f"{workspace.settings.home} can be read by others", f"chmod 700 {workspace.settings.home}"))
    return signs
