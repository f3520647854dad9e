"""Person names: known ones by list, unknown ones by what is said around them, and every found one again wherever it recurs in the text.

Decides per token with a memoised look-up; text without a token of interest costs one pass. Titles ("Dr.") stay outside the span.
"""

import re
from collections.abc import Iterator

from policies.phi.dates import TIME_WORDS
from policies.phi.hits import Hit
from policies.phi.lexicon import Lexicon, fold, word_set
from policies.phi.name_cues import (
    CUES_BY_WORD,
    DISEASE_NEXT,
    FORMAL_WORDS,
    INITIALS,
    INITIALS_ACTING,
    NAME_WORDS,
    NO_INITIALS,
    NOT_GREETED,
    ORGANISATION_CASED,
    ORGANISATION_NEXT,
    PERSON_VERB,
    SIGNATURE,
    SPELLED_NAME,
)
from policies.phi.places import STATES, WHOLE_STATES
from policies.phi.residue import SPELLED_WORDS
from policies.records import Label

TOKEN = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")

GIVEN, MAYBE_GIVEN, SURNAME, MAYBE_SURNAME, WORD, TERM, PLACE, CUE = (1 << bit for bit in range(8))
UNKNOWN = 1 << 8  # in no list: a rare name, a brand or a typing error
FORMAL = 1 << 9  # "mr": in any case, what follows may be a name that no list knows
READ = 1 << 10  # enough, alone, to read the whole text for names
TIME, SPOKEN = 1 << 11, 1 << 12  # month, weekday, "ago"; a digit as a word
STATE = 1 << 13  # "Florida" is a place unless something is said of it that is said of people
ANY_NAME = GIVEN | MAYBE_GIVEN | SURNAME | MAYBE_SURNAME

_PARTICLES = word_set("de del la las los da dos van von der den bin ibn al el mac mc st di le du ter y")
_STOP = word_set(
    "the a an and or but if is are was were be been i you he she it we they me him her us them my your his its our their this "
    "that these those to of in on at for with from by as not no yes so very just also really too here there now then when "
    "where what who how why all any some each every more most both few other such only own same than once please do does did "
    "have has had can could will would shall should may might must about after before again because call text email el la los "
    "las un una de del que y o en es muy con por para su mi tu no si se lo le al"
)
_PERSON_STATES = frozenset(("georgia", "virginia"))  # more often people than the other states are
_THING_NAMED = re.compile(r"\b(?:event|campaign|form|page|group|file|ad|utm)_$", re.I)  # "event_name=" names no person
_MEMO_LIMIT = 100_000
_DRUG_ENDING = re.compile(
    r"(?:mab|nib|pril|sartan|statin|olol|cillin|mycin|azole|idone|caine|profen|oxetine|gliptin|tide|tinib|itis|osis|ectomy"
    r"|otomy|oplasty|scopy|ology|ologist|emia|algia|oma|pathy|therapy)s?$"
)


