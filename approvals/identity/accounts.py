"""Local accounts: signing in with a password and a code, and proving again who one is. Lock-out and counted windows stand before each check."""

from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, func, select, update

from approvals.identity import limits, passwords, steps, totp
from approvals.identity.errors import PasswordRefused, SignInRefused
from approvals.identity.limits import BY_ADDRESS, BY_PERSON, HERE, Origin
from approvals.identity.links import close_links
from approvals.identity.sessions import Session, end_sessions, make_fresh
from approvals.identity.steps import Entrance
from tools.errors import NotFound
from tools.store import recoveries
from tools.store.action_tables import people, sessions, signin_links
from tools.store.audit import Event
from tools.store.database import insert_new
from tools.store.identity_tables import totp as factors
from tools.workspace import Workspace

LOCK_AFTER_FAILURES = 5
LOCK_TIME = timedelta(minutes=15)


class Account(NamedTuple):
    """One person of practice.yaml: "ready" | "invited" | "locked" | "none", with an authenticator or not, and how many sessions are open."""

    state: str
    has_totp: bool
    sessions: int


def sign_in(ws: Workspace, username: str, password: str, *, origin: Origin = HERE) -> Entrance:
    """A session's token, or a step's where a second factor is due. Raises SignInRefused; after 5 failures the account is locked for 15 minutes.

    The failure is counted before the password is checked, so that guesses sent at the same moment are all counted.
    """
    now = ws.clock()
    if not ws.practice.sign_in.passwords:
        raise SignInRefused("passwords are not used here: sign in with your organization's account")
    limits.admit(ws, BY_ADDRESS, origin.address, now=now)
    person = ws.practice.person(username)
    stored = _count_attempt(ws, username, now) if person else None
    if not passwords.verifies(stored, password) or person is None:
        raise SignInRefused("the user name or the password is wrong: try again, or ask an administrator for a new one-time link")
    with ws.database.write() as connection:
        entrance = steps.enter(ws, connection, person, method="password", origin=origin, now=now)
        # With a second factor due, the password alone clears nothing: or every guessed code would come with fresh tries.
        if entrance.next is not steps.Next.CODE:
            _clear(ws, connection, username, origin)
    return entrance


def sign_in_code(ws: Workspace, token: str, code: str, *, origin: Origin = HERE) -> str:
    """The session's token for the right code of a step. Raises SignInRefused; wrong codes count like wrong passwords."""
    now = ws.clock()
    step = steps.step_of(ws, token)
    limits.admit(ws, BY_ADDRESS, origin.address, now=now)
    _count_attempt(ws, step.person.username, now)
    with ws.database.write() as connection:
        if step.next is steps.Next.CODE and totp.accepts(ws, connection, step.person.username, code, now=now):
            _clear(ws, connection, step.person.username, origin)
            return steps.finish(ws, connection, token, origin=origin, now=now)
    raise SignInRefused("this code is not right or was used already: wait for the next one, or use a recovery code")


def sign_in_enrolling(ws: Workspace, token: str, code: str, *, origin: Origin = HERE) -> tuple[str, list[str]]:
    """The session's token and the recovery codes, once the new authenticator's first code is right. Raises SignInRefused."""
    now = ws.clock()
    step = steps.step_of(ws, token)
    limits.admit(ws, BY_ADDRESS, origin.address, now=now)
    with ws.database.write() as connection:
        codes = totp.confirm(ws, connection, step.person.username, code, now=now)
        limits.forgive(ws, connection, BY_ADDRESS, origin.address)
        return steps.finish(ws, connection, token, origin=origin, now=now), codes


