"""Where a name stands by the build of a line alone: after a title, before a credential, beside a kinship, in a roster. Knows no weights.

Each rule gives the indices of words; `people.py` takes them whatever the tagger thinks.
"""

from collections.abc import Iterator

from policies.phi.lexicon import word_set
from policies.phi.lines import ALL_LOWER, CALENDAR, NORMAL, Line, is_free
from policies.phi.name_cues import KIN_OWNERS, NOT_GREETED
from policies.phi.normalise import OPAQUE
from policies.phi.tokens import (
    ANY_NAME,
    CREDENTIAL,
    GIVEN,
    KIN,
    MAYBE_GIVEN,
    MAYBE_SURNAME,
    ORGANISATION,
    PARTICLES,
    PROFESSION,
    RARE,
    ROLE_TITLE,
    STATE,
    SURNAME,
    TERM,
    TITLE,
    TOWN,
    WORD,
)


def linked(line: Line, index: int) -> bool:
    """Is word `index` joined to the one before it, as the parts of one name are?"""
    if not 0 < index < len(line.words):
        return False
    gap = line.gaps[index]
    if gap in (" ", "-", "  ", "'", "+"):
        return True
    return gap in (".", ". ") and len(line.words[index - 1]) == 1


def of_firm(line: Line, index: int) -> bool:
    """Mary Johnson Hospital, Johnson & Johnson, Smith & Nephew: a firm's name, unlike "Maria & Tom"."""
    word = line.words[index]
    if not word[0].isupper() or word.endswith("'s"):
        return False
    for other, gap in ((index + 1, index + 1), (index - 1, index)):
        if 0 <= other < len(line.words) and line.gaps[gap].strip() == "&":
            return line.words[other] == word or bool(line.tokens[other].bits & TERM)
    return _of_organisation(line, index)


def _of_organisation(line: Line, index: int) -> bool:
    """Does a clinic, a bank, a street's park follow, with at most two capitalised words between?"""
    if not line.bits & ORGANISATION:
        return False
    for other in range(index + 1, min(index + 4, len(line.words))):
        if line.gaps[other].strip(" ,&-"):
            return False
        if line.tokens[other].bits & ORGANISATION:
            return True
        if not line.words[other][0].isupper() and line.words[other] != "and":
            return False
    return False


def titled(line: Line) -> Iterator[int]:
    """ "Mrs.", "my wife": the word after it, if it is a capitalised word, a possible name, or no word at all."""
    tokens, words, gaps = line.tokens, line.words, line.gaps
    for index in range(len(tokens) - 1):
        bits = tokens[index].bits
        if not bits & (TITLE | ROLE_TITLE | KIN):
            continue
        following, gap = index + 1, gaps[index + 1]
        token = tokens[following]
        if gap not in _AFTER_TITLE or token.word in NOT_GREETED:
            continue
        if bits & KIN and not bits & TITLE:
            if gap in _FULL_STOP and token.word in _OPENERS and tokens[index].word not in _SHORTENED_KIN:  # "rude to my father. The portal"
                continue
            opens = words[index][0].isupper() and (index == 0 or gaps[index] != " ")  # "Son Ty plays"
            owned = line.style == NORMAL and (opens or (index > 0 and tokens[index - 1].word in KIN_OWNERS))
            if owned and words[following][0].isupper() and token.bits & ANY_NAME and not token.bits & TERM:
                yield following
        elif _fits_title(line, following, is_role=bool(bits & ROLE_TITLE)) and not _of_organisation(line, following):
            yield following


_FULL_STOP = frozenset((". ", "."))
_AFTER_TITLE = _FULL_STOP | {" ", "  ", ", "}
_OPENERS = word_set(
    "the a and but if he she it we they this that these those there here then now when while where what who how why in on at for from with by all"
)
_SHORTENED_KIN = word_set("pt pts husb dtr bf gf bro sis")


def _fits_title(line: Line, index: int, *, is_role: bool) -> bool:
    token = line.tokens[index]
    if token.word in PARTICLES and not (linked(line, index + 1) and line.tokens[index + 1].candidate):
        return False
    listed = bool(token.bits & (GIVEN | MAYBE_GIVEN | SURNAME | MAYBE_SURNAME))
    if line.words[index][0].isupper():
        return not is_role or listed or not token.bits & WORD
    return not token.bits & WORD or (listed and not is_role)


_PRONOUNS = word_set("my our his her their mi su tu pts patients moms dads")
NO_NAME = (CALENDAR - {"may"}) | word_set(
    "english spanish french german chinese american mexican christmas easter halloween thanksgiving will had has is was did does and or but in on at"
)


