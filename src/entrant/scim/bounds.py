"""Bounds that every edge shares, whoever it speaks to: how deep JSON may be, and how much one request may compare.

The other bounds stand where they are enforced; docs/bounds.md lists all of them.
"""

from __future__ import annotations

import msgspec

from .errors import InvalidSyntax, PayloadTooLarge
from .wire import Json

MAX_JSON_DEPTH = 50  # objects and lists within each other; a bulk request with the deepest resource has nine
MAX_COMPARISONS = 100_000  # of values of multi-valued attributes in one request; each takes some microseconds


def parse_json(body: bytes) -> Json:
    """The JSON value that bytes say; raises InvalidSyntax, also for one that is too deep."""
    try:
        value = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as exc:
        raise InvalidSyntax("the body is not valid JSON") from exc
    # Nothing can be deeper than it has opening brackets. Few bodies have that many, and counting them is quick.
    if body.count(b"{") + body.count(b"[") > MAX_JSON_DEPTH and is_deeper(value, MAX_JSON_DEPTH):
        raise InvalidSyntax(f"the body is nested more than {MAX_JSON_DEPTH} levels deep")
    return value


def is_deeper(value: Json, levels: int) -> bool:
    """Whether a value has more levels of objects and lists; level by level, because recursion itself has a bound."""
    level = [value] if isinstance(value, dict | list) else []
    for _ in range(levels):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, dict | list)
        ]
    return bool(level)


class Effort:
    """What one request may still compare. Each operation with a path into many values costs as many as there are."""

    def __init__(self) -> None:
        self._left = MAX_COMPARISONS

    def spend(self, comparisons: int) -> None:
        """Take from what is left; raises PayloadTooLarge when there is no more."""
        self._left -= comparisons
        if self._left < 0:
            raise PayloadTooLarge("these operations compare too many values; send them in several requests")
