"""A server for tests of the edge: what listens, and bounds that fit a test's patience."""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from entrant.db.engine import Cancel
from entrant.http.protocol import BoundedProtocol
from entrant.scim.wire import Request, Response

MAX_BODY = 100_000
STRANGE = "/strange"
"""The path of requests whose token the scripted service does not know."""

Submit: TypeAlias = Callable[[Request, Callable[[Response], None]], Cancel | None]
"""What a scripted service does with a request: it calls back once, on any thread. What cancels it, if anything does."""


class QuickProtocol(BoundedProtocol):
    """The same bounds, within the patience of a test; only for tests of these bounds, since a busy machine meets them."""

    max_head = 20_000
    request_seconds = 1.0
    slow_reader_seconds = 1.0
    tick_seconds = 0.1


@dataclass(frozen=True)
class Server:
    """A server that listens; `connect` is a new connection to it."""

    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=10)

    def exchange(self, raw: bytes) -> bytes:
        """Everything that the server answers to raw bytes, until it closes."""
        with self.connect() as connection:
            connection.sendall(raw)
            return read_all(connection)


def read_all(connection: socket.socket) -> bytes:
    """What comes until the other side closes."""
    pieces = []
    while piece := connection.recv(65_536):
        pieces.append(piece)
    return b"".join(pieces)


def read_answer(connection: socket.socket) -> bytes:
    """One whole answer, however many pieces it comes in; what came of it if the server closes before its end."""
    answer = b""
    while (missing := _missing(answer)) != 0:
        piece = connection.recv(missing or 65_536)
        if not piece:
            break
        answer += piece
    return answer


def _missing(answer: bytes) -> int | None:
    """How many bytes are still to come; None while the head is not whole."""
    head, end, body = answer.partition(b"\r\n\r\n")
    if not end:
        return None
    lengths = [line.partition(b":")[2] for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
    return int(lengths[0]) - len(body) if lengths else 0


Serve = Callable[..., Server]
