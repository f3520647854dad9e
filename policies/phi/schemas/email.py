"""Email: SendGrid's event webhook and replies from a mailbox (IMAP). The address is sealed; a vendor's reason text, which quotes it, is refused."""

import re

from policies.phi.schemas.draft import Draft, Shape, Withheld, drafted, joined
from policies.phi.schemas.schema import Reader, Schema, Seen
from policies.phi.schemas.values import USED, action_id, flag, keep, known_campaign, mapped, number, one_of, seal, text, url
from policies.records import EngagementKind, RawEngagement, Source

BOT_CLICK_SECONDS = 2  # link scanners open every link at once; nobody reads a mail in less (facts: mautic #10461)

_SENDGRID_EVENTS = {
    "processed": EngagementKind.EMAIL_SENT,
    "deferred": EngagementKind.EMAIL_SENT,
    "delivered": EngagementKind.EMAIL_SENT,
    "open": EngagementKind.EMAIL_OPEN,
    "click": EngagementKind.EMAIL_CLICK,
    "bounce": EngagementKind.BOUNCE,
    "dropped": EngagementKind.BOUNCE,
    "spamreport": EngagementKind.SPAM_REPORT,
    "unsubscribe": EngagementKind.UNSUBSCRIBE,
    "group_unsubscribe": EngagementKind.UNSUBSCRIBE,
    "group_resubscribe": EngagementKind.IDENTIFY,
}

SENDGRID = Schema(
    paths={
        **dict.fromkeys(("timestamp", "sg_event_id", "sg_message_id", "attempt", "tls", "url_offset", "marketing_campaign_id"), USED),
        "email": seal("email"),
        "event": keep("event", mapped(_SENDGRID_EVENTS)),
        "type": keep("type", one_of("bounce", "blocked")),
        "category": keep("campaign", known_campaign),
        "url": url("url"),
        "liaison_action": keep("action", action_id),
        "sg_machine_open": keep("machine", flag),
        "seconds_after_delivery": keep("delay_s", number(-86_400, 1e8)),  # added by the connector, which sees the delivery
    }
)

IMAP = Schema(
    paths={
        **dict.fromkeys(("message_id", "in_reply_to", "date"), USED),
        "from.address": seal("email"),
        "from.name": seal("name"),
        "subject": text("subject"),
        "body": text("body"),
        "failed_recipient": seal("failed"),
        "report": keep("report", one_of("delivery-status", "feedback-report")),
        "permanent": keep("permanent", flag),
        "auto_submitted": keep("auto", flag),
        "attachments": USED,
    }
)

_OPT_OUT = re.compile(
    r"\b(?:unsubscribe|remove me|take me off|stop (?:emailing|sending|contacting)|opt[ -]?out)\b"
    r"|\b(?:darme de baja|denme de baja|no me (?:escriban|manden|env[ií]en))\b"
    r"|^\s*(?:stop|alto|baja)\W*$",
    re.IGNORECASE | re.MULTILINE,
)
_AUTO_REPLY = re.compile(
    r"\b(?:out of (?:the )?office|automatic reply|auto-?reply|autoreply|fuera de la oficina|respuesta autom[aá]tica)\b", re.IGNORECASE
)
_QUOTED = re.compile(r"^(?:>|On .{5,200} wrote:\s*$|El .{5,200} escribi[oó]:\s*$|-{2,} ?Original Message)", re.IGNORECASE)


def build_sendgrid(seen: Seen, raw: RawEngagement, reader: Reader) -> Draft:
    values = seen.values
    if "event" not in values:
        raise Withheld("the event's name is not in the schema")
    kind: EngagementKind = values["event"]
    flags: tuple[str, ...] = ()
    if kind is EngagementKind.EMAIL_CLICK and 0 <= values.get("delay_s", BOT_CLICK_SECONDS) < BOT_CLICK_SECONDS:
        kind, flags = EngagementKind.EMAIL_OPEN, ("bot",)
    elif kind is EngagementKind.EMAIL_OPEN and values.get("machine"):
        flags = ("bot",)
    elif kind is EngagementKind.BOUNCE and values.get("type") == "blocked":
        kind, flags = EngagementKind.EMAIL_SENT, ("soft_bounce",)  # the server refused for now: the address still exists
    draft = drafted(kind, seen, reader.registry)
    changes = {"flags": flags, "object_key": values.get("action") or draft.object_key}
    if kind in (EngagementKind.UNSUBSCRIBE, EngagementKind.SPAM_REPORT):
        changes["consent"] = {"email": False}
    return draft.but(**changes)


def build_imap(seen: Seen, raw: RawEngagement, reader: Reader) -> Draft:
    """A reply; an opt-out in words counts as one, and a bounce or complaint report is that, about the address it names."""
    values = seen.values
    if "report" in values:  # sent by a mail server about somebody: that address is the person
        seen.sealed = {"email": seen.sealed["failed"]} if "failed" in seen.sealed else {}
    if "body" in seen.texts:
        seen.texts["body"] = new_text(seen.texts["body"])
    words = joined(seen, "subject", "body") or ""
    if values.get("report") == "feedback-report":
        return drafted(EngagementKind.SPAM_REPORT, seen, reader.registry).but(consent={"email": False})
    if values.get("report") == "delivery-status":
        kind = EngagementKind.BOUNCE if values.get("permanent", True) else EngagementKind.EMAIL_SENT
        return drafted(kind, seen, reader.registry)
    if values.get("auto") or _AUTO_REPLY.search(seen.texts.get("subject", "")):
        return drafted(EngagementKind.EMAIL_OPEN, seen, reader.registry).but(flags=("auto_reply",))
    line = reader.registry.line_in(words)
    changes = {"text": words or None, "service_line": line, "track": reader.registry.track(line)}
    if _OPT_OUT.search(words):
        return drafted(EngagementKind.UNSUBSCRIBE, seen, reader.registry).but(**changes, consent={"email": False})
    return drafted(EngagementKind.EMAIL_REPLY, seen, reader.registry).but(**changes)


def new_text(body: str) -> str:
    """`body` up to the first quoted line: what this person wrote now."""
    kept: list[str] = []
    for row in body.splitlines():
        if _QUOTED.match(row):
            break
        kept.append(row)
    return "\n".join(kept).strip()


SHAPES = {Source.SENDGRID: Shape(SENDGRID, build_sendgrid), Source.IMAP: Shape(IMAP, build_imap)}
