"""Between the first proof and the session: the second factor. Until it is given, the browser holds a step's token, which opens no page."""

import secrets
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import Connection, delete, insert, select

from approvals.identity import totp
from approvals.identity.errors import SignInRefused
from approvals.identity.limits import Origin
from approvals.identity.sessions import TOKEN_BYTES, kept, open_session
from tools.practice import Person
from tools.store.identity_tables import signin_steps
from tools.workspace import Workspace

STEP_LIFETIME = timedelta(minutes=10)


class Next(StrEnum):
    """What comes after the first proof."""

    DESK = "desk"  # signed in: the token is a session's
    CODE = "code"  # a code of the person's authenticator
    ENROL = "enrol"  # their role needs an authenticator and they have none yet


class Entrance(NamedTuple):
    """The token for the browser's cookie, and what it opens."""

    token: str
    next: Next


class Step(NamedTuple):
    person: Person
    next: Next
    method: str


def enter(
    ws: Workspace, connection: Connection, person: Person, *, method: str, origin: Origin, now: datetime, proved_at: datetime | None = None
) -> Entrance:
    """A session, or a step where a second factor is due. Single sign-on brings its provider's own second factor.

    `proved_at`: when the person proved who they are, if that was not now: a provider may vouch for somebody it asked this morning.
    """
    if method == "sso":
        kind = Next.DESK
    elif totp.is_on(connection, person.username):
        kind = Next.CODE
    else:
        kind = Next.ENROL if totp.is_required(ws.practice, person) else Next.DESK
    if kind is Next.DESK:
        token = open_session(ws, connection, person.username, method=method, origin=origin, now=now, proved_at=proved_at)
        return Entrance(token, kind)
    if kind is Next.ENROL:
        totp.new_secret(ws, connection, person.username)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    # One at a time: a second sign-in ends the step before it, and the table stays as small as the list of people.
    connection.execute(delete(signin_steps).where(signin_steps.c.username == person.username))
    row = {"token_hash": kept(ws, token), "username": person.username, "kind": kind.value, "method": method, "agent": origin.agent}
    connection.execute(insert(signin_steps).values(**row, expires_at=now + STEP_LIFETIME))
    return Entrance(token, kind)


def step_of(ws: Workspace, token: str | None) -> Step:
    """Whose step this is. Reads only. Raises SignInRefused when it is over."""
    with ws.database.read() as connection:
        row = connection.execute(
            select(signin_steps).where(signin_steps.c.token_hash == kept(ws, token or ""), signin_steps.c.expires_at > ws.clock())
        ).one_or_none()
    person = ws.practice.person(row.username) if row else None
    if row is None or person is None:
        raise SignInRefused("this sign-in was not finished within ten minutes: begin again")
    return Step(person, Next(row.kind), row.method)


def finish(ws: Workspace, connection: Connection, token: str, *, origin: Origin, now: datetime) -> str:
    """The session's token; the step is spent. Raises SignInRefused when another request spent it first."""
    found = connection.execute(
        delete(signin_steps)
        .where(signin_steps.c.token_hash == kept(ws, token), signin_steps.c.expires_at > now)
        .returning(signin_steps.c.username, signin_steps.c.method)
    ).one_or_none()
    if found is None:
        raise SignInRefused("this sign-in was finished or ended elsewhere: begin again")
    return open_session(ws, connection, found.username, method=found.method, origin=origin, now=now)
