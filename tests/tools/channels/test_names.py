"""A file's name is shown only as far as it says nothing about a person."""

import pytest

from tools.channels.names import MASK, shown_name

WORDS = {"search", "terms", "partial", "copy", "reply", "bad", "date", "scan", "reviews", "report"}
PATTERN = "exports/search/google_ads_search_terms_*.json exports/email/replies/*.eml exports/listings/google_business_reviews_*.json"


def shown(name: str) -> str:
    return shown_name(name, pattern=PATTERN, ordinary=WORDS.__contains__, own=("san-antonio", "austin"), mark="ab12cd34")


@pytest.mark.parametrize(
    "name",
    [
        "exports/search/google_ads_search_terms_2026-09-28_partial.json",
        "exports/listings/google_business_reviews_san-antonio.json",
        "exports/email/replies/reply_07.eml",
        "exports/missing/*.csv",
    ],
)
def test_an_ordinary_name_is_shown_as_it_is(name: str) -> None:
    assert shown(name) == name


@pytest.mark.parametrize(
    ("name", "secret"),
    [
        ("exports/email/replies/Xanthippe_Zolnierowicz_bad_date.eml", "Zolnierowicz"),
        ("exports/email/replies/ZolnierowiczScan.eml", "Zolnierowicz"),
        ("exports/search/google_ads_search_terms_Xanthippe.json", "Xanthippe"),
        ("exports/email/replies/5125550147.eml", "5125550147"),
        ("exports/email/replies/Śródka.eml", "Śródka"),
        ("exports/email/replies/mrn 00417733 report.eml", "00417733"),
    ],
)
def test_a_word_that_may_name_somebody_is_masked_and_files_stay_apart(name: str, secret: str) -> None:
    told = shown(name)

    assert secret.casefold() not in told.casefold()
    assert MASK in told
    assert told.startswith("exports/")
    assert "ab12cd34" in told
