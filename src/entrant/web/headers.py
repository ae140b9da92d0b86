"""The headers of a request, and the id by which it is named everywhere."""

from __future__ import annotations

from entrant.service.ids import new_id

MAX_REQUEST_ID = 128  # characters of an X-Request-Id that is given back


def read_headers(pairs: list[tuple[bytes, bytes]]) -> dict[str, str]:
    """The headers by lower-case name; those of one name are joined by commas (RFC 9110 §5.3)."""
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in pairs}
    if len(headers) == len(pairs):
        return headers
    parts: dict[str, list[str]] = {}
    for name, value in pairs:
        parts.setdefault(name.decode("latin-1"), []).append(value.decode("latin-1"))
    return {name: ", ".join(values) for name, values in parts.items()}


def read_request_id(headers: dict[str, str]) -> str:
    """The id by which log and answer name this request: the client's if it can be printed, else a new one for it."""
    given = headers.get("x-request-id", "")
    if 0 < len(given) <= MAX_REQUEST_ID and given.isascii() and given.isprintable():
        return given
    headers["x-request-id"] = made = new_id()
    return made
