"""Running what may wait: on threads that all share, and where another server has to be called, on threads for that.

However many servers of other organizations hang, they hold only the second kind. Of these a workspace has a share, and
a request gives up after a time that includes all that it waits for. What cannot be stopped, such as the resolution of
a name, keeps its thread, and counts for its workspace, until it ends.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from functools import partial
from typing import TypeVar

from entrant.service.outside import Outside, inside, outside

from .threads import Share, Shares, Threads

OUTSIDE_THREADS = 32
MAX_OUTSIDE = 4  # of these for one workspace
MAX_OUTSIDE_FROM = 2  # of these for what comes from one source
OUTSIDE_SECONDS = 10.0  # that a request may wait for other servers, waiting for a thread included
GRACE_SECONDS = 1.0  # for what comes after the last call

T = TypeVar("T")


class Calls:
    """Threads for requests, and the threads on which they wait for other servers."""

    def __init__(self, threads: Threads, outside_threads: Threads) -> None:
        self._threads, self._outside = threads, outside_threads

    async def run(self, shares: Shares, slug: str, source: str | None, work: Callable[[], T]) -> T:
        """Run work, and again outside if it has to call another server; raises Busy, TimeoutError, what it raises."""
        try:
            return await self._threads.run(shares, partial(inside, work))
        except Outside:
            pass
        # Whatever gets here is for a workspace that exists: it names the server that is called.
        apart = (Share(slug, MAX_OUTSIDE), Share(f"{slug} from {source}", MAX_OUTSIDE_FROM))
        until = time.monotonic() + OUTSIDE_SECONDS
        async with asyncio.timeout(OUTSIDE_SECONDS + GRACE_SECONDS):
            return await self._outside.run(apart, partial(outside, until, work))
