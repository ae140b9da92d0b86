"""A database as its callers see it: queues in front of writers and readers, on either engine."""

from __future__ import annotations

import queue
import time
from collections.abc import Callable
from functools import partial
from importlib.resources.abc import Traversable
from typing import TypeVar
from zlib import crc32

from . import migrate
from .engine import Database, Done, Lane, Work
from .session import Session
from .workers import Clock, Here, Job, Queue, Reader, Worker, Writer

T = TypeVar("T")
TIME_LIMIT = 2.0  # seconds that a statement of a read may take; a page of an indexed list takes milliseconds
FAST_READERS = 2
SLOW_READERS = 2
UPKEEP_SECONDS = 1.0  # between two looks at what the engine needs; one takes less than a millisecond
WRITERS = 3  # on an engine that lets workspaces be written at the same time; more than a core or two gain nothing


class QueuedDatabase(Database):
    """Threads over sessions. `open_` makes a session; with a time limit in seconds, or None for writing.

    `within` says that the engine works within this process: then reads of the fast lane need no other thread.
    `upkeep` is a statement to run now and then while there are writes.
    """

    def __init__(
        self,
        name: str,
        open_: Callable[[float | None], Session],
        migrations: Traversable,
        *,
        prepare: tuple[str, ...],
        writers: int,
        within: bool,
        release: Callable[[], None],
        upkeep: str | None,
    ) -> None:
        self._name, self._open, self._migrations = name, open_, migrations
        self._prepare, self._release, self._upkeep = prepare, release, upkeep
        self._looked_after = time.monotonic()
        self._clock = Clock()
        mixed = writers == 1
        self._write_queues = [Queue(mixed=mixed) for _ in range(writers)]
        self._writers = [
            Writer(f"writer-{n}", each, lambda: open_(None), self._clock) for n, each in enumerate(self._write_queues)
        ]
        self._fast, self._slow = Queue(mixed=True), Queue(mixed=True)
        self._slow_readers = [self._reader(Lane.SLOW, n) for n in range(SLOW_READERS)]
        self._fast_readers = [self._reader(Lane.FAST, n) for n in range(FAST_READERS)]
        for writer, each in zip(self._writers, self._write_queues, strict=True):
            each.workers = [writer]
        self._fast.workers, self._slow.workers = self._fast_readers, self._slow_readers
        self._here = Here(self._fast, lambda: open_(Here.time_limit), self._clock, self._slow) if within else None

    def _reader(self, lane: Lane, number: int) -> Reader:
        fast = lane is Lane.FAST
        return Reader(
            f"{lane}-reader-{number}",
            self._fast if fast else self._slow,
            lambda: self._open(TIME_LIMIT),
            self._clock,
            lane,
            self._slow if fast else None,
        )

    @property
    def name(self) -> str:
        return self._name

    def submit_write(self, key: str, work: Work[T], done: Done[T]) -> None:
        number = crc32(key.encode()) % len(self._writers)  # the same in every process, so that keys spread alike
        self._write_queues[number].hand(Job(key, work, done))
        upkeep = self._upkeep
        if upkeep is not None and time.monotonic() - self._looked_after >= UPKEEP_SECONDS:
            self._looked_after = time.monotonic()
            self._slow.hand(Job("", lambda tx: tx.all(upkeep), _unheard))

    def submit_read(self, work: Work[T], done: Done[T], lane: Lane = Lane.FAST) -> None:
        fast, job = lane is Lane.FAST, Job("", work, done)
        if fast and self._here is not None and self._here.offer(job):
            return
        (self._fast if fast else self._slow).hand(job)

    def write(self, key: str, work: Work[T]) -> T:
        wait: Callable[[Done[T]], None] = partial(self.submit_write, key, work)
        return self._wait(wait)

    def read(self, work: Work[T], lane: Lane = Lane.FAST) -> T:
        wait: Callable[[Done[T]], None] = partial(self.submit_read, work, lane=lane)
        return self._wait(wait)

    def _wait(self, submit: Callable[[Done[T]], None]) -> T:
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
        for each in (*self._write_queues, self._fast):
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
