"""Comments: what people say about an item to each other, and whom they call on. A comment decides nothing and is never sent anywhere.

What is written is scrubbed like everything in the clean zone: a patient's name typed here is gone before it is stored. The audit log holds that
somebody commented and whom they named, never the words.
"""

import re
from datetime import datetime
from typing import NamedTuple

from approvals.errors import NotAllowed, NotDecidable
from approvals.queue import get_action
from policies.records import ActionId, PersonId
from tools.practice import Practice
from tools.store import comments as store
from tools.store.audit import Event
from tools.store.comments import Comment
from tools.workspace import Workspace

TEXT_MAX = 2_000
MENTIONS_MAX = 10
MENTIONED = 50
_MENTION = re.compile(r"(?<![\w@.])@([A-Za-z][A-Za-z0-9._-]{1,40})")
_MARK = re.compile(r"⟦(\d+)⟧")


class Mentions(NamedTuple):
    """The people a text calls on, each once, in the order of the text; and the names nobody here has."""

    people: tuple[PersonId, ...]
    unknown: tuple[str, ...]


def mentions_in(text: str, practice: Practice) -> Mentions:
    """Who "@user.name" stands for. A full stop that ends the sentence is no part of the name."""
    usernames = {person.username for person in practice.people}
    people: dict[PersonId, None] = {}
    unknown: dict[str, None] = {}
    for found in _MENTION.finditer(text):
        name = _username(found[1], usernames)
        if name is None:
            unknown[found[1].rstrip("._-")] = None
        else:
            people[PersonId(name)] = None
    return Mentions(tuple(people), tuple(unknown))


def add(ws: Workspace, action_id: ActionId, *, by: str, version: int, text: str) -> Comment:
    """Keep what `by` says about the item. Raises NotDecidable for an empty or too long text, or a name nobody has; NotFound for the item."""
    now, text = ws.clock(), text.strip()
    if ws.practice.person(by) is None:
        raise NotAllowed(f"{by} is nobody of practice.yaml, so this comment would have no author: add the person there")
    if not text:
        raise NotDecidable("the comment is empty: write what you want to say")
    if len(text) > TEXT_MAX:
        raise NotDecidable(f"the comment has {len(text):,} characters and may have {TEXT_MAX:,}: shorten it")
    named = mentions_in(text, ws.practice)
    if named.unknown:
        raise NotDecidable(f"nobody here is called @{named.unknown[0]}: choose a user name of practice.yaml, or leave out the @")
    if len(named.people) > MENTIONS_MAX:
        raise NotDecidable(f"the comment calls on {len(named.people)} people and may call on {MENTIONS_MAX}: name fewer")
    clean = _scrubbed(ws, text)
    with ws.database.write() as connection:
        action = get_action(connection, action_id)
        if not 1 <= version <= action.version:
            raise NotDecidable(f"action {action.id} has no version {version}: reload it")
        identity = store.add_comment(connection, action.id, version=version, by=by, text=clean, mentions=named.people, at=now)
        detail = {"comment": identity, "version": version, "mentions": list(named.people)}
        ws.audit.append(connection, event=Event.ACTION_COMMENT, actor=by, subject=action.id, detail=detail, at=now)
    return Comment(id=identity, action=action.id, version=version, by=PersonId(by), text=clean, mentions=named.people, at=now)


def mentions_of(ws: Workspace, person: str, *, since: datetime | None = None, limit: int = MENTIONED) -> tuple[Comment, ...]:
    """The comments that call on `person`, newest first; with `since`, those made after it. What people say of themselves is left out."""
    with ws.database.read() as connection:
        found = store.mentions_of(connection, person, since=since, limit=limit)
    return tuple(one for one in found if one.by != person)


def _username(written: str, usernames: set[str]) -> str | None:
    """The longest user name the written one begins with, when only full stops and dashes follow."""
    name = written.lower()
    while name and name not in usernames:
        if name[-1] not in "._-":
            return None
        name = name[:-1]
    return name or None


def _scrubbed(ws: Workspace, text: str) -> str:
    """`text` without identifiers. The scrubber takes every @name for somebody's handle, so colleagues' stand aside while it reads."""
    usernames = {person.username for person in ws.practice.people}
    aside: list[str] = []

    def put_aside(found: re.Match[str]) -> str:
        name = _username(found[1], usernames)
        if name is None:
            return found[0]
        aside.append(f"@{name}{found[1][len(name) :]}")
        return f"⟦{len(aside) - 1}⟧"

    marked = _MENTION.sub(put_aside, text.replace("⟦", "[").replace("⟧", "]"))
    clean = ws.scrubber.scrub(marked).text
    return _MARK.sub(lambda found: aside[int(found[1])] if int(found[1]) < len(aside) else "", clean)
