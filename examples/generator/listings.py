"""Reviews and profile numbers of four listing sites, each in its own columns. Review texts are put together from parts; the plants are by hand."""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from examples.generator import plants_listings as plants
from examples.generator.people import place
from examples.generator.world import FIRST_NAMES, LAST_NAMES, MONDAYS, hex_id, iso_seconds, local_time, practice, rng, write_csv, write_json
from tools.practice import Provider

OPENERS = {
    5: (
        "Wonderful experience.",
        "Could not be happier.",
        "Best office I have been to.",
        "Five stars from our family.",
        "So glad we came here.",
        "Top notch.",
    ),
    4: ("Very good overall.", "Good visit.", "Solid place, friendly people.", "Pleased with the care.", "Would recommend."),
    3: ("It was fine.", "Mixed feelings.", "Okay but not great.", "Good people, poor organisation."),
    2: ("Disappointed.", "Not what I expected.", "Two stars for the doctor only.", "Needs work."),
    1: ("Terrible.", "Avoid.", "I will not be back.", "Very frustrating.", "Save yourself the trip.", "One star is generous."),
}
GOOD = (
    "The front desk found me a slot the same week.",
    "{doctor} explained every option and did not rush.",
    "Parking was easy and the waiting room was calm.",
    "They called two days later to see how I was doing.",
    "The estimate matched the bill to the dollar.",
    "Nobody pushed anything on me.",
    "The staff were gentle with a nervous visitor.",
    "In and out in forty minutes.",
    "{doctor} drew a picture so that I understood.",
    "They speak Spanish, which meant the world to my grandmother.",
    "Forms were online, so no clipboard.",
)
GOOD_ABOUT = {
    "orthopaedics": (
        "My knee feels ten years younger.",
        "Back on the tennis court by spring.",
        "The therapist next door works hand in hand with them.",
    ),
    "dental": ("The crown fits perfectly.", "My son was not scared for the first time.", "The cleaning did not hurt at all."),
    "dermatology": ("My skin has not been this clear since school.", "The mole check was thorough.", "The cream worked within weeks."),
}
BAD = (
    "I waited fifty minutes past my time with no word.",
    "Nobody answers the phone after three.",
    "The bill was twice the estimate and billing will not call back.",
    "{doctor} spent four minutes with me.",
    "The website says open Saturday and the door was locked.",
    "They lost my referral twice.",
    "The front desk was rude to my father.",
    "The map on the listing led me to the wrong building.",
    "Three text reminders, then they cancelled on the day.",
    "The portal logs me out before I can read anything.",
    "I was told my plan was accepted and it was not.",
)
BAD_ABOUT = {
    "orthopaedics": ("Six weeks for an MRI order.", "I left with a brace that did not fit."),
    "dental": ("The temporary crown fell out twice.", "They tried to sell me aligners I did not ask about."),
    "dermatology": ("The biopsy result took a month.", "A new cream every visit and no plan."),
}
SPANISH = {
    5: ("Excelente atención. La doctora explicó todo con calma y en español.", "Muy amables, me atendieron el mismo día. Los recomiendo."),
    4: ("Buen trato y lugar limpio, aunque el estacionamiento es pequeño.",),
    2: ("Nadie en recepción hablaba español y esperé casi una hora.",),
    1: ("Pésimo servicio, me cobraron dos veces y nadie contesta el teléfono.",),
}
REPLY = "Thank you for taking the time to write. Please call our office manager so that we can help."
STARS = (5, 5, 5, 5, 4, 4, 3, 2, 1, 1)
WORDS = {1: "ONE", 2: "TWO", 3: "THREE", 4: "FOUR", 5: "FIVE"}


def _text(chance: random.Random, stars: int, provider: Provider) -> str:
    if stars in SPANISH and chance.random() < 0.09:
        return chance.choice(SPANISH[stars])
    good, bad = GOOD + GOOD_ABOUT[provider.service_line], BAD + BAD_ABOUT[provider.service_line]
    details = chance.sample(good, 2) if stars > 3 else chance.sample(bad, 2) if stars < 3 else [chance.choice(good), chance.choice(bad)]
    return " ".join([chance.choice(OPENERS[stars]), *details]).replace("{doctor}", f"Dr. {provider.name.split()[-1]}")


