"""Segment messages: the journeys people take over the website and the app, as the collector received them."""

import json
import random
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from examples.generator import plants_web
from examples.generator.people import Person, everyone
from examples.generator.world import (
    BASE,
    CAMPAIGN_OF,
    MONDAYS,
    ROUTES,
    SITE,
    days,
    hex_id,
    iso_z,
    local_time,
    practice,
    rng,
    write_lines,
    write_text,
)

BROWSERS = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.1 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/146.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Linux; Android 16; Pixel 10) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/146.0.0.0 Mobile Safari/537.36",
)
VIDEO_OF = {"orthopaedics": "lmOrKnee001", "dental": "lmDeImpl002", "dermatology": "lmDrMole003", "physician_liaison": "lmLiRefr004"}

# Steps in the order they happen; `?` before a step = only some people do it. A step's day lies between the ones before and after it.
JOURNEYS: dict[str, tuple[str, ...]] = {
    "last": ("service", "guide", "provider", "pricing"),
    "requester": ("service", "?provider", "?guide", "?pricing", "request"),
    "researcher": (
        "service", "guide", "?provider", "?video", "pricing", "?listing", "?webinar_attended", "?symptom_check", "?location", "scheduling",
    ),
    "steady": ("service", "guide", "provider", "?listing", "scheduling"),
    "nearly": ("service", "one_of_some", "?home"),
    "lowfit": ("service", "guide", "provider", "pricing", "?blog", "scheduling"),
    "subscriber": ("blog", "newsletter", "?service"),
    "optout": ("service", "guide"),
    "careers": ("careers", "contact_job"),
    "vendor": ("home", "contact_vendor"),
    "bounced": ("landing",),
    "passer": ("service", "?service", "?home", "?blog", "?location_page"),
    "ref_fast": ("referral_page", "?staff_question", "peer_call"),
    "ref_active": ("referral_page", "cme", "?packet", "?liaison_visit", "staff_question"),
    "ref_nearly": ("referral_page", "?provider", "staff_question"),
    "ref_lowfit": ("referral_page", "staff_question", "referral_page"),
}  # fmt: skip
BLOG = ("/blog/first-visit-checklist", "/blog/sun-safety-after-summer", "/blog/knee-pain-on-stairs", "/blog/dental-implant-timeline")


class Messages:
    """Builds one person's messages; `at` is the true time, the client's clock runs ahead by the person's skew."""

    def __init__(self, person: Person, chance: random.Random) -> None:
        self.person, self.chance = person, chance
        self.known = False
        self.out: list[tuple[datetime, dict[str, Any]]] = []
        self.ip = f"{chance.choice(('192.0.2', '198.51.100', '203.0.113'))}.{chance.randint(2, 199)}"
        self.agent = chance.choice(BROWSERS)
        self.paid = person.kind == "bounced" or chance.random() < 0.35

    def page(self, at: datetime, path: str, title: str = "", *, query: dict[str, str] | None = None, referrer: str = "") -> None:
        search = "?" + urlencode(query) if query else ""
        page = {"path": path, "referrer": referrer, "search": search, "title": title or path.rsplit("/", 1)[-1].replace("-", " ").title()}
        page["url"] = f"{SITE}{path}{search}"
        self._add(at, {"type": "page", "name": page["title"], "properties": page}, page=page)

    def track(self, at: datetime, event: str, path: str, **properties: Any) -> None:
        page = {"path": path, "referrer": f"{SITE}/", "search": "", "title": "Larkmere Health", "url": f"{SITE}{path}"}
        self._add(at, {"type": "track", "event": event, "properties": properties}, page=page)

    def identify(self, at: datetime) -> None:
        """Once; later messages carry the user id."""
        if not self.known:
            self.known = True
            self._add(at, {"type": "identify", "traits": self.person.traits})

    def _add(self, at: datetime, body: dict[str, Any], page: dict[str, str] | None = None) -> None:
        latency = timedelta(milliseconds=0 if at == BASE else self.chance.randint(40, 900))
        # A phone without signal keeps its queue for days: sent late, with the time of the act.
        waits = (
            timedelta(days=self.chance.randint(4, 12)) if self.chance.random() < 0.012 and at < BASE - timedelta(days=14) else timedelta(0)
        )
        skew = timedelta(0) if at == BASE else self.person.skew
        sent = at + waits
        context: dict[str, Any] = {
            "ip": self.ip,
            "userAgent": self.agent,
            "locale": "es-US" if self.person.traits.get("lastName", "")[-2:] == "ez" and self.chance.random() < 0.3 else "en-US",
            "timezone": str(self.person.zone),
            "library": {"name": "analytics.js", "version": "next-1.84.3"},
        }
        if page:
            context["page"] = page
            if found := {key[4:]: values[0] for key, values in parse_qs(urlsplit(page["url"]).query).items() if key.startswith("utm_")}:
                context["campaign"] = {"name" if key == "campaign" else key: value for key, value in found.items()}
        offset = self.person.anonymous_id[0] in "01"
        message = {
            "messageId": f"ajs-next-{hex_id(self.chance, 20)}",
            "type": body.pop("type"),
            "anonymousId": self.person.anonymous_id,
            "userId": self.person.user_id if self.known else None,
            "timestamp": (at + skew).astimezone(self.person.zone).isoformat(timespec="milliseconds") if offset else iso_z(at + skew),
            "sentAt": iso_z(sent + skew),
            "receivedAt": iso_z(sent + latency),
            **body,
            "context": context,
        }
        self.out.append((sent + latency, message))


