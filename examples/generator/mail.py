"""SendGrid's event webhook and the replies in the mailbox, for the people who gave an address."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

from examples.generator import plants_mail
from examples.generator.people import Person, everyone
from examples.generator.world import END, MONDAYS, NURTURE_OF, ROUTES, SITE, hex_id, local_time, rng, write_rows, write_text

# How many sends, and how likely an open and a click are, by journey. Near misses click at most once, or they would not be near misses.
HABITS = {
    "last": (2, 0.9, 0.5),
    "requester": (2, 0.8, 0.4),
    "researcher": (3, 0.9, 0.5),
    "steady": (2, 0.8, 0.3),
    "nearly": (3, 0.5, 0.2),
    "subscriber": (4, 0.3, 0.05),
    "optout": (2, 0.4, 0.0),
    "ref_fast": (2, 0.7, 0.3),
    "ref_active": (3, 0.7, 0.3),
    "ref_nearly": (3, 0.3, 0.0),
}
LEAVES = ("unsubscribe", "group_unsubscribe", "spamreport", "bounce", "unsubscribe", "dropped")
REPLIES = (
    "Thanks, do you have anything after five in the evening?",
    "Is parking free at that office? I would come with my father.",
    "Please stop emailing me.",
    "Does the price list include the first X-ray?",
    "I already booked by phone, thank you.",
    "¿Atienden en español los sábados?",
    "Can I bring my old scans on a disc?",
)


def events() -> Iterator[dict[str, Any]]:
    """Every event of every send, in the order of people, then of time."""
    chance = rng("sendgrid")
    for n, person in enumerate(everyone()):
        if person.kind in HABITS:
            yield from _sends(n, person, chance)


def _sends(n: int, person: Person, chance: random.Random) -> Iterator[dict[str, Any]]:
    count, opens, clicks = HABITS[person.kind]
    clicked = 0
    for send in range(count):
        day = person.first_day + timedelta(days=9 + 7 * send)
        at = local_time(day, person.zone, chance).replace(microsecond=0)
        if at >= END - timedelta(days=2):
            return
        build = _Event(person, f"14c5d{hex_id(chance, 10)}", chance)
        yield build("processed", at)
        if person.kind == "optout" and send == count - 1 and LEAVES[n % 6] in ("bounce", "dropped"):
            yield _refused(build, at, LEAVES[n % 6], person.email)
            return
        if chance.random() < 0.05:
            yield build("deferred", at + timedelta(seconds=40), response="450 4.2.1 try again later", attempt="1")
        delivered = at + timedelta(seconds=chance.randint(2, 90))
        yield build("delivered", delivered, response="250 2.0.0 OK")
        url = f"{SITE}{ROUTES[person.line][0]}?utm_source=email&utm_medium=email&utm_campaign={NURTURE_OF[person.line]}"
        if n % 17 == 3:
            # A mail scanner follows every link the moment the message arrives.
            yield build(
                "click", delivered + timedelta(seconds=1), url=url, useragent="Mozilla/5.0 (compatible; link-scanner)", ip="198.51.100.240"
            )
        opened = delivered + timedelta(minutes=chance.randint(4, 900))
        if chance.random() < opens:
            yield build("open", opened, useragent="Mozilla/5.0 (via image proxy)", ip="198.51.100.241")
            limit = 1 if person.kind == "nearly" else 2
            if clicked < limit and chance.random() < clicks:
                clicked += 1
                yield build("click", opened + timedelta(seconds=70), url=url, useragent="Mozilla/5.0 (iPhone)", ip=f"192.0.2.{n % 199 + 1}")
        if person.kind == "optout" and send == count - 1:
            yield build(
                LEAVES[n % 6], opened + timedelta(minutes=2), **({"asm_group_id": 4410} if LEAVES[n % 6] == "group_unsubscribe" else {})
            )


def _refused(build: "_Event", at: datetime, event: str, email: str) -> dict[str, Any]:
    if event == "dropped":
        return build("dropped", at + timedelta(seconds=1), reason="Bounced Address", status="5.0.0")
    return build("bounce", at + timedelta(seconds=20), reason=f"550 5.1.1 <{email}> user unknown", status="5.1.1", type="bounce")


class _Event:
    """Builds the events of one message sent."""

    def __init__(self, person: Person, message: str, chance: random.Random) -> None:
        self.person, self.message, self.chance = person, message, chance

    def __call__(self, event: str, at: datetime, **more: Any) -> dict[str, Any]:
        if event == "click":
            more["url_offset"] = {"index": 0, "type": "html"}
        return {
            "email": self.person.email,
            "timestamp": int(at.timestamp()),
            "smtp-id": f"<{self.message}@relay.larkmere.example.com>",
            "event": event,
            "category": ["nurture", NURTURE_OF[self.person.line]],
            "sg_event_id": hex_id(self.chance, 22),
            "sg_message_id": f"{self.message}.filter0001.0",
            **more,
        }


def write_events(directory: Path) -> None:
    """One array per week; some events come twice, as the webhook delivers at least once."""
    chance = rng("sendgrid-mess")
    every = sorted(events(), key=lambda event: (event["timestamp"], event["sg_event_id"]))
    starts = [int(datetime.fromisoformat(f"{monday}T00:00:00+00:00").timestamp()) for monday in MONDAYS]
    for n, monday in enumerate(MONDAYS):
        end = starts[n + 1] if n + 1 < len(starts) else 2**40
        rows = [event for event in every if starts[n] <= event["timestamp"] < end]
        rows += [event for event in rows if chance.random() < 0.02]
        if n == 6:
            rows += plants_mail.EVENTS
        write_rows(directory / f"sendgrid_events_{monday}.json", rows)


def write_replies(directory: Path) -> None:
    """34 ordinary replies, and the planted ones."""
    chance = rng("replies")
    writers = [person for person in everyone() if person.kind in ("subscriber", "optout", "nearly")][::4][:34]
    for n, person in enumerate(writers):
        at = local_time(person.first_day + timedelta(days=10), person.zone, chance)
        name = f"{person.traits['firstName']} {person.traits['lastName']}"
        text = f"{REPLIES[n % len(REPLIES)]}\n\n{name}\n\nOn Monday Larkmere Health wrote:\n> Your next step, when you are ready.\n"
        headers = {
            "From": f"{name} <{person.email}>",
            "To": "Larkmere Health <hello@larkmere.example.com>",
            "Subject": "Re: Your next step, when you are ready",
            "Date": format_datetime(at.astimezone(person.zone)),
            "Message-ID": f"<{hex_id(chance, 20)}@mail.example.com>",
            "In-Reply-To": f"<{hex_id(chance, 20)}@relay.larkmere.example.com>",
        }
        write_text(directory / f"reply_{n + 1:02d}.eml", plants_mail.eml(headers, text))
    for file, text in plants_mail.replies().items():
        write_text(directory / file, text)
