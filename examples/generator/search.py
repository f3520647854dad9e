"""Search Console and Google Ads search terms: what people look for, what is paid for it, and which queries no page answers."""

import base64
import json
import random
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from examples.generator.world import MONDAYS, SITE, days, hex_id, rng, write_text

CUSTOMER = "2900112233"
CAMPAIGNS = {
    "21900110001": "Ortho TX Search",
    "21900110002": "Ortho FL Search",
    "21900110003": "Dental TX Search",
    "21900110004": "Dental FL Search",
    "21900110005": "Derm FL Search",
    "21900110006": "Liaison Referral Search",
}

# (term, clicks a day, dollars a click, conversions per click). Derm FL is dear and starved of results, Dental TX cheap and short of money.
TERMS: dict[str, tuple[tuple[str, int, float, float], ...]] = {
    "21900110001": (
        ("knee replacement austin", 14, 8.4, 0.06),
        ("orthopedic surgeon near me", 18, 7.9, 0.05),
        ("knee pain doctor austin", 11, 6.2, 0.05),
        ("hip replacement surgeon texas", 12, 9.1, 0.01),
        ("shoulder surgeon el paso", 7, 6.8, 0.05),
        ("orthopedic surgeon salary", 9, 5.1, 0.0),
        ("orthopedic nurse jobs austin", 8, 4.7, 0.0),
        ("how to wrap a knee at home", 6, 3.9, 0.0),
        ("free knee brace", 7, 4.2, 0.0),
        ("ridgeback orthopedics austin reviews", 6, 6.6, 0.0),
    ),
    "21900110002": (
        ("orthopedic doctor tampa", 10, 7.2, 0.05),
        ("knee specialist tampa", 8, 7.7, 0.05),
        ("medical assistant school tampa", 5, 3.6, 0.0),
        ("knee surgery youtube video", 4, 2.8, 0.0),
    ),
    "21900110003": (
        ("dentist san antonio", 9, 3.1, 0.14),
        ("dental implants san antonio", 7, 4.6, 0.16),
        ("emergency dentist near me", 8, 3.4, 0.18),
        ("dentista en san antonio", 5, 2.1, 0.15),
        ("dental assistant jobs", 4, 2.2, 0.0),
    ),
    "21900110004": (
        ("dental implants orlando", 10, 6.1, 0.07),
        ("clear aligners orlando", 8, 5.2, 0.06),
        ("teeth whitening orlando", 9, 4.4, 0.05),
        ("diy teeth whitening", 8, 3.3, 0.0),
        ("free dental clinic near me", 9, 3.5, 0.0),
        ("brightgum dental coupons", 5, 4.1, 0.0),
    ),
    "21900110005": (
        ("dermatologist tampa", 22, 9.8, 0.008),
        ("mohs surgery tampa", 12, 11.4, 0.01),
        ("acne treatment pensacola", 13, 8.7, 0.006),
        ("skin doctor near me", 17, 9.2, 0.008),
        ("how to remove a mole at home", 11, 5.6, 0.0),
        ("dermatologist salary florida", 8, 5.2, 0.0),
        ("home remedies for eczema", 9, 4.8, 0.0),
    ),
    "21900110006": (
        ("refer patient orthopedic surgeon austin", 2, 10.5, 0.08),
        ("physician liaison jobs", 3, 4.4, 0.0),
    ),
}
PLANTED_TERMS = ("caspian thornapple dermatologist appointment", "mrn 7741902 skin biopsy results")

