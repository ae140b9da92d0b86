"""How .NET puts text into a URL (entra-client 2.2.4, 2.3.1, 23.2.2)."""

from __future__ import annotations

from urllib.parse import quote

_UNESCAPED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.!*()")


def form_encoded(text: str) -> str:
    """The value of a query parameter: a space is `+`, the digits of an escape are lower-case."""
    return "".join(
        "+" if byte == ord(" ") else chr(byte) if byte in _UNESCAPED else f"%{byte:02x}" for byte in text.encode()
    )


def path_segment(text: str) -> str:
    """An id in a path: all but unreserved characters escaped, the digits upper-case."""
    return quote(text, safe="")
