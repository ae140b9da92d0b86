"""Making text safe and clear to look at, whoever wrote it. Escaping for HTML is the template engine's."""

from __future__ import annotations

import json
import re
import unicodedata
from datetime import datetime

DIRECTIONS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Characters that change the direction of the text around them: a name could hide its true order (UTS 55)."""

_PLACES = re.compile(r"(?<=[@/:_])(?=[^\s/_])")


def visible(text: object) -> str:
    """The text with control characters and marks of direction written as `[U+202E]`; line ends and tabs stay."""
    written = str(text)
    if written.isascii() and written.isprintable():
        return written
    return "".join(f"[U+{ord(c):04X}]" if _hidden(c) else c for c in written)


def _hidden(character: str) -> bool:
    if character in "\n\t":
        return False
    return character in DIRECTIONS or unicodedata.category(character) in {"Cc", "Cs"}


OPENERS = frozenset(
    {"a", "after", "all", "an", "another", "ask", "at", "before", "choose", "cursors", "custom", "each"}
    | {"enter", "every", "filtering", "for", "give", "if", "in", "it", "more", "name", "no", "nothing"}
    | {"of", "on", "one", "only", "provision", "read", "say", "send", "set", "show", "take", "the", "there"}
    | {"these", "this", "to", "too", "two", "what", "when", "which", "with", "you", "your"}
)
"""The words with which a sentence of ours begins, unless it begins with a name."""


def sentence(text: str) -> str:
    """A refusal as a sentence: with a full stop, and a capital where it begins with a word of ours.

    A name or a value stays as it was written: `mailNickname`, `acme`, `ada@example.com`.
    """
    begun = text[:1].upper() + text[1:] if text.partition(" ")[0] in OPENERS else text
    return begun if begun.endswith((".", "!", "?")) else f"{begun}."


def cut(text: str, most: int) -> str:
    """The first `most` characters, with an ellipsis where there were more."""
    return text if len(text) <= most else f"{text[:most]}…"


def pieces(text: str) -> list[str]:
    """The text in parts between which a line may end: after the marks of addresses and names, not within words."""
    return _PLACES.split(text)


def unqualified(attribute: str) -> str:
    """An attribute's name without the URN of its schema, as people call it (RFC 7644 §3.10)."""
    return attribute.rpartition(":")[2] if attribute.lower().startswith("urn:") else attribute


def schema_of(attribute: str) -> str:
    """The URN before an attribute's name; empty if there is none."""
    return attribute.rpartition(":")[0] if attribute.lower().startswith("urn:") else ""


def indented(text: str) -> str:
    """JSON on many lines, if nothing but white space changes by that; any other text as it is."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return text
    for ascii_only in (False, True):
        written = json.dumps(value, indent=2, ensure_ascii=ascii_only)
        if "".join(written.split()) == "".join(text.split()):
            return written
    return text


def date_and_time(at: str) -> str:
    """A time as people read it: `2026-11-24 16:31:05 UTC`."""
    return f"{at[:19].replace('T', ' ')} UTC"


def ago(at: str, now: str) -> str:
    """How long before `now` a time was, in one unit: `3 minutes ago`, `in 2 hours`."""
    seconds = (datetime.fromisoformat(now) - datetime.fromisoformat(at)).total_seconds()
    amount, unit = _unit(abs(seconds))
    if amount == 0:
        return "just now"
    words = f"{amount} {unit}{'' if amount == 1 else 's'}"
    return f"{words} ago" if seconds > 0 else f"in {words}"


def _unit(seconds: float) -> tuple[int, str]:
    for size, unit in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= size:
            return int(seconds // size), unit
    return (int(seconds), "second") if seconds >= 5 else (0, "second")  # noqa: PLR2004  less is now


def number(value: int) -> str:
    """A number with its thousands apart."""
    return f"{value:,}"
