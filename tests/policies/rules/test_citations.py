"""Citations become links: no word is lost, federal law is always linked, and what has no derivable address stays text."""

import re
from functools import cache
from urllib.parse import urlsplit

import pytest

from policies.rules.citations import Link, links
from tools.packs.rules import load_catalogue

ECFR, CORNELL = "https://www.ecfr.gov/current", "https://www.law.cornell.edu/uscode/text"
CALIFORNIA = "https://leginfo.legislature.ca.gov/faces/codes_displaySection.xhtml"


@cache
def citations() -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.rule.citation for one in load_catalogue().rules))


@pytest.mark.parametrize("citation", citations())
def test_the_parts_of_every_citation_join_back_to_it(citation: str) -> None:
    parts = links(citation)

    assert "".join(part.text for part in parts) == citation
    assert all(part.text for part in parts)


@pytest.mark.parametrize("citation", citations())
def test_every_federal_citation_of_the_catalogue_is_linked(citation: str) -> None:
    plain = " ".join(part.text for part in links(citation) if not part.url)

    assert not re.search(r"\d+ (?:CFR|U\.S\.C\.)", plain)


@pytest.mark.parametrize("citation", citations())
def test_an_address_is_https_and_holds_no_space(citation: str) -> None:
    for address in (part.url for part in links(citation) if part.url):
        assert urlsplit(address).scheme == "https"
        assert re.fullmatch(r"[!-~]+", address)


@pytest.mark.parametrize(
    ("citation", "expected"),
    [
        ("45 CFR 164.514(b)(2)(i)(R)", [("45 CFR 164.514(b)(2)(i)(R)", f"{ECFR}/title-45/section-164.514")]),
        ("16 CFR Part 465", [("16 CFR Part 465", f"{ECFR}/title-16/part-465")]),
        ("42 U.S.C. 1320a-7b(b)", [("42 U.S.C. 1320a-7b(b)", f"{CORNELL}/42/1320a-7b")]),
        ("15 U.S.C. 45b", [("15 U.S.C. 45b", f"{CORNELL}/15/45b")]),
        ("FTC Act Section 5", [("FTC Act Section 5", f"{CORNELL}/15/45")]),
        (
            "45 CFR 164.501(2)(ii), (3); 164.508(a)(3)(ii)",
            [
                ("45 CFR 164.501(2)(ii), (3)", f"{ECFR}/title-45/section-164.501"),
                ("; ", ""),
                ("164.508(a)(3)(ii)", f"{ECFR}/title-45/section-164.508"),
            ],
        ),
        (
            "15 U.S.C. 8401-8405; 16 CFR Part 461",
            [
                ("15 U.S.C. 8401", f"{CORNELL}/15/8401"),
                ("-", ""),
                ("8405", f"{CORNELL}/15/8405"),
                ("; ", ""),
                ("16 CFR Part 461", f"{ECFR}/title-16/part-461"),
            ],
        ),
        (
            "42 CFR 2.31, 2.32 (2024 final rule)",
            [
                ("42 CFR 2.31", f"{ECFR}/title-42/section-2.31"),
                (", ", ""),
                ("2.32", f"{ECFR}/title-42/section-2.32"),
                (" (2024 final rule)", ""),
            ],
        ),
        (
            "45 CFR 164.501 (marketing), 164.508",
            [
                ("45 CFR 164.501", f"{ECFR}/title-45/section-164.501"),
                (" (marketing), ", ""),
                ("164.508", f"{ECFR}/title-45/section-164.508"),
            ],
        ),
        (
            "Cal. Bus. & Prof. Code 650; Lab. Code 3215",
            [
                ("Cal. Bus. & Prof. Code 650", f"{CALIFORNIA}?lawCode=BPC&sectionNum=650."),
                ("; ", ""),
                ("Lab. Code 3215", f"{CALIFORNIA}?lawCode=LAB&sectionNum=3215."),
            ],
        ),
        ("N.Y. Gen. Bus. Law 350-b", [("N.Y. Gen. Bus. Law 350-b", "https://www.nysenate.gov/legislation/laws/GBS/350-B")]),
        ("RCW 18.130.180(3)", [("RCW 18.130.180(3)", "https://app.leg.wa.gov/RCW/default.aspx?cite=18.130.180")]),
        ("NRS 603A.400-.550", [("NRS 603A.400", "https://www.leg.state.nv.us/nrs/nrs-603a.html#NRS603ASec400"), ("-.550", "")]),
        ("A.R.S. 32-1401(27)(c), (mm)", [("A.R.S. 32-1401(27)(c), (mm)", "https://www.azleg.gov/ars/32/01401.htm")]),
        ("Ohio Adm. Code 4715-13-03", [("Ohio Adm. Code 4715-13-03", "https://codes.ohio.gov/ohio-administrative-code/rule-4715-13-03")]),
        (
            "Fla. Stat. 456.062",
            [
                (
                    "Fla. Stat. 456.062",
                    "https://www.leg.state.fl.us/statutes/index.cfm?App_mode=Display_Statute&URL=0400-0499/0456/Sections/0456.062.html",
                )
            ],
        ),
        (
            "49 Pa. Code 16.61(a)(1)",
            [
                (
                    "49 Pa. Code 16.61(a)(1)",
                    "https://www.pacodeandbulletin.gov/Display/pacode?file=/secure/pacode/data/049/chapter16/s16.61.html",
                )
            ],
        ),
    ],
)
def test_an_address_follows_from_the_words(citation: str, expected: list[tuple[str, str]]) -> None:
    assert links(citation) == tuple(Link(*part) for part in expected)


@pytest.mark.parametrize(
    "citation",
    ["22 TAC 164.3(b)(1), 164.4", "O.C.G.A. 43-34-8", "Tex. Lab. Code 451.001", "Civ. Code 56", "House style", "", "CFR 164.514"],
)
def test_what_has_no_derivable_address_stays_text(citation: str) -> None:
    assert all(not part.url for part in links(citation))


def test_a_number_that_begins_the_next_citation_is_not_one_more_section() -> None:
    assert [part.text for part in links("15 U.S.C. 6501, 49 Pa. Code 16.61") if part.url] == ["15 U.S.C. 6501", "49 Pa. Code 16.61"]
    assert [part.text for part in links("15 U.S.C. 6501; 243 CMR 2.07") if part.url] == ["15 U.S.C. 6501"]