def beside_kin(line: Line) -> Iterator[int]:
    """ "Dawn (my sister)", "Bill, my husband,", "will (he's 8)", "my son Dash"."""
    tokens, words, gaps = line.tokens, line.words, line.gaps
    for index, token in enumerate(tokens):
        if index + 1 < len(tokens) and gaps[index + 1] == " (" and token.bits & ANY_NAME:
            following = tokens[index + 1]
            kin = following.bits & KIN or (following.word in _PRONOUNS and index + 2 < len(tokens) and tokens[index + 2].bits & KIN)
            if (kin or following.word in ("hes", "shes")) and (words[index][0].isupper() or token.bits & (GIVEN | MAYBE_GIVEN)):
                yield index
        if not token.bits & KIN or index == 0 or tokens[index - 1].word not in _PRONOUNS:
            continue
        before, after = index - 2, index + 1
        if before >= 0 and gaps[index - 1] in (", ", " ") and tokens[before].bits & (GIVEN | MAYBE_GIVEN):
            cased = words[before][0].isupper() and line.style == NORMAL
            if not tokens[before].bits & (WORD | TERM) or (cased and (gaps[before] != "" or gaps[index - 1] == ", ")):
                yield before
        if line.style == NORMAL and after < len(tokens) and gaps[after] == " " and words[after][0].isupper() and words[after][1:].islower():
            token = tokens[after]
            able = not token.bits & TERM or token.bits & (GIVEN | MAYBE_GIVEN | SURNAME | MAYBE_SURNAME)
            if able and token.word not in NO_NAME and token.word not in NOT_GREETED and not of_firm(line, after):
                yield after


def credentialed(line: Line) -> Iterator[int]:
    """ "bill young dds", "Grace Long, LCSW"; in a search also "may chase physical therapist", "ps kowalenko dermatologist"."""
    tokens, gaps = line.tokens, line.gaps
    for index in range(2, len(tokens)):
        bits = tokens[index].bits
        opens = bits & PROFESSION and index == 2 and line.style == ALL_LOWER
        if not (opens or bits & CREDENTIAL) or gaps[index] not in (" ", ", ") or gaps[index - 1] not in (" ", ". "):
            continue
        first, last = tokens[index - 2], tokens[index - 1]
        if not last.bits & ANY_NAME or not last.candidate or last.bits & TERM or last.word in NOT_GREETED:
            continue
        if (first.bits & ANY_NAME and first.candidate and not first.bits & (TERM | ROLE_TITLE | KIN)) or (
            opens and len(first.word) <= 2 and not last.bits & WORD
        ):
            yield from (index - 2, index - 1)


def initialled(line: Line) -> Iterator[int]:
    """ "j whitfield": a letter and a surname that is no word, in lower case."""
    tokens, gaps = line.tokens, line.gaps
    for index in range(len(tokens) - 1):
        if len(tokens[index].word) == 1 and tokens[index].word not in "aioyeu" and gaps[index + 1] in (" ", ". ", "."):
            following = tokens[index + 1]
            if following.bits & SURNAME and not following.bits & (WORD | TERM) and len(following.word) > 4 and is_free(gaps, index):
                yield from (index, index + 1)


_ROSTER_BEFORE = word_set("for re pt patient patients by with paciente name client member cc")


def _is_field(line: Line, index: int) -> bool:
    """Does "RE:", "Patient:" stand directly before?"""
    return index > 0 and line.tokens[index - 1].word in _FIELD_BEFORE and line.gaps[index].strip() == ":"


_FIELD_BEFORE = word_set("re patient pt name client paciente nombre member resident")


def rostered(line: Line) -> Iterator[int]:
    """ "WHITE, EUGENIA R 1/1/38", "Appt for Baker, Susan", "WHITE SUMMER 04-JUL-88": surname first, as lists have it."""
    tokens, words, gaps = line.tokens, line.words, line.gaps
    for index in range(len(tokens) - 1):
        gap = gaps[index + 1]
        alone = index == 0 and len(tokens) <= 3 and gap == ", " and words[0][0].isupper() and words[1][0].isupper()
        if alone and tokens[1].bits & (ANY_NAME | STATE) and not tokens[0].bits & (TERM | STATE | TOWN | WORD):  # "WHITEFEATHER, DAKOTA L"
            yield from range(len(tokens))
            return
        if gap not in (", ", ",", " ", "/") or not tokens[index].bits & ANY_NAME or not tokens[index + 1].bits & ANY_NAME:
            continue
        opens = index == 0 or "\n" in gaps[index]
        if _is_field(line, index) and words[index][0].isupper() and words[index + 1][0].isupper() and gap != "/":  # "RE: GRACE PARK"
            yield from (index, index + 1)
            continue
        if (
            tokens[index + 1].bits & TERM
            or (tokens[index].bits & TERM and not tokens[index + 1].bits & GIVEN)
            or not (opens or tokens[index - 1].word in _ROSTER_BEFORE)
        ):
            continue
        last = index + 1
        if last + 1 < len(tokens) and len(words[last + 1]) == 1 and gaps[last + 1] == " ":
            last += 1
        after = gaps[last + 1]
        ends = not after or after.lstrip(" .,(/|")[:1] in (OPAQUE, "") or after.lstrip(" .,(/|")[:1].isdigit() or after[:1] in "\n(/|;"
        cased = words[index][0].isupper() and words[index + 1][0].isupper()
        given = tokens[index + 1].bits & GIVEN and tokens[index].bits & (SURNAME | MAYBE_SURNAME | RARE)
        if gap == " ":
            sure = (tokens[index].bits | tokens[index + 1].bits) & (GIVEN | SURNAME) or (cased and words[index].isupper())
            able = (
                tokens[index].candidate
                and tokens[index + 1].candidate
                and not (tokens[index].bits | tokens[index + 1].bits) & (KIN | TITLE)
            )
            if OPAQUE in after[:4] and opens and sure and able:
                yield from range(index, last + 1)
        elif cased and (given or (opens and ends and tokens[index + 1].bits & (GIVEN | MAYBE_GIVEN))):
            yield from range(index, last + 1)


