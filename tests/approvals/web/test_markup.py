import pytest
from hypothesis import given
from hypothesis import strategies as st

from approvals.web.markup import Piece, beside, diff, pieces, quoted, sentence_replaced
from policies.actions import Finding, Severity


def finding(quote: str) -> Finding:
    return Finding(rule="FTC-X", family="ftc", severity=Severity.BLOCK, citation="15 U.S.C. 45", quote=quote)


def test_the_quoted_words_carry_the_number_of_their_finding() -> None:
    found = pieces("We guarantee a cure. Book now.", [finding("nothing here"), finding("guarantee a cure")])

    assert found == [Piece("text", "We "), Piece("text", "guarantee a cure", (2,)), Piece("text", ". Book now.")]


def test_a_quote_is_found_whatever_its_case_and_line_breaks() -> None:
    assert quoted("Money\nback  GUARANTEE", finding("money back guarantee"))


def test_overlapping_quotes_keep_both_numbers() -> None:
    found = pieces("painless and instant relief", [finding("painless and instant"), finding("instant relief")])

    assert [(piece.text, piece.notes) for piece in found] == [("painless and ", (1,)), ("instant", (1, 2)), (" relief", (2,))]


@pytest.mark.parametrize(
    ("text", "kind", "shown"),
    [
        ("{{first_name}}", "token", "first name"),
        ("{{ unsubscribe_url }}", "token", "unsubscribe url"),
        ("[NAME_1]", "placeholder", "name 1 hidden"),
        ("[AGE_OVER_89_2]", "placeholder", "age over 89 2 hidden"),
        ("{{Not a token}}", "text", "{{Not a token}}"),
        ("[note]", "text", "[note]"),
    ],
)
def test_tokens_and_placeholders_become_chips(text: str, kind: str, shown: str) -> None:
    assert pieces(text, []) == [Piece(kind, shown)]  # type: ignore[arg-type]


def test_a_quote_that_cuts_a_token_marks_all_of_it() -> None:
    found = pieces("Dear {{first_name}}, hello", [finding("name}}, hello")])

    assert found[1] == Piece("token", "first name", (1,))
    assert found[2] == Piece("text", ", hello", (1,))


@given(st.text(alphabet="ab {}\n[]N_1"), st.lists(st.text(alphabet="ab {}\n", min_size=1, max_size=4), max_size=4))
def test_nothing_of_the_text_is_lost_or_made_up(text: str, quotes: list[str]) -> None:
    found = pieces(text, [finding(quote) for quote in quotes])

    assert "".join(piece.text for piece in found if piece.kind == "text") == "".join(
        piece.text for piece in pieces(text, []) if piece.kind == "text"
    )
    assert all(piece.text for piece in found)


def test_a_diff_says_what_went_and_what_came() -> None:
    assert [tuple(line) for line in diff("one\ntwo", "one\n2")] == [("same", "one"), ("removed", "two"), ("added", "2")]


@given(st.text(max_size=80), st.text(max_size=80))
def test_side_by_side_each_side_is_its_whole_text(old: str, new: str) -> None:
    sides = beside(old, new)

    assert "".join(run.text for run in sides.before) == old
    assert "".join(run.text for run in sides.after) == new
    assert old != new or not any(run.changed for run in sides.before + sides.after)


@pytest.mark.parametrize(
    ("text", "quote", "reworded"),
    [
        ("First.\nWe guarantee relief after one visit.\nBook now.", "guarantee relief", "First.\nNEW.\nBook now."),
        ("One. We guarantee it! Three.", "guarantee it", "One. NEW. Three."),
        ("a\n- we guarantee\n- b", "guarantee", "a\n- NEW.\n- b"),
        ("We guarantee. It lasts. End.", "guarantee. It", "NEW. End."),
        ("only guarantee", "guarantee", "NEW."),
        ("nothing of the kind", "guarantee", None),
    ],
)
def test_a_rewrite_replaces_the_sentence_and_nothing_beside_it(text: str, quote: str, reworded: str | None) -> None:
    found = Finding(rule="R", family="ftc", severity=Severity.BLOCK, citation="c", quote=quote, rewrite="NEW.")

    assert sentence_replaced(text, found) == reworded
