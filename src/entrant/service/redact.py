"""Keeping secrets out of logs: of a body, a request line, and what an error quotes from either.

A secret is what stands under a name that ends in `password`, `secret` or `token`, in any case: as a member of an
object, as the value of a PATCH operation with such a path, or in a filter or path with such a name (product.md 6.3).
"""

from __future__ import annotations

from urllib.parse import unquote_plus

import msgspec

from entrant.scim.wire import Json

MAX_LOGGED_BODY = 65_536  # bytes; a longer body is logged by its length alone
MAX_REFUSED_BODY = 8_192  # bytes of one that was refused: a user with all its attributes has two thousand
SECRETS = ("password", "secret", "token")
MARKS = (*(secret.encode() for secret in SECRETS), b"\\u")  # a body with none of these has no secret
HIDDEN = "***"
QUOTES = frozenset({"path", "filter"})  # what may itself hold values: `password eq "x"`


def loggable_body(body: bytes, *, refused: bool = False) -> Json:
    """The request body for the log: JSON with the value of each secret replaced, or a note why it is not shown."""
    if not body:
        return None
    if len(body) > (MAX_REFUSED_BODY if refused else MAX_LOGGED_BODY):
        return {"omitted": f"{len(body)} bytes"}
    lowered = body.lower()
    try:
        message = msgspec.json.decode(body)
        return without_secrets(message) if any(mark in lowered for mark in MARKS) else msgspec.Raw(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {"omitted": f"{len(body)} bytes that are not JSON"}


def without_secrets(value: Json) -> Json:
    """The value with every secret replaced, wherever it stands."""
    if isinstance(value, list):
        return [without_secrets(item) for item in value]
    if not isinstance(value, dict):
        return value
    about_secret = any(key.lower() in QUOTES and _mentions_secret(text) for key, text in value.items())
    shown: dict[str, Json] = {}
    for key, item in value.items():
        if _is_secret(key) or (about_secret and key.lower() == "value"):
            shown[key] = HIDDEN
        elif key.lower() in QUOTES and isinstance(item, str):
            shown[key] = redacted_text(item)
        else:
            shown[key] = without_secrets(item)
    return shown


def redacted_text(text: str) -> str:
    """A filter, a path, or a sentence that quotes one: cut off where values may begin, if it mentions a secret."""
    if not _mentions_secret(text):
        return text
    end = min((place for mark in "\"'[=" if (place := text.find(mark)) >= 0), default=len(text))
    return text if end == len(text) else f"{text[:end]}{HIDDEN}"


def redacted_query(query: str) -> str:
    """A query string, without anything of it if it mentions a secret."""
    return HIDDEN if query and _mentions_secret(unquote_plus(query)) else query


def _mentions_secret(text: Json) -> bool:
    return isinstance(text, str) and any(secret in text.lower() for secret in SECRETS)


def _is_secret(name: str) -> bool:
    """Whether an attribute, whatever stands before its last name, has the name of a secret."""
    return name.lower().partition("[")[0].endswith(SECRETS)
