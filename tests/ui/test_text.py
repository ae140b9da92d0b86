"""Texts that people read, whoever wrote them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from hypothesis import assume, given
from hypothesis import strategies as st

import entrant
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


NAMES = frozenset(
    {"add", "replace", "active", "application", "businessPhones", "client_assertion_type", "client_id", "delta"}
    | {"displayName", "expires_in", "externalId", "failOnErrors", "flowTypes", "grant_type", "isAssignableToRole"}
    | {"interopProfileConformant", "line", "members:", "sortBy:", "sortOrder", "startIndex", "testInputObject"}
    | {"token", "userName"}
)
"""What else a refusal begins with: attributes, parameters and operations, as they are written on the wire."""


def test_a_refusal_begins_with_a_word_of_ours_or_with_a_name() -> None:
    """A new opening word would be left without a capital."""
    unknown = {word for word in _openings() if word[0].islower()} - OPENERS - NAMES

    assert not unknown, f"put into OPENERS, or into NAMES of this test: {sorted(unknown)}"


def _openings() -> Iterator[str]:
    """The first words of all texts with which something is raised."""
    for file in Path(entrant.__path__[0]).rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Raise) and node.exc is not None:
                calls = (each for each in ast.walk(node.exc) if isinstance(each, ast.Call))
                for text in (argument for call in calls for argument in call.args):
                    first = text.values[0] if isinstance(text, ast.JoinedStr) and text.values else text
                    if isinstance(first, ast.Constant) and isinstance(first.value, str) and " " in first.value:
                        yield first.value.split(" ")[0] or " "
