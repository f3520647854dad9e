"""The tagger adds exactly the weights that its specification names, and bounds its memory."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.phi import tagger as module
from policies.phi.lines import ALL_LOWER, HEADLINE, NORMAL, SHOUTED
from policies.phi.tagger import Tagger, features
from policies.phi.tokens import TOWN, TOWN_WORD
from tools.packs.phi import load_lexicon

LEXICON = load_lexicon()
TAGGER = Tagger(LEXICON)
WORDS = st.sampled_from(
    [
        "Maria",
        "maria",
        "MARIA",
        "Lopez",
        "o'brien",
        "Grace",
        "grace",
        "will",
        "knee",
        "Dr",
        "mrs",
        "the",
        "my",
        "daughter",
        "Botox",
        "Paris",
        "texas",
        "J",
        "j",
        "Zzyzx",
        "zzyzx",
        "seen",
        "by",
        "and",
        "y",
        "de",
        "la",
    ]
)
GAPS = st.sampled_from([" ", ", ", ". ", "\n", " - ", " (", ") ", " 3 ", "/", " \ue000\ue000 ", ": ", " & ", "'s "])
TEXTS = st.lists(st.tuples(WORDS, GAPS), max_size=12).map(lambda parts: "".join(word + gap for word, gap in parts))


@settings(max_examples=400, deadline=None)
@given(TEXTS)
def test_a_score_is_the_sum_of_the_weights_of_its_features(text: str) -> None:
    line = TAGGER.line(text)
    indices = line.candidates
    names, towns = TAGGER.name_scores(line, indices), TAGGER.town_scores(line, indices)

    for index in indices:
        weights = [LEXICON.weights.features.get(key, (0, 0)) for key in features(line, index)]
        assert names[index] == pytest.approx((LEXICON.weights.bias[0] + sum(pair[0] for pair in weights)) / 100)
        if line.tokens[index].bits & (TOWN | TOWN_WORD):  # nothing else is asked
            assert towns[index] == pytest.approx((LEXICON.weights.bias[1] + sum(pair[1] for pair in weights)) / 100)


def test_words_and_gaps_put_together_are_the_text() -> None:
    text = "  O'Brien, my wife's doctor (Ana)…\n"
    line = TAGGER.line(text)

    assert "".join(part for pair in zip(line.gaps, [*line.words, ""], strict=True) for part in pair) == text


def test_a_text_s_style_is_seen() -> None:
    styles = {
        text: TAGGER.line(text).style for text in ("THE STAFF WAS RUDE", "Best Dentist In Town", "my knee hurts", "Dr. Vega was kind to me")
    }

    assert list(styles.values()) == [SHOUTED, HEADLINE, ALL_LOWER, NORMAL]


def test_the_memo_of_words_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MEMO_LIMIT", 10)
    small = Tagger(LEXICON)

    for number in range(50):
        small.line(f"word{chr(97 + number % 26)}{'x' * number}")

    assert len(small._memo) <= 10


def test_the_model_is_small() -> None:
    from importlib.resources import files

    data = files("policies.phi") / "data"
    assert sum(len(entry.read_bytes()) for entry in data.iterdir()) < 5_000_000
