"""One-time links: how a person gets their first password, and how an administrator lets somebody in again. Kept only as a keyed hash."""

import secrets
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, func, insert, select, update

from approvals.identity import limits, passwords, steps, totp
from approvals.identity.errors import SignInRefused
from approvals.identity.limits import BY_ADDRESS, BY_PERSON, HERE, Origin
from approvals.identity.sessions import TOKEN_BYTES, end_sessions, kept
from approvals.identity.steps import Entrance
from tools.errors import NotFound
from tools.practice import Person
from tools.store import recoveries
from tools.store.action_tables import audit, people, signin_links
from tools.store.audit import Event
from tools.store.database import insert_new
from tools.workspace import Workspace

LINK_LIFETIME = timedelta(hours=24)
SYSTEM = "system"
"""Who makes a link that no person of the practice asked for; typed at the shell, its audit row names the operating system's user."""


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
        token = _new_link(ws, connection, admin, by=SYSTEM, now=now)
    return f"{base_url.rstrip('/')}/welcome/{token}"


def create_link(ws: Workspace, username: str, *, by: str) -> str:
    """A one-time link's token for this person, good for 24 hours; earlier open links of theirs end. Raises NotFound."""
    person = ws.practice.person(username)
    if person is None:
        raise NotFound(f"{username} is not under people in practice.yaml: add the person there first")
    if not is_usable(ws, person):
        raise NotFound(f"{username} signs in with the organization's account: a one-time link is for administrators here")
    now = ws.clock()
    with ws.database.write() as connection:
        close_links(connection, username, now=now)
        return _new_link(ws, connection, person, by=by, now=now)


def close_links(connection: Connection, username: str, *, now: datetime) -> None:
    """Links of this person that nobody used open nothing any more."""
    connection.execute(update(signin_links).where(signin_links.c.username == username, *_open(now)).values(used_at=now))


def link_owner(ws: Workspace, token: str) -> Person:
    """Whose link this is, if it is still good. Reads only. Raises SignInRefused."""
    with ws.database.read() as connection:
        username = connection.scalar(
            select(signin_links.c.username).where(signin_links.c.token_hash == kept(ws, token), *_open(ws.clock()))
        )
    person = ws.practice.person(username) if username else None
    if person is None or not is_usable(ws, person):
        raise SignInRefused("this link was used before or is older than 24 hours: ask an administrator for a new one")
    return person


def is_usable(ws: Workspace, person: Person) -> bool:
    """Whether a link is of use to this person: where passwords are off, only an administrator may break the glass with one."""
    return ws.practice.sign_in.passwords or "admin" in person.roles


def use_link(ws: Workspace, token: str, password: str, *, origin: Origin = HERE) -> Entrance:
    """Set the password of the link's owner, end their other sessions and let them in; a second factor they have is still asked for.

    Where passwords are off, the link lets its administrator in once and sets none. Raises PasswordRefused, SignInRefused.
    """
    now = ws.clock()
    limits.admit(ws, BY_ADDRESS, origin.address, now=now)
    person = link_owner(ws, token)
    hashed = None
    if ws.practice.sign_in.passwords:
        passwords.check(ws.practice, person, password)
        hashed = passwords.hashed(password)
    with ws.database.write() as connection:
        this = signin_links.c.token_hash == kept(ws, token)
        makers = frozenset(connection.scalar(select(signin_links.c.made_by).where(this)) or ()) - {SYSTEM}
        used = connection.execute(update(signin_links).where(this, *_open(now)).values(used_at=now))
        if used.rowcount != 1:
            raise SignInRefused("this link was used a moment ago: ask an administrator for a new one if it was not you")
        # A link that was lost and made again must not stay open behind the one that was used.
        connection.execute(update(signin_links).where(signin_links.c.username == person.username, *_open(now)).values(used_at=now))
        if _was_used(ws, connection, person):
            _opened_again(connection, person.username, makers, now)
        connection.execute(insert_new(connection, people).values(username=person.username, failed_signins=0))
        mine = update(people).where(people.c.username == person.username)
        connection.execute(mine.values(password_hash=hashed, failed_signins=0, locked_until=None))
        end_sessions(ws, connection, person.username, by=person.username)
        limits.forget(ws, connection, BY_PERSON, person.username)
        if origin.address:
            limits.forgive(ws, connection, BY_ADDRESS, origin.address)
        if hashed:
            ws.audit.append(connection, event=Event.PERSON_PASSWORD, actor=person.username, subject=person.username, at=now)
        return steps.enter(ws, connection, person, method="link", origin=origin, now=now)


def _new_link(ws: Workspace, connection: Connection, person: Person, *, by: str, now: datetime) -> str:
    token = secrets.token_urlsafe(TOKEN_BYTES)
    makers = sorted(recoveries.hands(recoveries.in_doubt(connection, now=now), by, now))  # who is behind its maker now is behind the link
    made = {"token_hash": kept(ws, token), "username": person.username, "made_by": makers, "expires_at": now + LINK_LIFETIME}
    connection.execute(insert(signin_links).values(made))
    in_use = _was_used(ws, connection, person) or totp.is_on(connection, person.username)
    ws.audit.append(connection, event=Event.PERSON_LINK, actor=by, subject=person.username, detail={"first": not in_use}, at=now)
    return token


def _opened_again(connection: Connection, username: str, makers: frozenset[str], now: datetime) -> None:
    """An account in use gets a new password by a link. Whoever else was in it before is out, if the link is not theirs."""
    intruders = recoveries.behind(recoveries.in_doubt(connection, now=now), username, now)
    if intruders and makers.isdisjoint(intruders):
        recoveries.objected(connection, username, at=now, back=True)
    known = totp.known_to(connection, username)  # None: no authenticator asks them for its code
    inside = makers if known is None else makers & known
    recoveries.opened(connection, username, by=inside, waiting=makers - inside, at=now)


def _was_used(ws: Workspace, connection: Connection, person: Person) -> bool:
    """Whether its owner has a way in or has acted already: a password, the organization's sign-in, Slack, anything in the audit log."""
    oidc, slack = ws.practice.sign_in.oidc, ws.practice.notifications.slack
    if (slack is not None and person.slack_user is not None) or (oidc is not None and person.username in oidc.people.values()):
        return True
    has_password = select(people.c.username).where(people.c.username == person.username, people.c.password_hash.is_not(None))
    has_acted = select(audit.c.actor).where(audit.c.actor == person.username)
    return connection.scalar(has_password.union_all(has_acted).limit(1)) is not None


def _open(now: datetime) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return (signin_links.c.used_at.is_(None), signin_links.c.expires_at > now)
