"""What the tests of notices share: a practice whose people can be reached by a mail server and a Slack on loopback."""

from datetime import time
from typing import Any

from approvals.notices import tell_all
from approvals.notify import ask_due, deliver
from policies.notice_times import Choice, Medium, Mode, Preferences
from policies.notices import NoticeKind
from tests.approvals.conftest import BODY, with_practice
from tools.store import notices as kept
from tools.store.jobs import claim_job, finish_job, this_holder
from tools.workspace import Workspace

DESK = "https://desk.larkfield.example.com"
TOKEN_ENV, SECRET_ENV = "TEST_SLACK_TOKEN", "TEST_SLACK_SECRET"
MEMBERS = {person["username"]: f"U0LARK{number:03}" for number, person in enumerate(BODY["people"])}


def reachable(ws: Workspace, *, smtp_port: int = 25, slack_url: str | None = None, **changes: Any) -> Workspace:
    """Everybody has an address and a Slack member; nobody has quiet hours, so that a test's clock may stand anywhere."""
    slack = {"bot_token_env": TOKEN_ENV, "signing_secret_env": SECRET_ENV, "base_url": slack_url} if slack_url else None
    mail = {"host": "127.0.0.1", "port": smtp_port, "starttls": False, "sender": "desk@larkfield.example.com"}
    people = [
        {**one, "email": f"{one['username']}@larkfield.example.com", "slack_user": MEMBERS[one["username"]]} for one in BODY["people"]
    ]
    return with_practice(ws, notifications={"desk_url": DESK, "smtp": mail, "slack": slack}, people=people, **changes)


def prefer(ws: Workspace, person: str, mode: Mode, *media: Medium, kind: NoticeKind = NoticeKind.ITEMS_WAIT) -> None:
    chosen = Preferences(choices={kind: Choice(mode=mode, media=media)}, quiet_from=time(0), quiet_to=time(0))
    with ws.database.write() as connection:
        kept.save_preferences(connection, person, chosen, at=ws.clock())


def work(ws: Workspace) -> int:
    """What the worker does about notices, until nothing is due; how many messages it tried."""
    tell_all(ws)
    ask_due(ws)
    tried = 0
    while True:
        with ws.database.write() as connection:
            job = claim_job(connection, kinds=["notify"], holder=this_holder(), now=ws.clock())
        if job is None:
            return tried
        deliver(ws, job.subject)
        with ws.database.write() as connection:
            finish_job(connection, job)
        tried += 1
