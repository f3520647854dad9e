"""One table per identifier, with the neighbours that must not match."""

import pytest

from policies.phi.scrub import LIMIT_CHARACTERS, PIECE, WITHHELD, Scrubber
from policies.records import Label
from tools.packs.phi import load_lexicon

OWN = (
    "Elena Vega",
    "Lakeside Orthopedics",
    "(312) 555-0100",
    "https://www.lakeside.example.com",
    "Joliet",
    "400 Harbor Street, Joliet, IL 60432",
)


@pytest.fixture(scope="module")
def scrubber() -> Scrubber:
    return Scrubber(load_lexicon(), OWN)


FOUND: dict[Label, tuple[tuple[str, str], ...]] = {
    Label.NAME: (
        ("My name is Jane Doe.", "Jane Doe"),
        ("MY NAME IS JANE DOE", "JANE DOE"),
        ("me llamo Ximena Quispe", "Ximena Quispe"),
        ("my husband Zbigniew cried", "Zbigniew"),
        ("Mr. Parkinson called", "Mr. Parkinson"),
        ("Mrs. Long was helpful", "Mrs. Long"),
        ("Lovely staff. - Maria G.", "Maria G."),
        ("Thanks,\nBob", "Bob"),
        ("cheers,Evan", "Evan"),
        ("maria rodriguez knee", "maria rodriguez"),
        ("Thandiwe Mokoena had a rash", "Thandiwe Mokoena"),
        ("José came in", "José"),
        ("Jose\u0301 came in", "Jose\u0301"),
        ("J\u200bane Doe came in", "J\u200bane Doe"),
        ("Keiko's appointment moved", "Keiko"),
        ("This is O'Brien from the pharmacy", "O'Brien"),
        ("Grace was wonderful", "Grace"),
        ("My wife Vega loves it", "Vega"),
        ("Maria & Tom came", "Maria"),
        ("my name is N-O-R-A", "N-O-R-A"),
        ("BILL TO: KAREN WHITE, 12 OAK ST", "KAREN WHITE"),
        ("T.J. helped me", "T.J."),
    ),
    Label.EMAIL: (
        ("write to j.doe+x@example.com.", "j.doe+x@example.com"),
        ("jane dot doe at example dot com", "jane dot doe at example dot com"),
        ("jane%40example.com", "jane%40example.com"),
        ("jane&#64;example.com", "jane&#64;example.com"),
        ("jane (at) example (dot) org", "jane (at) example (dot) org"),
        ("pedro arroba example punto com", "pedro arroba example punto com"),
    ),
    Label.PHONE: (
        ("call (312) 555-0142 now", "(312) 555-0142"),
        ("3125550142", "3125550142"),
        ("555-0142", "555-0142"),
        ("+44 20 7946 0018", "+44 20 7946 0018"),
        ("３１２-５５５-０１４２", "３１２-５５５-０１４２"),
        ("five five five oh one four two", "five five five oh one four two"),
    ),
    Label.FAX: (("Fax: 312-555-0175", "312-555-0175"),),
    Label.SSN: (("ssn 219099999", "219099999"), ("219-09-9999", "219-09-9999"), ("my social is 219 09 9999", "219 09 9999")),
    Label.MRN: (("MRN: A-10382", "A-10382"), ("chart #4471", "4471"), ("patient id 00412", "00412")),
    Label.HEALTH_PLAN_ID: (("1EG4-TE5-MK73", "1EG4-TE5-MK73"), ("Member ID: XQZ123456789", "XQZ123456789"), ("policy no. 88123", "88123")),
    Label.ACCOUNT: (
        ("card 4111 1111 1111 1111", "4111 1111 1111 1111"),
        ("account number 55620", "55620"),
        ("on my account 4471", "4471"),
        ("visa ending in 4242", "4242"),
        ("GB82 WEST 1234 5698 7654 32", "GB82 WEST 1234 5698 7654 32"),
    ),
    Label.LICENSE: (("driver's license D123-4567", "D123-4567"), ("NPI 1234567893", "1234567893"), ("passport no. C03005988", "C03005988")),
    Label.VEHICLE: (("1HGCM82633A004352", "1HGCM82633A004352"), ("license plate 7ABC123", "7ABC123"), ("plate ABX 4471", "ABX 4471")),
    Label.DEVICE_ID: (
        ("00:1B:44:11:3A:B7", "00:1B:44:11:3A:B7"),
        ("pacemaker serial PM-3382", "PM-3382"),
        ("IMEI 490154203237518", "490154203237518"),
    ),
    Label.IP: (("from 203.0.113.9", "203.0.113.9"), ("2001:db8::8a2e:370:7334", "2001:db8::8a2e:370:7334")),
    Label.URL: (
        ("https://facebook.com/jane.doe", "https://facebook.com/jane.doe"),
        ("janedoe.wordpress.com", "janedoe.wordpress.com"),
        ("https://portal.lakeside.example.com/visit?pid=4471", "https://portal.lakeside.example.com/visit?pid=4471"),
    ),
    Label.PHOTO: (("see IMG_2034.jpg", "IMG_2034.jpg"), ("jane_doe_xray.png", "jane_doe_xray.png")),
    Label.BIOMETRIC: (("fingerprint id FP99120", "FP99120"),),
    Label.DATE: (
        ("on 04/12/1985", "04/12/1985"),
        ("4-12-85", "4-12-85"),
        ("seen 1985-04-12T10:22:00Z", "1985-04-12T10:22:00Z"),
        ("April 12th, 1985", "April 12th, 1985"),
        ("12 de abril de 1985", "12 de abril de 1985"),
        ("surgery in March 2024", "March 2024"),
        ("my surgery was last Tuesday", "last Tuesday"),
        ("appointment 3/14", "3/14"),
        ("dob 19850412", "19850412"),
    ),
    Label.AGE_OVER_89: (
        ("she is 93 years old", "93 years old"),
        ("my 94-year-old mother", "94-year-old"),
        ("mi abuela tiene 95 años", "95"),
        ("born in 1929", "1929"),
        ("my mother (Ruth, 91)", "91"),
    ),
    Label.LOCATION: (
        ("1420 Elm Street, Apt 4B, Naperville, IL 60540", "1420 Elm Street, Apt 4B, Naperville, IL 60540"),
        ("PO Box 1182", "PO Box 1182"),
        ("I live in Joliet", "Joliet"),
        ("zip 60614", "60614"),
        ("41.87811, -87.62980", "41.87811, -87.62980"),
        ("Calle Olmo 245", "Calle Olmo 245"),
        ("dentist in tuscaloosa", "tuscaloosa"),
        ("I grew up in DuPage County", "DuPage County"),
    ),
    Label.OTHER_ID: (
        ("https://www.lakeside.example.com/book?patient=77", "77"),  # of a public page only the value points at somebody
        ("ref QX77L921", "QX77L921"),
        ("@kneegirl_88 hi", "@kneegirl_88"),
        ("gclid=Cj0KCQiA5NSdBh", "Cj0KCQiA5NSdBh"),
    ),
}

