"""One connection to a database, and the transaction that runs on it; what both engines have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar, NamedTuple

from .engine import DatabaseError, Lane, Later, Row, StrayWorkspace, TimeLimit, Tx, Unavailable, Value
from .statements import writes

MAX_FAST_ROWS = 200  # of one read in the fast lane that was submitted: a page of the usual size, and more
MAX_FAST_CHARACTERS = 524_288  # of text in these
MAX_FAST_STEPS = 20_000  # of an engine that counts them; a page of the usual size takes 14,600, each in 3 groups


class StartOver(BaseException):
    """A transaction must be undone and its works run again with savepoints. Not for works to catch."""


class Retry(DatabaseError):
    """The database gave up this transaction in favour of another (deadlock, serialization); it may be run again."""


class Session(ABC):
    """A connection. Every method raises DatabaseError or one of its subclasses, never the driver's exceptions."""

    engine: ClassVar[str]
    """`sqlite` or `postgresql`."""

    @abstractmethod
    def begin(self, *, write: bool) -> None:
        """Start a transaction: one that may write, or a snapshot."""

    @abstractmethod
    def execute(self, sql: str, parameters: Mapping[str, Value]) -> None:
        """Run a statement of this engine-neutral kind. Its failure may be raised by what follows, or by `control`."""

    @abstractmethod
    def changed(self, sql: str, parameters: Mapping[str, Value]) -> int:
        """Run a statement; the number of rows it changed."""

    @abstractmethod
    def query(self, sql: str, parameters: Mapping[str, Value]) -> list[Row]:
        """Run a statement; its rows."""

    def watch(self, over: Callable[[], bool], *, bounded: bool) -> None:
        """Ask now and then, while a query runs, whether what is done now is over; then it raises TimeLimit.

        So it does, if `bounded`, beyond MAX_FAST_STEPS. Errands that run together are not watched.
        """
        self._over, self._bounded = over, bounded

    def unwatch(self) -> None:
        """Ask no more."""
        self._over, self._bounded = None, False

    _over: Callable[[], bool] | None = None
    _bounded = False

    def require_time(self) -> None:
        """Raise TimeLimit if what is done now is over."""
        if self._over is not None and self._over():
            raise TimeLimit("the read ran over its time limit")

    def characters(self, rows: list[Row]) -> int:
        """How much text there is in rows."""
        return sum(len(value) for row in rows for value in row.values() if isinstance(value, str))

    @property
    @abstractmethod
    def far(self) -> bool:
        """Whether a question that is asked `ahead` saves a journey."""

    @abstractmethod
    def ahead(self, sql: str, parameters: Mapping[str, Value]) -> None:
        """Send what `query` will ask; wait for nothing."""

    @abstractmethod
    def execute_many(self, sql: str, rows: list[Mapping[str, Value]]) -> None:
        """Run a statement once per row."""

    @abstractmethod
    def control(self, command: str) -> None:
        """Run a command without parameters, such as COMMIT or SAVEPOINT."""

    def end_snapshot(self) -> None:
        """End a transaction that has only read; whoever waits for its reads need not wait for this."""
        self.control("COMMIT")

    def together(self, errands: Sequence[Callable[[], None]]) -> None:
        """Run errands that only read and know nothing of each other, as it is cheapest for all of them."""
        for errand in errands:
            errand()

    @abstractmethod
    def enter(self, workspace: str) -> None:
        """Let the next statements see and write the rows of one workspace alone; of all if it is empty."""

    @abstractmethod
    def close(self) -> None:
        """Close the connection, whatever its state."""


class _Deferred(NamedTuple):
    sql: str
    parameters: Mapping[str, Value]
    amounts: Mapping[str, int] | None


