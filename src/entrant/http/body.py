"""The body of a request, read up to a bound."""

from __future__ import annotations

from collections.abc import Mapping

from entrant.scim.errors import PayloadTooLarge

from .asgi import Receive
from .room import Hold

MAX_DISCARDED = 67_108_864  # 64 MiB of a body that is too large are read, so that its sender comes to read the answer


class Disconnected(Exception):
    """The client left before its request was complete."""


async def read_body(headers: Mapping[str, str], receive: Receive, max_body: int, hold: Hold | None = None) -> bytes:
    """The body of a request; raises PayloadTooLarge beyond `max_body` bytes, Disconnected, and what `hold` raises."""
    declared = int(headers.get("content-length", "0"))
    refusal = PayloadTooLarge(f"the body is longer than {max_body:,} bytes; send it in several requests")
    # Whoever asks before sending ("Expect: 100-continue") has nothing under way that would have to be read.
    if declared > MAX_DISCARDED or (declared > max_body and "expect" in headers):
        raise refusal
    pieces: list[bytes] = []
    size, more = 0, True
    while more and size <= MAX_DISCARDED:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Disconnected
        piece: bytes = message.get("body", b"")
        more = message.get("more_body", False)
        size += len(piece)
        if size <= max_body:
            if hold is not None:
                hold.grow(size)
            pieces.append(piece)
        else:
            pieces.clear()
    if size > max_body:
        raise refusal
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)
