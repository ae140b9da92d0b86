"""The one way text is compared without regard to case, the same in Python and on every database engine."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from .text import MAX_MARKS, is_stream_safe, marks

PIECE = 2_048  # characters normalized at a time: a long text must not hold the interpreter
JOINER = "\u034f"  # COMBINING GRAPHEME JOINER, which ends a run of marks (UAX #15 §13)
_SECOND = frozenset(
    map(
        chr,
        (
            *(0x9BE, 0x9D7, 0xB3E, 0xB56, 0xB57, 0xBBE, 0xBD7, 0xCC2, 0xCD5, 0xCD6, 0xD3E, 0xD57, 0xDCF, 0xDDF),
            *(0x102E, 0x1B35, 0x1133E, 0x11357, 0x114B0, 0x114BA, 0x114BD, 0x115AF, 0x11930, 0x11127),
            *range(0x1161, 0x1176),
            *range(0x11A8, 0x11C3),
        ),
    )
)
"""Characters that are no marks and yet may be composed with the one before: no piece begins with one."""


def fold(text: str) -> str:
    """Case-folded and in NFC, for attributes whose `caseExact` is false (RFC 7643 §7).

    Takes linear time whatever it is given: runs of marks that no text from outside may have (`text.py`) are cut.
    """
    if text.isascii():
        return text.lower()
    if not is_stream_safe(text):
        text = _cut(text)
    if len(text) <= PIECE:
        return unicodedata.normalize("NFC", text.casefold())
    return "".join(unicodedata.normalize("NFC", piece.casefold()) for piece in _pieces(text))


def _pieces(text: str) -> Iterator[str]:
    """The text in parts whose normal forms, one after the other, are that of the whole."""
    start = 0
    while start < len(text):
        end = start + PIECE
        while end < len(text) and not _begins(text[end]):
            end += 1
        yield text[start:end]
        start = end


def _begins(character: str) -> bool:
    """Whether normalization never joins the character with what stands before it."""
    first = unicodedata.normalize("NFD", character.casefold())[0]
    return not unicodedata.combining(first) and first not in _SECOND


def _cut(text: str) -> str:
    """The Stream-Safe Text Process: a joiner before each mark that would be one too many (UAX #15 §13.1)."""
    parts: list[str] = []
    run = 0
    for character in text:
        before, after, whole = marks(character)
        if run + before > MAX_MARKS:
            parts.append(JOINER)
            run = 0
        parts.append(character)
        run = run + before if whole else after
    return "".join(parts)
