"""SQLite through the standard library: WAL, every commit durable, one process that writes (product.md 9.1, 9.4)."""

from __future__ import annotations

import fcntl
import os
import sqlite3
import stat
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path

import msgspec

from .engine import DatabaseError, Row, TimeLimit, Unavailable, Value
from .session import MAX_FAST_STEPS, Session
from .statements import for_sqlite

BUSY_TIMEOUT = 10.0  # seconds a writer waits for another process, such as the command line
PAUSE = 0.005  # seconds between two attempts at what SQLite does not wait for itself
LOOK = 1_000  # virtual machine steps between two looks at how many there were
PATIENT_LOOK = 20_000  # where they have no bound, between two looks at the clock; about a millisecond
CHECKPOINT = 4_000  # pages in the log before it is folded into the file; by default it is a quarter of that
CACHE = 16_000  # KiB of pages that a connection keeps
MAPPED = 1 << 28  # bytes of the file that are read without a system call for each page
_closing = threading.Lock()
AWAY = ("locked", "busy", "full", "disk i/o", "unable to open", "readonly")


class InUse(DatabaseError):
    """Another server has this file; SQLite is written by one process only."""


def connect(path: str) -> sqlite3.Connection:
    """A connection to a file with our settings, in which every statement is a transaction unless one is begun."""
    connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT, isolation_level=None, check_same_thread=False)
    _keep_log(connection)
    for pragma in (
        "synchronous = FULL",
        "foreign_keys = ON",
        f"wal_autocheckpoint = {CHECKPOINT}",
        f"cache_size = -{CACHE}",
        f"mmap_size = {MAPPED}",
    ):
        connection.execute(f"PRAGMA {pragma}")
    return connection


def _keep_log(connection: sqlite3.Connection) -> None:
    """Write to a log beside the file. To change a new file to that one needs it alone, and SQLite does not wait."""
    patience = time.monotonic() + BUSY_TIMEOUT
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as exc:
            if exc.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > patience:
                raise
            time.sleep(PAUSE)
        else:
            return


def keep_private(path: str) -> None:
    """Create the file if it does not exist, and keep it from other users: it holds people's names and sealed secrets.

    What the group may do is left as it is, for backups. SQLite gives its log the mode of the file. Raises OSError.
    """
    try:
        mode = stat.S_IMODE(Path(path).stat().st_mode)
    except FileNotFoundError:
        _create(Path(path))
        return
    if mode & stat.S_IRWXO:
        for name in (path, f"{path}-wal", f"{path}-shm"):
            with suppress(FileNotFoundError, PermissionError):  # the last: another user owns it and answers for it
                Path(name).chmod(mode & ~stat.S_IRWXO)


def _create(path: Path) -> None:
    """Create an empty file that is private from its beginning.

    It gets its name when it is complete: to open and close the file itself would end the locks that another thread
    has on it by then (POSIX).
    """
    handle, name = tempfile.mkstemp(dir=path.resolve().parent, prefix=f"{path.name}.")
    os.close(handle)
    try:
        with suppress(FileExistsError):
            os.link(name, path.resolve())
    finally:
        Path(name).unlink()


def _unusable(path: str, exc: OSError) -> DatabaseError:
    return DatabaseError(f"the database file {path} cannot be used: {exc.strerror}; check the folder and its owner")


class SqliteSession(Session):
    """A connection to one file."""

    engine = "sqlite"

    def __init__(self, path: str) -> None:
        try:
            keep_private(path)
            self._connection = connect(path)
        except OSError as exc:
            raise _unusable(path, exc) from exc
        except sqlite3.Error as exc:
            raise _failure(exc) from exc
        self._connection.row_factory = sqlite3.Row
        self._look = self._looks = 0

    def begin(self, *, write: bool) -> None:
        self.control("BEGIN IMMEDIATE" if write else "BEGIN")

    def watch(self, over: Callable[[], bool], *, bounded: bool) -> None:
        super().watch(over, bounded=bounded)
        look = LOOK if bounded else PATIENT_LOOK
        if look != self._look:
            self._connection.set_progress_handler(self._is_over, look)
            self._look = look
        self._looks = 0

    def execute(self, sql: str, parameters: Mapping[str, Value]) -> None:
        self.changed(sql, parameters)

    def changed(self, sql: str, parameters: Mapping[str, Value]) -> int:
        text, lists = for_sqlite(sql)
        try:
            return self._connection.execute(text, _bound(parameters, lists)).rowcount
        except sqlite3.Error as exc:
            raise _failure(exc) from exc

    def query(self, sql: str, parameters: Mapping[str, Value]) -> list[Row]:
        text, lists = for_sqlite(sql)
        self.require_time()
        try:
            return self._connection.execute(text, _bound(parameters, lists)).fetchall()
        except sqlite3.Error as exc:
            raise _failure(exc) from exc

    @property
    def far(self) -> bool:
        return False

    def ahead(self, sql: str, parameters: Mapping[str, Value]) -> None:
        pass  # the answer is as near when it is needed

    def execute_many(self, sql: str, rows: list[Mapping[str, Value]]) -> None:
        text, lists = for_sqlite(sql)
        try:
            self._connection.executemany(text, [_bound(row, lists) for row in rows])
        except sqlite3.Error as exc:
            raise _failure(exc) from exc

    def enter(self, workspace: str) -> None:
        pass  # SQLite has no second wall: one process, and one file that it alone reads

    def control(self, command: str) -> None:
        if command == "ROLLBACK" and not self._connection.in_transaction:
            return  # SQLite has rolled back by itself, as after a full disk
        try:
            self._connection.execute(command)
        except sqlite3.Error as exc:
            raise _failure(exc) from exc

    def close(self) -> None:
        # The last connection folds the log into the file. Of two that close at the same moment neither is the last.
        with _closing:
            self._connection.close()

    def characters(self, rows: list[Row]) -> int:
        found: Iterable[Iterable[object]] = rows  # a row of sqlite3 is no mapping: what it goes through are its values
        return sum(len(value) for row in found for value in row if isinstance(value, str))

    def _is_over(self) -> bool:
        self._looks += 1
        if self._bounded and self._looks * LOOK > MAX_FAST_STEPS:
            return True
        return self._over is not None and self._over()


def _bound(parameters: Mapping[str, Value], lists: frozenset[str]) -> Mapping[str, Value]:
    return (
        {**parameters, **{name: msgspec.json.encode(parameters[name]).decode() for name in lists}}
        if lists
        else parameters
    )


def _failure(exc: sqlite3.Error) -> DatabaseError:
    """A driver's exception as ours."""
    message = str(exc)
    if not isinstance(exc, sqlite3.OperationalError):
        return DatabaseError(message)
    message = message.lower()
    if message == "interrupted":
        return TimeLimit(message)
    return (Unavailable if any(word in message for word in AWAY) else DatabaseError)(message)


class Lock:
    """Keeps a second server off a file: held until it is released or the process ends, however it ends."""

    def __init__(self, path: str) -> None:
        """Raises InUse, and DatabaseError where the lock cannot be created."""
        name = f"{os.path.realpath(path)}.lock"  # one file has one lock, whatever links lead to it
        try:
            self._file = os.open(name, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        except OSError as exc:
            raise _unusable(path, exc) from exc
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as exc:
            os.close(self._file)
            raise InUse(
                f"another server is running on {path}; SQLite serves one process, PostgreSQL any number"
            ) from exc

    def release(self) -> None:
        """Let another server have the file."""
        os.close(self._file)
