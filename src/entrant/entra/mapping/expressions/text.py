"""Functions on text (entra-client 18.3, 18.5, 18.7)."""

from __future__ import annotations

import base64
import re
import unicodedata

from entrant.entra.mapping.attributes import Value
from entrant.entra.mapping.patterns import require_group, search, substitute

from .arguments import Arguments, to_text

_LETTERS = {
    "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "oe", "Ø": "OE",
    "ß": "ss", "ẞ": "SS", "ł": "l", "Ł": "L", "\u0131": "i", "\u0130": "I",
}  # fmt: skip  # letters that no mark can be taken off, the Turkish i without a dot among them
_SEPARATORS = frozenset(
    {"Zs", "Zl", "Zp", "Cc", "Cf", "Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po", "Sm", "Sc", "Sk", "So"}
)
"""Unicode categories of the characters that separate words for .NET's title case."""
_TURKIC = ("tr", "az")


def append(arguments: Arguments) -> Value:
    """A source and what is put behind it; null stays null."""
    source = arguments.text(0)
    return None if source is None else source + (arguments.text(1) or "")


def prepend(arguments: Arguments) -> Value:
    """What is put before a source, and the source; null stays null."""
    source = arguments.text(1)
    return None if source is None else (arguments.text(0) or "") + source


def join(arguments: Arguments) -> Value:
    """All values, with the separator between them. A null or empty one is left out together with its separator."""
    separator = arguments.text(0) or ""
    texts = [text for place in range(1, len(arguments)) for text in arguments.texts(place) if text]
    return separator.join(texts) if texts else None


def left(arguments: Arguments) -> Value:
    """The first characters; the whole text if the number is negative; "" for null."""
    source, count = arguments.text(0) or "", arguments.integer(1)
    return source if count < 0 else source[:count]


def length(arguments: Arguments) -> Value:
    """The number of characters; 0 for null."""
    return len(arguments.text(0) or "")


def mid(arguments: Arguments) -> Value:
    """A part of a text, counted from 1."""
    source, start, length = arguments.text(0), arguments.integer(1), arguments.integer(2)
    if source is None:
        return None
    if start < 1 or length < 0:
        arguments.fail("the first character has the number 1, and a length is not negative")
    return source[start - 1 : start - 1 + length]


def instr(arguments: Arguments) -> Value:
    """Where a text is found in another, counted from 1; 0 if it is not."""
    source, wanted = arguments.text(0), arguments.text(1)
    start = arguments.integer(2) if arguments.given(2) else 1
    if source is None or wanted is None:
        return None
    if start < 1:
        arguments.fail("the first character has the number 1")
    if arguments.text(3) in {"vbTextCompare", "1"}:
        source, wanted = source.lower(), wanted.lower()
    return source.find(wanted, start - 1) + 1


def strip_spaces(arguments: Arguments) -> Value:
    """Without any space."""
    source = arguments.text(0)
    return None if source is None else source.replace(" ", "")


def to_lower(arguments: Arguments) -> Value:
    """In lower case; the Turkic languages have a dotless i of their own."""
    source = arguments.text(0)
    if source is not None and (arguments.text(1) or "").lower().startswith(_TURKIC):
        source = source.replace("I", "\u0131").replace("\u0130", "i")
    return None if source is None else source.lower()


def to_upper(arguments: Arguments) -> Value:
    """In upper case."""
    source = arguments.text(0)
    if source is not None and (arguments.text(1) or "").lower().startswith(_TURKIC):
        source = source.replace("i", "\u0130")
    return None if source is None else source.upper()


def word(arguments: Arguments) -> Value:
    """The n-th word, counted from 1; "" if there is none."""
    source, number, delimiters = arguments.text(0), arguments.integer(1), arguments.text(2) or ""
    if source is None or number < 1 or not delimiters:
        return ""
    words = [part for part in re.split(f"[{re.escape(delimiters)}]", source) if part]
    return words[number - 1] if number <= len(words) else ""


def pcase(arguments: Arguments) -> Value:
    """Each word with a capital, the rest of it in lower case."""
    source, separators = arguments.text(0), arguments.text(1)
    if source is None:
        return None
    done, begins = [], True
    for character in source.lower():
        done.append(character.upper() if begins else character)
        begins = _separates(character) if separators is None else character in separators
    return "".join(done)


def _separates(character: str) -> bool:
    """Whether .NET's title case begins a word behind it. An apostrophe does not: O'brien."""
    return character != "'" and unicodedata.category(character) in _SEPARATORS


def normalize_diacritics(arguments: Arguments) -> Value:
    """Latin letters without their marks: ä, ā̃ and å become a, ø becomes oe. Other scripts stay."""
    source = arguments.text(0)
    return None if source is None else plain_letters(source)


def plain_letters(text: str) -> str:
    """Latin letters without their marks."""
    done: list[str] = []
    latin = False
    for character in unicodedata.normalize("NFD", unicodedata.normalize("NFC", text)):
        if unicodedata.combining(character) and latin:
            continue
        plain = _LETTERS.get(character, character)
        latin = plain.isascii() and plain.isalpha()
        done.append(plain)
    return unicodedata.normalize("NFC", "".join(done))


def convert_to_base64(arguments: Arguments) -> Value:
    """Base64 of the UTF-16 code units, the low byte first."""
    source = arguments.text(0)
    return None if source is None else base64.b64encode(source.encode("utf-16-le", "surrogatepass")).decode()


def convert_to_utf8_hex(arguments: Arguments) -> Value:
    """The UTF-8 bytes in hexadecimal digits."""
    source = arguments.text(0)
    return None if source is None else source.encode("utf-8", "surrogatepass").hex().upper()


def cstr(arguments: Arguments) -> Value:
    """As text."""
    return to_text(arguments.value(0))


def split(arguments: Arguments) -> Value:
    """The parts of a text; spaces around them go, as in the documented example."""
    source, delimiter = arguments.text(0), arguments.text(1)
    if source is None or source == "":
        return None
    parts = source.split(delimiter) if delimiter else [source]
    return tuple(part.strip() for part in parts)


def replace(arguments: Arguments) -> Value:
    """One of five modes, by the parameters that are given (18.5)."""
    source, old, pattern, group, new = (arguments.text(place) for place in range(5))
    fallback, template = arguments.text(5), arguments.text(6)
    if arguments.given(2):
        if arguments.given(3) and arguments.given(5):
            return source or _extract(fallback, pattern or "", group or "")
        return None if source is None else substitute(pattern or "", source, new or "", group)
    if arguments.given(6):
        return None if source is None or template is None else template.replace(old, source) if old else template
    return source if not source or not old else source.replace(old, new or "")


def _extract(text: str | None, pattern: str, group: str) -> str | None:
    """What a group finds in the attribute that stands in for an empty source."""
    require_group(pattern, group)
    found = search(pattern, text) if text else None
    return found[group] if found else None
