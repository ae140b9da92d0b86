"""Clients that leave before they are answered: what they asked for is cancelled (product.md 9.7).

To watch each connection would cost every request a task. Most are answered before anybody could leave; only those that
are not, after a moment, are watched.
"""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from contextlib import contextmanager

from entrant.http.asgi import Receive
from entrant.http.body import Disconnected

UNWATCHED_SECONDS = 0.5  # that a request may take before its client is watched


@contextmanager
def leaving(receive: Receive, loop: asyncio.AbstractEventLoop) -> Generator[None]:
    """A block that is cancelled, and raises Disconnected, when the client leaves. Its body has been received whole."""
    watch = _Watch(receive, asyncio.current_task(loop))
    timer = loop.call_later(UNWATCHED_SECONDS, watch.begin)
    try:
        yield
    except asyncio.CancelledError:
        if not watch.gone or watch.asked is None or watch.asked.uncancel():
            raise  # the server ends
        raise Disconnected from None
    finally:
        timer.cancel()
        if watch.watcher is not None:
            watch.watcher.cancel()


class _Watch:
    __slots__ = ("asked", "gone", "receive", "watcher")

    def __init__(self, receive: Receive, asked: asyncio.Task[object] | None) -> None:
        self.receive, self.asked = receive, asked
        self.watcher: asyncio.Task[None] | None = None
        self.gone = False

    def begin(self) -> None:
        """Watch from now on."""
        self.watcher = asyncio.ensure_future(self._wait())

    async def _wait(self) -> None:
        while (await self.receive())["type"] != "http.disconnect":
            pass
        self.gone = True
        if self.asked is not None:
            self.asked.cancel()
