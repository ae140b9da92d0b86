"""Bounds that every edge shares, whoever it speaks to: of JSON, and of what one request may compare.

The other bounds stand where they are enforced; docs/bounds.md lists all of them.
"""

from __future__ import annotations

import msgspec

from . import pieces
from .errors import InvalidSyntax, PayloadTooLarge
from .text import MAX_TEXT, fault, texts
from .wire import Json

MAX_JSON_DEPTH = 50  # objects and lists within each other; a bulk request with the deepest resource has nine
MAX_JSON_COMMAS = 500_000  # in a body: it has as many values; 8 MiB of users or members have half of that
MAX_NAMES = 1_000  # in one JSON object; no resource has as many attributes
MAX_UNKNOWN = 1_000  # attributes of one message that the schema does not have
MAX_COMPARISONS = 100_000  # of values of multi-valued attributes in one request; each takes some microseconds
LONGEST = 12 * MAX_TEXT  # bytes of the longest text, if each character of it is an escaped pair of surrogates


def parse_json(body: bytes) -> Json:
    """The JSON value that bytes say, every bound kept; raises InvalidSyntax."""
    if len(body) > LONGEST:
        if body.count(b",") > MAX_JSON_COMMAS:
            raise InvalidSyntax(f"the body has more than {MAX_JSON_COMMAS:,} values")
        if _has_stretch(body, LONGEST):
            raise InvalidSyntax(f"the body has a text that is longer than {MAX_TEXT:,} characters")
    try:
        value = pieces.decode(body)
    except pieces.TooLong as exc:
        raise InvalidSyntax(f"the body has a text that is longer than {MAX_TEXT:,} characters") from exc
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as exc:
        raise InvalidSyntax("the body is not valid JSON") from exc
    # Nothing can be deeper than it has opening brackets. Few bodies have that many, and counting them is quick.
    if body.count(b"{") + body.count(b"[") > MAX_JSON_DEPTH and is_deeper(value, MAX_JSON_DEPTH):
        raise InvalidSyntax(f"the body is nested more than {MAX_JSON_DEPTH} levels deep")
    if body.count(b":") > MAX_NAMES and _is_wider(value, MAX_NAMES):
        raise InvalidSyntax(f"the body has an object with more than {MAX_NAMES:,} names")
    # Most bodies need no look at each text: they are ASCII without escapes, and have quotes close to each other.
    if not body.isascii() or b"\\" in body or _has_stretch(body, MAX_TEXT):
        found = fault(texts(value))
        if found is not None:
            raise InvalidSyntax(f"the body has a text that {found}")
    return value


def _has_stretch(body: bytes, length: int) -> bool:
    """Whether there may be so many bytes, or more, between two quotes that follow each other."""
    at = 0
    while at + length <= len(body):
        quote = body.rfind(b'"', at, at + length)
        if quote < 0:
            return True
        at = quote + 1
    return False


def _is_wider(value: Json, most: int) -> bool:
    """Whether any object of a value has more names than that."""
    waiting: list[Json] = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict) and len(one) > most:
            return True
        waiting += _inner(one)
    return False


def _inner(value: Json) -> list[Json]:
    """The objects and lists directly in a value."""
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [item for item in items if isinstance(item, dict | list)]


class UnknownNames(list[str]):
    """Names that no schema has; raises PayloadTooLarge for more of them than any real message has."""

    def append(self, name: str) -> None:
        """Note one more."""
        if len(self) >= MAX_UNKNOWN:
            raise PayloadTooLarge(f"the message has more than {MAX_UNKNOWN:,} attributes that no schema has")
        super().append(name)


def is_deeper(value: Json, levels: int) -> bool:
    """Whether a value has more levels of objects and lists; level by level, because recursion itself has a bound."""
    level = [value] if isinstance(value, dict | list) else []
    for _ in range(levels):
        level = [inner for outer in level for inner in _inner(outer)]
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
