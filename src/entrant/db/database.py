"""A database as its callers see it: queues in front of writers and readers, on either engine."""

from __future__ import annotations

import queue
import time
from collections.abc import Callable
from functools import partial
from importlib.resources.abc import Traversable
from typing import TypeAlias, TypeVar

from . import migrate
from .clock import Clock
from .engine import Cancel, Database, Done, Lane, Work
from .session import Session
from .shares import Job, Queue
from .workers import Here, Outage, Reader, Worker, Writer

T = TypeVar("T")
TIME_LIMIT = 2.0  # seconds that a read may take, all its statements together
FAST_SECONDS = 0.25  # that one of the fast lane may take there; a page of an indexed list takes milliseconds
FAST_READERS = 2
SLOW_READERS = 2
UPKEEP_SECONDS = 1.0  # between two looks at what the engine needs; one takes less than a millisecond
WRITERS = 3  # on an engine that lets workspaces be written at the same time; more than a core or two gain nothing
Open: TypeAlias = Callable[[float | None], Session]


class QueuedDatabase(Database):
    """Threads over sessions. `open_` makes a session; for reading with a time limit in seconds, or None for writing.

    Each workspace has one writer at a time, and one reader of the slow lane: the others have the rest.

    `within` says that the engine works within this process: then reads of the fast lane need no other thread.
    `upkeep` is a statement to run now and then while there are writes.
    """

    def __init__(
        self,
        name: str,
        open_: Open,
        migrations: Traversable,
        *,
        prepare: tuple[str, ...],
        writers: int,
        within: bool,
        release: Callable[[], None],
        upkeep: str | None,
        clock: Clock,
    ) -> None:
        self._name, self._open, self._migrations = name, open_, migrations
        self._prepare, self._release, self._upkeep = prepare, release, upkeep
        self._looked_after = time.monotonic()
        self._clock = clock
        self._write_queue = Queue(mixed=writers == 1)
        self._fast, self._slow = Queue(mixed=True), Queue(mixed=False)
        outage = Outage()
        self._writers = [
            Writer(f"writer-{n}", self._write_queue, lambda: open_(None), self._clock, outage) for n in range(writers)
        ]
        self._fast_readers = [
            Reader(f"fast-reader-{n}", self._fast, self._open_fast, self._clock, FAST_SECONDS, self._slow)
            for n in range(FAST_READERS)
        ]
        self._slow_readers = [
            Reader(f"slow-reader-{n}", self._slow, lambda: open_(TIME_LIMIT), self._clock, TIME_LIMIT, None)
            for n in range(SLOW_READERS)
        ]
        self._write_queue.start = [writer.start for writer in self._writers]
        self._fast.start = [reader.start for reader in self._fast_readers]
        self._slow.start = [reader.start for reader in self._slow_readers]
        self._here = Here(self._open_fast, self._clock, FAST_SECONDS, self._slow) if within else None

    def _open_fast(self) -> Session:
        return self._open(FAST_SECONDS)

    @property
    def name(self) -> str:
        return self._name

    @property
    def clock(self) -> Clock:
        return self._clock

    def submit_write(self, key: str, work: Work[T], done: Done[T]) -> Cancel:
        job = Job(key, work, done)
        self._write_queue.hand(job)
        upkeep = self._upkeep
        if upkeep is not None and time.monotonic() - self._looked_after >= UPKEEP_SECONDS:
            self._looked_after = time.monotonic()
            self._slow.hand(Job("", lambda tx: tx.all(upkeep), _unheard))
        return job.cancel

    def submit_read(self, work: Work[T], done: Done[T], lane: Lane = Lane.FAST, key: str = "") -> Cancel:
        return self._submit(Job(key, work, done, bounded=True), lane)

    def _submit(self, job: Job, lane: Lane) -> Cancel:
        if lane is Lane.SLOW:
            self._slow.hand(job)
        elif self._here is None or not self._here.offer(job):
            self._fast.hand(job)
        return job.cancel

    def write(self, key: str, work: Work[T]) -> T:
        wait: Callable[[Done[T]], object] = partial(self.submit_write, key, work)
        return self._wait(wait)

    def read(self, work: Work[T], lane: Lane = Lane.FAST, key: str = "") -> T:
        return self._wait(lambda done: self._submit(Job(key, work, done), lane))

    def _wait(self, submit: Callable[[Done[T]], object]) -> T:
        if any(worker.current for worker in self._workers):
            raise RuntimeError("a work must not wait for another work: use its own transaction")
        answers: queue.SimpleQueue[tuple[T | None, BaseException | None]] = queue.SimpleQueue()
        submit(lambda result, failure: answers.put((result, failure)))
        result, failure = answers.get()
        if failure is not None:
            raise failure
        return result  # type: ignore[return-value]  # None only where the work returns None

    def migrate(self) -> list[str]:
        session = self._open(None)
        try:
            return self._migrate(session)
        finally:
            session.close()

    def _migrate(self, session: Session) -> list[str]:
        """Each migration in a transaction that no other process can have open at the same time."""
        applied: list[str] = []
        migrations = migrate.load(self._migrations)
        while True:
            session.begin(write=True)
            for statement in self._prepare:
                session.execute(statement, {})
            session.execute(migrate.LEDGER, {})
            missing = migrate.pending(session, migrations)
            if missing:
                migrate.apply(session, missing[0], self._clock.now())
                applied.append(missing[0].name)
            else:
                for statement in migrate.always(self._migrations, self._name):
                    session.execute(statement, {})
            session.control("COMMIT")
            if not missing:
                return applied

    def pending(self) -> list[str]:
        session = self._open(None)
        try:
            session.begin(write=True)
            session.execute(migrate.LEDGER, {})
            names = [migration.name for migration in migrate.pending(session, migrate.load(self._migrations))]
            session.control("COMMIT")
        finally:
            session.close()
        return names

    @property
    def _workers(self) -> list[Worker]:
        return [*self._writers, *self._fast_readers, *self._slow_readers]

    def close(self) -> None:
        for each in (self._write_queue, self._fast):
            each.close()
        for worker in (*self._writers, *self._fast_readers):
            worker.join()
        self._slow.close()
        for reader in self._slow_readers:
            reader.join()
        here, self._here = self._here, None
        if here is not None:
            here.close()
        self._release()


def _unheard(_result: object, _failure: BaseException | None) -> None:
    """Nobody waits for upkeep; what could not be done is done the next time."""
