"""Citations as links: the words of a citation, cut where an official address can be derived from them. Knows addresses, opens none.

Federal rules go to the eCFR, the United States Code to Cornell's Legal Information Institute, state codes to the state's own site where its
addresses follow from the section number. What has no such address stays text: no link is better than one that leads elsewhere.
"""

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple


class Link(NamedTuple):
    """A run of a citation's words, with the address of what they cite; "" = no address follows from them."""

    text: str
    url: str = ""


class _Code(NamedTuple):
    """One body of law. `cites` matches one citation of it, `again` one more section of the same title written without its name."""

    cites: re.Pattern[str]
    url: Callable[[dict[str, str]], str]
    again: re.Pattern[str] | None = None


def links(citation: str) -> tuple[Link, ...]:
    """The citation cut into links and plain text, in order; the texts joined are the citation."""
    return tuple(_merged(_cut(citation)))


def _cut(citation: str) -> Iterator[Link]:
    at = 0
    last: tuple[_Code, dict[str, str]] | None = None
    while hit := _next(citation, at, last):
        code, cited, (start, end) = hit
        yield Link(citation[at:start])
        yield Link(citation[start:end], code.url(cited))
        at, last = end, (code, cited)
    yield Link(citation[at:])


def _next(citation: str, at: int, last: tuple[_Code, dict[str, str]] | None) -> tuple[_Code, dict[str, str], tuple[int, int]] | None:
    """The next citation from `at` on: one more section of the title cited last, or the first of any other."""
    if last and last[0].again and (gap := _GAP.match(citation, at)) and (more := last[0].again.match(citation, gap.end())):
        return last[0], {"title": last[1]["title"], **_groups(more)}, more.span()
    found = [(match.start(), code, match) for code in _CODES if (match := code.cites.search(citation, at))]
    if not found:
        return None
    _, code, match = min(found, key=lambda one: one[0])
    return code, _groups(match), match.span()


def _merged(parts: Iterator[Link]) -> Iterator[Link]:
    """Without empty parts, and with neighbouring plain text as one part."""
    text = ""
    for part in parts:
        if not part.url:
            text += part.text
            continue
        if text:
            yield Link(text)
        text = ""
        yield part
    if text:
        yield Link(text)


def _groups(match: re.Match[str]) -> dict[str, str]:
    return {name: value for name, value in match.groupdict().items() if value}


def _cfr(cited: dict[str, str]) -> str:
    place = f"part-{cited['part']}" if "part" in cited else f"section-{cited['section']}"
    return f"https://www.ecfr.gov/current/title-{cited['title']}/{place}"


def _usc(cited: dict[str, str]) -> str:
    return f"https://www.law.cornell.edu/uscode/text/{cited['title']}/{cited['section']}"


def _florida(cited: dict[str, str]) -> str:
    chapter, _, rest = cited["section"].partition(".")
    hundred = int(chapter) // 100 * 100
    folder = f"{hundred:04d}-{hundred + 99:04d}/{int(chapter):04d}/Sections/{int(chapter):04d}.{rest}.html"
    return f"https://www.leg.state.fl.us/statutes/index.cfm?App_mode=Display_Statute&URL={folder}"


def _nevada(cited: dict[str, str]) -> str:
    chapter, _, rest = cited["section"].partition(".")
    page = f"https://www.leg.state.nv.us/nrs/nrs-{chapter.lower()}.html"
    return f"{page}#NRS{chapter}Sec{rest}" if rest else page


_CALIFORNIA = {"Bus. & Prof.": "BPC", "Civ.": "CIV", "Health & Saf.": "HSC", "Lab.": "LAB"}
_NEW_YORK = {"Educ.": "EDN", "Gen. Bus.": "GBS", "Pub. Health": "PBH"}
_TEXAS = {"Occ.": "OC", "Health & Safety": "HS", "Bus. & Com.": "BC"}

_PARAGRAPH = r"(?:\([A-Za-z0-9]{1,5}\))"
_PARAGRAPHS = rf"(?:{_PARAGRAPH}+(?:(?:-|, ){_PARAGRAPH}+)*)?"
_USC_SECTION = r"(?P<section>\d+(?:[a-z]+(?:-\d{1,3}[a-z]*)?)?)(?!\d)" + _PARAGRAPHS
_CFR_SECTION = r"(?P<section>\d+\.\d+[a-z]?)" + _PARAGRAPHS
_GAP = re.compile(r"(?: \([^()]*\))?(?:, (?:and )?|; | and |-)")


def _one_of(names: dict[str, str]) -> str:
    return "|".join(map(re.escape, names))