class Transaction(Tx):
    """A work's view of the transaction on a session, which it may share. `careful` gives each `atomic` a savepoint."""

    def __init__(
        self,
        session: Session,
        now: str,
        lane: Lane | None,
        memo: dict[Any, Any],
        *,
        careful: bool = False,
        steady: str | None = None,
        bounded: bool = False,
    ) -> None:
        self.now, self.lane, self.peers, self.engine = now, lane, 1, session.engine
        self.steady = steady or now
        self.memo = memo
        self.written = 0
        """How many statements have changed something so far."""
        self._session, self._careful = session, careful
        self._bounded = bounded
        self._rows = self._characters = 0
        self._deferred: list[_Deferred] = []
        self._depth = 0
        self._scope: str | None = None
        """The workspace that the work is in, empty if it is in all of them; None while it has named none."""

    def begin_work(self) -> None:
        """Another work of the same workspace begins, which has named none yet."""
        self._scope = None

    def entered(self, workspace: str, /) -> None:
        self._stay(workspace)

    def everywhere(self) -> None:
        self._scope = ""

    def _stay(self, workspace: Value) -> None:
        """Be in the workspace that a statement names, else where the work is; a read that has named none is in all."""
        scope = self._scope
        if isinstance(workspace, str) and scope not in (workspace, ""):
            if scope is not None:
                raise StrayWorkspace(
                    f"a work in the workspace {scope} named {workspace}; if it is about several, call tx.everywhere()"
                )
            scope = self._scope = workspace
        if scope is not None:
            self._session.enter(scope)
        elif self.lane is not None:
            self._session.enter("")

    def run(self, sql: str, /, **parameters: Value) -> None:
        self._stay(parameters.get("workspace"))
        self.written += 1
        self._session.execute(sql, parameters)

    def changed(self, sql: str, /, **parameters: Value) -> int:
        self._stay(parameters.get("workspace"))
        self.written += 1
        return self._session.changed(sql, parameters)

    def one(self, sql: str, /, **parameters: Value) -> Row | None:
        rows = self.all(sql, **parameters)
        return rows[0] if rows else None

    def all(self, sql: str, /, **parameters: Value) -> list[Row]:
        self._stay(parameters.get("workspace"))
        self.written += writes(sql)
        rows = self._session.query(sql, parameters)
        if self._bounded and rows:
            self._rows += len(rows)
            self._characters += self._session.characters(rows)
            if self._rows > MAX_FAST_ROWS or self._characters > MAX_FAST_CHARACTERS:
                raise Later
        return rows

    @contextmanager
    def watched(self, over: Callable[[], bool]) -> Iterator[None]:
        """Ask now and then whether this read is over; it raises TimeLimit then."""
        self._session.watch(over, bounded=self._bounded)
        try:
            yield
        finally:
            self._session.unwatch()

    @property
    def far(self) -> bool:  # type: ignore[override]  # of the session, which may serve several works by now
        return self._session.far

    def ahead(self, sql: str, /, **parameters: Value) -> None:
        self._stay(parameters.get("workspace"))
        self._session.ahead(sql, parameters)

    def many(self, sql: str, rows: Iterable[Mapping[str, Value]], /) -> None:
        if batch := list(rows):
            for row in batch:
                self._stay(row.get("workspace"))
            self.written += 1
            self._session.execute_many(sql, batch)

    def later(self, sql: str, /, **parameters: Value) -> None:
        self._deferred.append(_Deferred(sql, parameters, None))

    def add(self, sql: str, key: Mapping[str, Value], /, **amounts: int) -> None:
        self._deferred.append(_Deferred(sql, key, amounts))

    def flush(self) -> None:
        """Run what was put off until the commit: rows together by statement, amounts summed by statement and key."""
        rows: dict[str, list[Mapping[str, Value]]] = {}
        sums: dict[tuple[str, tuple[tuple[str, Value], ...]], dict[str, Any]] = {}
        for sql, parameters, amounts in self._deferred:
            if amounts is None:
                rows.setdefault(sql, []).append(parameters)
            else:
                row = sums.setdefault((sql, tuple(sorted(parameters.items()))), {**parameters})
                for name, amount in amounts.items():
                    row[name] = row.get(name, 0) + amount
        for (sql, _), row in sums.items():
            rows.setdefault(sql, []).append(row)
        self._deferred = []
        self.begin_work()
        if len({row["workspace"] for batch in rows.values() for row in batch if "workspace" in row}) > 1:
            self.everywhere()
        for sql, batch in rows.items():
            self.many(sql, batch)

    @contextmanager
    def atomic(self) -> Iterator[None]:
        written, deferred, name = self.written, len(self._deferred), f"s{self._depth}"
        if self._careful:
            self._session.control(f"SAVEPOINT {name}")
        self._depth += 1
        try:
            yield
            if self._careful:
                self._session.control(f"RELEASE SAVEPOINT {name}")  # raises what a statement within has met
        except (StartOver, Retry, Unavailable):
            raise
        except BaseException as exc:
            if self._careful:
                self._session.control(f"ROLLBACK TO SAVEPOINT {name}")
                self._session.control(f"RELEASE SAVEPOINT {name}")
                self.memo.clear()
            elif self.written != written or isinstance(exc, DatabaseError):
                raise StartOver from exc
            del self._deferred[deferred:]
            raise
        finally:
            self._depth -= 1
