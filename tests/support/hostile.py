"""Text, JSON and requests that are meant to take long: each at a bound, or beyond one."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

import msgspec

from entrant.scim.wire import Json

PIECES = {
    "marks": "\u0301\u0334",
    "Tibetan vowels, each of them two marks": "\u0f73",
    "characters that come apart": "\U0001d160",
    "Hebrew that comes apart": "\ufb2c",
    "letters that fold to three": "\u0390",
    "letters with thirty marks": "a" + "\u0315\u0300\u0334" * 10,
    "backslashes": "\\",
    "quotes": '\\"',
    "per cent": "%",
    "spaces": " ",
    "commas": ",",
    "digits": "9",
    "parentheses": "(",
    "brackets": "a[",
    "dots": "a.",
    "URNs": "urn:",
    "slashes": "/",
    "equals": "a=;",
    "or": 'userName eq "a" or ',
    "not": "not (",
}
TEXT = 65_536  # characters of the longest text that is taken
HEAD = 58_000  # bytes of a path, query or header that a server takes


def text(name: str, size: float) -> str:
    """So many characters of a kind."""
    piece = PIECES[name]
    return (piece * (int(size) // len(piece) + 1))[: int(size)]


def encoded(name: str, size: float) -> str:
    """A text of a kind that has about so many bytes in a URL or form."""
    piece = quote(PIECES[name], safe="")
    return piece * (int(size) // len(piece))


def message(name: str, size: float) -> bytes:
    """A message that has a text of so many characters wherever some route looks for one."""
    return msgspec.json.encode(_resource(text(name, size)))


def _resource(value: str) -> Json:
    """A message that has a text wherever some route looks for one."""
    return {
        "schemas": [value],
        "userName": value,
        "displayName": value,
        "externalId": value,
        "name": {"formatted": value},
        "emails": [{"value": value, "type": value}],
        "members": [{"value": value}],
        value: value,
        "filter": value[:8_000],
        "sortBy": value[:8_000],
        "attributes": [value[:8_000]],
        "failOnErrors": 1,
        "Operations": [
            {
                "op": "add",
                "path": "displayName",
                "value": value,
                "method": "POST",
                "bulkId": "x",
                "data": {"userName": value},
            },
            {"op": "add", "path": value[:8_000], "value": value, "method": value, "bulkId": value},
        ],
    }


def _wrapped(inner: bytes, size: int) -> bytes:
    many = inner * (size // len(inner))
    values = b"[%s1]" % many
    return (
        b'{"userName":"x","displayName":"x","emails":%s,"members":[],"Operations":[{"op":"add","path":"emails","value":[]}]}'
        % values
    )


def _operations(size: int) -> bytes:
    inner = b'{"op":"add","path":"emails[type eq \\"a\\"].value","value":"x","method":"POST","bulkId":"x"},'
    return b'{"displayName":"x","userName":"x","Operations":[%s{}]}' % (inner * (size // len(inner)))


def _members(size: int) -> bytes:
    inner = b'{"value":"0197f3a5-1111-7222-8333-444455556666","type":"User"},'
    many = b"[%s]" % (inner * min(99_000, size // len(inner))).rstrip(b",")
    return b'{"displayName":"x","members":%s,"Operations":[{"op":"add","path":"members","value":%s}]}' % (
        many if size < 4_000_000 else b"[]",
        many,
    )


BODIES: dict[str, Callable[[int], bytes]] = {
    "small numbers": lambda size: _wrapped(b"1,", size),
    "lists": lambda size: _wrapped(b"[],", size),
    "objects": lambda size: _wrapped(b'{"value":{}},', size),
    "long numbers": lambda size: _wrapped(b"9" * 300 + b",", size),
    "very long numbers": lambda size: _wrapped(b"9" * 4_000 + b",", size),
    "one number": lambda size: b'{"userName":%s}' % (b"9" * size),
    "names": lambda size: b'{%s"userName":"x"}' % b"".join(b'"%d":1,' % n for n in range(size // 10)),
    "brackets": lambda size: b"[" * size,
    "escapes": lambda size: b'{"userName":"%s"}' % (b"\\u0301" * (size // 6)),
    "quotes": lambda size: b'{"userName":"%s"}' % (b'\\"' * (size // 2)),
    "white space": lambda size: b'{"userName":"x"%s}' % (b" " * size),
    "one text": lambda size: b'{"userName":"%s"}' % (b"x" * size),
    "operations": _operations,
    "members": _members,
}
"""JSON by the size of the body in bytes, large in ways that take time."""
