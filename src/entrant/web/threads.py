"""Threads that are shared fairly: what runs next is what its workspace, and its source, have the least of already.

A thread cannot be taken back while it waits, so nobody gets more than a share of them even when nobody else asks:
whoever comes next finds one free. One event loop, on which all of this runs but the work itself.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias, TypeVar

MAX_WAITING = 500  # pieces of work
MAX_WAITING_EACH = 16  # of one key, for each thread that it may have

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Share:
    """Who work is counted for, and how many threads that one may have at a time."""

    key: str
    most: int


Shares: TypeAlias = tuple[Share, ...]
"""A piece of work is counted for each of them."""


class Busy(Exception):
    """Too much is waiting already, in all or of one share."""


@dataclass(frozen=True, eq=False, slots=True)
class _Job:
    shares: Shares
    work: Callable[[], Any]
    answer: asyncio.Future[Any]


class Threads:
    """`size` threads."""

    def __init__(self, name: str, size: int) -> None:
        self._executor = ThreadPoolExecutor(size, thread_name_prefix=name)
        self._free = size
        self._running: Counter[str] = Counter()
        self._queued: Counter[str] = Counter()
        self._waiting: dict[_Job, None] = {}

    async def run(self, shares: Shares, work: Callable[[], T]) -> T:
        """Run work on a thread and return its result; raises what it raises, and Busy.

        If the caller is cancelled, work that waits is dropped. Work that runs goes on, and keeps its thread and its
        shares until it ends.
        """
        if len(self._waiting) >= MAX_WAITING or any(
            self._queued[share.key] >= MAX_WAITING_EACH * share.most for share in shares
        ):
            raise Busy
        job = _Job(shares, work, asyncio.get_running_loop().create_future())
        self._waiting[job] = None
        self._queued.update(share.key for share in shares)
        try:
            self._start()
            result: T = await job.answer
        finally:
            if job in self._waiting:
                self._leave_queue(job)
        return result

    def close(self) -> None:
        """Let what runs end, and take no more."""
        self._executor.shutdown(wait=False, cancel_futures=True)

    def _start(self) -> None:
        """Give the free threads to what may have one."""
        while self._free and (job := min(filter(self._fits, self._waiting), key=self._fullest, default=None)):
            self._leave_queue(job)
            self._free -= 1
            self._running.update(share.key for share in job.shares)
            thread = asyncio.get_running_loop().run_in_executor(self._executor, job.work)
            thread.add_done_callback(partial(self._end, job))

    def _fits(self, job: _Job) -> bool:
        return all(self._running[share.key] < share.most for share in job.shares)

    def _fullest(self, job: _Job) -> float:
        """How much of its share is taken, where that is most."""
        return max((self._running[share.key] / share.most for share in job.shares), default=0.0)

    def _end(self, job: _Job, thread: asyncio.Future[Any]) -> None:
        self._free += 1
        _subtract(self._running, job)
        failure = None if thread.cancelled() else thread.exception()
        if thread.cancelled():
            job.answer.cancel()
        elif not job.answer.done():  # else nobody waits any more
            if failure is None:
                job.answer.set_result(thread.result())
            else:
                job.answer.set_exception(failure)
        self._start()

    def _leave_queue(self, job: _Job) -> None:
        del self._waiting[job]
        _subtract(self._queued, job)


def _subtract(counts: Counter[str], job: _Job) -> None:
    for share in job.shares:
        counts[share.key] -= 1
        if not counts[share.key]:
            del counts[share.key]
