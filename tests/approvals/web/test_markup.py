import pytest
from hypothesis import given
from hypothesis import strategies as st

from approvals.web.markup import Piece, diff, pieces, quoted
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
