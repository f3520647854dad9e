"""Where somebody works and with whom they share a household, as keyed hashes: what was stated is sealed, only "same" comes out."""

import re
import unicodedata
from collections.abc import Callable

from policies.leads.accounts import HOUSEHOLD, NAME, SITE
from policies.phi.registry import words
from policies.phi.schemas.schema import Seen
from policies.phi.schemas.values import address, e164
from policies.records import Track

_LEGAL_FORMS = words("llc pllc inc incorporated pc pa ltd limited corp corporation co llp lp plc md do dds dmd")  # at the end: MD Anderson
_NO_ORGANISATION = words(
    """self selfemployed none na notapplicable unknown test retired home student personal private privatepractice solopractice practice clinic
    office hospital doctor physician dentist company organisation organization other others unemployed notprovided tbd solo
    freelance freelancer independent notlisted various multiple null nil private myself mypractice confidential"""
)
_WEBMAIL = words(
    """gmail googlemail yahoo ymail rocketmail hotmail outlook live msn icloud me mac aol aim proton protonmail pm gmx mail email yandex zoho
    fastmail hey juno netzero duck doctor web qq 163 126 naver daum tutanota tuta mailbox hushmail usa inbox privaterelay appleid rr twc optimum
    pacbell comcast xfinity verizon att sbcglobal bellsouth ameritech swbell snet prodigy cox charter spectrum earthlink mindspring optonline
    frontier frontiernet centurylink embarqmail windstream roadrunner suddenlink mediacombb cableone tds wowway rcn cs netscape compuserve
    libero orange free laposte rediffmail sina btinternet shaw rogers bell telus sympatico example"""
)
"""Labels of domains where anybody may have an address (`example` is RFC 2606): sharing one says nothing about where one works."""


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
    elif "consent_household" in seen.values and (own := _own(seen)):
        # Who says no, or yes to nobody, is of a household of their own: an older one must not come back with a later yes.
        agreed = seen.values["consent_household"] is True
        found.append((HOUSEHOLD, (agreed and _pair(seen)) or own))
    return tuple(match_key(kind, value) for kind, value in found)


def organisation(name: str) -> str | None:
    """One spelling per organisation: letters and digits in lower case, without articles, legal forms and degrees; None for what names none."""
    plain = unicodedata.normalize("NFKD", name).casefold().replace("&", " and ").replace("'", "").replace("\u2019", "")
    plain = "".join(char for char in plain if not unicodedata.combining(char)).replace(".", "")
    parts = re.findall(r"[^\W_]+", plain)
    parts = parts[1:] if parts[:1] == ["the"] else parts
    while parts and parts[-1] in _LEGAL_FORMS:
        parts.pop()
    joined = "".join(parts)
    return " ".join(parts) if len(joined) >= 3 and joined not in _NO_ORGANISATION else None


def work_domain(text: str) -> str | None:
    """The domain of a mail address, unless it is one where anybody may have an address. co.uk and the like count as one label."""
    known = address(text)
    domain = known.rpartition("@")[2] if known else ""
    labels = domain.split(".")
    registered = labels[-3] if len(labels) > 2 and len(labels[-2]) <= 3 and len(labels[-1]) == 2 else labels[-2] if len(labels) > 1 else ""
    return domain if registered and registered not in _WEBMAIL else None


def _own(seen: Seen) -> str | None:
    return address(seen.sealed.get("email", "")) or (e164(seen.sealed["phone"]) if "phone" in seen.sealed else None)


def _pair(seen: Seen) -> str | None:
    """Both addresses (or both numbers) in one order, so that each of the two comes to the same key."""
    for own, partner, normalised in (("email", "partner_email", address), ("phone", "partner_phone", e164)):
        if own in seen.sealed and partner in seen.sealed:
            pair = {normalised(seen.sealed[own]), normalised(seen.sealed[partner])} - {None}
            if len(pair) == 2:
                return "\x00".join(sorted(filter(None, pair)))
    return None