# A number after "; " or ", " may begin the next citation ("; 16 CFR"): then a name with a capital letter follows it.
_NO_NAME_FOLLOWS = r"(?! ?[A-Z])(?! Pa\.)"
_CODES = (
    _Code(
        re.compile(rf"\b(?P<title>\d+) (?:CFR|C\.F\.R\.) (?:(?:§ ?)?{_CFR_SECTION}|[Pp]art (?P<part>\d+))"),
        _cfr,
        re.compile(_CFR_SECTION + _NO_NAME_FOLLOWS),
    ),
    _Code(
        re.compile(rf"\b(?P<title>\d+) (?:U\.S\.C\.|USC) (?:§ ?)?{_USC_SECTION}"),
        _usc,
        re.compile(_USC_SECTION + _NO_NAME_FOLLOWS),
    ),
    _Code(re.compile(r"\bFTC Act Sections? 5\b"), lambda _: _usc({"title": "15", "section": "45"})),
    _Code(
        re.compile(
            # Only "Civ. Code" is no name of California's own.
            r"(?:\bCal\. )?(?<!Tex\. )\b(?P<code>Bus\. & Prof\.|Health & Saf\.|Lab\.|(?<=Cal\. )Civ\.) Code "
            r"(?P<section>\d+(?:\.\d+)*)" + _PARAGRAPHS
        ),
        lambda cited: (
            "https://leginfo.legislature.ca.gov/faces/codes_displaySection.xhtml"
            f"?lawCode={_CALIFORNIA[cited['code']]}&sectionNum={cited['section']}."
        ),
    ),
    _Code(
        re.compile(rf"\bN\.Y\. (?P<code>{_one_of(_NEW_YORK)}) Law (?P<section>\d+(?:-[a-z]{{1,2}})?)\b" + _PARAGRAPHS),
        lambda cited: f"https://www.nysenate.gov/legislation/laws/{_NEW_YORK[cited['code']]}/{cited['section'].upper()}",
    ),
    _Code(
        re.compile(rf"\bTex\. (?P<code>{_one_of(_TEXAS)}) Code (?:ch\. )?(?P<chapter>\d+)(?:\.\d+)?"),
        lambda cited: f"https://statutes.capitol.texas.gov/Docs/{_TEXAS[cited['code']]}/htm/{_TEXAS[cited['code']]}.{cited['chapter']}.htm",
    ),
    _Code(re.compile(r"\bFla\. Stat\. (?P<section>\d{1,4}\.\d+)" + _PARAGRAPHS), _florida),
    _Code(
        re.compile(r"\bFla\. (?:Admin\. Code )?(?P<section>\d+[A-Z]\d*-\d+\.\d+)" + _PARAGRAPHS),
        lambda cited: f"https://www.flrules.org/gateway/ruleno.asp?id={cited['section']}",
    ),
    _Code(
        re.compile(r"\bRCW (?P<section>\d+[A-Z]?\.\d+[A-Z]?(?:\.\d+)?)" + _PARAGRAPHS),
        lambda cited: f"https://app.leg.wa.gov/RCW/default.aspx?cite={cited['section']}",
    ),
    _Code(re.compile(r"\bNRS (?P<section>\d+[A-Z]?(?:\.\d+)?)"), _nevada),
    _Code(
        re.compile(r"\bOhio R\.C\. (?P<section>\d+\.\d+)" + _PARAGRAPHS),
        lambda cited: f"https://codes.ohio.gov/ohio-revised-code/section-{cited['section']}",
    ),
    _Code(
        re.compile(r"\bOhio Adm\. Code (?P<section>\d+(?:[:-]\d+)+)"),
        lambda cited: f"https://codes.ohio.gov/ohio-administrative-code/rule-{cited['section']}",
    ),
    _Code(
        re.compile(r"\bA\.R\.S\. (?P<title>\d+)-(?P<section>\d+)" + _PARAGRAPHS),
        lambda cited: f"https://www.azleg.gov/ars/{cited['title']}/{int(cited['section']):05d}.htm",
    ),
    _Code(
        re.compile(r"\bN\.C\. Gen\. Stat\. (?P<chapter>\d+[A-Z]?)-(?P<section>\d+)"),
        lambda cited: (
            "https://www.ncleg.gov/EnactedLegislation/Statutes/HTML/BySection/"
            f"Chapter_{cited['chapter']}/GS_{cited['chapter']}-{cited['section']}.html"
        ),
    ),
    _Code(
        re.compile(r"\b(?P<title>\d+) Pa\. Code (?P<section>(?P<chapter>\d+)\.\d+)" + _PARAGRAPHS),
        lambda cited: (
            "https://www.pacodeandbulletin.gov/Display/pacode?file=/secure/pacode/data/"
            f"{int(cited['title']):03d}/chapter{cited['chapter']}/s{cited['section']}.html"
        ),
    ),
)
