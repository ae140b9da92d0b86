"""What one request says to the database: the statements of its transaction, as the service gives them.

A `Recorder` is a database around another. It notes each statement on its way; statements that wait for the commit
are noted at the end, where they run when the transaction has no other request in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import msgspec

from entrant.db import Clock
from entrant.db.engine import Cancel, Database, Done, Lane, Row, T, Tx, Value, Work


class Statement(msgspec.Struct, frozen=True):
    """A statement with `:name` parameters, and their values."""

    sql: str
    parameters: dict[str, Any]


class Trace:
    """The statements of one transaction."""

    def __init__(self) -> None:
        self._during: list[Statement] = []
        self._before_commit: list[Statement] = []

    @property
    def statements(self) -> list[Statement]:
        """In the order in which they ran."""
        return self._during + self._before_commit

    def note(self, sql: str, parameters: Mapping[str, Value]) -> None:
        """A statement that runs at once."""
        self._during.append(Statement(sql, dict(parameters)))

    def note_later(self, sql: str, parameters: Mapping[str, Value]) -> None:
        """A statement that runs before the commit."""
        self._before_commit.append(Statement(sql, dict(parameters)))

    @contextmanager
    def undoing(self, block: AbstractContextManager[None]) -> Iterator[None]:
        """A block that is forgotten if it fails."""
        kept = len(self._during), len(self._before_commit)
        try:
            with block:
                yield
        except BaseException:
            del self._during[kept[0] :], self._before_commit[kept[1] :]
            raise


class RecordingTx(Tx):
    """A transaction that notes what it passes on."""

    def __init__(self, inner: Tx, trace: Trace) -> None:
        self._inner = inner
        self._trace = trace
        self.now, self.steady = inner.now, inner.steady
        self.engine = inner.engine
        self.peers = inner.peers
        self.lane = inner.lane
        self.far = inner.far
        self.memo = inner.memo

    def run(self, sql: str, /, **parameters: Value) -> None:
        """Note, pass on."""
        self._trace.note(sql, parameters)
        self._inner.run(sql, **parameters)

    def changed(self, sql: str, /, **parameters: Value) -> int:
        """Note, pass on."""
        self._trace.note(sql, parameters)
        return self._inner.changed(sql, **parameters)

    def one(self, sql: str, /, **parameters: Value) -> Row | None:
        """Note, pass on."""
        self._trace.note(sql, parameters)
        return self._inner.one(sql, **parameters)

    def all(self, sql: str, /, **parameters: Value) -> list[Row]:
        """Note, pass on."""
        self._trace.note(sql, parameters)
        return self._inner.all(sql, **parameters)

    def ahead(self, sql: str, /, **parameters: Value) -> None:
        """Pass on; it is noted when it is needed."""
        self._inner.ahead(sql, **parameters)

    def many(self, sql: str, rows: Iterable[Mapping[str, Value]], /) -> None:
        """Note one statement for each row, pass on."""
        kept = list(rows)
        for row in kept:
            self._trace.note(sql, row)
        self._inner.many(sql, kept)

    def later(self, sql: str, /, **parameters: Value) -> None:
        """Note for the end, pass on."""
        self._trace.note_later(sql, parameters)
        self._inner.later(sql, **parameters)

    def add(self, sql: str, key: Mapping[str, Value], /, **amounts: int) -> None:
        """Note for the end, pass on."""
        self._trace.note_later(sql, {**key, **amounts})
        self._inner.add(sql, key, **amounts)

    def entered(self, workspace: str, /) -> None:
        """Pass on."""
        self._inner.entered(workspace)

    def everywhere(self) -> None:
        """Pass on."""
        self._inner.everywhere()

    def atomic(self) -> AbstractContextManager[None]:
        """Pass on; a block that is undone is not noted."""
        return self._trace.undoing(self._inner.atomic())


class Recorder(Database):
    """A database that keeps the trace of the last read and of the last write. For one request at a time."""

    def __init__(self, inner: Database) -> None:
        self._inner = inner
        self.last_read = Trace()
        self.last_write = Trace()

    @property
    def name(self) -> str:
        """The engine below."""
        return self._inner.name

    @property
    def clock(self) -> Clock:
        """The clock below."""
        return self._inner.clock

    def _reading(self, work: Work[T]) -> Work[T]:
        def recorded(tx: Tx) -> T:
            self.last_read = Trace()  # a new one each time: a work may run more than once
            return work(RecordingTx(tx, self.last_read))

        return recorded

    def _writing(self, work: Work[T]) -> Work[T]:
        def recorded(tx: Tx) -> T:
            self.last_write = Trace()
            return work(RecordingTx(tx, self.last_write))

        return recorded

    def submit_write(self, key: str, work: Work[T], done: Done[T]) -> Cancel:
        """Pass on, recording."""
        return self._inner.submit_write(key, self._writing(work), done)

    def submit_read(self, work: Work[T], done: Done[T], lane: Lane = Lane.FAST, key: str = "") -> Cancel:
        """Pass on, recording."""
        return self._inner.submit_read(self._reading(work), done, lane, key)

    def write(self, key: str, work: Work[T]) -> T:
        """Pass on, recording."""
        return self._inner.write(key, self._writing(work))

    def read(self, work: Work[T], lane: Lane = Lane.FAST, key: str = "") -> T:
        """Pass on, recording."""
        return self._inner.read(self._reading(work), lane, key)

    def migrate(self) -> list[str]:
        """Pass on."""
        return self._inner.migrate()

    def pending(self) -> list[str]:
        """Pass on."""
        return self._inner.pending()

    def close(self) -> None:
        """Leave the database open: whoever opened it closes it."""
