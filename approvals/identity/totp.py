"""The second factor: time-based codes (RFC 6238, pyotp) and recovery codes. The secret is sealed with the key ring; recovery codes are hashed.

A code is good one time step (30 s) early or late, and never twice.
"""

import secrets
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Row, delete, func, insert, or_, select, update

from approvals.identity.errors import SignInRefused
from tools.errors import NotFound
from tools.keys import Sealed
from tools.practice import Person, Practice
from tools.store import recoveries
from tools.store.audit import Event
from tools.store.database import insert_new
from tools.store.identity_tables import recovery_codes, totp
from tools.workspace import Workspace

if TYPE_CHECKING:
    import pyotp

STEP_S = 30
DRIFT_STEPS = 1
CONTEXT = "totp"
RECOVERY_CODES = 10
RECOVERY_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that look alike
RECOVERY_LENGTH = 12  # 59 bits each


def is_required(practice: Practice, person: Person) -> bool:
    return not set(person.roles).isdisjoint(practice.sign_in.totp_for)


def is_on(connection: Connection, username: str) -> bool:
    return connection.scalar(select(totp.c.confirmed_at).where(totp.c.username == username)) is not None


def known_to(connection: Connection, username: str) -> frozenset[str] | None:
    """Who besides its owner may have the secret of the authenticator in force; None without one."""
    row = connection.execute(select(totp.c.known_to).where(totp.c.username == username, totp.c.confirmed_at.is_not(None))).one_or_none()
    return None if row is None else frozenset(row.known_to or ())


def has(ws: Workspace, username: str) -> bool:
    with ws.database.read() as connection:
        return is_on(connection, username)


def is_begun(ws: Workspace, username: str) -> bool:
    with ws.database.read() as connection:
        return connection.scalar(select(totp.c.username).where(totp.c.username == username)) is not None


def left(ws: Workspace, username: str) -> int:
    """How many recovery codes are unused."""
    wanted = (
        select(func.count()).select_from(recovery_codes).where(recovery_codes.c.username == username, recovery_codes.c.used_at.is_(None))
    )
    with ws.database.read() as connection:
        return connection.scalar(wanted) or 0


def begin(ws: Workspace, username: str) -> None:
    """A new secret, not yet in force. Raises SignInRefused where one is: take it off first."""
    with ws.database.write() as connection:
        if is_on(connection, username):
            raise SignInRefused("an authenticator is set up already: remove it before setting up another")
        new_secret(ws, connection, username)


def new_secret(ws: Workspace, connection: Connection, username: str) -> None:
    """Always a new one: whoever saw an earlier QR code that was never confirmed must not share the one that is."""
    import pyotp

    sealed = ws.ring.seal(pyotp.random_base32().encode(), context=f"{CONTEXT}/{username}")
    connection.execute(delete(totp).where(totp.c.username == username, totp.c.confirmed_at.is_(None)))
    connection.execute(insert_new(connection, totp).values(username=username, **sealed._asdict()))  # one in force is never replaced


def pending(ws: Workspace, username: str) -> tuple[str, str]:
    """The secret in groups of four and its otpauth address, while it waits for its first code. Raises NotFound. For the person's own page only."""
    with ws.database.read() as connection:
        row = connection.execute(select(totp).where(totp.c.username == username, totp.c.confirmed_at.is_(None))).one_or_none()
    if row is None:
        raise NotFound("no authenticator is being set up: begin on your account page")
    made = _opened(ws, row, username)
    secret = made.secret
    address = made.provisioning_uri(name=username, issuer_name=f"Liaison {ws.practice.organisation.name}")
    return " ".join(secret[at : at + 4] for at in range(0, len(secret), 4)), address