def prove(ws: Workspace, me: Session, *, password: str = "", code: str = "", origin: Origin = HERE) -> None:
    """The signed-in person proves again who they are, with password or code; fresh for 15 minutes. Raises SignInRefused."""
    now = ws.clock()
    limits.admit(ws, BY_ADDRESS, origin.address, now=now)
    stored = _count_attempt(ws, me.username, now)
    good = bool(password) and ws.practice.sign_in.passwords and passwords.verifies(stored, password)
    with ws.database.write() as connection:
        if not good and not (code and totp.accepts(ws, connection, me.username, code, now=now)):
            raise SignInRefused("that is not right: nothing was done. Try again")
        _clear(ws, connection, me.username, origin)
        make_fresh(connection, me.id, now)
        ws.audit.append(connection, event=Event.PERSON_CONFIRM, actor=me.username, subject=me.username, at=now)


class Proofs(NamedTuple):
    """How a person can prove again who they are; `sso` is the provider's name, empty when it does not know them."""

    password: bool
    code: bool
    sso: str


def proofs(ws: Workspace, me: Session) -> Proofs:
    ways = ws.practice.sign_in
    sso = ways.oidc.name if ways.oidc and me.username in ways.oidc.people.values() else ""
    with ws.database.read() as connection:
        stored = connection.scalar(select(people.c.password_hash).where(people.c.username == me.username))
        return Proofs(bool(stored) and ways.passwords, totp.is_on(connection, me.username), sso)


def change_password(ws: Workspace, me: Session, password: str) -> None:
    """A new password for the signed-in person; their other sessions end. Raises PasswordRefused, also where passwords are off."""
    person = ws.practice.person(me.username)
    if person is None or not ws.practice.sign_in.passwords:
        raise PasswordRefused("passwords are not used here: your organization's account is the way in")
    passwords.check(ws.practice, person, password)
    hashed, now = passwords.hashed(password), ws.clock()
    with ws.database.write() as connection:
        connection.execute(insert_new(connection, people).values(username=me.username, failed_signins=0))
        connection.execute(update(people).where(people.c.username == me.username).values(password_hash=hashed))
        end_sessions(ws, connection, me.username, by=me.username, but=me.id)
        close_links(connection, me.username, now=now)
        recoveries.password_chosen(connection, me.username)
        ws.audit.append(connection, event=Event.PERSON_PASSWORD, actor=me.username, subject=me.username, at=now)


def confirm_totp(ws: Workspace, username: str, code: str) -> list[str]:
    """Put the authenticator in force that the signed-in person set up; the recovery codes, shown once. Raises SignInRefused."""
    with ws.database.write() as connection:
        return totp.confirm(ws, connection, username, code, now=ws.clock())


def new_recovery_codes(ws: Workspace, username: str) -> list[str]:
    """Ten new recovery codes; the old ones end. Raises SignInRefused without an authenticator."""
    with ws.database.write() as connection:
        if not totp.is_on(connection, username):
            raise SignInRefused("recovery codes stand in for an authenticator: set one up first")
        ws.audit.append(connection, event=Event.PERSON_CODES, actor=username, subject=username, at=ws.clock())
        return totp.new_codes(ws, connection, username)


def remove_totp(ws: Workspace, username: str) -> None:
    """The person takes their authenticator off. Raises SignInRefused where their role needs one."""
    person = ws.practice.person(username)
    if person is None or totp.is_required(ws.practice, person):
        raise SignInRefused("your role needs an authenticator: an administrator can reset it, and you set up another when you sign in")
    with ws.database.write() as connection:
        totp.remove(ws, connection, username, by=username, now=ws.clock())


def object_to_recovery(ws: Workspace, username: str, *, by: str) -> None:
    """A colleague had no business in this account: what was done from it stays uncounted, and its sessions end. Raises NotFound.

    It lasts until somebody else's link gives the account back to its owner.
    """
    now = ws.clock()
    with ws.database.write() as connection:
        if not recoveries.objected(connection, username, at=now, back=False):
            raise NotFound(f"nobody opened the account of {username} again within three days: there is nothing to object to")
        end_sessions(ws, connection, username, by=by)
        ws.audit.append(connection, event=Event.PERSON_OBJECT, actor=by, subject=username, at=now)


