"""A server that answers with exactly the bytes it is told to, for targets that no proper server can play."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeAlias

Answer: TypeAlias = bytes | Callable[[socket.socket], None]
"""What is sent, or what is done with the connection; after that it is closed, unless the bytes ask for keep-alive."""


@dataclass
class RawServer:
    """A server and what it has received, a whole request each."""

    url: str
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0


def ok(body: bytes = b"{}", status: str = "200 OK", *headers: bytes) -> bytes:
    """A proper answer on a connection that stays open."""
    lines = [b"HTTP/1.1 " + status.encode(), b"content-length: %d" % len(body), *headers, b"", b""]
    return b"\r\n".join(lines) + body


@contextmanager
def raw_server(answers: Sequence[Answer]) -> Iterator[RawServer]:
    """Serve the answers in order, the last one again and again; one connection at a time."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = RawServer(f"http://127.0.0.1:{listener.getsockname()[1]}")
        thread = threading.Thread(target=_serve, args=(listener, server, list(answers)), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            listener.shutdown(socket.SHUT_RDWR)
    thread.join(10)


def _serve(listener: socket.socket, server: RawServer, answers: list[Answer]) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        server.connections += 1
        with connection:
            try:
                while request := _read(connection):
                    server.requests.append(request)
                    answer = answers[0] if len(answers) == 1 else answers.pop(0)
                    if not isinstance(answer, bytes):
                        answer(connection)
                        break
                    connection.sendall(answer)
                    if b"content-length" not in answer:
                        break
            except OSError:
                continue  # the client has had enough


def _read(connection: socket.socket) -> bytes:
    """One request, or nothing at the end of the connection."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(65_536)
        if not piece:
            return b""
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    length = next(
        (int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0
    )
    while len(body) < length:
        body += connection.recv(65_536)
    return head + b"\r\n\r\n" + body