def confirm(ws: Workspace, connection: Connection, username: str, code: str, *, now: datetime) -> list[str]:
    """Put the waiting secret in force with its first code; the recovery codes, shown once. Raises SignInRefused."""
    row = connection.execute(select(totp).where(totp.c.username == username).with_for_update()).one_or_none()
    step = _step(_opened(ws, row, username), code, now) if row is not None and row.confirmed_at is None else None
    if step is None:
        raise SignInRefused(
            "this code is not right: wait for the next one in your authenticator, and check that your phone's clock is right"
        )
    known = sorted(recoveries.behind(recoveries.in_doubt(connection, now=now), username, now))
    connection.execute(update(totp).where(totp.c.username == username).values(confirmed_at=now, last_step=step, known_to=known))
    ws.audit.append(connection, event=Event.PERSON_TOTP_ON, actor=username, subject=username, at=now)
    return new_codes(ws, connection, username)


def new_codes(ws: Workspace, connection: Connection, username: str) -> list[str]:
    """Ten recovery codes; earlier ones end."""
    codes = ["".join(secrets.choice(RECOVERY_LETTERS) for _ in range(RECOVERY_LENGTH)) for _ in range(RECOVERY_CODES)]
    connection.execute(delete(recovery_codes).where(recovery_codes.c.username == username))
    connection.execute(insert(recovery_codes), [{"code_hash": _kept(ws, username, code), "username": username} for code in codes])
    return ["-".join(code[at : at + 4] for at in range(0, RECOVERY_LENGTH, 4)) for code in codes]


def accepts(ws: Workspace, connection: Connection, username: str, code: str, *, now: datetime) -> bool:
    """Whether `code` is a code of this person's authenticator that was not used before, or an unused recovery code; spends it."""
    row = connection.execute(select(totp).where(totp.c.username == username, totp.c.confirmed_at.is_not(None))).one_or_none()
    if row is None:
        return False
    step = _step(_opened(ws, row, username), code, now)
    if step is not None:
        unused = or_(totp.c.last_step.is_(None), totp.c.last_step < step)
        return connection.execute(update(totp).where(totp.c.username == username, unused).values(last_step=step)).rowcount == 1
    spent = connection.execute(
        update(recovery_codes)
        .where(recovery_codes.c.code_hash == _kept(ws, username, _plain(code)), recovery_codes.c.used_at.is_(None))
        .values(used_at=now)
    )
    if spent.rowcount == 1:
        ws.audit.append(connection, event=Event.PERSON_RECOVERY, actor=username, subject=username, at=now)
        return True
    return False


def remove(ws: Workspace, connection: Connection, username: str, *, by: str, now: datetime) -> bool:
    """Take the authenticator and its recovery codes away; whether there was one."""
    gone = connection.execute(delete(totp).where(totp.c.username == username)).rowcount
    connection.execute(delete(recovery_codes).where(recovery_codes.c.username == username))
    if gone:
        recoveries.factor_gone(connection, username, at=now)
        ws.audit.append(connection, event=Event.PERSON_TOTP_OFF, actor=by, subject=username, at=now)
    return bool(gone)


def _step(made: "pyotp.TOTP", code: str, now: datetime) -> int | None:
    """The time step whose code this is, the nearest first; None when it is none of them."""
    digits = "".join(code.split())
    if not (len(digits) == 6 and digits.isascii() and digits.isdigit()):
        return None
    at = int(now.timestamp()) // STEP_S
    for step in (at, at - DRIFT_STEPS, at + DRIFT_STEPS):
        if secrets.compare_digest(made.generate_otp(step), digits):
            return step
    return None


def _opened(ws: Workspace, row: Row[Any], username: str) -> "pyotp.TOTP":
    import pyotp

    sealed = Sealed(row.key_id, row.nonce, row.ciphertext)
    return pyotp.TOTP(ws.ring.open(sealed, context=f"{CONTEXT}/{username}").decode(), interval=STEP_S)


def _plain(code: str) -> str:
    return "".join(code.lower().replace("-", "").split())


def _kept(ws: Workspace, username: str, code: str) -> str:
    return ws.ring.fingerprint(f"recovery/{username}/{code}", length=64)
