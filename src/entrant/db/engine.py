"""How statements are run: one surface over SQLite and PostgreSQL, and writes that are committed in groups.

Knows no table. A statement is SQL text with `:name` parameters, the same on both engines. A list is passed as
`IN :ids`; each engine translates that one form once per statement (`json_each` on SQLite, `= ANY` on PostgreSQL).
Booleans are stored as SMALLINT 0 and 1, times as the UTC text that `timestamp` makes, ids as text.

Writes are *works*: functions of a transaction. All works that have queued up for a key (a workspace) run in one
transaction, in order, and are answered after its commit. A work may run more than once (see `Tx.atomic`), so it
must have no effect but through its transaction.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

if TYPE_CHECKING:
    from .clock import Clock

Value: TypeAlias = str | int | float | bytes | Sequence[str] | None
Row: TypeAlias = Mapping[str, Any]
T = TypeVar("T")


def timestamp(moment: datetime) -> str:
    """UTC, fixed width, microseconds: `2026-11-23T09:30:00.000000Z`. Sorts as text in the order of time."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


class Lane(StrEnum):
    """Which readers a read waits for."""

    FAST = "fast"
    """Indexed reads of a bounded number of rows; those that have queued up share one snapshot. What turns out to cost
    more is begun again in the slow lane."""
    SLOW = "slow"
    """Reads whose cost depends on the data; one at a time per reader and per key, under a time limit."""


class DatabaseError(Exception):
    """A statement or commit failed in the database. The cause is the driver's exception."""


class Unavailable(DatabaseError):
    """The database cannot be reached, refused the commit, or the queue is full. The same work may succeed later."""


class Cancelled(Unavailable):
    """Nobody waited for this work any more; it was not begun, or stopped."""


class TimeLimit(DatabaseError):
    """A read ran over its time limit and was stopped."""


class StrayWorkspace(Exception):
    """A work that is in one workspace named another: a mistake in the program."""


class Later(Exception):
    """Raised by a read in the fast lane that should run in the slow one; it is run again there."""


class Tx(ABC):
    """One transaction, while it is open. Used by one thread."""

    now: str
    """The time of this transaction, as `timestamp` writes it; strictly later than the one before in this process."""
    steady: str
    """In a write, a time that has come for certain, as `Clock.steady` tells it: for what a wrong clock must not end."""
    engine: str
    """The name of the database engine, `sqlite` or `postgresql`; for the few expressions that differ."""
    peers: int
    """How many works of this transaction have the same key as the one now running, itself included (1 in a read)."""
    lane: Lane | None
    """The lane of a read; None in a write."""
    far: bool
    """Whether to ask `ahead` saves a journey to the database."""
    memo: dict[Any, Any]
    """What one work of the transaction may leave for the next. Emptied when any work's changes are undone."""

    @abstractmethod
    def run(self, sql: str, /, **parameters: Value) -> None:
        """Run a statement. On PostgreSQL it is sent together with the next one that is asked for something."""

    @abstractmethod
    def changed(self, sql: str, /, **parameters: Value) -> int:
        """Run a statement; the number of rows it changed."""

    @abstractmethod
    def one(self, sql: str, /, **parameters: Value) -> Row | None:
        """The first row, or None."""

    @abstractmethod
    def all(self, sql: str, /, **parameters: Value) -> list[Row]:
        """All rows."""

    @abstractmethod
    def ahead(self, sql: str, /, **parameters: Value) -> None:
        """Ask already what `one` or `all` will soon ask with the same words and values; its answer comes with others.

        An answer is no longer used once something has been written after it was asked for.
        """

    @abstractmethod
    def many(self, sql: str, rows: Iterable[Mapping[str, Value]], /) -> None:
        """Run a statement once per row of parameters."""

    @abstractmethod
    def later(self, sql: str, /, **parameters: Value) -> None:
        """Run a statement just before the commit, together with the others of the same text (`many`).

        For rows that nobody reads in this transaction: log entries. Forgotten if the enclosing `atomic` is undone.
        """

    @abstractmethod
    def add(self, sql: str, key: Mapping[str, Value], /, **amounts: int) -> None:
        """Like `later`, but amounts for the same statement and key are summed and it is run once with the sums.

        For counters: `tx.add("UPDATE workspace SET users = users + :users WHERE id = :id", {"id": w}, users=1)`.
        """

    @abstractmethod
    def entered(self, workspace: str, /) -> None:
        """Say that this work is in that workspace.

        Any statement with a parameter `workspace` enters the workspace by itself. From then on the work is in no
        other: a statement that names another raises StrayWorkspace, and on PostgreSQL one that forgets to name any
        sees the rows of this one alone (decision 0014).
        """

    @abstractmethod
    def everywhere(self) -> None:
        """Say that this work is about all workspaces, as cleaning up is."""

    @abstractmethod
    def atomic(self) -> AbstractContextManager[None]:
        """A block that is applied wholly or not at all: an exception undoes its changes and goes on to the caller.

        Costs nothing while all goes well. A block that fails before it has written needs no undoing. One that fails
        after it has written ends the transaction; every work in it is then run again, with real savepoints.
        May be nested.
        """


Work: TypeAlias = Callable[[Tx], T]
Done: TypeAlias = Callable[[T | None, BaseException | None], None]
"""Called once, on a database thread or on the one that asked, with the result or the exception; must return quickly
and not raise."""
Cancel: TypeAlias = Callable[[], None]
"""Says that nobody waits for a work any more. What has not been begun never will be, and a read that has is stopped:
`done` is called with `Cancelled`. A write that has begun is finished. May be called at any time and on any thread."""


class Database(ABC):
    """A database that is open. Threads are started by `open` and ended by `close`."""

    @property
    @abstractmethod
    def name(self) -> str:
        """`sqlite` or `postgresql`."""

    @property
    @abstractmethod
    def clock(self) -> Clock:
        """Where the time of transactions comes from; what needs another reading of it asks here."""

    @abstractmethod
    def submit_write(self, key: str, work: Work[T], done: Done[T]) -> Cancel:
        """Queue a work; `done` is called after the commit that holds it, or with the exception that undid it."""

    @abstractmethod
    def submit_read(self, work: Work[T], done: Done[T], lane: Lane = Lane.FAST, key: str = "") -> Cancel:
        """Queue a read, which sees one snapshot; the thread that asks is never held up for long.

        `key`, a workspace's slug, says whose share of the readers it takes. A read of the fast lane that raises
        `Later`, or takes more rows, bytes or steps than belong there, is run again in the slow one.
        """

    @abstractmethod
    def write(self, key: str, work: Work[T]) -> T:
        """Run a work and wait for its commit; raises what it raised."""

    @abstractmethod
    def read(self, work: Work[T], lane: Lane = Lane.FAST, key: str = "") -> T:
        """Run a read and wait for it; raises what it raised."""

    @abstractmethod
    def migrate(self) -> list[str]:
        """Apply the migrations that are missing, in order, one transaction each; their names.

        Safe to run from several processes at once.
        """

    @abstractmethod
    def pending(self) -> list[str]:
        """The names of the migrations that are missing."""

    @abstractmethod
    def close(self) -> None:
        """Finish what is queued, end the threads, close the connections. May be called twice."""