class NameReader:
    """Finds names. One instance serves many texts; the memo of token look-ups is bounded."""

    def __init__(self, lexicon: Lexicon, city_words: frozenset[str]) -> None:
        self._lexicon = lexicon
        self._city_words = city_words
        self._memo: dict[str, int] = {}

    def flags(self, raw: str) -> int:
        """What the lists say of one token, as bits."""
        found = self._memo.get(raw)
        if found is None:
            if len(self._memo) >= _MEMO_LIMIT:
                self._memo.clear()
            found = self._memo[raw] = self._looked_up(raw)
        return found

    def _looked_up(self, raw: str) -> int:
        token = fold(raw[:-2] if raw.endswith(("'s", "'S")) else raw)
        bits = 0
        for mark in self._lexicon.names.get(token, ""):
            bits |= {"F": GIVEN, "f": MAYBE_GIVEN, "L": SURNAME, "l": MAYBE_SURNAME}[mark]
        if (
            token in self._lexicon.words
            or token.removesuffix("s") in self._lexicon.words
            or token in STATES
            or ("'" in raw and fold(raw.split("'")[0]) in self._lexicon.words)
        ):
            bits |= WORD
        if token in self._lexicon.terms or _DRUG_ENDING.search(token):
            bits |= TERM
        if token in WHOLE_STATES:
            bits |= STATE
        if token in self._city_words:
            bits |= PLACE
        if token in CUES_BY_WORD:
            bits |= CUE
        if token in FORMAL_WORDS:
            bits |= FORMAL
        if token in TIME_WORDS:
            bits |= TIME
        if token in SPELLED_WORDS:
            bits |= SPOKEN
        if not bits & (ANY_NAME | WORD | TERM) and len(token) > 1:
            bits |= UNKNOWN
        if (
            bits & (GIVEN | SURNAME)
            or token in NAME_WORDS
            or (raw[0].isupper() and (bits & (ANY_NAME | UNKNOWN) or (len(raw) == 1 and raw not in "AI")))
        ):
            bits |= READ
        return bits

    def gist(self, text: str) -> int:
        """The bits of all tokens of `text` together: what kinds of word it holds."""
        bits, memo, flags = 0, self._memo, self.flags
        for raw in TOKEN.findall(text):
            bits |= memo.get(raw) or flags(raw)
        return bits

    def find(self, text: str) -> Iterator[Hit]:
        yield from _Reading(text, self).hits()


