"""A connection that costs the machine little, so that what is left of it serves: HTTP/1.1, one request at a time."""

from __future__ import annotations

import asyncio
from typing import NamedTuple, cast

from tests.bench.client import HOST, body_length, closes

SECONDS = 30.0  # until an answer counts as not given
FAILURE = 400


class NoAnswer(Exception):
    """The connection ended, or none was made, or nothing came in time."""


class Answer(NamedTuple):
    """An answer; `again` is whether it has Retry-After."""

    status: int
    body: bytes
    again: bool


class Line(asyncio.Protocol):
    """A keep-alive connection to one of our servers."""

    def __init__(self) -> None:
        self._waiting: asyncio.Future[Answer] | None = None
        self._received = b""
        self.open = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self.open = True

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, separator, body = self._received.partition(b"\r\n\r\n")
        length = body_length(head) if separator else 0
        if not separator or length is None or len(body) < length or self._waiting is None:
            return
        if closes(head):
            self.close()
        self._received = b""
        waiting, self._waiting = self._waiting, None
        status = int(head[9:12])
        again = status >= FAILURE and b"\r\nretry-after:" in head.lower()
        waiting.set_result(Answer(status, body[:length], again))

    def connection_lost(self, exc: Exception | None) -> None:
        self.open = False
        if self._waiting is not None:
            self._waiting.set_exception(NoAnswer())
            self._waiting = None

    def close(self) -> None:
        """Ask nothing more on it."""
        self.open = False
        self._transport.close()

    async def ask(self, message: bytes) -> Answer:
        """Send a request and wait for its answer. Raises NoAnswer."""
        loop = asyncio.get_running_loop()
        self._waiting = loop.create_future()
        overdue = loop.call_later(SECONDS, self._give_up)
        self._transport.write(message)
        try:
            return await self._waiting
        finally:
            overdue.cancel()

    def _give_up(self) -> None:
        if self._waiting is not None:
            self._waiting.set_exception(NoAnswer())
            self._waiting = None
        self.close()


async def connect(port: int) -> Line:
    """A new connection. Raises NoAnswer."""
    try:
        _, line = await asyncio.get_running_loop().create_connection(Line, HOST, port)
    except OSError:
        raise NoAnswer from None
    return line
