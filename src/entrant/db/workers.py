"""The threads of a database: writers that commit in groups, readers that share snapshots (architecture.md §1)."""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import msgspec

from .engine import DatabaseError, Done, Lane, Later, TimeLimit, Unavailable, Work, timestamp
from .session import Retry, Session, StartOver, Transaction

logger = logging.getLogger(__name__)

MAX_BATCH = 128  # works in one transaction
MAX_QUEUE = 10_000  # works that may wait; beyond that the database is not keeping up
MAX_SHARE = 16  # works of one key in it while others wait: nobody shall wait for all that a busy one has sent
ATTEMPTS = 4  # runs of a batch that loses to deadlocks or serialization failures
QUIET_SECONDS = 10.0  # between two lines of the log about the same outage

Open = Callable[[], Session]


class Clock:
    """The time, strictly later at each look, by at least a microsecond."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last = datetime.min.replace(tzinfo=UTC)

    def now(self) -> str:
        """UTC text, as `timestamp` writes it."""
        with self._lock:
            self._last = max(datetime.now(UTC), self._last + timedelta(microseconds=1))
            return timestamp(self._last)


class Job(msgspec.Struct, frozen=True, eq=False):
    """A work, and whom to tell."""

    key: str
    work: Work[Any]
    done: Done[Any]


class Queue:
    """Jobs by key, in the order in which the keys first came. `mixed` takes several keys at once."""

    def __init__(self, *, mixed: bool) -> None:
        self.workers: Sequence[Worker] = ()
        """Whom the first job starts."""
        self._mixed = mixed
        self._lock = threading.Lock()
        self._condition = threading.Condition(self._lock)
        self._jobs: dict[str, deque[Job]] = {}
        self._size = 0
        self._closed = False

    def put(self, job: Job) -> None:
        """Add a job; raises Unavailable if too many wait, or if the database is closed."""
        with self._lock:
            if self._closed or self._size >= MAX_QUEUE:
                raise Unavailable("the database is closed" if self._closed else "too many requests are waiting")
            self._jobs.setdefault(job.key, deque()).append(job)
            self._size += 1
            self._condition.notify()

    def hand(self, job: Job) -> None:
        """Add a job and see to it that somebody serves it, or tell it at once that it cannot be done now."""
        for worker in self.workers:
            worker.start()
        try:
            self.put(job)
        except Unavailable as exc:
            job.done(None, exc)

    def take(self, most: int) -> list[Job]:
        """Wait for jobs; up to `most` of them, or none when the queue is closed and empty."""
        with self._lock:
            while not self._jobs and not self._closed:
                self._condition.wait()
            taken: list[Job] = []
            share = most if len(self._jobs) == 1 else min(most, MAX_SHARE)
            for _ in range(len(self._jobs) if self._mixed else min(1, len(self._jobs))):
                key, jobs = next(iter(self._jobs.items()))
                taken += [jobs.popleft() for _ in range(min(len(jobs), share, most - len(taken)))]
                del self._jobs[key]
                if jobs:
                    self._jobs[key] = jobs  # what is left of a busy key goes behind the others
                if len(taken) == most:
                    break
            self._size -= len(taken)
            return taken

    def close(self) -> None:
        """Take no more; what waits is still done."""
        with self._lock:
            self._closed = True
            self._condition.notify_all()


class Worker:
    """A thread with a connection of its own, opened when it is first needed and again after it is lost."""

    def __init__(self, name: str, queue: Queue, open_: Open, clock: Clock) -> None:
        self._queue, self._open, self._clock = queue, open_, clock
        self._session: Session | None = None
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._started = False
        self._start_lock = threading.Lock()

    @property
    def current(self) -> bool:
        """Whether this is the thread that is running now."""
        return threading.current_thread() is self._thread

    def start(self) -> None:
        """Start the thread, once."""
        if not self._started:
            with self._start_lock:
                if not self._started:
                    self._thread.start()
                    self._started = True

    def join(self) -> None:
        """Wait until the queue is closed and empty and the connection is closed."""
        if self._started:
            self._thread.join()

    def _run(self) -> None:
        while jobs := self._queue.take(self.most):
            self._serve(jobs)
        self._drop()

    most = MAX_BATCH

    def _serve(self, jobs: list[Job]) -> None:
        raise NotImplementedError

    def _connected(self) -> Session:
        if self._session is None:
            self._session = self._open()
        return self._session

    def _drop(self) -> None:
        """Close the connection; the next job opens another."""
        session, self._session = self._session, None
        if session is not None:
            session.close()

    def _undo(self) -> None:
        """Roll back, or close the connection if even that fails."""
        try:
            if self._session is not None:
                self._session.control("ROLLBACK")
        except DatabaseError:
            self._drop()


class Writer(Worker):
    """Runs what has queued up in one transaction and answers it after the commit."""

    _quiet_until = 0.0
    _untold = 0

    def _complain(self, writes: int, failure: DatabaseError) -> None:
        """Log that writes were not committed; of an outage a line now and then, however many there are."""
        self._untold += writes
        if time.monotonic() >= self._quiet_until:
            reason = " ".join(str(failure).split())
            logger.warning("%d writes were not committed and answered 503: %s", self._untold, reason)
            self._quiet_until, self._untold = time.monotonic() + QUIET_SECONDS, 0

    def _serve(self, jobs: list[Job]) -> None:
        try:
            results = self._batch(jobs)
        except DatabaseError as exc:
            self._undo()
            if isinstance(exc, Unavailable):
                self._drop()
            self._complain(len(jobs), exc)
            lost = exc if isinstance(exc, Unavailable) else Unavailable(str(exc))
            results = [(None, lost)] * len(jobs)
        else:
            self._quiet_until, self._untold = 0.0, 0
        for job, (result, failure) in zip(jobs, results, strict=True):
            job.done(result, failure)

    def _batch(self, jobs: list[Job]) -> list[tuple[Any, BaseException | None]]:
        """Run the jobs and commit: first as if nothing could fail; if something does, one by one with savepoints."""
        careful = False
        for attempt in range(ATTEMPTS):
            committing = False
            try:
                session = self._connected()
                session.begin(write=True)
                tx = Transaction(session, self._clock.now(), None, {}, careful=careful)
                results = [self._one(job, tx) for job, tx.peers in _with_peers(jobs)]
                tx.flush()
                committing = True
                session.control("COMMIT")
            except StartOver:
                careful = True
            except Retry:
                if attempt == ATTEMPTS - 1:
                    raise
            except Unavailable:
                if committing or attempt:  # it may have been committed, or the database is away
                    raise
                self._drop()  # the connection may just have been idle too long
            except DatabaseError:
                if careful:
                    raise
                careful = True  # a statement that nobody waited for has failed: find out whose it is
            else:
                return results
            self._undo()
        raise Unavailable("the database kept giving up this transaction")

    def _one(self, job: Job, tx: Transaction) -> tuple[Any, BaseException | None]:
        """One job's result or failure; a failure leaves nothing behind."""
        try:
            tx.begin_work()
            with tx.atomic():
                return job.work(tx), None
        except (Unavailable, Retry):
            raise
        except Exception as exc:  # noqa: BLE001  the job's own; it is handed to whoever waits for it
            return None, exc