_SYLLABLES = word_set(
    "jin mi ho yeon soo su hee hyun min woo jae young yong kyung ji eun hye sung seung tae dong hwan in chul kyu sook ja hwa sun seo yoon yun "
    "joon jun gyu hyeon bin won ki gi na ra ri ah kyo bo mee sang sik suk chan cheol hoon hun il je joo ju jung jeong moon myung nam ok pil "
    "seok seon shik sin soon wook wan won yeol yoo ye yi ying wei xin mei ling hua ping fang jie yan yu li na hui qing ming tao lei hong chau minh"
)


def hyphenated(line: Line) -> Iterator[int]:
    """ "Ye-jin", "Young-mi Seo": two syllables of a Korean or Chinese given name."""
    tokens, words, gaps = line.tokens, line.words, line.gaps
    for index in range(len(tokens) - 1):
        both = gaps[index + 1] == "-" and tokens[index].word in _SYLLABLES and tokens[index + 1].word in _SYLLABLES
        if both and (words[index][0].isupper() or not tokens[index].bits & WORD) and is_free(gaps, index) and is_free(gaps, index + 1):
            yield from (index, index + 1)


def signed_off(line: Line) -> Iterator[int]:
    """The last line of a letter, when it is one to four capitalised words that can be a name: "Soledad Quick-to-See"; ". Art" at the very end."""
    tokens, words, gaps = line.tokens, line.words, line.gaps
    last = len(words) - 1
    if gaps[-1].strip(" .!\n)"):
        return
    if not words[last][0].isupper():  # "deshawn t" under a letter
        first = last - 1 if last and len(words[last]) == 1 and gaps[last] == " " else last
        if "\n" in gaps[first] and tokens[first].bits & GIVEN and not tokens[first].bits & (WORD | TERM):
            yield from range(first, last + 1)
        return
    first = last
    while first > 0 and "\n" not in gaps[first] and last - first < 6 and gaps[first] in (" ", "-", ". ", "' "):
        first -= 1
    if first == 0 or "\n" not in gaps[first]:
        if tokens[last].bits & (GIVEN | MAYBE_GIVEN) and gaps[last].strip() in (".", "!") and line.style == NORMAL and last > 3:
            yield last
        return
    capitals = [index for index in range(first, last + 1) if words[index][0].isupper()]
    bits = 0
    for index in capitals:
        bits |= tokens[index].bits
    able = (
        len(capitals) >= last - first and len(capitals) < 5 and tokens[first].candidate and not bits & (ORGANISATION | TERM | STATE | TOWN)
    )
    if (
        able
        and bits & ANY_NAME
        and any(tokens[index].bits & (GIVEN | SURNAME | RARE) or not tokens[index].bits & WORD for index in capitals)
    ):
        yield from range(first, last + 1)


def by_build(line: Line) -> Iterator[int]:
    """The words of every rule whose words the line holds."""
    bits, gaps = line.bits, line.gaps
    if not bits & (ANY_NAME | KIN):
        return
    if bits & (TITLE | ROLE_TITLE | KIN):
        yield from titled(line)
    if bits & KIN or " (" in gaps:
        yield from beside_kin(line)
    if bits & (CREDENTIAL | PROFESSION):
        yield from credentialed(line)
    if 1 in map(len, line.words):
        yield from initialled(line)
    if line.holds or ", " in gaps or "," in gaps or "/" in gaps:
        yield from rostered(line)
    if "-" in gaps:
        yield from hyphenated(line)
    yield from signed_off(line)
