"""Deliver: what notices become outside the desk. Each message is fixed once, tried until it is accepted or dead, and never says content.

At least once: a crash between the server's yes and our row sends it again, under the same Message-ID. The only module that opens `tools.notify`.
"""

from datetime import timedelta
from functools import partial
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from approvals.notices import preferences
from policies.actions import Action, Risk, Status
from policies.notice_times import Medium, Mode
from policies.notices import Waiting, WeeklyBrief, item_line, items_of, words_of
from policies.records import ActionId
from policies.spoken import when
from tools.brief import weekly_brief
from tools.brief_mail import brief_message, own_words
from tools.egress import Egress
from tools.errors import EgressRefused
from tools.notify import blocks
from tools.notify.email import EmailSender
from tools.notify.port import Entry, Item, Letter, NotDelivered
from tools.notify.slack import SlackClient
from tools.settings import secret
from tools.store import actions as store
from tools.store import notices as kept
from tools.store.audit import Event
from tools.store.jobs import enqueue_job
from tools.store.notices import TEAM, Delivery, Told
from tools.workspace import Workspace

NOTIFY = "notify"
"""The kind of the job; its subject is the message."""
ENTRIES_MAX = 40
STATE: dict[Status, str] = {
    Status.BLOCKED: "blocked by a rule",
    Status.APPROVED: "approved",
    Status.CLAIMED: "executing",
    Status.DONE: "done",
    Status.FAILED: "failed, nothing was done",
    Status.UNKNOWN: "outcome unknown",
    Status.REJECTED: "rejected",
    Status.EXPIRED: "expired",
    Status.SUPERSEDED: "replaced",
}
"""What became of an item that a message asks about; one that still waits has none."""


def ask_due(ws: Workspace) -> int:
    """Ask the worker for every message that is due; how many. Writes nothing when there is none."""
    now = ws.clock()
    with ws.database.read() as connection:
        if not kept.has_open_digest(connection, now=now) and not kept.due_messages(connection, now=now, limit=1):
            return 0
    with ws.database.write() as connection:
        kept.close_digests(connection, now=now)
        return sum(enqueue_job(connection, kind=NOTIFY, subject=message, now=now) for message in kept.due_messages(connection, now=now))


def deliver(ws: Workspace, message: str) -> None:
    """Send one message, or bring it up to date in Slack. A failure is kept with it, and it is asked for again later; the last one is audited."""
    with ws.database.read() as connection:
        delivery = kept.delivery_of(connection, message)
        letter = letter_of(ws, connection, delivery) if delivery else None
    if delivery is None:
        return
    try:
        if letter is None:
            raise NotDelivered("links have nowhere to lead: set notifications.desk_url in practice.yaml", final=True)
        reference = _send(ws, delivery, letter)
    except (NotDelivered, EgressRefused) as error:
        _failed(ws, delivery, error)
        return
    except Exception as error:
        _failed(ws, delivery, NotDelivered(f"a fault of ours ({type(error).__name__}): the log has a line with it"))
        raise
    with ws.database.write() as connection:
        kept.sent(connection, message, reference=reference, at=ws.clock())


def _send(ws: Workspace, delivery: Delivery, letter: Letter) -> str:
    person = ws.practice.person(delivery.person)
    if delivery.medium is Medium.EMAIL:
        relay = ws.practice.mail_relay()
        if relay is None or person is None or person.email is None:
            raise NotDelivered("this person has no mail address any more, or no server is set up: mend practice.yaml", final=True)
        env = (relay.username_env, relay.password_env)
        username, password = (secret(name) if name else None for name in env)
        sender = EmailSender(relay, egress_of(ws), username=username, password=password)
        first = delivery.notices[0].notice
        if isinstance(first, WeeklyBrief):
            return _send_brief(ws, sender, delivery, first, to=person.email, desk_url=letter.desk_url)
        return sender.send(letter, to=person.email)
    client = slack_of(ws)
    channel = ws.practice.notifications.slack.channel if ws.practice.notifications.slack and delivery.person == TEAM else None
    to = channel or (person.slack_user if person else None)
    if client is None or to is None:
        raise NotDelivered("this person has no slack_user any more, or Slack is not set up: mend practice.yaml", final=True)
    if delivery.reference:
        client.update(delivery.reference, blocks.message(letter), subject=delivery.message, filled=letter.filled)
        return delivery.reference
    return client.post(to, blocks.message(letter), subject=delivery.message, filled=letter.filled)