def utm(line: str) -> dict[str, str]:
    return {"utm_source": "google", "utm_medium": "cpc", "utm_campaign": CAMPAIGN_OF[line]}


def take(step: str, at: datetime, m: Messages) -> None:
    """One step of a journey."""
    person, chance, line = m.person, m.chance, m.person.line
    route = chance.choice(ROUTES[line])
    providers = [p.key for p in practice().providers if p.service_line == line and p.location == person.location] or ["priya-halvorsen"]
    where = {"serviceLine": line, "location": person.location}
    pause = timedelta(seconds=chance.randint(20, 240))

    def known(event: str, path: str, **properties: Any) -> None:
        m.identify(at)
        m.track(at + pause, event, path, **where, **properties)

    steps: dict[str, Callable[[], None]] = {
        "home": lambda: m.page(at, "/", "Larkmere Health"),
        "landing": lambda: m.page(
            at,
            "/orthopaedics/hip-replacement",
            query=utm("orthopaedics") | {"utm_term": "hip replacement"},
            referrer="https://www.google.com/",
        ),
        "service": lambda: m.page(at, route, query=utm(line) if m.paid else None, referrer="https://www.google.com/"),
        "blog": lambda: m.page(at, chance.choice(BLOG), referrer="https://www.google.com/"),
        "provider": lambda: m.page(at, f"/providers/{chance.choice(providers)}"),
        "location_page": lambda: m.page(at, f"/locations/{person.location}"),
        "location": lambda: m.track(at, "Directions Clicked", f"/locations/{person.location}", **where),
        "pricing": lambda: m.track(at, "Pricing Viewed", chance.choice(("/pricing", "/financing", "/insurance")), **where),
        "listing": lambda: m.track(
            at, "Listing Clicked", "/", **where, listing=chance.choice(("healthgrades", "zocdoc", "webmd", "google"))
        ),
        "video": lambda: m.track(at, "Video Watched", route, **where, videoId=VIDEO_OF[line], percent=chance.choice((52, 75, 96))),
        "symptom_check": lambda: m.track(
            at,
            "Symptom Check Finished",
            route,
            **where,
            tool=f"{line}-check",
            answers={"pain": chance.randint(2, 9), "weeks": chance.randint(1, 30)},
        ),
        "guide": lambda: known("Guide Downloaded", route, guide=f"{line}-guide"),
        "newsletter": lambda: known("Form Submitted", "/contact", form="newsletter"),
        "webinar_registered": lambda: known("Webinar Registered", route, webinar=f"{line}-evening"),
        "webinar_attended": lambda: known("Webinar Attended", route, webinar=f"{line}-evening"),
        "scheduling": lambda: known("Scheduling Started", "/appointments"),
        "request": lambda: _request(at, m, where),
        "careers": lambda: m.page(at, "/careers", "Careers"),
        "contact_job": lambda: known("Form Submitted", "/careers", form="careers", message="Are you hiring a front desk assistant?"),
        "contact_vendor": lambda: known(
            "Form Submitted",
            "/contact",
            form="contact",
            message="We are an SEO agency and can put you on page one. Reply for a demo of our services.",
        ),
        "referral_page": lambda: m.page(at, chance.choice(ROUTES["physician_liaison"]), "For physicians"),
        "staff_question": lambda: known("Staff Question Asked", "/for-physicians", notes="Which fax number takes imaging orders?"),
        "packet": lambda: known("Referral Packet Requested", "/for-physicians/refer", form="referral"),
        "peer_call": lambda: known("Peer Call Requested", "/for-physicians", form="callback"),
        "cme": lambda: known("CME Attended", "/for-physicians", webinar="cme-joint-injury"),
        "liaison_visit": lambda: known("Liaison Visit Accepted", "/for-physicians"),
    }
    steps[step]()


