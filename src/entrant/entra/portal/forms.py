"""Fields of queries and forms, with bounds. A form with a file has parts (`multipart.py`), others are URL-encoded."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import parse_qsl

from entrant.entra.model import BadValue
from entrant.scim.text import fault

from .multipart import is_multipart, parse_parts
from .visit import Fields

MAX_FORM = (
    8_388_608  # bytes: a synchronization schema of some 2 MiB, of which the encoding makes up to three times that
)
MAX_FIELDS = 1_000
DOCUMENTS = frozenset({"schema"})  # fields that hold JSON, whose texts are looked at where it is parsed


def parse_fields(text: str) -> Fields:
    """The fields of a query, or of a form that is written as one. Raises BadValue."""
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=MAX_FIELDS, encoding="utf-8", errors="strict")
    except ValueError as exc:
        raise BadValue("the form cannot be read") from exc
    return _fields(pairs)


def parse_form(content_type: str, body: bytes) -> Fields:
    """The fields of a form's body, the contents of files among them. Raises BadValue."""
    if len(body) > MAX_FORM:
        raise BadValue(f"the form is too long: it has {len(body):,} bytes, of which {MAX_FORM:,} are the most")
    if is_multipart(content_type):
        return _fields(parse_parts(content_type, body))
    try:
        return parse_fields(body.decode())
    except UnicodeDecodeError as exc:
        raise BadValue("the form cannot be read") from exc


def _fields(pairs: Iterable[tuple[str, str]]) -> Fields:
    """Each name with all its values, with plain line ends."""
    found: dict[str, tuple[str, ...]] = {}
    for name, value in pairs:
        if "\0" in value:  # which PostgreSQL takes nowhere
            raise BadValue("a text has a NUL character, which no value can have")
        problem = fault([name] if name in DOCUMENTS else [name, value])
        if problem is not None:
            raise BadValue(f"a text {problem}")
        found[name] = (*found.get(name, ()), value.replace("\r\n", "\n"))
    return found