def _send_brief(ws: Workspace, sender: EmailSender, delivery: Delivery, notice: WeeklyBrief, *, to: str, desk_url: str) -> str:
    """The whole brief instead of its one line. It names service lines and counts, and nobody; what waits is as of this minute."""
    written = weekly_brief(ws, notice.since, notice.until)
    message = brief_message(written, to, sender.address, desk_url=desk_url)
    return sender.send_message(message, id_=delivery.message, own=own_words(written, desk_url=desk_url))


def slack_of(ws: Workspace) -> SlackClient | None:
    """The client of the practice's Slack; None when there is none."""
    config = ws.practice.notifications.slack
    return SlackClient(config, egress_of(ws), token=secret(config.bot_token_env)) if config else None


def egress_of(ws: Workspace) -> Egress:
    return Egress(ws.scrubber, ws.database, ws.clock)


def _failed(ws: Workspace, delivery: Delivery, error: NotDelivered | EgressRefused) -> None:
    now = ws.clock()
    final = not isinstance(error, NotDelivered) or error.final
    wait = timedelta(seconds=error.wait_s) if isinstance(error, NotDelivered) and error.wait_s else None
    with ws.database.write() as connection:
        if kept.failed(connection, delivery, error=str(error), now=now, final=final, wait=wait):
            detail = {"person": delivery.person, "medium": delivery.medium, "notices": len(delivery.notices)}
            ws.audit.append(connection, event=Event.NOTICE_FAIL, actor="worker", subject=delivery.message, detail=detail, at=now)


# --- the letter


def letter_of(ws: Workspace, connection: Connection, delivery: Delivery) -> Letter | None:
    """The message in words, items with what has become of them; None without an address the links could lead to."""
    url = ws.practice.notifications.desk_url
    if url is None:
        return None
    person = ws.practice.person(delivery.person)
    zone = ZoneInfo(ws.practice.timezone)
    if person is not None:
        zone = preferences(ws, connection, person).zone(zone)
    names = {one.username: one.name for one in ws.practice.people}
    shown = delivery.notices[:ENTRIES_MAX]
    entries = tuple(_entry(ws, connection, told, names, zone) for told in shown)
    subject = entries[0].words.subject if len(delivery.notices) == 1 else f"{len(delivery.notices):,} notices from the desk"
    return Letter(
        message=delivery.message,
        at=delivery.first_at if delivery.mode is Mode.AT_ONCE else ws.clock(),
        subject=subject,
        practice=ws.practice.organisation.name,
        greeting=person.name if person else "everybody",
        entries=entries,
        more=len(delivery.notices) - len(shown),
        desk_url=url,
    )


def _entry(ws: Workspace, connection: Connection, told: Told, names: dict[str, str], zone: ZoneInfo) -> Entry:
    said = words_of(told.notice, names=names, when=partial(when, zone=zone))
    return Entry(f"n{told.id}", said, tuple(_item(ws, connection, item) for item in items_of(told.notice)))


def _item(ws: Workspace, connection: Connection, item: Waiting) -> Item:
    action = store.get_action(connection, ActionId(item.action))
    if action is None:
        return Item(item.action, item.version, item_line(item), "gone")
    state = STATE.get(action.status, "")
    if not state and action.version != item.version:
        state = "changed since: open it"
    return Item(item.action, item.version, item_line(item), state, not state and not undecidable(action))


def undecidable(action: Action) -> str:
    """Why this item is decided in the desk and not in Slack, "" when Slack may offer it: only what needs no reading of content or findings."""
    if action.risk is Risk.HIGH:
        return "It is high risk, so it is decided in the desk, where you see all of it."
    if action.findings:
        return "The rules say something about it: read that in the desk before you decide."
    return ""