KEPT = (
    "Parkinson disease, Crohn's disease, Graves disease, Mohs surgery, a Foley catheter, Bell's palsy",
    "CPT 27447, ICD-10 M17.11 and E11.9, HCPCS J3301",
    "Mon-Fri 8-5, Sat 9am-1pm, 24/7",
    "$12,500 or $1,299.00 with 15% off; 15,000 patients; 10000 steps",
    "500mg ibuprofen, 10 mL, 120/80, 20/20, COVID-19, L4-L5, All-on-4",
    "Since 1998, in 2023, 2019-2024",
    "Dr. Vega at Lakeside Orthopedics is the best. Vega listens.",
    "Elena Vega, MD, call (312) 555-0100 or visit https://www.lakeside.example.com/knee",
    "our Joliet office at 400 Harbor Street, Joliet, IL 60432",
    "Will you call me in May? Hope to hear soon. Grace and patience.",
    "I am 65 years old, 100 years of care, 95% satisfied",
    "A 10 minute drive, 3 nice ways, 5 star service",
    "Illinois, Wisconsin and Mexico",
    "https://www.example.org/services/knee-replacement?utm_source=google",
    "Book at example.com",
    "offer ends 12/31/2025, medically reviewed on March 3, 2026",
    "Johnson & Johnson hip, Smith & Nephew knee, Johns Hopkins, Mary Johnson Hospital",
    "tengo dolor de rodilla y quiero una cita con la doctora",
    "Ozempic, Humira and Botox; Blue Cross, Aetna and Kaiser Permanente; iPhone 15",
)


@pytest.mark.parametrize(("label", "text", "value"), [(label, *case) for label, cases in FOUND.items() for case in cases])
def test_an_identifier_is_found_whole_and_named(scrubber: Scrubber, label: Label, text: str, value: str) -> None:
    spans = scrubber.scan(text)

    assert (label, value) in [(span.label, text[span.start : span.end]) for span in spans]


@pytest.mark.parametrize("text", KEPT)
def test_what_is_no_identifier_stays(scrubber: Scrubber, text: str) -> None:
    assert scrubber.scrub(text).text == text


def test_every_label_has_a_case() -> None:
    assert set(FOUND) == set(Label)


def test_equal_values_share_a_placeholder_and_numbering_goes_on(scrubber: Scrubber) -> None:
    text = "[NAME_4] knows Maria Lopez. maria lopez knows Keiko Tanaka."

    assert scrubber.scrub(text).text == "[NAME_4] knows [NAME_5]. [NAME_5] knows [NAME_6]."


def test_a_name_found_once_is_found_everywhere(scrubber: Scrubber) -> None:
    assert "zbigniew" not in scrubber.scrub("My son Zbigniew is nine. The nurse gave zbigniew a sticker.").text.lower()


def test_the_practices_own_names_go_when_they_are_said_of_a_person(scrubber: Scrubber) -> None:
    assert scrubber.scrub("I live in Joliet and my husband Vega snores").text == "I live in [LOCATION_1] and my husband [NAME_1] snores"


def test_too_long_a_text_is_withheld_as_a_whole(scrubber: Scrubber) -> None:
    text = "é" * (LIMIT_CHARACTERS + 1)

    result = scrubber.scrub(text)

    assert (result.text, [(span.start, span.end) for span in result.spans]) == (WITHHELD, [(0, len(text))])
    assert scrubber.scan(text) == result.spans


def test_a_long_text_is_read_in_pieces(scrubber: Scrubber) -> None:
    text = "the knee is fine " * (20 * PIECE // 17)

    assert scrubber.scrub(text).text == text


def test_lookalike_letters_do_not_hide_a_name(scrubber: Scrubber) -> None:
    assert scrubber.scrub("J\u043ehn Smith").text == "[NAME_1]"  # a Cyrillic o
