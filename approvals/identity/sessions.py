"""Sessions: who is signed in, since when and how; ended at once by whoever may. The cookie's token is kept only as a keyed hash."""

import secrets
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, delete, insert, select, update

from approvals.identity.limits import Origin
from policies.records import Record
from tools.errors import NotFound
from tools.store.action_tables import sessions
from tools.store.audit import Event
from tools.workspace import Workspace

TOKEN_BYTES = 32
SEEN_EVERY = timedelta(minutes=5)  # a click is written down at most this often
FRESH = timedelta(minutes=15)


class Session(Record):
    """A signed-in person and the token every form of theirs must carry. `fresh_until`: until then they need not prove again who they are."""

    username: str
    name: str
    roles: tuple[str, ...]
    csrf: str
    fresh_until: datetime | None = None
    method: str = "password"
    id: str = ""

    def has(self, *roles: str) -> bool:
        return not set(roles).isdisjoint(self.roles)


class Seat(NamedTuple):
    """One open session as its owner sees it."""

    id: str
    method: str
    agent: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime


def session(ws: Workspace, token: str | None, *, is_a_click: bool = True) -> Session | None:
    """The session of this cookie, or None when it is unknown, idle too long, over, or its person is no longer in practice.yaml.

    Writes down that the person is still there, at most every five minutes, unless a page asked by itself; everything else reads.
    """
    if not token:
        return None
    now, mine = ws.clock(), sessions.c.token_hash == kept(ws, token)
    with ws.database.read() as connection:
        row = connection.execute(select(sessions).where(mine, *_open(ws, now))).one_or_none()
    person = ws.practice.person(row.username) if row else None
    if row is None or person is None:
        return None
    if is_a_click and now - row.seen_at >= SEEN_EVERY:
        with ws.database.write() as connection:
            connection.execute(update(sessions).where(mine, sessions.c.seen_at < now).values(seen_at=now))
    return Session(
        username=person.username,
        name=person.name,
        roles=person.roles,
        csrf=row.csrf,
        fresh_until=row.fresh_at + FRESH,
        method=row.method,
        id=row.id,
    )


def open_session(
    ws: Workspace, connection: Connection, username: str, *, method: str, origin: Origin, now: datetime, proved_at: datetime | None = None
) -> str:
    """A new session's token: always a new one, never one the browser brought along. `proved_at`: when the person last proved who they are."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    connection.execute(delete(sessions).where(sessions.c.expires_at <= now))
    row = {
        "token_hash": kept(ws, token),
        "id": secrets.token_hex(8),
        "username": username,
        "csrf": secrets.token_urlsafe(TOKEN_BYTES),
        "method": method,
        "agent": origin.agent,
        "created_at": now,
        "seen_at": now,
        "fresh_at": proved_at or now,
        "expires_at": now + timedelta(hours=ws.settings.session_hours),
    }
    connection.execute(insert(sessions).values(row))
    ws.audit.append(connection, event=Event.PERSON_SIGN_IN, actor=username, subject=username, detail={"method": method}, at=now)
    return token


def seats(ws: Workspace, username: str) -> list[Seat]:
    """The open sessions of this person, the latest first."""
    columns = (sessions.c.id, sessions.c.method, sessions.c.agent, sessions.c.created_at, sessions.c.seen_at, sessions.c.expires_at)
    wanted = select(*columns).where(sessions.c.username == username, *_open(ws, ws.clock())).order_by(sessions.c.created_at.desc())
    with ws.database.read() as connection:
        return [Seat(*row) for row in connection.execute(wanted)]


def sign_out(ws: Workspace, token: str) -> None:
    """End this session, at once and everywhere."""
    with ws.database.write() as connection:
        username = connection.scalar(delete(sessions).where(sessions.c.token_hash == kept(ws, token)).returning(sessions.c.username))
        if username:
            ws.audit.append(connection, event=Event.PERSON_SIGN_OUT, actor=username, subject=username, at=ws.clock())


def revoke(ws: Workspace, username: str, session_id: str, *, by: str) -> None:
    """End one session of this person. Raises NotFound when they have no such session."""
    with ws.database.write() as connection:
        ended = connection.execute(delete(sessions).where(sessions.c.username == username, sessions.c.id == session_id))
        if ended.rowcount != 1:
            raise NotFound("this session has ended already: open the page again to see which are open")
        _record(ws, connection, username, by=by, count=1)


def revoke_all(ws: Workspace, username: str, *, by: str, but: str = "") -> int:
    """End all sessions of this person except the one with id `but`; how many ended."""
    if ws.practice.person(username) is None:
        raise NotFound(f"{username} is not under people in practice.yaml")
    with ws.database.write() as connection:
        return end_sessions(ws, connection, username, by=by, but=but)


def end_sessions(ws: Workspace, connection: Connection, username: str, *, by: str, but: str = "") -> int:
    ended = connection.execute(delete(sessions).where(sessions.c.username == username, sessions.c.id != but)).rowcount
    if ended:
        _record(ws, connection, username, by=by, count=ended)
    return ended


def make_fresh(connection: Connection, session_id: str, now: datetime) -> None:
    """The person proved just now who they are."""
    connection.execute(update(sessions).where(sessions.c.id == session_id).values(fresh_at=now))


def kept(ws: Workspace, token: str) -> str:
    """How a token is stored."""
    return ws.ring.fingerprint(f"token/{token}", length=64)


def _record(ws: Workspace, connection: Connection, username: str, *, by: str, count: int) -> None:
    ws.audit.append(connection, event=Event.PERSON_REVOKE, actor=by, subject=username, detail={"sessions": count}, at=ws.clock())


def _open(ws: Workspace, now: datetime) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return (sessions.c.expires_at > now, sessions.c.seen_at > now - timedelta(minutes=ws.settings.session_idle_minutes))