# (query, path, impressions a day, position). The last block has nothing but the home page to show: nobody has written that page.
QUERIES: tuple[tuple[str, str, int, float], ...] = (
    ("larkmere health", "/", 90, 1.2),
    ("larkmere orthopaedics", "/orthopaedics", 60, 1.4),
    ("knee replacement recovery time", "/orthopaedics/knee-replacement", 140, 8.1),
    ("knee replacement austin", "/orthopaedics/knee-replacement", 85, 4.9),
    ("hip replacement surgeon near me", "/orthopaedics/hip-replacement", 95, 7.2),
    ("rotator cuff surgeon el paso", "/orthopaedics/shoulder", 40, 5.3),
    ("sports medicine doctor austin", "/orthopaedics/sports-medicine", 55, 6.6),
    ("dental implants orlando cost", "/dental/implants", 120, 6.4),
    ("dentist san antonio", "/dental", 150, 9.8),
    ("clear aligners vs braces", "/dental/aligners", 75, 11.5),
    ("teeth whitening orlando", "/dental/whitening", 65, 7.7),
    ("dentista san antonio", "/dental", 45, 6.1),
    ("mohs surgery tampa", "/dermatology/mohs-surgery", 58, 5.6),
    ("acne dermatologist pensacola", "/dermatology/acne", 42, 4.4),
    ("eczema on hands doctor", "/dermatology/eczema", 66, 12.2),
    ("dr priya halvorsen", "/providers/priya-halvorsen", 24, 1.3),
    ("dr aiko brandvold reviews", "/providers/aiko-brandvold", 19, 2.4),
    ("larkmere dental orlando hours", "/locations/orlando", 22, 1.6),
    ("does larkmere take bluestem mutual", "/insurance", 14, 2.2),
    ("refer a patient orthopaedic austin", "/for-physicians/refer", 12, 4.8),
    ("torn meniscus or sprain how to tell", "/", 96, 21.4),
    ("knee clicking when climbing stairs", "/", 71, 24.8),
    ("jaw pain when chewing dentist or doctor", "/", 64, 19.5),
    ("itchy mole on back should i worry", "/", 83, 26.1),
    ("spanish speaking orthopedist el paso", "/", 38, 14.7),
    ("dr noor valderrama", "/", 21, 11.3),
)
PLANTED_QUERIES = (
    ("tiberius mallowgate knee surgeon reviews", "/orthopaedics"),
    ("can dr halvorsen see ophelia drumblewick 361-555-0108", "/providers/priya-halvorsen"),
    ("larkmere appointment confirmation", "/appointments?patient=clementine.hatherbloom@example.com"),
)


def _compact(body: Any) -> str:
    return json.dumps(body, ensure_ascii=False)


def _console_row(chance: random.Random, day: date, query: str, path: str, impressions: int, position: float) -> dict[str, Any]:
    click_rate = min(0.45, 0.34 / position)
    clicks = sum(chance.random() < click_rate for _ in range(impressions))
    return {
        "keys": [day.isoformat(), query, SITE + path, "usa", chance.choice(("MOBILE", "MOBILE", "DESKTOP"))],
        "clicks": clicks,
        "impressions": impressions,
        "ctr": round(clicks / impressions, 4),
        "position": round(position * chance.uniform(0.85, 1.2), 1),
    }


def _console_week(monday: date) -> list[dict[str, Any]]:
    chance = rng(f"console/{monday}")
    rows = []
    for day in days(monday, 7):
        for query, path, impressions, position in QUERIES:
            if chance.random() < 0.86:
                rows.append(_console_row(chance, day, query, path, max(1, round(impressions * chance.uniform(0.2, 0.5))), position))
    if monday == MONDAYS[3]:
        for n, (query, path) in enumerate(PLANTED_QUERIES):
            rows.append(_console_row(chance, days(monday, 7)[n], query, path, n + 1, 9.0))
    return rows


def write_console(directory: Path) -> None:
    """Weekly responses; each repeats the last day of the week before, as a rolling read does."""
    previous: list[dict[str, Any]] = []
    for monday in MONDAYS:
        rows = _console_week(monday)
        day_before = (monday - timedelta(days=1)).isoformat()
        repeated = [row for row in previous if row["keys"][0] == day_before] if monday in MONDAYS[4:7] else []
        last = days(monday, 7)[-1]
        request = {
            "siteUrl": f"{SITE}/",
            "startDate": day_before if repeated else monday.isoformat(),
            "endDate": last.isoformat(),
            "dimensions": ["date", "query", "page", "country", "device"],
            "type": "web",
            "rowLimit": 25000,
            "startRow": 0,
        }
        lines = ",\n".join(_compact(row) for row in repeated + rows)
        text = f'{{"request": {_compact(request)},\n"response": {{"rows": [\n{lines}\n], "responseAggregationType": "byPage"}}}}\n'
        write_text(directory / f"search_console_{monday}.json", text)
        previous = rows


