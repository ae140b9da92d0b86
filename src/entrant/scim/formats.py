"""The data types of SCIM whose values are text or numbers of a certain form (RFC 7643 §2.3).

Values come back as they were sent; what is not a value of its type is refused, so that all that is stored can be
compared, sorted and shown.
"""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime, timedelta

from .wire import Json

_DATE_TIME = re.compile(
    r"(?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2})T(?P<hour>[0-9]{2}):(?P<rest>[0-9]{2}:[0-9]{2})"
    r"(?:\.(?P<fraction>[0-9]+))?(?P<zone>Z|[+-](?:(?:0[0-9]|1[0-3]):[0-5][0-9]|14:00))?"
)
_END_OF_DAY = "24"
_BASE64 = re.compile(r"[A-Za-z0-9+/]*+={0,2}")
_BEYOND_ASCII = r"\u00a0-\ud7ff\uf900-\ufdcf\ufdf0-\uffef\U00010000-\U000efffd"  # of an IRI
_PCHAR = rf"(?:[A-Za-z0-9\-._~!$&'()*+,;=:@{_BEYOND_ASCII}]|%[0-9A-Fa-f]{{2}})"
_HOST = _PCHAR.replace(":@", "")
_REFERENCE = re.compile(
    rf"(?:[A-Za-z][A-Za-z0-9+.\-]*:|(?![^/?#:]*:))"  # a scheme; without one, no colon in the first segment
    rf"(?://(?:(?:{_HOST}|:)*@)?(?:\[[0-9A-Fa-fvV:.]+\]|{_HOST}*)(?::[0-9]*+)?(?=[/?#]|\Z)|(?!//))"
    rf"(?:{_PCHAR}|/)*(?:\?(?:{_PCHAR}|[/?])*)?(?:\#(?:{_PCHAR}|[/?])*)?"
)


def instant(text: str) -> str | None:
    """An xsd:dateTime as UTC text of fixed width, or None if it is none (RFC 7643 §2.3.5). No zone means UTC.

    Years are from 0001 to 9999; of a fraction, microseconds count (XML Schema 1.1 part 2, §3.3.7, §5.4).
    """
    found = _DATE_TIME.fullmatch(text)
    if found is None:
        return None
    hour, fraction = found["hour"], found["fraction"] or ""
    ends = hour == _END_OF_DAY
    if ends and (found["rest"] != "00:00" or fraction.strip("0")):
        return None
    zone = "+00:00" if found["zone"] in {None, "Z"} else found["zone"]
    try:
        moment = datetime.fromisoformat(
            f"{found['date']}T{'00' if ends else hour}:{found['rest']}.{fraction[:6]:0<6}{zone}"
        )
        moment = (moment + timedelta(days=1) if ends else moment).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return f"{moment.replace(tzinfo=None).isoformat(timespec='microseconds')}Z"


def is_base64(text: str) -> bool:
    """Whether text is base64 (RFC 4648 §4); padding may be left out (RFC 7643 §2.3.6)."""
    if _BASE64.fullmatch(text) is None:
        return False
    digits = len(text.rstrip("="))
    return digits % 4 != 1 and (digits == len(text) or len(text) % 4 == 0)


def is_reference(text: str) -> bool:
    """Whether text is a URI, absolute or relative (RFC 3986 §4.1), or an IRI that maps to one (RFC 3987 §3.1)."""
    return _REFERENCE.fullmatch(text) is not None


def to_number(value: Json) -> float | None:
    """A number as it is compared, the same on both engines: as binary64, which is what JSON can count on.

    None for anything else, and for a number that is out of range (RFC 8259 §6).
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return (number or 0.0) if math.isfinite(number) else None  # -0.0 equals 0.0
