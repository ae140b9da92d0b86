"""A server that takes connections and never answers."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

HOST = "127.0.0.1"


@contextmanager
def silent_server(taken: threading.Semaphore | None = None) -> Iterator[str]:
    """The address of a server that takes connections, releases `taken` for each, and never answers."""
    held: list[socket.socket] = []
    with socket.create_server((HOST, 0), backlog=512) as listener:
        thread = threading.Thread(target=_hold, args=(listener, held, taken or threading.Semaphore()), daemon=True)
        thread.start()
        try:
            yield f"http://{HOST}:{listener.getsockname()[1]}"
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join(10)
            for each in held:
                each.close()


def _hold(listener: socket.socket, held: list[socket.socket], taken: threading.Semaphore) -> None:
    with suppress(OSError):
        while True:
            held.append(listener.accept()[0])
            taken.release()
