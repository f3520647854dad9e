"""Names that their place in a line gives away, and the terms that look like one."""

import pytest

from policies.phi.scrub import Scrubber
from policies.records import Label
from tools.packs.phi import load_lexicon

SCRUBBER = Scrubber(load_lexicon())


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("bill young dds", "bill young"),
        ("may chase physical therapist", "may chase"),
        ("Dawn (my sister) has lynch syndrome", "Dawn"),
        ("Bill, my husband, is on coumadin", "Bill"),
        ("My son Dash is nine", "Dash"),
        ("it was for my husband. Will came late", "Will"),
        ("I came with my wife. Park was kind to her", "Park"),
        ("I came with my mom. Le is 70", "Le"),
        ("Consult re: GRACE PARK, MRN 70033518", "GRACE PARK"),
        ("WHITE, EUGENIA R 1/1/38 bnp 2240", "WHITE, EUGENIA R"),
        ("Appt for Baker, Susan on the 3rd", "Baker, Susan"),
        ("can you call it in. j whitfield", "j whitfield"),
        ("Ye-jin, POA, says father refuses", "Ye-jin"),
        ("Tuan Le. his pump beeped", "Tuan Le"),
        ("please excuse Mackenzie Two Bulls from PE", "Mackenzie Two Bulls"),
        ("Parisa & Navid need counseling", "Navid"),
        ("Nombre: Ma. del Socorro Zúñiga Vda. de Ponce", "Socorro Zúñiga Vda. de Ponce"),
        ("thanks for the forms\n\nSoledad Quick-to-See", "Soledad Quick-to-See"),
        ("https://www.lakeside.example.com/find?q=dr+petrosyan+moved", "petrosyan"),
    ],
)
def test_a_name_is_found_by_its_place(text: str, name: str) -> None:
    start, end = text.index(name), text.index(name) + len(name)
    covered = [any(hit.start <= at < hit.end and hit.label is Label.NAME for hit in SCRUBBER.find(text)) for at in range(start, end)]

    assert all(covered[at - start] for at in range(start, end) if text[at].isalnum()), SCRUBBER.scrub(text).text


@pytest.mark.parametrize(
    "text",
    [
        "tommy john surgery recovery for a pitcher",
        "jackson pratt drain output",
        "Goutallier 3 infraspinatus, Hamada 2, Rutherford 5",
        "Wilkes III closed lock, Schatzker VI plateau",
        "O'Donoghue's triad and the Segond fracture",
        "ANA 1:640, ASA 2, ED visit, near the IAN",
        "Allergies: latex, Dr Pepper",
        "philadelphia collar sizing chart",
        "valid through August 31, 2026",
        "through September 3, 2026 we offer whitening",
        "I have Delta Dental, insurance Delta Dental",
        "Good Afternoon Team",
        "Office closed Labor Day & Christmas Eve",
        "The front desk was rude to my father. The portal logs me out.",
        "I waited with my daughter. In the end nobody came.",
    ],
)
def test_a_term_that_looks_like_a_name_stays(text: str) -> None:
    assert SCRUBBER.scrub(text).text == text