class Reader(Worker):
    """Runs what has queued up in one snapshot, and answers each read as it is done."""

    def __init__(self, name: str, queue: Queue, open_: Open, clock: Clock, lane: Lane, slower: Queue | None) -> None:
        super().__init__(name, queue, open_, clock)
        self._lane, self._slower = lane, slower
        self.most = 32 if lane is Lane.FAST else 1

    def _serve(self, jobs: list[Job]) -> None:
        waiting = dict.fromkeys(jobs)
        together, reconnected = len(jobs), False
        while waiting:
            try:
                self._snapshot(list(waiting)[:together], waiting)
            except Unavailable as exc:
                self._drop()
                if reconnected:
                    for job in waiting:
                        job.done(None, exc)
                    return
                reconnected = True  # a read does no harm twice, and the connection may just have been idle too long
            except DatabaseError as exc:
                self._undo()
                if together > 1:
                    together = 1  # find out whose it is
                else:
                    job = next(iter(waiting))
                    del waiting[job]
                    job.done(None, exc)

    def _snapshot(self, jobs: list[Job], waiting: dict[Job, None]) -> None:
        """Serve reads; those that are served are not in `waiting` any more. Raises DatabaseError."""
        session = self._connected()
        session.begin(write=False)
        now, memo = self._clock.now(), dict[Any, Any]()
        works = [(job, Transaction(session, now, self._lane, memo)) for job in jobs]
        session.together([partial(self._read, job, tx, waiting) for job, tx in works])
        session.end_snapshot()

    def _read(self, job: Job, tx: Transaction, waiting: dict[Job, None]) -> None:
        """Serve one of them."""
        try:
            result, failure = job.work(tx), None
        except Later:
            del waiting[job]
            self._move(job)
            return
        except DatabaseError:
            raise
        except Exception as exc:  # noqa: BLE001  the job's own; it is handed to whoever waits for it
            result, failure = None, exc
        del waiting[job]
        job.done(result, failure)

    def _move(self, job: Job) -> None:
        """Hand a job to the slow lane."""
        if self._slower is None:
            job.done(None, RuntimeError("a read asked for the slow lane while it was in it"))
        else:
            self._slower.hand(job)


class Here(Reader):
    """Serves reads on the threads that ask for them, one at a time: for an engine that works within this process.

    Handing a read to another thread and back costs more than a look at an index. `time_limit` seconds of a statement
    are the longest that an event loop is held up; what takes longer is begun anew by the readers behind `queue`.
    """

    time_limit = 0.1

    def __init__(self, queue: Queue, open_: Open, clock: Clock, slower: Queue) -> None:
        super().__init__("here", queue, open_, clock, Lane.FAST, slower)
        self._turn = threading.Lock()

    def offer(self, job: Job) -> bool:
        """Serve a read now, unless another is being served."""
        if not self._turn.acquire(blocking=False):
            return False
        try:
            self._serve([Job(job.key, job.work, partial(self._answer, job))])
        finally:
            self._turn.release()
        return True

    def _answer(self, job: Job, result: object, failure: BaseException | None) -> None:
        if isinstance(failure, TimeLimit):
            self._queue.hand(job)
        else:
            job.done(result, failure)

    def close(self) -> None:
        """Serve nothing more."""
        self._turn.acquire()
        self._drop()


def _with_peers(jobs: list[Job]) -> Iterator[tuple[Job, int]]:
    """Each job with the number of jobs that have its key."""
    sizes = Counter(job.key for job in jobs)
    return ((job, sizes[job.key]) for job in jobs)
