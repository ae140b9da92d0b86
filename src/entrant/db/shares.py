"""What waits for the threads of a database, shared out by key: nobody waits for all that a busy workspace has sent."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec

from .engine import Cancelled, Done, Unavailable, Work

MAX_QUEUE = 10_000  # works that may wait; beyond that the database is not keeping up
MAX_QUEUE_SHARE = 2_500  # of them of one key
MAX_SHARE = 16  # works of one key in a batch while others wait
RECENT_SECONDS = 5.0  # since another key has come, for that one to count as waiting
LOOK_SECONDS = 0.5  # between two looks at whether others still come
MAX_REST_SECONDS = 10.0  # that a key waits after a long work while others come


class Job(msgspec.Struct, eq=False):
    """A work, and whom to tell."""

    key: str
    work: Work[Any]
    done: Done[Any]
    bounded: bool = False
    """Whether it was submitted by somebody who must not be held up, such as an event loop."""
    cancelled: bool = False
    queue: Queue | None = None
    """Where it waits."""

    def cancel(self) -> None:
        """Nobody waits for it any more: it is not begun, or stopped if it is a read."""
        self.cancelled = True
        queue = self.queue
        if queue is not None and queue.drop(self):
            self.tell_cancelled()

    def tell_cancelled(self) -> None:
        """Call back without having done anything."""
        self.done(None, Cancelled("nobody waits for this any longer"))


class Queue:
    """Jobs by key, in the order in which the keys first came. `mixed` takes several keys at once.

    Otherwise jobs of one key are taken at a time, and no more of it until they are released: of the threads behind
    the queue each key has one.
    """

    def __init__(self, *, mixed: bool) -> None:
        self.start: Sequence[Callable[[], None]] = ()
        """What the first job starts."""
        self._mixed = mixed
        self._lock = threading.Lock()
        self._condition = threading.Condition(self._lock)
        self._jobs: dict[str, deque[Job]] = {}
        self._under_way: set[str] = set()
        self._size = 0
        self._closed = False
        self._resting: dict[str, float] = {}
        self._last, self._last_at, self._other_at = "", -RECENT_SECONDS, -RECENT_SECONDS
        """The key that has come last, when it has, and when one before it did that was not the same."""

    def put(self, job: Job) -> None:
        """Add a job; raises Unavailable if too many wait, or if the database is closed."""
        with self._lock:
            if self._closed:
                raise Unavailable("the database is closed")
            jobs = self._jobs.get(job.key)
            if self._size >= MAX_QUEUE or (jobs is not None and len(jobs) >= MAX_QUEUE_SHARE):
                raise Unavailable("too many requests are waiting")
            if jobs is None:
                jobs = self._jobs[job.key] = deque()
            if job.key != self._last:
                self._other_at, self._last = self._last_at, job.key
            self._last_at = time.monotonic()
            jobs.append(job)
            job.queue = self
            self._size += 1
            self._condition.notify()

    def hand(self, job: Job) -> None:
        """Add a job and see to it that somebody serves it, or tell it at once that it cannot be done now."""
        for start in self.start:
            start()
        try:
            self.put(job)
        except Unavailable as exc:
            job.done(None, exc)

    def drop(self, job: Job) -> bool:
        """Take out a job that waits here; whether it did."""
        with self._lock:
            if job.queue is not self:
                return False
            jobs = self._jobs[job.key]
            jobs.remove(job)
            if not jobs:
                del self._jobs[job.key]
            job.queue = None
            self._size -= 1
            if self._closed:
                self._condition.notify_all()
            return True

    def take(self, most: int) -> list[Job]:
        """Wait for jobs; up to `most` of them, or none when the queue is closed and empty."""
        with self._lock:
            while not (ready := self._ready()) and (self._jobs or not self._closed):
                self._condition.wait(self._until_rested())
            taken: list[Job] = []
            share = most if len(self._jobs) == 1 else min(most, MAX_SHARE)
            for key in ready:
                jobs = self._jobs.pop(key)
                taken += [jobs.popleft() for _ in range(min(len(jobs), share, most - len(taken)))]
                if jobs:
                    self._jobs[key] = jobs  # what is left of a busy key goes behind the others
                if len(taken) == most:
                    break
            if not self._mixed:
                self._under_way.update(ready)
            for job in taken:
                job.queue = None
            self._size -= len(taken)
            return taken

    def release(self, jobs: Iterable[Job]) -> None:
        """Say that jobs that were taken are done with, so that others of their key may be."""
        if self._mixed:
            return
        with self._lock:
            self._under_way.difference_update(job.key for job in jobs)
            if self._closed:
                self._condition.notify_all()
            else:
                self._condition.notify()

    def give_back(self, jobs: Sequence[Job]) -> None:
        """Put back what was taken and has not been begun: before all else of its key, which goes behind the others."""
        with self._lock:
            for key in dict.fromkeys(job.key for job in jobs):
                left = deque(job for job in jobs if job.key == key)
                left.extend(self._jobs.pop(key, ()))
                self._jobs[key] = left
            for job in jobs:
                job.queue = self
            self._size += len(jobs)
            self._condition.notify()

    def rest(self, key: str, seconds: float) -> None:
        """Take nothing of a key for so long, but at most MAX_REST_SECONDS, as long as others keep coming.

        Only where all keys have one thread: otherwise the others have the other threads.
        """
        if not self._mixed:
            return
        now = time.monotonic()
        with self._lock:
            self._resting = {each: until for each, until in self._resting.items() if until > now}
            self._resting[key] = now + min(seconds, MAX_REST_SECONDS)

    def others_wait(self, key: str) -> bool:
        """Whether there are jobs of another key."""
        with self._lock:
            return len(self._jobs) > (key in self._jobs)

    def close(self) -> None:
        """Take no more; what waits is still done."""
        with self._lock:
            self._closed = True
            self._condition.notify_all()

    def _ready(self) -> list[str]:
        """The keys that jobs may be taken of, in order; not mixed, the first of them."""
        if not self._mixed:
            return next(([key] for key in self._jobs if key not in self._under_way), [])
        if not self._resting or self._closed:
            return list(self._jobs)
        now = time.monotonic()
        return [key for key in self._jobs if self._resting.get(key, now) <= now or not self._others_come(key, now)]

    def _others_come(self, key: str, now: float) -> bool:
        """Whether another key has come lately."""
        return now - (self._other_at if key == self._last else self._last_at) < RECENT_SECONDS

    def _until_rested(self) -> float | None:
        """Seconds until a key that waits may be taken of, at the latest; None if none rests."""
        if not self._mixed or not self._jobs:
            return None
        now = time.monotonic()
        return max(0.0, min(LOOK_SECONDS, *(self._resting[key] - now for key in self._jobs)))
