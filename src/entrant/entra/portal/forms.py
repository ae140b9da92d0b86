"""Fields of queries and forms, with bounds; a form is `application/x-www-form-urlencoded`."""

from __future__ import annotations

from urllib.parse import parse_qsl

from entrant.entra.model import BadValue

from .visit import Fields

MAX_FORM = (
    8_388_608  # bytes: a synchronization schema of some 2 MiB, of which the encoding makes up to three times that
)
MAX_FIELDS = 1_000


def parse_fields(text: str) -> Fields:
    """The fields, without NUL, which no database takes, and with plain line ends. Raises BadValue."""
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=MAX_FIELDS, encoding="utf-8", errors="strict")
    except ValueError as exc:
        raise BadValue("the form cannot be read") from exc
    found: dict[str, tuple[str, ...]] = {}
    for name, value in pairs:
        found[name] = (*found.get(name, ()), value.replace("\0", "").replace("\r\n", "\n"))
    return found


def parse_form(body: bytes) -> Fields:
    """The fields of a form's body. Raises BadValue."""
    if len(body) > MAX_FORM:
        raise BadValue("the form is too long")
    try:
        return parse_fields(body.decode())
    except UnicodeDecodeError as exc:
        raise BadValue("the form cannot be read") from exc
