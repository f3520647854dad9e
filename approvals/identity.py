"""Who is at the desk: one-time links, passwords (argon2id) and sessions. Knows no pages; keeps every secret only as a keyed or argon2 hash.

People and their roles come from `practice.yaml`; a person who leaves that file can no longer sign in, whatever the database holds.
"""

import secrets
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, Connection, delete, func, insert, select, update

from policies.records import Record
from tools.errors import LiaisonError, NotFound
from tools.practice import Person
from tools.store.action_tables import people, sessions, signin_links
from tools.store.audit import Event
from tools.store.database import insert_new
from tools.workspace import Workspace

if TYPE_CHECKING:
    from argon2 import PasswordHasher

LINK_LIFETIME = timedelta(hours=24)
SESSION_LIFETIME = timedelta(hours=12)
LOCK_AFTER_FAILURES = 5
LOCK_TIME = timedelta(minutes=15)
PASSWORD_MIN, PASSWORD_MAX = 12, 200
TOKEN_BYTES = 32
ARGON2_KIB = 19 * 1024  # OWASP Password Storage Cheat Sheet, argon2id: 19 MiB, 2 passes, 1 lane; a flood of sign-ins cannot eat the memory


class SignInRefused(LiaisonError):
    """The name, the password or the link is not good, or the account is locked. The message never says which of name and password was wrong."""


class PasswordRefused(LiaisonError):
    """The new password is too short, too long or the user name itself."""


class Session(Record):
    """A signed-in person and the token every form of theirs must carry."""

    username: str
    name: str
    roles: tuple[str, ...]
    csrf: str

    def has(self, *roles: str) -> bool:
        return not set(roles).isdisjoint(self.roles)


def sign_in(ws: Workspace, username: str, password: str) -> str:
    """A new session's token. Raises SignInRefused; after 5 failures the account is locked for 15 minutes.

    The failure is counted before the password is checked, so that guesses sent at the same moment are all counted.
    """
    now = ws.clock()
    known = ws.practice.person(username) is not None
    stored = _count_attempt(ws, username, now) if known else None
    if not _verifies(stored, password):
        raise SignInRefused("the user name or the password is wrong: try again, or ask an administrator for a new one-time link")
    with ws.database.write() as connection:
        connection.execute(update(people).where(people.c.username == username).values(failed_signins=0, locked_until=None))
        return _open_session(ws, connection, username, now)


def session(ws: Workspace, token: str | None) -> Session | None:
    """The session of this cookie, or None when it is unknown, over, or its person is no longer in practice.yaml. Reads only."""
    if not token:
        return None
    with ws.database.read() as connection:
        row = connection.execute(
            select(sessions.c.username, sessions.c.csrf).where(
                sessions.c.token_hash == _hashed(ws, token), sessions.c.expires_at > ws.clock()
            )
        ).one_or_none()
    person = ws.practice.person(row.username) if row else None
    return Session(username=person.username, name=person.name, roles=person.roles, csrf=row.csrf) if row and person else None


def sign_out(ws: Workspace, token: str) -> None:
    """End this session, at once and everywhere."""
    with ws.database.write() as connection:
        username = connection.scalar(delete(sessions).where(sessions.c.token_hash == _hashed(ws, token)).returning(sessions.c.username))
        if username:
            ws.audit.append(connection, event=Event.PERSON_SIGN_OUT, actor=username, subject=username, at=ws.clock())


def first_admin_link(ws: Workspace, base_url: str, *, again: bool = False) -> str | None:
    """A one-time link for the first administrator of practice.yaml; None once anybody has a password or a link is still open.

    So it is printed once: the token is not stored and cannot be shown again. `again` makes another one while nobody has a password yet, for
    the person who lost the first.
    """
    now = ws.clock()
    admin = next((person for person in ws.practice.people if "admin" in person.roles), None)
    if admin is None:
        return None
    with ws.database.write() as connection:
        anybody = connection.scalar(select(func.count()).select_from(people).where(people.c.password_hash.is_not(None)))
        open_links = connection.scalar(select(func.count()).select_from(signin_links).where(*_open(now)))
        if anybody or (open_links and not again):
            return None
        token = _new_link(ws, connection, admin, by="system", now=now)
    return f"{base_url.rstrip('/')}/welcome/{token}"


def create_link(ws: Workspace, username: str, *, by: str) -> str:
    """A one-time link's token for this person, good for 24 hours; earlier open links of theirs end. Raises NotFound."""
    person = ws.practice.person(username)
    if person is None:
        raise NotFound(f"{username} is not under people in practice.yaml: add the person there first")
    now = ws.clock()
    with ws.database.write() as connection:
        connection.execute(update(signin_links).where(signin_links.c.username == username, *_open(now)).values(used_at=now))
        return _new_link(ws, connection, person, by=by, now=now)


def link_owner(ws: Workspace, token: str) -> Person:
    """Whose link this is, if it is still good. Reads only. Raises SignInRefused."""
    with ws.database.read() as connection:
        username = connection.scalar(
            select(signin_links.c.username).where(signin_links.c.token_hash == _hashed(ws, token), *_open(ws.clock()))
        )
    person = ws.practice.person(username) if username else None
    if person is None:
        raise SignInRefused("this link was used before or is older than 24 hours: ask an administrator for a new one")
    return person


