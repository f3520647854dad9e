"""Where somebody works and with whom they share a household, as keyed hashes: what was stated is sealed, only "same" comes out."""

import re
import unicodedata
from collections.abc import Callable

from policies.leads.accounts import HOUSEHOLD, NAME, SITE
from policies.phi.registry import words
from policies.phi.schemas.schema import Seen
from policies.phi.schemas.values import address, e164
from policies.records import Track

_LEGAL_FORMS = words("the llc pllc inc incorporated pc pa ltd limited corp corporation co llp lp plc md do dds dmd pro")
_NO_ORGANISATION = words(
    """self selfemployed none na notapplicable unknown test retired home student personal private privatepractice solopractice practice clinic
    office hospital doctor physician dentist company organisation organization"""
)
_WEBMAIL = words(
    """gmail googlemail yahoo ymail rocketmail hotmail outlook live msn icloud me mac aol proton protonmail pm gmx mail yandex zoho fastmail hey
    comcast verizon att sbcglobal bellsouth cox charter spectrum earthlink optonline frontier frontiernet centurylink windstream roadrunner example"""
)
"""First labels of domains where anybody may have an address (`example` is RFC 2606): sharing one says nothing about where one works."""


def group_keys(seen: Seen, track: Track | None, match_key: Callable[[str, str], str]) -> tuple[str, ...]:
    """The groups a payload puts its person in. A patient's employer is nobody's business: only people of the referral track work somewhere.

    A household is of two people who both named the other and both agreed; this is one half of it, and alone it groups nobody.
    """
    found = []
    if track is Track.B2B_REFERRAL:
        if name := organisation(seen.sealed.get("organisation", "")):
            found.append((NAME, name))
        if site := work_domain(seen.sealed.get("email", "")):
            found.append((SITE, site))
    elif seen.values.get("consent_household") is True and (pair := _pair(seen)):
        found.append((HOUSEHOLD, pair))
    return tuple(match_key(kind, value) for kind, value in found)


def organisation(name: str) -> str | None:
    """One spelling per organisation: letters and digits in lower case, without articles, legal forms and degrees; None for what names none."""
    plain = unicodedata.normalize("NFKD", name).casefold().replace("&", " and ").replace("'", "").replace("\u2019", "")
    plain = "".join(char for char in plain if not unicodedata.combining(char)).replace(".", "")
    parts = [part for part in re.findall(r"[^\W_]+", plain) if part not in _LEGAL_FORMS]
    joined = "".join(parts)
    return " ".join(parts) if len(joined) >= 3 and joined not in _NO_ORGANISATION else None


def work_domain(text: str) -> str | None:
    """The domain of a mail address, unless it is one where anybody may have an address."""
    known = address(text)
    domain = known.rpartition("@")[2] if known else ""
    return domain if "." in domain and domain.partition(".")[0] not in _WEBMAIL else None


def _pair(seen: Seen) -> str | None:
    """Both addresses (or both numbers) in one order, so that each of the two comes to the same key."""
    for own, partner, normalised in (("email", "partner_email", address), ("phone", "partner_phone", e164)):
        if own in seen.sealed and partner in seen.sealed:
            pair = {normalised(seen.sealed[own]), normalised(seen.sealed[partner])} - {None}
            if len(pair) == 2:
                return "\x00".join(sorted(filter(None, pair)))
    return None
