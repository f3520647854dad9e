"""Which words of a text are names of people, and which of towns: a linear model over each word, its neighbours and the gaps between them.

`features` is the specification; `Tagger` adds the same weights by look-up, a few additions for each candidate word. The weights are trained by
`bench/phi/train.py` on texts the project generates itself and are passed in; this module reads no file.
"""

import re
from collections.abc import Iterable, Iterator
from functools import reduce
from itertools import accumulate
from operator import or_

from policies.phi.lexicon import Lexicon, fold, word_set
from policies.phi.lines import (
    CLASS,
    CLASSES,
    EDGE_SHAPE,
    G_EDGE,
    HEADLINE,
    LENGTHS,
    MONTHS,
    NORMAL,
    ROLE,
    ROLES,
    STYLES,
    Line,
    gap_class,
    is_acronym,
    is_dated_month,
    is_eponym,
    is_free,
    is_listed_letter,
    may_be_spanish_name,
    place_of,
    style_of,
)
from policies.phi.normalise import OPAQUE
from policies.phi.tokens import (
    BOTH,
    CREDENTIAL,
    EDGE,
    GIVEN_ONLY,
    KINDS,
    LETTER,
    LISTS,
    MEMO_LIMIT,
    NEW,
    PHRASE_FIRST,
    PLAIN,
    RARE_ONLY,
    RARE_PLAIN,
    SPANISH,
    SPLIT,
    STATE,
    SURNAME_ONLY,
    TERM_ONLY,
    TOWN,
    TOWN_ONLY,
    TOWN_WORD,
    Token,
    WordBook,
    case_of,
    kind_of,
)
from policies.phi.weights import CONTEXT, MANY, Tables, laid_out, words_of

PERSON_STATES = word_set("georgia virginia carolina dakota montana washington")  # more often given names than the other states are
STOP = word_set(
    "the a an and or but if is are was were be been i you he she it we they me him us them my your his its our their this that these "
    "atte pte those to of in on at for with from by as not no yes so very just also really too here there now then when where what who "
    "how why all any some each every more most both few other such only own same than once please do does did have has had can could "
    "would shall should might must about after before again because el la los las un una y o en es muy con por para su mi tu si se lo le "
    "person people block line week day case code field last first next name names de del al que como pero sin sobre mas ya fue son ser "
    "soy eso esta este"
)


NO_USAGE = "4032"  # a word too rare to be counted


def affixes(word: str, kind: int, case: int, usage: str, *, is_accented: bool) -> Iterator[str]:
    """The features of a word by itself: doubtful words by what they are, unlisted ones by their letters, sure names by the list alone; and
    how people write the word elsewhere.
    """
    yield f"us:{usage[0]}|{kind}|{case}"
    yield f"uf:{usage[:2]}|{case}"
    yield f"ue:{usage[2:]}|{case}"
    yield f"uk:{usage[1]}|{kind}"
    if kind not in (BOTH, GIVEN_ONLY, SURNAME_ONLY, RARE_ONLY, NEW):
        yield f"w:{word}"
    known = "" if kind in (RARE_ONLY, RARE_PLAIN, NEW, TOWN_ONLY) else "k"
    if len(word) > 2:
        for size in (2, 3, 4):
            if len(word) > size:
                yield f"{known}s{size}:{word[-size:]}"
        yield f"{known}p2:{word[:2]}"
        yield f"{known}p3:{word[:3]}"
    yield f"len:{min(len(word), 12)}|{kind}"
    if is_accented:
        yield f"accent:{kind}"