class _Reading:
    """One text being read: tokens, their bits, and which of them are taken for names (0 no, 1 yes, 2 said of a person)."""

    def __init__(self, text: str, reader: NameReader) -> None:
        self.text = text
        matches = list(TOKEN.finditer(text))
        self.raw = [match[0][:-2] if match[0].endswith(("'s", "'S")) else match[0] for match in matches]
        self.start = [match.start() for match in matches]
        self.end = [start + len(raw) for start, raw in zip(self.start, self.raw, strict=True)]
        self.bits = [reader.flags(match[0]) for match in matches]
        self.count = len(matches)
        upper = sum(raw.isupper() for raw in self.raw if len(raw) > 1)
        self.shouting = self.count > 2 and upper > 0.6 * sum(len(raw) > 1 for raw in self.raw)
        self.headline = self.count >= 4 and sum(raw[0].isupper() for raw in self.raw) > 0.7 * self.count
        self.taken = [0] * self.count
        self.at = {start: index for index, start in enumerate(self.start)}

    def hits(self) -> Iterator[Hit]:
        self._by_cue()
        self._by_signature()
        self._by_list()
        self._by_context()
        self._repeats()
        yield from self._spans()
        for match in SPELLED_NAME.finditer(self.text):
            yield Hit(match.start(), match.end(), Label.NAME, True)

    def cased(self, index: int) -> bool:
        return self.raw[index][0].isupper() and not self.shouting

    def linked(self, index: int) -> bool:
        """Is token `index` joined to the one before it, as the parts of one name are?"""
        if not 0 < index < self.count:
            return False
        gap = self.text[self.end[index - 1] : self.start[index]]
        if gap in (" ", "-", "  "):
            return True
        return gap in (".", ". ") and len(self.raw[index - 1]) == 1

    def likely(self, index: int) -> bool:
        return bool(self.bits[index] & (GIVEN | SURNAME)) and not self.bits[index] & TERM

    def candidate(self, index: int) -> bool:
        """A known name in any case, or a capitalised token that is a possible name or no word at all."""
        if self.likely(index):
            return True
        return self.cased(index) and bool(self.bits[index] & (ANY_NAME | UNKNOWN)) and self.raw[index].lower() not in _STOP

    def initial(self, index: int) -> bool:
        if len(self.raw[index]) != 1 or not self.raw[index].isupper():
            return False
        after = self.text[self.end[index] : self.end[index] + 2]
        return after[:1] == "." or (self.raw[index] not in "AIY" and (not after or not after[0].isalnum()))

    def take(self, index: int, level: int) -> None:
        """Mark token `index` and the parts of the same name after it, four at most."""
        self.taken[index] = max(self.taken[index], level)
        last = index
        for following in range(index + 1, min(index + 5, self.count)):
            if not self.linked(following):
                break
            if self._continues(following, level):
                for part in range(last + 1, following + 1):
                    self.taken[part] = max(self.taken[part], level)
                last = following
            elif fold(self.raw[following]) not in _PARTICLES:
                break

    def _continues(self, index: int, level: int) -> bool:
        if self.initial(index):
            return True
        if level == 2 and not self.cased(index) and self.bits[index] & (MAYBE_SURNAME | UNKNOWN) and self.raw[index].lower() not in _STOP:
            return self.raw[index - 1].isupper() == self.raw[index].isupper()
        if self.bits[index] & WORD and self.shouting and not self.bits[index] & SURNAME:
            # "BILL TO: KAREN WHITE, 12 OAK ST": in capitals a word ends a name only where something else than a word follows
            after = self.text[self.end[index] : self.end[index] + 2].strip()
            return bool(self.bits[index] & MAYBE_SURNAME) and not after[:1].isalpha()
        if not self.candidate(index):
            # "john matuszak": in lower case a word no list knows, after a given name, is taken for the surname
            return (
                bool(self.bits[index - 1] & GIVEN and self.bits[index] & UNKNOWN)
                and len(self.raw[index]) > 2
                and self.raw[index - 1].islower()
            )
        return self.raw[index][0].isupper() or not self.raw[index - 1][0].isupper()

    def _by_cue(self) -> None:
        for opener, bits in enumerate(self.bits):
            if not bits & CUE:
                continue
            for cue in CUES_BY_WORD.get(fold(self.raw[opener]), ()):
                match = cue.pattern.match(self.text, self.start[opener])
                if not match or (index := self.at.get(match.end())) is None or (cue.opens and not self._opens(opener)):
                    continue
                if self._accepts(index, cue.trusts, match[0]):
                    self.take(index, 2 if cue.personal else 1)

    def _opens(self, index: int) -> bool:
        before = self.text[: self.start[index]].rstrip(" \"'>*")
        if before.endswith("_") and _THING_NAMED.search(before, max(0, len(before) - 12)):
            return False
        return not before or not before[-1].isalnum()

    def _accepts(self, index: int, trusts: int, cue: str) -> bool:
        word = self.raw[index].lower()
        if trusts == 2 and self._particled(index):
            return True
        if word in _STOP and not (trusts >= 2 and self.cased(index) and self.bits[index] & ANY_NAME):
            return False
        if self._of_organisation(index):
            return False
        if trusts == 3:
            return not self.bits[index] & WORD or bool(self.bits[index] & ANY_NAME) or self.cased(index)
        if trusts == 2:
            formal = cue.lower().strip(" .") in ("mr", "mrs", "ms", "miss", "dr", "dra", "sra", "srta", "mister", "señora", "señor")
            if (cue[:2] in ("MS", "PA") and not self.shouting) or word in NOT_GREETED:
                return False
            if formal and (self.cased(index) or self.initial(index)):
                return True
            return self.candidate(index) or (formal and not self.bits[index] & WORD and "." in cue)
        if self.initial(index) and self.text[self.end[index] : self.end[index] + 1] == ".":
            return trusts == 1
        if word in NOT_GREETED:
            return False
        if trusts == 1:
            return self.candidate(index) and not (self.bits[index] & TERM and not self.bits[index] & ANY_NAME)
        known = self.bits[index] & ANY_NAME and not self.bits[index] & TERM
        strong = re.match(
            r"(?:this|i |i'|im|soy|named|called|ask|spoke|talk|met|seen|thank|gracias|shout|kudos|app|booked|cita|referred"
            r"|recommended|signed|caller|emergency|guardian|speaking|from:|to:|cc:)",
            cue,
            re.I,
        )
        # "with Xeljanz", "for Glow": after a bare preposition only a listed name, or an unknown word after a verb of meeting.
        if self.bits[index] & STATE and not (strong or self._acting_state(index)):
            meeting = fold(word) in _PERSON_STATES and re.match(r"(?:saw|with|by) ", cue, re.I)
            if not meeting:
                return False
        return (
            self.cased(index)
            and not self.bits[index] & TERM
            and bool(known or (strong and self.bits[index] & UNKNOWN))
            and not self._place_like(index)
        )

    def _particled(self, index: int) -> bool:
        """Does a name begin here with particles: "van der Merwe", "de la Cruz"?"""
        at = index
        while at < self.count and self.raw[at].islower() and fold(self.raw[at]) in _PARTICLES and self.linked(at + 1):
            at += 1
        return at > index and self.candidate(at) and self.raw[at][0].isupper()

    def _acting_state(self, index: int) -> bool:
        """A state's name that is a person's here: a surname or an initial follows, or what people do."""
        following = index + 1
        if self.linked(following) and self.cased(following) and not self._of_organisation(following):
            surname = self.bits[following] & SURNAME or (
                fold(self.raw[index]) in _PERSON_STATES and self.bits[following] & (MAYBE_SURNAME | UNKNOWN)
            )
            if (surname and not self.bits[following] & TERM) or self.initial(following):
                return True
        return not self.headline and bool(PERSON_VERB.match(self.text, self.end[index]))

    def _place_like(self, index: int) -> bool:
        return bool(self.bits[index] & PLACE) and not self.bits[index] & (GIVEN | SURNAME)

    def _half_of_firm(self, index: int) -> bool:
        """Johnson & Johnson, Smith & Nephew: joined by "&" to itself or to a brand word, unlike "Maria & Tom"."""
        for left, right, other in ((index, index + 1, index + 1), (index - 1, index, index - 1)):
            if left >= 0 and right < self.count and self.text[self.end[left] : self.start[right]].strip() == "&":
                return self.raw[left] == self.raw[right] or bool(self.bits[other] & TERM)
        return False

    def _of_organisation(self, index: int) -> bool:
        return bool(ORGANISATION_NEXT.match(self.text, self.end[index]))

    def _by_signature(self) -> None:
        for match in SIGNATURE.finditer(self.text):
            index = self.at.get(match.start(1))
            if index is None:
                continue
            parts = [part for part in range(index, self.count) if self.start[part] < match.end(1)]
            if INITIALS.match(match[1].strip()) and "-" in match[0][:4]:
                fits = not any(self.bits[part] & TERM for part in parts)
            else:
                fits = any(self.candidate(part) for part in parts[:1]) and all(
                    self.candidate(part) or self.cased(part) or fold(self.raw[part]) in _PARTICLES for part in parts
                )
            if fits and not self.bits[index] & TERM and fold(self.raw[index]) not in NOT_GREETED:
                for part in parts:
                    self.taken[part] = max(self.taken[part], 1)

    def _by_list(self) -> None:
        for index, bits in enumerate(self.bits):
            if self.taken[index] or bits & TERM or not bits & ANY_NAME:
                continue
            if bits & STATE:
                if self.cased(index) and not self._of_organisation(index) and self._acting_state(index):
                    self.take(index, 1)
            elif bits & GIVEN:
                if not self._excused(index):
                    self.take(index, 1)
            elif bits & SURNAME:
                if not self._excused(index) and not DISEASE_NEXT.match(self.text, self.end[index]) and not bits & WORD:
                    self.take(index, 1)
            elif self.cased(index) and self._ambiguous_holds(index):
                self.take(index, 1)

    def _excused(self, index: int) -> bool:
        if (self._of_organisation(index) and self.cased(index)) or self._half_of_firm(index):
            return True
        before = self.text[max(0, self.start[index] - 16) : self.start[index]]
        return bool(ORGANISATION_CASED.search(before)) or bool(self.bits[index] & PLACE and not self.bits[index] & GIVEN)

    def _ambiguous_holds(self, index: int) -> bool:
        """A capitalised word that is also a name ("Grace", "Will", "Young"): a name beside a name, or mid-sentence where words are small."""
        bits = self.bits[index]
        if bits & PLACE or self._excused(index):
            return False
        following = index + 1
        beside = self.linked(following) and self.cased(following)
        if bits & MAYBE_GIVEN:
            if beside and self.bits[following] & SURNAME and not self.bits[following] & TERM and not self._of_organisation(following):
                return True
            if beside and self.initial(following):
                return True
            if PERSON_VERB.match(self.text, self.end[index]):
                return not self.headline
        if bits & MAYBE_SURNAME and index and self.linked(index) and self.initial(index - 1) and not bits & WORD:
            return True
        if self.headline or not bits & MAYBE_GIVEN or self._sentence_start(index):
            return False
        return (
            not beside
            and not (index and self.linked(index) and self.cased(index - 1) and self.raw[index - 1] != "I")
            and not _month(self.raw[index])
        )

    def _sentence_start(self, index: int) -> bool:
        before = self.text[: self.start[index]].rstrip(" \"'(*>")
        return not before or before[-1] in ".!?:;\n•-–/|"

    def _by_context(self) -> None:
        """Capitalised words in no list: two in a row, or one that does what people do."""
        for match in INITIALS_ACTING.finditer(self.text):
            if match[1].replace(".", "") not in NO_INITIALS and PERSON_VERB.match(self.text, match.end()):
                index = self.at[match.start()]
                self.taken[index : index + 2] = [max(level, 1) for level in self.taken[index : index + 2]]
        for index, bits in enumerate(self.bits):
            if self.taken[index] or not bits & UNKNOWN or not self.cased(index) or len(self.raw[index]) < 3 or self.raw[index].isupper():
                continue
            if self._excused(index) or bits & (TERM | PLACE):
                continue
            following = index + 1
            pair = self.linked(following) and self.cased(following) and bool(self.bits[following] & (UNKNOWN | SURNAME | MAYBE_SURNAME))
            pair = (
                pair and not self.bits[following] & (TERM | WORD) and len(self.raw[following]) > 2 and not self._of_organisation(following)
            )
            possessed = re.match(
                r"'s (?:appointment|surgery|chart|records?|mom|dad|mother|father|wife|husband|knee|hip|visit|results?|insurance"
                r"|account|treatment|tooth|teeth|skin|birthday)\b",
                self.text[self.end[index] :],
            )
            if pair or PERSON_VERB.match(self.text, self.end[index]) or possessed:
                self.take(index, 1)

    def _repeats(self) -> None:
        """Whoever was found once is found everywhere in this text, in any case unless the name is also a word."""
        known = {
            fold(raw): level
            for raw, level in zip(self.raw, self.taken, strict=True)
            if level and len(raw) > 2 and fold(raw) not in _PARTICLES
        }
        for index, raw in enumerate(self.raw):
            named = raw[0].isupper() or not self.bits[index] & (WORD | TERM)
            if named and not self.taken[index] and not self._of_organisation(index):
                self.taken[index] = known.get(fold(raw), 0)
        for index in range(self.count - 1):
            if not self.taken[index] and self.initial(index) and self.taken[index + 1] and self.linked(index + 1):
                self.taken[index] = self.taken[index + 1]

    def _spans(self) -> Iterator[Hit]:
        index = 0
        while index < self.count:
            if not self.taken[index]:
                index += 1
                continue
            first, personal = index, self.taken[index] == 2
            while index + 1 < self.count and self.taken[index + 1] and self.linked(index + 1):
                index += 1
                personal = personal or self.taken[index] == 2
            end = self.end[index]
            if len(self.raw[index]) == 1 and self.text[end : end + 1] == ".":
                end += 1
            yield Hit(self.start[first], end, Label.NAME, personal)
            index += 1


def _month(raw: str) -> bool:
    return raw.lower() in (
        "may",
        "april",
        "june",
        "august",
        "january",
        "march",
        "summer",
        "autumn",
        "winter",
        "spring",
        "easter",
        "christmas",
    )
