"""Dates as .NET writes and reads them by custom and standard format strings, in the invariant culture.

    "yyyyMMddHHmmss.fZ"  "M/d/yyyy h:mm:ss tt"  "ddd, dd MMM yyyy"

Moments are UTC without a zone. .NET counts in 100 ns; the seventh digit of a fraction is 0 here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
GENERAL = "M/d/yyyy h:mm:ss tt"  # what CDate, DateAdd and Now give (18.3)

_STANDARD = {
    "d": "MM/dd/yyyy",
    "D": "dddd, dd MMMM yyyy",
    "f": "dddd, dd MMMM yyyy HH:mm",
    "F": "dddd, dd MMMM yyyy HH:mm:ss",
    "g": "MM/dd/yyyy HH:mm",
    "G": "MM/dd/yyyy HH:mm:ss",
    "m": "MMMM dd",
    "M": "MMMM dd",
    "o": "yyyy-MM-ddTHH:mm:ss.fffffffK",
    "O": "yyyy-MM-ddTHH:mm:ss.fffffffK",
    "r": "ddd, dd MMM yyyy HH:mm:ss 'GMT'",
    "R": "ddd, dd MMM yyyy HH:mm:ss 'GMT'",
    "s": "yyyy-MM-ddTHH:mm:ss",
    "t": "HH:mm",
    "T": "HH:mm:ss",
    "u": "yyyy-MM-dd HH:mm:ss'Z'",
    "U": "dddd, dd MMMM yyyy HH:mm:ss",
    "y": "yyyy MMMM",
    "Y": "yyyy MMMM",
}
_TOKEN = re.compile(r"""(d+|f+|F+|g+|H+|h+|K|m+|M+|s+|t+|y+|z+)|'([^']*)'|"([^"]*)"|\\(.)|%|(.)""", re.DOTALL)
_TWO_DIGIT_PIVOT = 49  # .NET takes 49 for 2049 and 50 for 1950


@dataclass(frozen=True, slots=True)
class _Token:
    """A specifier such as `yyyy`, or a literal if `kind` is empty."""

    kind: str
    text: str


def _tokens(format: str) -> list[_Token]:
    pattern = _STANDARD.get(format, format)
    found = []
    for token in _TOKEN.finditer(pattern):
        specifier, *literals = token.groups()
        if specifier:
            found.append(_Token(specifier[0], specifier))
        else:
            found.append(_Token("", next((text for text in literals if text is not None), "")))
    return found


def format_date(moment: datetime, format: str) -> str:
    """A moment by a format string."""
    return "".join(_write(moment, token) for token in _tokens(format))


def _write(moment: datetime, token: _Token) -> str:
    count = len(token.text)
    padded = min(count, 2)
    match token.kind:
        case "y":
            return f"{moment.year % 100:0{padded}}" if count <= 2 else f"{moment.year:0{count}}"  # noqa: PLR2004
        case "M" | "d" if count > 2:  # noqa: PLR2004
            name = MONTHS[moment.month - 1] if token.kind == "M" else DAYS[moment.weekday()]
            return name[:3] if count == 3 else name  # noqa: PLR2004
        case "M" | "d" | "H" | "m" | "s":
            parts = {"M": moment.month, "d": moment.day, "H": moment.hour, "m": moment.minute, "s": moment.second}
            return f"{parts[token.kind]:0{padded}}"
        case "h":
            return f"{(moment.hour + 11) % 12 + 1:0{padded}}"
        case "f" | "F":
            digits = f"{moment.microsecond:06}0"[:count]
            return digits if token.kind == "f" else digits.rstrip("0")
        case "t":
            return ("AM", "PM")[moment.hour >= 12][:count]  # noqa: PLR2004
        case "z":
            return {1: "+0", 2: "+00"}.get(count, "+00:00")
        case "K":
            return "Z"
        case "g":
            return "A.D."
        case _:
            return token.text


@dataclass(slots=True)
class _Parts:
    """What has been read of a date."""

    year: int = 1
    month: int = 1
    day: int = 1
    hour: int = 0
    minute: int = 0
    second: int = 0
    micro: int = 0
    afternoon: bool | None = None
    offset: timedelta | None = None

    def moment(self) -> datetime:
        """As UTC; raises ValueError or OverflowError."""
        hour = self.hour
        if self.afternoon is not None:
            if not 1 <= hour <= 12:  # noqa: PLR2004
                raise ValueError("the hour does not go with AM or PM")
            hour = hour % 12 + 12 * self.afternoon
        moment = datetime(self.year, self.month, self.day, hour, self.minute, self.second, self.micro)  # noqa: DTZ001
        zone = timezone(self.offset) if self.offset is not None else UTC
        return moment.replace(tzinfo=zone).astimezone(UTC).replace(tzinfo=None)


