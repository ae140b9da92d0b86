"""Text from outside is bounded before anything is done with it, and folding takes linear time (product 9.5; UAX #15)."""

from __future__ import annotations

import json
import unicodedata

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrant.scim import fold as folding
from entrant.scim import pieces
from entrant.scim.bounds import MAX_JSON_COMMAS, parse_json
from entrant.scim.errors import InvalidSyntax
from entrant.scim.fold import fold
from entrant.scim.text import MAX_MARKS, MAX_TEXT, fault, is_stream_safe

MARKS = "\u0300\u0301\u0334\u0344\u0345\u0f73\u0f71\u0f72\u3099"
TRICKY = (
    MARKS
    + "Aa<=\u0338\u0130\u0390\u1fb7\u1100\u1161\u11a8\uac00\u09c7\u09be\u0b47\u0b3e\ufb2c\U0001d160\u304b\U00011347\U0001133e"
)
TEXTS = st.text(alphabet=st.sampled_from(TRICKY) | st.characters(codec="utf-8"), max_size=60)
LEAVES = st.none() | st.booleans() | st.integers() | st.text(alphabet='a"\\,:[]{}é\n', max_size=8)
JSON = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(st.text(max_size=4), inner, max_size=6),
    max_leaves=40,
)


@given(text=TEXTS, piece=st.integers(1, 6))
def test_pieces_of_a_text_fold_as_the_whole(text: str, piece: int) -> None:
    whole = text.lower() if text.isascii() else unicodedata.normalize("NFC", text.casefold())

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(folding, "PIECE", piece)

        assert not is_stream_safe(text) or fold(text) == whole


def test_no_piece_begins_with_a_character_that_is_composed_with_the_one_before() -> None:
    composed = (chr(code) for code in range(0x110000) if unicodedata.normalize("NFC", chr(code)) == chr(code))
    seconds = {
        part for text in composed for part in unicodedata.normalize("NFD", text)[1:] if not unicodedata.combining(part)
    }

    assert seconds == folding._SECOND


@given(text=st.text(alphabet=st.sampled_from(TRICKY), max_size=100))
def test_fold_cuts_runs_of_marks_that_no_text_from_outside_has(text: str) -> None:
    folded = fold(text * 5)

    assert longest_run(folded) <= MAX_MARKS + 4  # a letter may come with marks of its own


@given(text=st.text(alphabet=st.sampled_from(TRICKY), max_size=100))
def test_a_text_is_stream_safe_if_no_run_of_marks_is_too_long(text: str) -> None:
    run = longest_run(unicodedata.normalize("NFD", text))

    assert is_stream_safe(text) if run <= MAX_MARKS else not is_stream_safe(text) or run <= MAX_MARKS + 3


@pytest.mark.parametrize("mark", MARKS)
def test_a_run_of_marks_is_refused_wherever_in_json_it_stands(mark: str) -> None:
    run = "a" + mark * (MAX_MARKS + 1)

    for message in (run, [run], {"x": [{"y": run}]}, {run: 1}):
        for ascii_ in (True, False):
            with pytest.raises(InvalidSyntax, match="combining marks"):
                parse_json(json.dumps(message, ensure_ascii=ascii_).encode())


def test_thirty_marks_are_taken() -> None:
    assert parse_json(msgspec.json.encode("a" + "\u0301" * MAX_MARKS)) == "a" + "\u0301" * MAX_MARKS


@pytest.mark.parametrize("character", ["a", "é", "\U0001d160", '"', "\n", " "])
def test_a_long_text_is_refused_and_one_at_the_bound_taken(character: str) -> None:
    at_bound = [{"x": character * MAX_TEXT}]

    assert parse_json(msgspec.json.encode(at_bound)) == at_bound
    for much in (MAX_TEXT + 1, 4 * MAX_TEXT, 30 * MAX_TEXT):
        with pytest.raises(InvalidSyntax, match="longer than"):
            parse_json(msgspec.json.encode([{"x": character * much}]))


def test_more_values_than_the_bound_are_refused() -> None:
    with pytest.raises(InvalidSyntax, match="values"):
        parse_json(b"[" + b"1," * (MAX_JSON_COMMAS + 1) + b"1]")


@given(value=st.lists(JSON, max_size=8) | st.dictionaries(st.text(max_size=4), JSON, max_size=8), piece=st.integers(1, 60),
       indent=st.sampled_from([None, 1]))  # fmt: skip
def test_json_in_pieces_is_the_same_value(value: object, piece: int, indent: int | None) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pieces, "PIECE", piece)

        assert pieces.decode(json.dumps(value, indent=indent).encode()) == value
        assert pieces.decode(msgspec.json.encode(value)) == value


@given(body=st.text(alphabet='[]{}",:1a\\ ', max_size=30).map(str.encode))
def test_json_in_pieces_is_refused_where_the_whole_is(body: bytes) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pieces, "PIECE", 1)
        try:
            whole = msgspec.json.decode(body)
        except msgspec.DecodeError:
            with pytest.raises(msgspec.DecodeError):
                pieces.decode(body)
        else:
            assert not isinstance(whole, list | dict) or pieces.decode(body) == whole


def test_a_fault_says_what_is_wrong() -> None:
    assert fault(["a", "é" * MAX_TEXT]) is None
    assert fault(["a", "a" * (MAX_TEXT + 1)]) == "is longer than 65,536 characters"
    assert fault(["\u0301" * 31]) == "has more than 30 combining marks in a row"


def longest_run(text: str) -> int:
    """The most characters in a row that are marks."""
    longest = run = 0
    for character in text:
        run = run + 1 if unicodedata.combining(character) else 0
        longest = max(longest, run)
    return longest