def _request(at: datetime, m: Messages, where: dict[str, str]) -> None:
    m.identify(at - timedelta(seconds=3))
    if m.person.anonymous_id[0] in "02468ace":
        m.track(at, "Appointment Requested", "/appointments", **where, form="appointment")
    else:
        m.track(at, "Callback Requested", "/contact", **where, form="callback")


def journey(person: Person, chance: random.Random) -> list[tuple[datetime, dict[str, Any]]]:
    m = Messages(person, chance)
    steps = [step.lstrip("?") for step in JOURNEYS[person.kind] if step[0] != "?" or chance.random() < 0.45]
    if person.kind == "nearly":
        steps[1] = chance.choice(("guide", "guide", "newsletter") if person.line == "orthopaedics" else ("guide", "newsletter"))
        if person.line == "orthopaedics":
            steps.append("provider")
    gap = max(1, person.span_days // len(steps))
    day = person.first_day
    earliest = None
    for step in steps:
        at = local_time(day, person.zone, chance)
        at = max(at, earliest) if earliest else at
        take(step, at, m)
        earliest = at + timedelta(minutes=6)
        day += timedelta(days=chance.randint(max(1, gap - 2), gap))
    return m.out


def last_event() -> tuple[datetime, dict[str, Any]]:
    """The appointment request at the base day's first instant: what `sample.last_event_at` names."""
    person = next(person for person in everyone() if person.kind == "last")
    m = Messages(person, rng("last"))
    m.known = True
    m.track(BASE, "Appointment Requested", "/appointments", serviceLine=person.line, location=person.location, form="appointment")
    return m.out[0]


def messages() -> list[tuple[datetime, dict[str, Any]]]:
    """Every well-formed message with the time it was received, oldest receipt first."""
    chance = rng("web")
    out = [last_event()]
    for person in everyone():
        out.extend(journey(person, chance))
    out.extend(plants_web.messages())
    return sorted(out, key=lambda pair: (pair[0], pair[1].get("messageId", "")))


def write(directory: Path) -> None:
    """One JSONL file per week of receipt; duplicates, broken lines and the copied export are put in here."""
    chance = rng("web-mess")
    weeks: dict[Any, list[str]] = {monday: [] for monday in MONDAYS}
    for received, message in messages():
        monday = max((m for m in MONDAYS if m <= received.date()), default=MONDAYS[0])
        line = json.dumps(message, ensure_ascii=False)
        weeks[monday].append(line)
        if chance.random() < 0.02:
            weeks[monday].append(line)
        if chance.random() < 0.01 and monday != MONDAYS[-1]:
            weeks[days(monday, 8)[-1]].append(line)
    for monday, lines in weeks.items():
        if monday == MONDAYS[5]:
            for place, broken in zip((12, 40, 77), plants_web.BROKEN_LINES, strict=True):
                lines.insert(place, broken)
        write_lines(directory / f"segment_{monday}.jsonl", lines)
    copied = directory / f"segment_{MONDAYS[2]}.jsonl"
    write_text(copied.with_name(f"{copied.stem}_copy.jsonl"), copied.read_text(encoding="utf-8"))