def _reviewer(chance: random.Random) -> str:
    first, last = chance.choice(FIRST_NAMES), chance.choice(LAST_NAMES)
    return chance.choice((f"{first} {last}", f"{first} {last[0]}.", f"{first[0]}{last}", "Anonymous"))


def _when(chance: random.Random, zone: ZoneInfo) -> datetime:
    monday = chance.choice(MONDAYS)
    return local_time(monday + timedelta(days=chance.randint(0, 6)), zone, chance)


def _titled(provider: Provider) -> str:
    return f"{provider.name}, {provider.credentials}"


def _reviews(part: str, count: int, zone: ZoneInfo) -> list[tuple[datetime, Provider, int, str, str, datetime | None, random.Random]]:
    """(when, provider, stars, text, reviewer, when the practice replied, chance), oldest first."""
    chance = rng(part)
    out = []
    for _ in range(count):
        provider = chance.choice(practice().providers)
        stars = chance.choice(STARS)
        when = _when(chance, zone)
        replied = when + timedelta(days=chance.randint(1, 4)) if chance.random() < 0.4 else None
        out.append((when, provider, stars, _text(chance, stars, provider), _reviewer(chance), replied, chance))
    return sorted(out, key=lambda review: review[0])


def write_healthgrades(directory: Path) -> None:
    zone = ZoneInfo("America/Chicago")
    rows: list[Sequence[Any]] = []
    for n, (when, provider, stars, text, reviewer, replied, _) in enumerate(_reviews("healthgrades", 66, zone)):
        rows.append(
            (
                f"HG-{410200 + n}",
                _titled(provider),
                provider.npi,
                place(provider.location).name,
                when.astimezone(zone).strftime("%m/%d/%Y %I:%M %p"),
                stars,
                text.split(".")[0],
                text,
                reviewer,
                REPLY if replied else "",
                replied.astimezone(zone).strftime("%m/%d/%Y %I:%M %p") if replied else "",
                "Published",
            )
        )
    header = "Review ID,Provider Name,NPI,Location,Review Date,Rating,Title,Review Text,Reviewer Name,Response Text,Response Date,Status"
    write_csv(directory / "healthgrades_reviews.csv", header.split(","), [*rows, *plants.HEALTHGRADES, rows[10], rows[31]])


def write_webmd(directory: Path) -> None:
    zone = ZoneInfo("America/New_York")
    rows: list[Sequence[Any]] = []
    for n, (when, provider, stars, text, reviewer, replied, _) in enumerate(_reviews("webmd", 52, zone)):
        rows.append(
            (
                f"wmd{88120 + n}",
                _titled(provider),
                place(provider.location).name,
                when.astimezone(zone).strftime("%Y-%m-%d %H:%M"),
                f"{stars}.0",
                text.split(".")[0],
                text,
                reviewer,
                REPLY if replied else "",
                replied.astimezone(zone).strftime("%Y-%m-%d %H:%M") if replied else "",
                "live",
                "",
            )
        )
    header = "id,doctor,practice_location,submitted,stars,headline,comment,author,reply,replied_on,state,patient_contact"
    write_csv(directory / "webmd_reviews.csv", header.split(","), [*rows, *plants.WEBMD])


