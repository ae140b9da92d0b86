"""A filter's text as tokens (the literals and punctuation of OData 4.0's ABNF).

Literals are recognized by their form alone, because Graph takes guids and times without quotes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum, auto
from typing import TypeAlias

from entrant.entra.graph.errors import GraphError, bad_request

MAX_FILTER_LENGTH = 8_192  # characters; far above the longest filter that was seen


class Kind(StrEnum):
    """What a token is."""

    STRING = auto()
    GUID = auto()
    INSTANT = auto()
    NUMBER = auto()
    NAME = auto()
    MARK = auto()
    END = auto()


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of the text; `text` is a string without its quotes, a time as `instant` writes it."""

    kind: Kind
    text: str
    at: int
    """Its position, from 0."""


Tokens: TypeAlias = list[Token]

_TOKEN = re.compile(
    r"""(?P<space>[ \t\r\n]+)
      | '(?P<string>(?:[^']|'')*)'
      | (?P<guid>[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})(?![0-9A-Za-z_-])
      | (?P<instant>\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,12})?)?(?:Z|[+-]\d\d:\d\d))?)(?![0-9A-Za-z_.-])
      | (?P<number>-?\d{1,15}(?:\.\d{1,15})?)(?![0-9A-Za-z_.-])
      | (?P<name>\$count|[A-Za-z_@][A-Za-z0-9_.@-]*)
      | (?P<mark>[(),/:])""",
    re.VERBOSE | re.IGNORECASE,
)


def tokenize(text: str) -> Tokens:
    """The tokens of a filter, ending with one of kind END; raises GraphError (400)."""
    if len(text) > MAX_FILTER_LENGTH:
        raise bad_request(f"Invalid filter clause: it is longer than {MAX_FILTER_LENGTH} characters.")
    tokens, at = Tokens(), 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise malformed(text, at)
        if match["string"] and "\0" in match["string"]:
            raise bad_request("Invalid filter clause: a text has a NUL character, which no value can have.")
        if match.lastgroup not in {None, "space"}:
            tokens.append(_token(match))
        at = match.end()
    return [*tokens, Token(Kind.END, "", len(text))]


def _token(match: re.Match[str]) -> Token:
    kind = Kind(str(match.lastgroup))
    text = match[str(match.lastgroup)]
    match kind:
        case Kind.STRING:
            text = text.replace("''", "'")
        case Kind.GUID:
            text = text.lower()
        case Kind.INSTANT:
            text = instant(text)
        case _:
            pass
    return Token(kind, text, match.start())


def malformed(text: str, at: int) -> GraphError:
    """The refusal of a text that is no filter from here on."""
    rest = text[at : at + 20]
    found = f"'{rest}' is not expected" if rest else "it ends too early"
    return bad_request(f"Invalid filter clause: Syntax error at position {at} in '{text[:100]}': {found}.")


def instant(text: str) -> str:
    """A date or time as UTC text with seven digits of a second, so that texts compare as times do.

    .NET writes seven digits, the emulator's own times have six: `2026-01-02T03:04:05.1234567Z`.

    Raises GraphError (400).
    """
    text = text.upper()
    date, _, time = text.partition("T")
    clock, zone = (time[:-1], "Z") if time.endswith("Z") else (time[:-6], time[-6:])
    whole, _, fraction = clock.partition(".")
    try:
        moment = datetime.fromisoformat(f"{date}T{whole or '00:00'}{'+00:00' if zone in {'Z', ''} else zone}")
        return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{fraction[:7]:0<7}Z"
    except (ValueError, OverflowError) as exc:
        raise bad_request(f"Invalid filter clause: '{text[:40]}' is no date.") from exc
