"""A desk of a group with a referral line, two sellers, and a referring practice of two contacts whose names are canaries."""

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import insert

from approvals.web.app import create_app
from policies.leads.mql import NOTHING_YET, advance
from policies.leads.score import fit_points, weight_of
from policies.records import Award, Contact, EngagementId, LeadId, Track
from tests.approvals.web.house import PRACTICE, House
from tools.packs.models import SHIPPED, for_line, load_model_file
from tools.practice import Practice
from tools.store import ledger as book
from tools.store.action_tables import sales_inbox
from tools.store.contacts import save_contacts
from tools.store.ledger import Scored
from tools.store.tables import lead_groups, lead_keys, leads

DOCTOR, MANAGER = LeadId("L-00000000000d"), LeadId("L-00000000000a")
CANARIES = ("Quillabeth", "Fenwrightson", "quillabeth@zelkova.example.org", "813-555-0147", "Zelkova Heights Family Medicine")
LINE = "physician_liaison"


def with_referrals(house: House) -> House:
    """The house, from now on with a referral line, and Joel and Pia besides. Called before anything serves its app."""
    line = {"key": LINE, "name": "Physician liaison", "track": "b2b_referral", "model": LINE, "locations": ["tampa"]}
    people = [
        *PRACTICE["people"],  # type: ignore[misc]
        {"username": "joel", "name": "Joel Amari", "roles": ["sales"]},
        {"username": "pia", "name": "Pia Nyberg", "roles": ["privacy_officer"]},
    ]
    signed = {**PRACTICE["model_signatures"], LINE: ["theo", "sam"]}  # type: ignore[dict-item]
    body = {**PRACTICE, "service_lines": [*PRACTICE["service_lines"], line], "people": people, "model_signatures": signed}  # type: ignore[misc]
    house.workspace = replace(house.workspace, practice=Practice.model_validate(body))
    house.app = create_app(house.workspace)
    return house


def practice_of_two(house: House) -> str:
    """Two contacts of one practice, one handed over; the handoff's id. The contact of each is on file, sealed."""
    now, model = house.clock(), for_line(load_model_file(SHIPPED / f"{LINE}.yaml"), name=LINE, line=LINE)
    ws = house.workspace
    attributes = {"specialty_match": "yes", "distance": "near", "npi_active": "yes"}
    fit = fit_points(model, attributes)
    person = {"track": Track.B2B_REFERRAL, "created_at": now, "attributes": attributes, "stage": "engaged"}
    person["attribute_times"] = dict.fromkeys(attributes, now.isoformat())
    with ws.database.write() as connection:
        for lead, events in ((DOCTOR, ("peer_call_request", "cme_attended", "referral_page")), (MANAGER, ("referral_page",))):
            key = f"email:{lead}"
            connection.execute(insert(leads).values(id=lead, **person))
            connection.execute(insert(lead_keys).values(match_key=key, lead=lead, added_at=now))
            connection.execute(insert(lead_groups).values(engagement=f"E-{lead}", group_key="org:zelkova", match_key=key, at=now))
            awards = []
            for days, event in zip((3, 8, 12), events, strict=False):
                group, weight = weight_of(model, event)
                given = {"event": event, "group": group, "weight": weight, "counted": True, "object_key": event}
                name = EngagementId(f"{lead}{event}")
                awards.append(Award(lead=lead, model=model.id, engagement=name, occurred_at=now - timedelta(days=days), **given))
            book.write_awards(connection, awards)
            book.write_standings(connection, {(lead, model.id): Scored(model, fit, advance(model, fit, NOTHING_YET, awards))})
            first, last, email, phone, organisation = CANARIES
            contact = Contact(first_name=first, last_name=last, email=email, phone=phone, organisation=organisation)
            save_contacts(connection, ws.ring, [((key,), contact)], now=now)
        body = {
            "title": "Hand over",
            "body": "Score 87 of 100.",
            "why": ["asked for a peer-to-peer call"],
            "fields": {"score": 87, "stage": "fast_lane"},
        }
        inbox = {"execution": "X-0123456789ab", "action": "A-0123456789ab", "lead": DOCTOR, "track": "b2b_referral", "service_line": LINE}
        due_at = now + timedelta(hours=8)
        connection.execute(insert(sales_inbox).values(**inbox, handoff=body, status="new", received_at=now, due_at=due_at))
    return "X-0123456789ab"
