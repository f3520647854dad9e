"""API tokens: programs act for a person, within scopes the person chose. Kept as a keyed hash; shown once, when it is made.

A token never has more rights than its owner's roles have at that moment: both are asked for on every request, here for the scope and again in
the function that does the work. A person who leaves `practice.yaml` takes their tokens with them.
"""

import secrets
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from pydantic import AwareDatetime
from sqlalchemy import Connection, or_, select, update
from sqlalchemy import insert as insert_into

from approvals.auditing import AUDIT_ROLES
from approvals.errors import NotAllowed, NotDecidable
from approvals.inbox import SALES
from approvals.matching import MAY_MATCH
from approvals.reveal import MAY_REVEAL
from approvals.reviewers import DESK_ROLES
from policies.records import Record
from tools.errors import Conflict, NotFound
from tools.practice import Person
from tools.store.api_tables import api_tokens
from tools.store.audit import Event
from tools.store.recoveries import in_doubt
from tools.workspace import Workspace

PREFIX = "liaison_"
"""So that a scanner of repositories knows one when it sees it."""

TOKEN_BYTES = 32
LONGEST = timedelta(days=365)
DEFAULT = timedelta(days=90)
NAME_MAX = 80
USED_EVERY = timedelta(minutes=1)
"""`last_used_at` is written at most so often: a busy program must not cost a write per request."""


class Scope(StrEnum):
    """What a token may be used for. `REVEAL` and `EXPORT_AUDIT` are never given unless they are asked for by themselves."""

    READ_QUEUE = "read:queue"
    DECIDE = "decide"
    EDIT = "edit"
    READ_LEADS = "read:leads"
    SALES = "sales"
    REVEAL = "reveal"
    MATCH = "match"
    OPERATE = "operate"
    READ_AUDIT = "read:audit"
    EXPORT_AUDIT = "export:audit"
    OWN = "own"
    ADMIN = "admin"


_STAFF = (*DESK_ROLES, "auditor", "privacy_officer")
ROLES: dict[Scope, tuple[str, ...]] = {
    Scope.READ_QUEUE: (*_STAFF, "sales"),
    Scope.DECIDE: (*DESK_ROLES, "sales", "privacy_officer"),
    Scope.EDIT: (*DESK_ROLES, "sales"),
    Scope.READ_LEADS: ("sales", "marketing", "admin", "auditor", "privacy_officer"),
    Scope.SALES: SALES,
    Scope.REVEAL: MAY_REVEAL,
    Scope.MATCH: MAY_MATCH,
    Scope.OPERATE: _STAFF,
    Scope.READ_AUDIT: AUDIT_ROLES,
    Scope.EXPORT_AUDIT: AUDIT_ROLES,
    Scope.OWN: (*_STAFF, "sales"),
    Scope.ADMIN: ("admin",),
}
"""Whose token may hold a scope: one of these roles, today. The work behind it asks for its own role again."""


class Token(Record):
    """A token as lists show it: never the token itself."""

    id: str
    owner: str
    name: str
    scopes: tuple[Scope, ...]
    created_at: AwareDatetime
    expires_at: AwareDatetime
    revoked_at: AwareDatetime | None = None
    last_used_at: AwareDatetime | None = None

    def is_live(self, now: datetime) -> bool:
        return self.revoked_at is None and now < self.expires_at


class Bearer(Record):
    """Whom a request is from: the token's owner, and what is left of its scopes under the roles the owner has now."""

    token: str
    username: str
    name: str
    roles: tuple[str, ...]
    scopes: frozenset[Scope]


def scopes_of(person: Person) -> tuple[Scope, ...]:
    """The scopes this person may put into a token today."""
    return tuple(scope for scope in Scope if set(person.roles) & set(ROLES[scope]))


def create(ws: Workspace, *, by: str, name: str, scopes: tuple[Scope, ...], lifetime: timedelta = DEFAULT) -> tuple[Token, str]:
    """A new token of `by`, and its text, which is shown now and never again. Raises NotDecidable, NotAllowed."""
    now, person = ws.clock(), _person(ws, by)
    name = ws.scrubber.scrub(name.strip()).text
    if not 1 <= len(name) <= NAME_MAX:
        raise NotDecidable(f"the token needs a name of 1 to {NAME_MAX} characters: say which program uses it")
    if not scopes:
        raise NotDecidable("the token has no scope, so it could do nothing: choose at least one")
    if beyond := sorted(set(scopes) - set(scopes_of(person))):
        raise NotAllowed(f"a token of {by} cannot have {', '.join(beyond)}: your roles do not reach so far; leave it out")
    if not timedelta(days=1) <= lifetime <= LONGEST:
        raise NotDecidable(f"the token's lifetime must be 1 to {LONGEST.days} days: choose a shorter one and make a new token in time")
    with ws.database.read() as connection:
        opened = [one for one in in_doubt(connection, now=now) if one.username == by and one.covers(now)]
    if opened:  # a token would outlast the days its owner has to object
        raise NotAllowed(f"{opened[0].by} opened this account again: a token can be made from {opened[0].until:%Y-%m-%d %H:%M} UTC on")
    text = PREFIX + secrets.token_urlsafe(TOKEN_BYTES)
    made = Token(
        id=f"T-{secrets.token_hex(6)}",
        owner=by,
        name=name,
        scopes=tuple(scope for scope in Scope if scope in scopes),
        created_at=now,
        expires_at=now + lifetime,
    )
    row = made.model_dump(exclude={"scopes"}) | {"scopes": [scope.value for scope in made.scopes], "token_hash": _hashed(ws, text)}
    with ws.database.write() as connection:
        connection.execute(insert_into(api_tokens).values(row))
        detail = {"scopes": made.scopes, "expires_at": made.expires_at}
        ws.audit.append(connection, event=Event.TOKEN_CREATE, actor=by, subject=made.id, detail=detail, at=now)
    return made, text