def use_link(ws: Workspace, token: str, password: str) -> str:
    """Set the password of the link's owner, end their other sessions and sign them in. Raises PasswordRefused, SignInRefused."""
    person = link_owner(ws, token)
    _check_password(person.username, password)
    hashed = _hasher().hash(password)
    now = ws.clock()
    with ws.database.write() as connection:
        used = connection.execute(
            update(signin_links).where(signin_links.c.token_hash == _hashed(ws, token), *_open(now)).values(used_at=now)
        )
        if used.rowcount != 1:
            raise SignInRefused("this link was used a moment ago: ask an administrator for a new one if it was not you")
        # A link that was lost and made again must not stay open behind the one that was used.
        connection.execute(update(signin_links).where(signin_links.c.username == person.username, *_open(now)).values(used_at=now))
        connection.execute(insert_new(connection, people).values(username=person.username, failed_signins=0))
        connection.execute(
            update(people).where(people.c.username == person.username).values(password_hash=hashed, failed_signins=0, locked_until=None)
        )
        connection.execute(delete(sessions).where(sessions.c.username == person.username))
        ws.audit.append(connection, event=Event.PERSON_PASSWORD, actor=person.username, subject=person.username, at=now)
        return _open_session(ws, connection, person.username, now)


def accounts(ws: Workspace) -> dict[str, str]:
    """Each person of practice.yaml → "ready" | "invited" | "locked" | "none"."""
    now = ws.clock()
    with ws.database.read() as connection:
        stored = {row.username: row for row in connection.execute(select(people))}
        invited = set(connection.scalars(select(signin_links.c.username).where(*_open(now))))

    def state(username: str) -> str:
        row = stored.get(username)
        if row is not None and row.locked_until is not None and row.locked_until > now:
            return "locked"
        if username in invited:
            return "invited"
        return "ready" if row is not None and row.password_hash else "none"

    return {person.username: state(person.username) for person in ws.practice.people}


def _count_attempt(ws: Workspace, username: str, now: datetime) -> str | None:
    """Count one attempt as failed until it succeeds; the stored password hash. Raises SignInRefused while locked."""
    with ws.database.write() as connection:
        connection.execute(insert_new(connection, people).values(username=username, failed_signins=0))
        row = connection.execute(select(people).where(people.c.username == username).with_for_update()).one()
        if row.locked_until is not None and row.locked_until > now:
            raise SignInRefused("too many wrong passwords: sign-in for this person is locked for 15 minutes, then try again")
        failures = 1 if row.locked_until is not None else row.failed_signins + 1
        locked_until = now + LOCK_TIME if failures >= LOCK_AFTER_FAILURES else None
        connection.execute(update(people).where(people.c.username == username).values(failed_signins=failures, locked_until=locked_until))
        if locked_until is not None:
            ws.audit.append(connection, event=Event.PERSON_LOCK, actor="system", subject=username, detail={"failures": failures}, at=now)
        stored: str | None = row.password_hash
        return stored


def _verifies(stored: str | None, password: str) -> bool:
    from argon2.exceptions import VerifyMismatchError

    try:
        # Unknown names cost the same time as known ones, so that names cannot be told apart.
        return _hasher().verify(stored or _decoy(), password) and stored is not None
    except VerifyMismatchError:
        return False


def _open_session(ws: Workspace, connection: Connection, username: str, now: datetime) -> str:
    token = secrets.token_urlsafe(TOKEN_BYTES)
    connection.execute(delete(sessions).where(sessions.c.expires_at <= now))
    connection.execute(
        insert(sessions).values(
            token_hash=_hashed(ws, token),
            username=username,
            csrf=secrets.token_urlsafe(TOKEN_BYTES),
            created_at=now,
            expires_at=now + SESSION_LIFETIME,
        )
    )
    ws.audit.append(connection, event=Event.PERSON_SIGN_IN, actor=username, subject=username, at=now)
    return token


def _new_link(ws: Workspace, connection: Connection, person: Person, *, by: str, now: datetime) -> str:
    token = secrets.token_urlsafe(TOKEN_BYTES)
    connection.execute(insert(signin_links).values(token_hash=_hashed(ws, token), username=person.username, expires_at=now + LINK_LIFETIME))
    ws.audit.append(connection, event=Event.PERSON_LINK, actor=by, subject=person.username, at=now)
    return token


def _open(now: datetime) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return (signin_links.c.used_at.is_(None), signin_links.c.expires_at > now)


def _check_password(username: str, password: str) -> None:
    if not PASSWORD_MIN <= len(password) <= PASSWORD_MAX:
        raise PasswordRefused(f"the password needs {PASSWORD_MIN} to {PASSWORD_MAX} characters: a sentence of four words is a good one")
    if username in password.lower():
        raise PasswordRefused("the password holds the user name: choose another")


def _hashed(ws: Workspace, token: str) -> str:
    return ws.ring.fingerprint(f"token/{token}", length=64)


@cache
def _hasher() -> "PasswordHasher":
    from argon2 import PasswordHasher

    return PasswordHasher(time_cost=2, memory_cost=ARGON2_KIB, parallelism=1)


@cache
def _decoy() -> str:
    return _hasher().hash(secrets.token_hex(16))
