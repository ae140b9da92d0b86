"""Whose request is served next: nobody waits for all that a busy workspace has sent.

Requests that come together would all be begun before the event loop looks at another connection, and would stand
in a row before the database. While several ask, one may therefore have only so many under way, and what it sends
beyond goes on as those are answered. Whoever asks alone may have all it sends under way: a batch of writes is the
cheaper the larger it is.
"""

from __future__ import annotations

import time
from asyncio import AbstractEventLoop, CancelledError, Future
from collections import deque

MAX_UNDER_WAY = 4  # requests of one key while others ask
REMEMBERED_SECONDS = 5.0  # for at least as long as this, whoever has asked counts as asking
SEVERAL = 2


class Turns:
    """Places by key. For one event loop."""

    def __init__(self, loop: AbstractEventLoop) -> None:
        self._loop = loop
        self._under_way: dict[str, int] = {}
        self._waiting: dict[str, deque[Future[None]]] = {}
        self._recent: set[str] = set()
        self._before: set[str] = set()
        self._since = time.monotonic()

    async def take(self, key: str) -> None:
        """Wait for a place; to be given back, however the request goes."""
        self._note(key)
        under_way = self._under_way.get(key, 0)
        if under_way < MAX_UNDER_WAY or self._is_alone():
            self._under_way[key] = under_way + 1
            return
        place: Future[None] = self._loop.create_future()
        self._waiting.setdefault(key, deque()).append(place)
        try:
            await place
        except CancelledError:
            if not place.cancelled():
                self._give(key)
            raise

    def give(self, key: str) -> None:
        """Give a place back: who waits for it has it in the loop's next round, after a look at the connections."""
        if key in self._waiting:
            self._loop.call_soon(self._give, key)
        else:
            self._give(key)

    def _give(self, key: str) -> None:
        waiting = self._waiting.get(key)
        while waiting:
            place = waiting.popleft()
            if not place.done():  # else cancelled
                place.set_result(None)
                return
        self._waiting.pop(key, None)
        self._under_way[key] -= 1
        if not self._under_way[key]:
            del self._under_way[key]

    def _note(self, key: str) -> None:
        """Remember that this one asks: of one and of several, not of all."""
        if len(self._recent) < SEVERAL:
            self._recent.add(key)

    def _is_alone(self) -> bool:
        """Whether only one asks, and so the one who wants to know."""
        now = time.monotonic()
        if now - self._since > REMEMBERED_SECONDS:
            self._before, self._recent, self._since = self._recent, set(), now
        return len(self._recent | self._before) < SEVERAL