def parse_exact(text: str, format: str) -> datetime:
    """A text that is written by a format string; raises ValueError. A date without a zone is UTC."""
    text, parts = text.strip(), _Parts()
    for token in _tokens(format.strip()):
        text = _read(text, token, parts)
    if text:
        raise ValueError(f'"{text}" is left over')
    try:
        return parts.moment()
    except OverflowError as problem:
        raise ValueError("it is out of range") from problem


_NUMBERS = {"M": "month", "d": "day", "H": "hour", "h": "hour", "m": "minute", "s": "second"}
_ZONE = r"[+-]\d{1,2}(?::?\d{2})?"


def _read(text: str, token: _Token, parts: _Parts) -> str:
    """Take what a specifier stands for off the beginning of a text; what is left."""
    count = len(token.text)
    match token.kind:
        case "":
            if not text.startswith(token.text):
                raise ValueError(f'"{token.text}" is missing')
            return text[count:]
        case "M" | "d" if count > 2:  # noqa: PLR2004
            return _name(text, token.kind, parts, short=count == 3)  # noqa: PLR2004
        case "M" | "d" | "H" | "h" | "m" | "s":
            found, rest = _take(text, r"\d{1,2}" if count == 1 else r"\d{2}")
            setattr(parts, _NUMBERS[token.kind], int(found))
            return rest
        case "y":
            found, rest = _take(text, r"\d{1,2}" if count == 1 else rf"\d{{{min(count, 4)}}}")
            parts.year = int(found)
            if count <= 2:  # noqa: PLR2004
                parts.year += 1900 if parts.year > _TWO_DIGIT_PIVOT else 2000
            return rest
        case "f" | "F":
            found, rest = _take(text, rf"\d{{{count if token.kind == 'f' else 0},{count}}}")
            parts.micro = int(f"{found:0<6}"[:6])
            return rest
        case "t":
            found, rest = _take(text, "[AaPp][Mm]" if count > 1 else "[AaPp]")
            parts.afternoon = found[0] in "Pp"
            return rest
        case "z" | "K":
            found, rest = _take(text, _ZONE if token.kind == "z" else f"Z|{_ZONE}|")
            parts.offset = _offset(found)
            return rest
        case _:
            return _take(text, r"A\.D\.")[1]


def _take(text: str, pattern: str) -> tuple[str, str]:
    found = re.match(pattern, text, re.ASCII)
    if found is None:
        raise ValueError(f'"{text}" does not fit')
    return found[0], text[found.end() :]


def _name(text: str, kind: str, parts: _Parts, *, short: bool) -> str:
    for place, name in enumerate(MONTHS if kind == "M" else DAYS, 1):
        wanted = name[:3] if short else name
        if text.lower().startswith(wanted.lower()):
            if kind == "M":
                parts.month = place
            return text[len(wanted) :]
    raise ValueError(f'"{text}" does not fit')


def _offset(text: str) -> timedelta:
    if text in {"Z", ""}:
        return timedelta()
    hours, minutes = text[1:].replace(":", "")[:2], text[1:].replace(":", "")[2:]
    if ":" in text:
        hours, minutes = text[1:].split(":")
    distance = timedelta(hours=int(hours), minutes=int(minutes or 0))
    return -distance if text[0] == "-" else distance


_ISO = re.compile(
    r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})"
    r"(?:[T ]\s*(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,7}))?)?)?"
    r"\s*(Z|[+-]\d{2}:?\d{2})?",
    re.ASCII | re.IGNORECASE,
)
_ACCEPTED = (
    GENERAL, "M/d/yyyy H:mm:ss", "M/d/yyyy h:mm tt", "M/d/yyyy H:mm", "M/d/yyyy",
    "d MMM yyyy", "d MMM yyyy H:mm:ss", "d MMMM yyyy", "d MMMM yyyy H:mm:ss",
    "MMM d, yyyy", "MMM d, yyyy H:mm:ss", "MMMM d, yyyy", "MMMM d, yyyy H:mm:ss",
    "ddd, d MMM yyyy HH:mm:ss 'GMT'", "dddd, d MMMM yyyy", "dddd, d MMMM yyyy HH:mm:ss",
)  # fmt: skip


def parse_general(text: str) -> datetime:
    """A text in one of the usual forms, ISO 8601 among them; raises ValueError. A date without a zone is UTC."""
    found = _ISO.fullmatch(text.strip())
    if found is not None:
        year, month, day, hour, minute, second, fraction, zone = found.groups()
        parts = _Parts(
            int(year),
            int(month),
            int(day),
            int(hour or 0),
            int(minute or 0),
            int(second or 0),
            int(f"{fraction or 0:0<6}"[:6]),
            offset=_offset((zone or "Z").upper()),
        )
        try:
            return parts.moment()
        except OverflowError as problem:
            raise ValueError("it is out of range") from problem
    for form in _ACCEPTED:
        try:
            return parse_exact(text, form)
        except ValueError:
            continue
    raise ValueError("it has none of the usual forms")
