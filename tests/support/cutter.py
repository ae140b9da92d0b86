"""A stretch of wire between the service and PostgreSQL that can break at the worst moment."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

BEGIN = b"BEGIN\0"  # of a transaction that writes; those that read begin otherwise
COMMIT = b"COMMIT\0"


class Cutter:
    """Passes bytes on to the server's socket; cuts a connection when the server has answered the COMMIT of a write."""

    def __init__(self, server: Path) -> None:
        self._server = server
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._left = 0
        self.cuts = 0
        """How many connections have been cut."""

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _exc: BaseException | None, _tb: TracebackType | None
    ) -> None:
        self._listener.close()

    def through(self, url: str) -> str:
        """The address of a database behind this wire."""
        head, _, _ = url.partition("?")
        port = self._listener.getsockname()[1]
        return head.replace("@/", f"@127.0.0.1:{port}/") + "?sslmode=disable&gssencmode=disable"

    def cut_after_commits(self, times: int) -> None:
        """Lose the answers of the next commits."""
        self._left = times

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        """Carry what the client says; whoever cuts closes both ends."""
        with client, socket.socket(socket.AF_UNIX) as server:
            server.connect(str(self._server))
            committing = threading.Event()
            threading.Thread(target=self._answer, args=(server, client, committing), daemon=True).start()
            writing = False
            with suppress(OSError):
                while said := client.recv(65_536):
                    writing = writing or BEGIN in said
                    if self._left and writing and COMMIT in said:
                        committing.set()
                    writing = writing and COMMIT not in said
                    server.sendall(said)

    def _answer(self, server: socket.socket, client: socket.socket, committing: threading.Event) -> None:
        """Carry what the server says, but for its answer to a commit that is to be lost."""
        with suppress(OSError):
            while said := server.recv(65_536):
                if committing.is_set():
                    self._left -= 1
                    self.cuts += 1
                    client.shutdown(socket.SHUT_RDWR)
                    return
                client.sendall(said)