def opened_by(ws: Workspace) -> dict[str, tuple[str, ...]]:
    """Per account that is in doubt now, which colleagues may be in it."""
    now = ws.clock()
    with ws.database.read() as connection:
        found = recoveries.in_doubt(connection, now=now)
    names = {one.username: recoveries.behind(found, one.username, now) for one in found}
    return {username: tuple(sorted(inside)) for username, inside in names.items() if inside}


def reset_totp(ws: Workspace, username: str, *, by: str) -> None:
    """An administrator takes a lost authenticator away, and every session with it. Raises NotFound."""
    now = ws.clock()
    with ws.database.write() as connection:
        was_on = totp.is_on(connection, username)
        if not totp.remove(ws, connection, username, by=by, now=now):
            raise NotFound(f"{username} has no authenticator: there is nothing to reset")
        end_sessions(ws, connection, username, by=by)
        if was_on:
            makers = recoveries.hands(recoveries.in_doubt(connection, now=now), by, now)
            recoveries.entered(connection, username, by=makers, at=now)


def accounts(ws: Workspace) -> dict[str, Account]:
    """Each person of practice.yaml and the state of their account."""
    now = ws.clock()
    with ws.database.read() as connection:
        stored = {row.username: row for row in connection.execute(select(people))}
        still_open = signin_links.c.used_at.is_(None), signin_links.c.expires_at > now
        invited = set(connection.scalars(select(signin_links.c.username).where(*still_open)))
        protected = set(connection.scalars(select(factors.c.username).where(factors.c.confirmed_at.is_not(None))))
        idle = now - timedelta(minutes=ws.settings.session_idle_minutes)
        counted = select(sessions.c.username, func.count()).where(sessions.c.expires_at > now, sessions.c.seen_at > idle)
        seated: dict[str, int] = {row[0]: row[1] for row in connection.execute(counted.group_by(sessions.c.username))}
    mapped = set(ws.practice.sign_in.oidc.people.values()) if ws.practice.sign_in.oidc else set()

    def state(username: str) -> str:
        row = stored.get(username)
        if row is not None and row.locked_until is not None and row.locked_until > now:
            return "locked"
        if username in invited:
            return "invited"
        return "ready" if (row is not None and row.password_hash) or username in mapped else "none"

    return {
        person.username: Account(state(person.username), person.username in protected, seated.get(person.username, 0))
        for person in ws.practice.people
    }


def _count_attempt(ws: Workspace, username: str, now: datetime) -> str | None:
    """Count one attempt as failed until it succeeds; the stored password hash. Raises SignInRefused while locked."""
    limits.admit(ws, BY_PERSON, username, now=now)
    with ws.database.write() as connection:
        connection.execute(insert_new(connection, people).values(username=username, failed_signins=0))
        row = connection.execute(select(people).where(people.c.username == username).with_for_update()).one()
        if row.locked_until is not None and row.locked_until > now:
            raise SignInRefused("too many wrong attempts: sign-in for this person is locked for 15 minutes, then try again")
        failures = 1 if row.locked_until is not None else row.failed_signins + 1
        locked_until = now + LOCK_TIME if failures >= LOCK_AFTER_FAILURES else None
        connection.execute(update(people).where(people.c.username == username).values(failed_signins=failures, locked_until=locked_until))
        if locked_until is not None:
            ws.audit.append(connection, event=Event.PERSON_LOCK, actor="system", subject=username, detail={"failures": failures}, at=now)
        stored: str | None = row.password_hash
        return stored


def _clear(ws: Workspace, connection: Connection, username: str, origin: Origin) -> None:
    """A good attempt: the person's failures are forgotten, and the address gets its attempt back."""
    connection.execute(update(people).where(people.c.username == username).values(failed_signins=0, locked_until=None))
    limits.forgive(ws, connection, BY_PERSON, username)
    if origin.address:
        limits.forgive(ws, connection, BY_ADDRESS, origin.address)