def _ads_row(campaign: str, term: str, day: date, clicks: int, dollars: float, conversions: float) -> dict[str, Any]:
    group = f"{campaign[:-4]}7{campaign[-3:]}"
    encoded = base64.urlsafe_b64encode(term.encode()).decode().rstrip("=")
    return {
        "searchTermView": {
            "resourceName": f"customers/{CUSTOMER}/searchTermViews/{campaign}~{group}~{encoded}",
            "status": "NONE",
            "searchTerm": term,
            "adGroup": f"customers/{CUSTOMER}/adGroups/{group}",
        },
        "campaign": {
            "resourceName": f"customers/{CUSTOMER}/campaigns/{campaign}",
            "id": campaign,
            "name": CAMPAIGNS[campaign],
            "status": "ENABLED",
        },
        "adGroup": {"resourceName": f"customers/{CUSTOMER}/adGroups/{group}", "id": group, "name": "General"},
        "metrics": {
            "clicks": str(clicks),
            "impressions": str(clicks * 13 + 7),
            "costMicros": str(round(clicks * dollars * 100) * 10_000),
            "conversions": conversions,
        },
        "segments": {"date": day.isoformat()},
    }


def _ads_week(monday: date) -> list[dict[str, Any]]:
    chance = rng(f"ads/{monday}")
    rows = []
    for campaign, terms in TERMS.items():
        for term, clicks, dollars, rate in terms:
            for day in chance.sample(days(monday, 7), 3 if clicks < 12 else 4):
                count = max(1, round(clicks * chance.uniform(0.6, 1.5)))
                conversions = float(sum(chance.random() < rate for _ in range(count)))
                rows.append(_ads_row(campaign, term, day, count, dollars * chance.uniform(0.85, 1.15), conversions))
    if monday == MONDAYS[4]:
        for n, term in enumerate(PLANTED_TERMS):
            row = _ads_row("21900110005", term, days(monday, 7)[n], 1, 9.2, 0.0)
            row["metrics"]["impressions"] = str(n + 1)
            row["campaign"]["labels"] = ["lead: jocasta.peverelle@example.com"]
            rows.append(row)
    return rows


def _ads_text(monday: date, rows: list[dict[str, Any]]) -> str:
    """Two batches, as searchStream sends them."""
    mask = (
        "searchTermView.searchTerm,searchTermView.status,searchTermView.adGroup,campaign.id,campaign.name,campaign.status,adGroup.id,adGroup.name,"
        "metrics.clicks,metrics.impressions,metrics.costMicros,metrics.conversions,segments.date"
    )
    half = len(rows) // 2
    request_id = hex_id(rng(f"ads-request/{monday}"), 22)
    batches = []
    for part in (rows[:half], rows[half:]):
        lines = ",\n".join(_compact(row) for row in part)
        batches.append(f'{{"results": [\n{lines}\n], "fieldMask": {_compact(mask)}, "requestId": {_compact(request_id)}}}')
    return "[" + ",\n".join(batches) + "]\n"


def write_ads(directory: Path) -> None:
    """Weekly reports, and one download that broke off."""
    for monday in MONDAYS:
        write_text(directory / f"google_ads_search_terms_{monday}.json", _ads_text(monday, _ads_week(monday)))
    broken = _ads_text(
        MONDAYS[8], [_ads_row("21900110001", "evander muldroon back pain", MONDAYS[8], 1, 6.0, 0.0), *_ads_week(MONDAYS[8])[:40]]
    )
    write_text(directory / f"google_ads_search_terms_{MONDAYS[8]}_partial.json", broken[: len(broken) // 2])
