"""The threads of a database: writers that commit in groups, readers that share snapshots (architecture.md §1)."""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, TypeAlias

from .clock import Clock
from .engine import DatabaseError, Lane, Later, TimeLimit, Unavailable, timestamp
from .session import Retry, Session, StartOver, Transaction
from .shares import Job, Queue

logger = logging.getLogger(__name__)

MAX_BATCH = 128  # works in one transaction
SHARE_SECONDS = 0.02  # of a batch that works of one key take while others wait; the one that exceeds it is the last
ATTEMPTS = 4  # runs of a batch that loses to deadlocks or serialization failures
LONG_SECONDS = 0.05  # of this thread's processor time that a work may take before its key has to rest
REST = 20  # times as long as the work: a key has no more than a twentieth of the one writer by such works
QUIET_SECONDS = 10.0  # between two lines of the log about the same outage

Open = Callable[[], Session]
Outcome: TypeAlias = tuple[Any, BaseException | None]
"""What a work has returned, or what it raised."""


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
            wanted = []
            for job in jobs:
                if job.cancelled:
                    job.tell_cancelled()
                else:
                    wanted.append(job)
            if wanted:
                self._serve(wanted)
            self._queue.release(jobs)
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


class Outage:
    """What all writers of a database say of it while it does not commit: a line now and then, however many they are."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._quiet_until, self._untold = 0.0, 0

    def complain(self, writes: int, failure: DatabaseError) -> None:
        """Log that writes were not committed."""
        with self._lock:
            self._untold += writes
            if time.monotonic() >= self._quiet_until:
                reason = " ".join(str(failure).split())
                logger.warning("%d writes were not committed and answered 503: %s", self._untold, reason)
                self._quiet_until, self._untold = time.monotonic() + QUIET_SECONDS, 0

    def over(self) -> None:
        """Something was committed: the next failure is another outage."""
        if self._quiet_until:
            with self._lock:
                self._quiet_until, self._untold = 0.0, 0


class Writer(Worker):
    """Runs what has queued up in one transaction and answers it after the commit."""

    def __init__(self, name: str, queue: Queue, open_: Open, clock: Clock, outage: Outage) -> None:
        super().__init__(name, queue, open_, clock)
        self._outage = outage

    def _serve(self, jobs: list[Job]) -> None:
        self._left: list[Job] = []
        try:
            results = self._batch(jobs)
        except DatabaseError as exc:
            self._undo()
            if isinstance(exc, Unavailable):
                self._drop()
            self._outage.complain(len(jobs), exc)
            lost = exc if isinstance(exc, Unavailable) else Unavailable(str(exc))
            results = [(job, (None, lost)) for job in jobs if job not in self._left]
        else:
            self._outage.over()
        if self._left:
            self._queue.give_back(self._left)
        for job, (result, failure) in results:
            job.done(result, failure)

    def _batch(self, jobs: list[Job]) -> list[tuple[Job, Outcome]]:
        """Run the jobs and commit: first as if nothing could fail; if something does, one by one with savepoints.

        Those that are put off are in `_left`.
        """
        careful = False
        for attempt in range(ATTEMPTS):
            committing = False
            try:
                session = self._connected()
                session.begin(write=True)
                tx = Transaction(
                    session, self._clock.now(), None, {}, careful=careful, steady=timestamp(self._clock.steady())
                )
                results = self._run_all(jobs, tx)
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

    def _run_all(self, jobs: list[Job], tx: Transaction) -> list[tuple[Job, Outcome]]:
        """Run the jobs, but for those whose key has had its share of the time while others wait."""
        results: list[tuple[Job, Outcome]] = []
        self._left = []
        spent: dict[str, float] = {}
        began = time.monotonic()
        for job, tx.peers in _with_peers(jobs):
            if spent.get(job.key, 0.0) > SHARE_SECONDS and self._others_wait(job.key, jobs):
                self._left.append(job)
                continue
            worked = time.thread_time()
            results.append((job, self._one(job, tx)))
            worked = time.thread_time() - worked
            if worked > LONG_SECONDS:
                self._queue.rest(job.key, worked * REST)
            ended = time.monotonic()
            spent[job.key] = spent.get(job.key, 0.0) + ended - began
            began = ended
        return results

    def _others_wait(self, key: str, jobs: list[Job]) -> bool:
        """Whether there are jobs of another key, in this batch or for the next."""
        return any(job.key != key for job in jobs) or self._queue.others_wait(key)

    def _one(self, job: Job, tx: Transaction) -> Outcome:
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
    """Runs what has queued up in one snapshot, and answers each read as it is done.

    One that takes longer than `seconds` is begun again in the slower lane, if there is one.
    """

    def __init__(
        self, name: str, queue: Queue, open_: Open, clock: Clock, seconds: float, slower: Queue | None
    ) -> None:
        super().__init__(name, queue, open_, clock)
        self._seconds, self._slower = seconds, slower
        self._lane = Lane.SLOW if slower is None else Lane.FAST
        self.most = 1 if slower is None else 32

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
                    self._fail(job, exc)

    def _fail(self, job: Job, failure: DatabaseError) -> None:
        if job.cancelled:
            job.tell_cancelled()
        elif isinstance(failure, TimeLimit) and self._slower is not None:
            self._slower.hand(job)
        else:
            job.done(None, failure)

    def _snapshot(self, jobs: list[Job], waiting: dict[Job, None]) -> None:
        """Serve reads; those that are served are not in `waiting` any more. Raises DatabaseError."""
        session = self._connected()
        session.begin(write=False)
        now, memo = self._clock.now(), dict[Any, Any]()
        works = [
            (job, Transaction(session, now, self._lane, memo, bounded=job.bounded and self._slower is not None))
            for job in jobs
        ]
        session.together([partial(self._read, job, tx, waiting) for job, tx in works])
        session.end_snapshot()

    def _read(self, job: Job, tx: Transaction, waiting: dict[Job, None]) -> None:
        """Serve one of them."""
        deadline = time.monotonic() + self._seconds
        try:
            with tx.watched(lambda: job.cancelled or time.monotonic() > deadline):
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

    Handing a read to another thread and back costs more than a look at an index. What exceeds the bounds of the fast
    lane is begun again by a thread of the slow one, so that an event loop is not held up.
    """

    def __init__(self, open_: Open, clock: Clock, seconds: float, slower: Queue) -> None:
        super().__init__("here", slower, open_, clock, seconds, slower)
        self._turn = threading.Lock()

    def offer(self, job: Job) -> bool:
        """Serve a read now, unless another is being served."""
        if not self._turn.acquire(blocking=False):
            return False
        try:
            self._serve([job])
        finally:
            self._turn.release()
        return True

    def close(self) -> None:
        """Serve nothing more."""
        self._turn.acquire()
        self._drop()


def _with_peers(jobs: list[Job]) -> Iterator[tuple[Job, int]]:
    """Each job with the number of jobs that have its key."""
    sizes = Counter(job.key for job in jobs)
    return ((job, sizes[job.key]) for job in jobs)
