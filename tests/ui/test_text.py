"""Texts that people read, whoever wrote them."""

from __future__ import annotations

from hypothesis import assume, given
from hypothesis import strategies as st

from entrant.ui.text import OPENERS, sentence


@given(st.text(min_size=1))
def test_a_sentence_changes_no_letter_of_a_name_that_it_begins_with(name: str) -> None:
    """`ada@example.com is inactive` is not about `Ada@example.com`."""
    assume(name.partition(" ")[0] not in OPENERS)

    assert sentence(f"{name} is inactive") == f"{name} is inactive."


def test_a_sentence_of_our_own_begins_with_a_capital_and_ends_once() -> None:
    assert sentence("the database lacks 0003") == "The database lacks 0003."
    assert sentence("there is no such thing!") == "There is no such thing!"
    assert sentence("") == "."
