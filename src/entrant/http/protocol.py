"""HTTP/1.1 on a connection, with bounds on what a client may send before it is heard (product 9.5).

uvicorn bounds neither the size of a request's head, nor the time a request takes to arrive, nor the connections of one
address. Without these, a stranger could hold memory and connections by sending headers without end, or one byte at a
time, or nothing at all.
"""

from __future__ import annotations

from asyncio import BaseTransport, TimerHandle, Transport
from typing import ClassVar, cast

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from .places import Place, Places
from .sources import Sources

MAX_HEAD = 65_536  # bytes of request line and headers: the longest filter we parse, percent-encoded, fits three times
REQUEST_SECONDS = 60.0  # from the first byte of a request, or the connection, to the last byte of the body
SLOW_READER_SECONDS = 60.0  # a client that takes nothing of an answer for that long is given up
TICK_SECONDS = 5.0  # how often a connection looks at the clock; a timer for each request would cost more
RETRY_SECONDS = 5  # after which a client for whose connection there was no place may come again


class BoundedProtocol(HttpToolsProtocol):
    """uvicorn's protocol, which answers a request that is too long 431 and one that is too slow 408, and closes."""

    max_head = MAX_HEAD
    request_seconds = REQUEST_SECONDS
    slow_reader_seconds = SLOW_READER_SECONDS
    tick_seconds = TICK_SECONDS
    places: ClassVar[Places] = Places(Sources())
    """Of all connections of the process. A server that trusts proxies puts in others before it listens."""

    _place = Place.CLOSED
    _at_rest = True
    """Whether no request is arriving."""
    _head = 0
    """Bytes received since the head now being read began."""
    _in_head = True
    _since: float | None = None
    """When the request now arriving began; None while none is."""
    _full_since: float | None = None
    """Since when the client has taken nothing of an answer that fills the buffer; None while it takes it."""
    _timer: TimerHandle | None = None

    def connection_made(self, transport: BaseTransport) -> None:
        """Find it a place, and start the clock: a client that connects is expected to ask something."""
        super().connection_made(cast("Transport", transport))  # a stream server's transports are of this kind
        self._place = self.places.take(self._address())
        if self._place is Place.CLOSED:
            self.transport.abort()
        elif self._place is Place.REFUSED:
            self._timer = self.loop.call_later(self.tick_seconds, self.transport.abort)
        else:
            self._since = self.loop.time()
            self._timer = self.loop.call_later(self.tick_seconds, self._look_at_the_clock)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clock, and make place for another."""
        if self._timer is not None:
            self._timer.cancel()
        if self._place is not Place.CLOSED:
            self.places.give_back(self._address(), self._place)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse what came, unless the head has grown too long, or there is no place for this connection."""
        if self._place is not Place.SERVED:
            self._turn_away()
            return
        if self._at_rest:
            self._head = len(data)
            if self._since is None:  # empty lines before a request are no reason to wait for it for ever
                self._since = self.loop.time()
        elif self._in_head:
            self._head += len(data)
        super().data_received(data)
        if self._in_head and self._head > self.max_head:
            self._refuse(431)

    def on_message_begin(self) -> None:
        """A request begins."""
        self._in_head = True
        self._at_rest = False
        self._since = self.loop.time()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Its head has been read."""
        self._in_head = False
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """It has arrived."""
        self._at_rest = True
        self._head = 0
        self._since = None
        super().on_message_complete()

    def pause_writing(self) -> None:
        """The client takes the answer more slowly than it is made."""
        self._full_since = self.loop.time()
        super().pause_writing()

    def resume_writing(self) -> None:
        """It has taken enough of it."""
        self._full_since = None
        super().resume_writing()

    def _look_at_the_clock(self) -> None:
        now = self.loop.time()
        if self._full_since is not None and now - self._full_since > self.slow_reader_seconds:
            self.transport.abort()
        elif self._since is not None and now - self._since > self.request_seconds:
            self._refuse(408)
        if not self.transport.is_closing():
            self._timer = self.loop.call_later(self.tick_seconds, self._look_at_the_clock)

    def _address(self) -> str:
        return self.client[0] if self.client else ""

    def _turn_away(self) -> None:
        """Say once that there is no place. The client closes; if we did, what it still sends would undo the answer."""
        if self._in_head:
            self._in_head = False
            retry = b"retry-after: %d\r\n" % RETRY_SECONDS
            self.transport.write(STATUS_LINE[503] + retry + b"content-length: 0\r\nconnection: close\r\n\r\n")

    def _refuse(self, status: int) -> None:
        """Say why, if no answer has been begun, and close."""
        cycle: RequestResponseCycle | None = self.cycle  # None before the first request, whatever uvicorn declares
        if cycle is None or cycle.response_complete or not cycle.response_started:
            self.transport.write(STATUS_LINE[status] + b"content-length: 0\r\nconnection: close\r\n\r\n")
        self.transport.close()
