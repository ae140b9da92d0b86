"""Sending an answer; one whose body is made in chunks goes out while it is made, no faster than the client takes it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator

from entrant.db.engine import DatabaseError
from entrant.http.asgi import Message, Receive, Send
from entrant.scim.errors import TooManyRequests, Unavailable
from entrant.scim.wire import Response
from entrant.service.perform import error_response

logger = logging.getLogger(__name__)

PIECE = 65_536  # bytes gathered from the chunks of a body before they are sent: what one write to a socket takes
REFUSED_SECONDS = 0.25  # until a 429 is sent: whoever asks again at once shall not keep us busy with refusing
BODILESS = frozenset({204, 304})  # RFC 9110 §6.4.1


async def send_response(response: Response, request_id: str, receive: Receive, send: Send, *, head: bool) -> None:
    """Send an answer, without its body if `head`; a 429 not at once."""
    if response.status == TooManyRequests.status:
        await asyncio.sleep(REFUSED_SECONDS)
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in response.headers.items()]
    headers.append((b"x-request-id", request_id.encode("ascii")))
    body = response.body
    if isinstance(body, bytes):
        if body or response.status not in BODILESS:
            headers.append((b"content-length", b"%d" % len(body)))
        await send(_start(response.status, headers))
        await send(_body(b"" if head else body))
    elif head:
        await send(_start(response.status, headers))
        await send(_body(b""))
    else:
        await _stream(response.status, headers, iter(body), request_id, receive, send)


async def _stream(
    status: int,
    headers: list[tuple[bytes, bytes]],
    chunks: Iterator[bytes],
    request_id: str,
    receive: Receive,
    send: Send,
) -> None:
    """Send a body piece by piece. A failure before the first piece is answered, a later one cuts the answer off."""
    try:
        piece = await _pull(chunks)
    except DatabaseError:
        logger.exception("request %s: the answer could not be read", request_id)
        refusal = error_response(Unavailable("the database is not available; repeat the request later"))
        await send_response(refusal, request_id, receive, send, head=False)
        return
    if len(piece) < PIECE:
        headers.append((b"content-length", b"%d" % len(piece)))
    await send(_start(status, headers))
    gone = asyncio.create_task(_wait_for_disconnect(receive))
    try:
        while len(piece) >= PIECE and not gone.done():
            await send(_body(piece, more=True))
            piece = await _pull(chunks)
        await send(_body(piece))
    except DatabaseError:
        # The status is on its way already. Without its end, the client knows that the body is not whole.
        logger.exception("request %s: the rest of the answer could not be read", request_id)
    finally:
        gone.cancel()


async def _pull(chunks: Iterator[bytes]) -> bytes:
    """The next piece of a body; shorter than `PIECE` only at the end. On a thread, because it may read the database."""
    return await asyncio.to_thread(_gather, chunks)


def _gather(chunks: Iterator[bytes]) -> bytes:
    pieces: list[bytes] = []
    size = 0
    for chunk in chunks:
        pieces.append(chunk)
        size += len(chunk)
        if size >= PIECE:
            break
    return b"".join(pieces)


async def _wait_for_disconnect(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _start(status: int, headers: list[tuple[bytes, bytes]]) -> Message:
    return {"type": "http.response.start", "status": status, "headers": headers}


def _body(piece: bytes, *, more: bool = False) -> Message:
    return {"type": "http.response.body", "body": piece, "more_body": more}
