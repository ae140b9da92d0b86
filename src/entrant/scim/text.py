"""The bounds of every text that comes from outside: how long it is, and how many combining marks follow each other.

Unicode normalization takes time that grows with the square of a run of combining marks. So a text is looked at here, in
linear time, where it enters (JSON, forms, queries, paths), before it is folded, compared, matched or logged (product
9.5). The bound on runs is that of the Stream-Safe Text Format (UAX #15 §13), which no text of any language exceeds.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from unicodedata import combining, normalize

from .wire import Json

MAX_TEXT = 65_536  # characters of one text
MAX_MARKS = 30  # combining marks in a row, counted as they are after decomposition

_SUSPECT = re.compile(f"[\u0300-\U0010ffff]{{{MAX_MARKS // 3},}}")
"""A run that could hold too many marks: the first of them is U+0300, and no character has more than three."""


def fault(texts: Iterable[str]) -> str | None:
    """What is wrong with the first text that is out of bounds, to be put after its name; None if all are within."""
    for text in texts:
        if len(text) > MAX_TEXT:
            return f"is longer than {MAX_TEXT:,} characters"
        if not is_stream_safe(text):
            return f"has more than {MAX_MARKS} combining marks in a row"
    return None


def is_stream_safe(text: str) -> bool:
    """Whether no run of combining marks is longer than MAX_MARKS (UAX #15, D2)."""
    return text.isascii() or not any(_exceeds(found[0]) for found in _SUSPECT.finditer(text))


def _exceeds(text: str) -> bool:
    run = 0
    for character in text:
        before, after, whole = marks(character)
        if run + before > MAX_MARKS:
            return True
        run = run + before if whole else after
    return False


@lru_cache(maxsize=8_192)
def marks(character: str) -> tuple[int, int, bool]:
    """The marks with which its decomposition begins and ends, and whether it has nothing else."""
    are = [combining(part) > 0 for part in normalize("NFD", character)]
    before = next((n for n, mark in enumerate(are) if not mark), len(are))
    after = next((n for n, mark in enumerate(reversed(are)) if not mark), len(are))
    return before, after, before == len(are)


def texts(value: Json) -> Iterator[str]:
    """Every text of a JSON value, names of members among them."""
    waiting: list[Json] = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, dict):
            yield from one
            waiting += one.values()
        elif isinstance(one, list):
            waiting += one