def tokens_of(connection: Connection, owner: str | None = None) -> list[Token]:
    """The newest first, of one owner or of everybody; revoked and expired ones too."""
    statement = select(api_tokens).order_by(api_tokens.c.created_at.desc(), api_tokens.c.id)
    if owner is not None:
        statement = statement.where(api_tokens.c.owner == owner)
    return [_token(row) for row in connection.execute(statement)]


def revoke(ws: Workspace, token_id: str, *, by: str) -> Token:
    """End it at once. One's own; an administrator may end anybody's. Raises NotFound, NotAllowed, Conflict."""
    now, person = ws.clock(), _person(ws, by)
    with ws.database.write() as connection:
        row = connection.execute(select(api_tokens).where(api_tokens.c.id == token_id)).one_or_none()
        if row is None or (row.owner != by and "admin" not in person.roles):
            raise NotFound(f"you have no token {token_id if token_id.isprintable() else 'of that id'}: the list of tokens has the ids")
        live = (api_tokens.c.id == token_id) & api_tokens.c.revoked_at.is_(None)
        if connection.execute(update(api_tokens).where(live).values(revoked_at=now)).rowcount == 0:
            raise Conflict(f"token {token_id} was revoked already: it opens nothing any more")
        ws.audit.append(connection, event=Event.TOKEN_REVOKE, actor=by, subject=token_id, detail={"owner": row.owner}, at=now)
        return _token(row).model_copy(update={"revoked_at": now})


def revoke_all(ws: Workspace, owner: str, *, by: str) -> int:
    """End every token of this person at once; how many. For administrators; raises NotAllowed."""
    now = ws.clock()
    if "admin" not in _person(ws, by).roles:
        raise NotAllowed("only an administrator ends other people's tokens")
    with ws.database.write() as connection:
        live = (api_tokens.c.owner == owner) & api_tokens.c.revoked_at.is_(None) & (api_tokens.c.expires_at > now)
        ended = connection.scalars(update(api_tokens).where(live).values(revoked_at=now).returning(api_tokens.c.id)).all()
        for token_id in sorted(ended):
            ws.audit.append(connection, event=Event.TOKEN_REVOKE, actor=by, subject=token_id, detail={"owner": owner}, at=now)
    return len(ended)


def resolve(ws: Workspace, text: str) -> Bearer | None:
    """Whose token this is and what it may do now; None when it is unknown, over, revoked, or its owner is no longer in practice.yaml."""
    if not text.startswith(PREFIX):
        return None
    now = ws.clock()
    with ws.database.read() as connection:
        row = connection.execute(select(api_tokens).where(api_tokens.c.token_hash == _hashed(ws, text))).one_or_none()
    if row is None or not _token(row).is_live(now):
        return None
    person = ws.practice.person(row.owner)
    if person is None:
        return None
    if row.last_used_at is None or now - row.last_used_at >= USED_EVERY:
        _used(ws, row.id, now)
    scopes = frozenset(Scope(scope) for scope in row.scopes) & frozenset(scopes_of(person))
    return Bearer(token=row.id, username=person.username, name=person.name, roles=person.roles, scopes=scopes)


def _used(ws: Workspace, token_id: str, now: datetime) -> None:
    due = or_(api_tokens.c.last_used_at.is_(None), api_tokens.c.last_used_at <= now - USED_EVERY)
    with ws.database.write() as connection:
        connection.execute(update(api_tokens).where(api_tokens.c.id == token_id, due).values(last_used_at=now))


def _person(ws: Workspace, username: str) -> Person:
    person = ws.practice.person(username)
    if person is None:
        raise NotAllowed(f"{username} is not one of the people in practice.yaml: add the person there first")
    return person


def _token(row: Any) -> Token:
    return Token(**{name: value for name, value in row._mapping.items() if name != "token_hash"})


def _hashed(ws: Workspace, text: str) -> str:
    """Keyed, so that neither the database nor a dump of it can be used to sign in."""
    return ws.ring.fingerprint(f"api-token/{text}", length=64)