def features(line: Line, index: int) -> Iterator[str]:
    """Every feature of word `index`, by name. `Tagger` must give the sum of their weights (tested)."""
    style = line.style
    token = line.tokens[index]
    role, mine = ROLE[style][token.shape], CLASS[style][token.shape]
    yield from affixes(token.word, token.shape // 3, token.shape % 3, token.usage, is_accented=not line.words[index].isascii())
    yield f"b:{token.bits & LISTS}"
    yield f"c:{mine}"

    def at(offset: int) -> Token | None:
        place = index + offset
        return line.tokens[place] if 0 <= place < len(line.tokens) else None

    def class_at(offset: int) -> int:
        found = at(offset)
        return CLASS[style][found.shape] if found else CLASS[style][EDGE_SHAPE]

    yield f"a:{class_at(-1)},{mine}"
    yield f"z:{mine},{class_at(1)}"
    yield f"t:{class_at(-1) // STYLES},{mine // STYLES},{class_at(1) // STYLES}"
    yield f"y:{class_at(-2)},{mine}"
    for family, offset in (("r1", -1), ("r2", -2), ("l1", 1), ("l2", 2)):
        found = at(offset)
        yield f"{family}:{found.word if found else ''}|{role}"
    before, before2, after, after2 = at(-1), at(-2), at(1), at(2)
    yield f"rr:{before2.word if before2 else ''} {before.word if before else ''}"
    yield f"ll:{after.word if after else ''} {after2.word if after2 else ''}"
    yield f"gl:{gap_class(line.gaps[index]) if index or line.gaps[0].strip() else G_EDGE}|{role}"
    last = index + 1 == len(line.words)
    yield f"n:{min(len(line.tokens), LENGTHS - 1)}|{role}"
    yield f"h:{line.holds}|{role}"
    yield f"p:{place_of(index, len(line.tokens) - 1)}|{role}"
    yield f"gr:{gap_class(line.gaps[index + 1]) if not last or line.gaps[-1].strip() else G_EDGE}|{role}"


_DIGIT = re.compile(r"\d")
_WITHIN_PHRASE = frozenset((" ", "-", ". "))


class Tagger:
    """Scores words. One instance serves many texts and threads; its memo of words is bounded."""

    def __init__(self, lexicon: Lexicon) -> None:
        weights = lexicon.weights
        self.book = WordBook(lexicon)
        context_words = sorted({word for key in weights.features if key[:3] in CONTEXT for word in words_of(key)} | {""})
        self._contexts = {word: index + 1 for index, word in enumerate(context_words)}  # 0 = a word the model has never met beside a name
        self._names, self._towns = laid_out(weights, self._contexts)
        self._memo: dict[str, Token] = {}
        self._gaps: dict[str, int] = {}
        self._usage = lexicon.usage
        self._phrases = lexicon.phrases
        self._edge = Token("", 0, EDGE_SHAPE, False, 0.0, 0.0, self._contexts[""], NO_USAGE)

    def token(self, raw: str) -> Token:
        found = self._memo.get(raw)
        if found is None:
            if len(self._memo) >= MEMO_LIMIT:
                self._memo.clear()
            found = self._memo[raw] = self._looked_up(raw)
        return found

    def _looked_up(self, raw: str) -> Token:
        bare = raw[:-2] if raw.endswith(("'s", "'S")) else raw
        word = fold(bare)
        bits = self.book.bits(word)
        kind = PLAIN if word in STOP else kind_of(bits, len(word))
        case = case_of(bare)
        # "additionalProperties", "MQLs"
        is_code = (bare[:1].islower() and not bare.islower()) or (len(bare) > 2 and bare[-1] == "s" and bare[:-1].isupper())
        if bits & STATE and word not in PERSON_STATES:
            kind = TERM_ONLY
        candidate = not bits & CREDENTIAL and kind not in (PLAIN, TERM_ONLY, EDGE) and not (kind == LETTER and case == 0) and not is_code
        own = town = 0.0
        usage = self._usage.get(word, NO_USAGE)
        if candidate:
            names, towns = self._names.affix, self._towns.affix
            keys = (*affixes(word, kind, case, usage, is_accented=not raw.isascii()), f"b:{bits & LISTS}")
            own = sum([names[key] for key in keys if key in names])
            if bits & (TOWN | TOWN_WORD):
                town = sum([towns[key] for key in keys if key in towns])
        return Token(word, bits, kind * 3 + case, candidate, own, town, self._contexts.get(word, 0), usage)

    def line(self, text: str) -> Line:
        """Split `text`; linear in its length. Whole passes in C: a loop over the words costs three times as much."""
        parts = SPLIT(text)
        words, gaps = parts[1::2], parts[::2]
        memo, look_up = self._memo, self.token
        tokens = [memo.get(word) or look_up(word) for word in words]
        bits = reduce(or_, [token.bits for token in tokens], 0)
        candidates = [index for index, token in enumerate(tokens) if token.candidate and is_free(gaps, index)]
        if bits & SPANISH and sum([token.bits & SPANISH != 0 for token in tokens]) > 1:
            candidates = [index for index in candidates if may_be_spanish_name(tokens, gaps, index)]
        style = style_of(text, tokens)
        if style in (NORMAL, HEADLINE):
            candidates = [index for index in candidates if not is_acronym(tokens, gaps, index)]
        candidates = [index for index in candidates if tokens[index].word not in MONTHS or not is_dated_month(tokens, gaps, index)]
        candidates = [index for index in candidates if len(tokens[index].word) > 1 or not is_listed_letter(tokens, gaps, index)]
        phrases = self._phrases_in(tokens, gaps) if bits & PHRASE_FIRST else frozenset()
        if eponyms := [index for index in candidates if is_eponym(tokens, gaps, index)]:
            phrases = phrases.union(eponyms)
        if phrases:
            candidates = [index for index in candidates if index not in phrases]
        starts = list(accumulate(map(len, parts)))[:-1:2]
        holds = (2 if OPAQUE in text else 0) + (1 if _DIGIT.search(text) else 0)
        return Line(words, gaps, tokens, style, bits, candidates, starts, holds, phrases)

    def _phrases_in(self, tokens: list[Token], gaps: list[str]) -> frozenset[int]:
        """The words of every term of two to four words."""
        found: set[int] = set()
        for index, token in enumerate(tokens):
            if not token.bits & PHRASE_FIRST:
                continue
            words, last = token.word, index
            while last + 1 < min(len(tokens), index + 4) and gaps[last + 1] in _WITHIN_PHRASE:
                last += 1
                words = f"{words} {tokens[last].word}"
                if words in self._phrases:
                    found.update(range(index, last + 1))
        return frozenset(found)

    def gap(self, gap: str) -> int:
        found = self._gaps.get(gap)
        if found is None:
            if len(self._gaps) >= MEMO_LIMIT:
                self._gaps.clear()
            found = self._gaps[gap] = gap_class(gap)
        return found

    def name_scores(self, line: Line, indices: Iterable[int]) -> dict[int, float]:
        """How much each of the words `indices` looks like part of a person's name; 0 = as likely as not."""
        return self._scores(self._names, line, indices, towns=False)

    def town_scores(self, line: Line, indices: Iterable[int]) -> dict[int, float]:
        """How much each of the words `indices` looks like a town."""
        return self._scores(self._towns, line, indices, towns=True)

    def _scores(self, tables: Tables, line: Line, indices: Iterable[int], *, towns: bool) -> dict[int, float]:
        """The sums of `features`, by look-up. Two edges are put at either end, so that every word has two neighbours."""
        edge, known, gap = self._edge, self._gaps, self.gap
        tokens, gaps, last = [edge, edge, *line.tokens, edge, edge], line.gaps, len(line.tokens)
        classes, roles = CLASS[line.style], ROLE[line.style]
        (
            bias,
            _,
            own_class,
            pairs,
            after_pairs,
            pairs2,
            triples,
            before,
            before2,
            after,
            after2,
            two_before,
            two_after,
            gap_before,
            gap_after,
            lengths,
            holding,
            places,
        ) = tables
        by_length, by_holding = min(last, LENGTHS - 1) * ROLES, line.holds * ROLES
        found: dict[int, float] = {}
        for index in indices:
            left2, left, token, right, right2 = tokens[index : index + 5]
            text_left, text_right = gaps[index], gaps[index + 1]
            gap_left = G_EDGE if index == 0 and not text_left.strip() else known.get(text_left) or gap(text_left)
            gap_right = G_EDGE if index + 1 == last and not text_right.strip() else known.get(text_right) or gap(text_right)
            mine, role, class_left, class_right = classes[token.shape], roles[token.shape], classes[left.shape], classes[right.shape]
            found[index] = (
                bias
                + (token.town if towns else token.own)
                + own_class[mine]
                + pairs[class_left * CLASSES + mine]
                + after_pairs[mine * CLASSES + class_right]
                + pairs2[classes[left2.shape] * CLASSES + mine]
                + triples[(left.shape // 3 * KINDS + token.shape // 3) * KINDS + right.shape // 3]
                + before[left.context][role]
                + before2[left2.context][role]
                + after[right.context][role]
                + after2[right2.context][role]
                + two_before.get(left2.context * MANY + left.context, 0.0)
                + two_after.get(right.context * MANY + right2.context, 0.0)
                + gap_before[gap_left * ROLES + role]
                + gap_after[gap_right * ROLES + role]
                + lengths[by_length + role]
                + holding[by_holding + role]
                + places[place_of(index, last - 1) * ROLES + role]
            )
        return found
