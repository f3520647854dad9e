"""A refusal as a page says it: the sentence of the command line, with the item's title, people's names and the practice's own time."""

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from approvals.inbox import get_handoff, get_task
from approvals.queue import get_action
from approvals.web import words
from approvals.web.desk import known_names
from policies.records import ActionId
from tools.errors import NotFound
from tools.practice import Practice
from tools.workspace import Workspace

_ITEM = re.compile(r"\b(action|handoff|task) ([AX]-[0-9a-f]{1,24})\b")
_MOMENT = re.compile(r"\b(\d{4}-\d\d-\d\d \d\d:\d\d)(?::\d\d)? UTC\b")


def said_to_a_person(ws: Workspace, text: str) -> str:
    """`text` with what its ids, user names and UTC times stand for. Only for somebody who is signed in: titles are the practice's own."""
    zone = ZoneInfo(ws.practice.timezone)
    names = {person.username: person.name for person in ws.practice.people}
    text = _MOMENT.sub(lambda found: words.when(datetime.fromisoformat(found[1]).replace(tzinfo=UTC), zone), text)
    if names:
        users = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
        text = re.sub(rf"(?<![\w.-])(?:{users})(?![\w-])", lambda found: names[found[0]], text)
    with ws.database.read() as connection:
        return _ITEM.sub(lambda found: _titled(ws.practice, connection, found), text)


def _titled(practice: Practice, connection: Connection, found: re.Match[str]) -> str:
    try:
        match found[1]:
            case "action":
                title = get_action(connection, ActionId(found[2])).content.title
            case "task":
                title = get_task(connection, found[2]).title
            case _:
                row = get_handoff(connection, found[2])
                title = words.lead_headline(
                    known_names(practice).get(row.service_line, row.service_line), row.handoff["fields"].get("score")
                )
    except NotFound:
        return found[0]
    return f"“{title}”"
