"""A recorded request as a script that can be run again and again with other users, groups and new ids.

A token is a text that varies: a number of the world (`world`), or an id that the service made for this request. It
is found wherever it stands in a parameter, alone or inside a document.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from .cases import Span
from .record import Statement

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
FRESH = 900_000_000_000  # the numbers at the end of new ids count from here


class Token(msgspec.Struct, frozen=True):
    """A text of the recorded statements that stands for `prefix` and a number from `low` to `high`."""

    text: str
    prefix: str
    low: int
    high: int
    distinct: bool


class Script(msgspec.Struct, frozen=True):
    """One transaction. Its operation number i puts its own texts in the place of the tokens."""

    statements: list[Statement]
    tokens: list[Token]
    writes: bool


def make_script(first: list[Statement], second: list[Statement], spans: Sequence[Span], *, writes: bool) -> Script:
    """The script of the first of two recordings of the same case; `spans` are those of the first.

    An id that is nowhere in the second recording, and is not one of the world's, was made for the request.
    """
    tokens = [Token(str(span.number), "", span.low, span.high, span.distinct) for span in spans]
    numbers = [token.text for token in tokens]
    later = ids(second)
    fresh = [id_ for id_ in sorted(ids(first) - later) if not any(number in id_ for number in numbers)]
    tokens += [Token(id_, id_[:24], FRESH, FRESH + 99_999_999_999, distinct=True) for id_ in fresh]
    return Script(first, tokens, writes)


def ids(statements: list[Statement]) -> set[str]:
    """All ids in the parameters of statements."""
    return {id_ for statement in statements for text in texts(statement) for id_ in UUID.findall(text)}


def texts(statement: Statement) -> list[str]:
    """All texts among the parameters, those in lists too."""
    found: list[str] = []
    for value in statement.parameters.values():
        found += [item for item in (value if isinstance(value, list | tuple) else [value]) if isinstance(item, str)]
    return found


def split(text: str, tokens: Sequence[Token]) -> list[str | int]:
    """A text as the pieces between its tokens, and for each token its place in `tokens`."""
    if not tokens:
        return [text]
    places = {token.text: place for place, token in enumerate(tokens)}
    pieces = re.split("(" + "|".join(map(re.escape, places)) + ")", text)
    return [places.get(piece, piece) for piece in pieces if piece]