def write_zocdoc(directory: Path) -> None:
    rows: list[Sequence[Any]] = []
    for n, (when, provider, stars, text, reviewer, _, chance) in enumerate(_reviews("zocdoc", 50, ZoneInfo("America/New_York"))):
        local = when.astimezone(place(provider.location).zone())
        rows.append(
            (
                f"https://listings.example.net/zocdoc/review/{70310 + n}",
                _titled(provider),
                provider.npi,
                place(provider.location).name,
                local.isoformat(timespec="seconds"),
                stars,
                min(5, stars + chance.randint(0, 1)),
                max(1, stars - chance.randint(0, 1)),
                text,
                reviewer,
                "",
            )
        )
    # An author edits a review: the same URL again with newer text. The newest edit wins.
    edited = list(rows[20])
    edited[8] = "Update: the office called and sorted the bill out. Raising this to four stars."
    edited[5], edited[10] = 4, (datetime.fromisoformat(edited[4]) + timedelta(days=3)).isoformat(timespec="seconds")
    header = "review_url,professional,npi,office,date,overall_rating,bedside_rating,wait_time_rating,body,patient,edited_at"
    write_csv(directory / "zocdoc_reviews.csv", header.split(","), [*rows, edited, *plants.ZOCDOC])


def write_google(directory: Path) -> None:
    """`reviews.list` per location; Tampa's file holds one review twice, before and after its author edited it."""
    for location in practice().locations:
        chance = rng(f"google/{location.key}")
        account, number = "104300200100", f"7{chance.randint(10**11, 10**12 - 1)}"
        reviews = []
        for _ in range(22):
            stars, when = chance.choice(STARS), _when(chance, location.zone())
            doctors = [provider for provider in practice().providers if provider.location == location.key]
            reviews.append(_google(chance, account, number, stars=stars, when=when, text=_text(chance, stars, chance.choice(doctors))))
        if location.key == "tampa":
            newer = dict(reviews[4])
            newer["comment"] = "Edited: still waiting for the call back I was promised."
            newer["starRating"] = "TWO"
            newer["updateTime"] = iso_seconds(datetime.fromisoformat(newer["createTime"]) + timedelta(days=2))
            reviews.append(newer)
        reviews.extend(plants.google(location.key, account, number))
        average = sum(tuple(WORDS.values()).index(review["starRating"]) + 1 for review in reviews) / len(reviews)
        body = {"reviews": reviews, "averageRating": round(average, 1), "totalReviewCount": len(reviews)}
        write_json(directory / f"google_business_reviews_{location.key}.json", body)


def _google(chance: random.Random, account: str, number: str, *, stars: int, when: datetime, text: str) -> dict[str, Any]:
    review_id, name = f"AbFvOq{hex_id(chance, 18)}", _reviewer(chance)
    review: dict[str, Any] = {
        "name": f"accounts/{account}/locations/{number}/reviews/{review_id}",
        "reviewId": review_id,
        "reviewer": {
            "profilePhotoUrl": f"https://photos.example.net/a/{hex_id(chance, 12)}",
            "displayName": name,
            "isAnonymous": name == "Anonymous",
        },
        "starRating": WORDS[stars],
        "comment": text,
        "createTime": iso_seconds(when),
        "updateTime": iso_seconds(when),
    }
    if chance.random() < 0.4:
        review["reviewReply"] = {"comment": REPLY, "updateTime": iso_seconds(when + timedelta(days=1))}
    return review


def write_stats(directory: Path) -> None:
    """Weekly profile numbers and what the public page shows; three locations show something wrong."""
    chance = rng("stats")
    rows = []
    for location in practice().locations:
        wrong = plants.PROFILE_ERRORS.get(location.key, {})
        for monday in MONDAYS:
            views = chance.randint(140, 420)
            rows.append(
                (
                    location.name,
                    wrong.get("name", location.name),
                    wrong.get("address", location.address),
                    wrong.get("phone", location.phone),
                    wrong.get("hours", "Mon-Fri 8:00-17:00"),
                    views,
                    views // chance.randint(9, 14),
                    views // chance.randint(7, 11),
                    views // chance.randint(30, 60),
                    monday.isoformat(),
                    (monday + timedelta(days=6)).isoformat(),
                )
            )
    header = (
        "location,listed_name,listed_address,listed_phone,listed_hours,profile_views,phone_clicks,website_clicks,appointment_requests,"
        "period_start,period_end"
    )
    write_csv(directory / "healthgrades_stats.csv", header.split(","), rows)
