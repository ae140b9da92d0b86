"""PostgreSQL through psycopg: prepared statements, read committed for writes, snapshots for reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import errors
from psycopg.rows import dict_row

from .engine import DatabaseError, Row, TimeLimit, Unavailable, Value
from .session import Retry, Session
from .statements import for_postgres

CONNECT_TIMEOUT = 5  # seconds
AWAY = (errors.AdminShutdown, errors.CrashShutdown, errors.CannotConnectNow, errors.TooManyConnections,
        errors.ReadOnlySqlTransaction, errors.DiskFull, errors.IdleInTransactionSessionTimeout)  # fmt: skip


class PostgresSession(Session):
    """A connection. With a `time_limit`, in seconds, each statement is stopped that runs longer."""

    engine = "postgresql"

    def __init__(self, url: str, *, time_limit: float | None = None) -> None:
        options: dict[str, Any] = {}
        if time_limit is not None:
            options["options"] = f"-c statement_timeout={int(time_limit * 1000)}"
        with _translated(None):
            self._connection = psycopg.connect(
                url, autocommit=True, prepare_threshold=0, connect_timeout=CONNECT_TIMEOUT, **options
            )
            self._cursor = self._connection.cursor(row_factory=dict_row)

    def begin(self, *, write: bool) -> None:
        self.control("BEGIN" if write else "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")

    def execute(self, sql: str, parameters: Mapping[str, Value]) -> int:
        with _translated(self._connection):
            return self._cursor.execute(for_postgres(sql), parameters).rowcount

    def query(self, sql: str, parameters: Mapping[str, Value]) -> list[Row]:
        with _translated(self._connection):
            self._cursor.execute(for_postgres(sql), parameters)
            rows: list[Row] = [*self._cursor.fetchall()] if self._cursor.description else []
            return rows

    def execute_many(self, sql: str, rows: list[Mapping[str, Value]]) -> None:
        if len(rows) == 1:
            self.execute(sql, rows[0])
            return
        with _translated(self._connection):
            self._cursor.executemany(for_postgres(sql), rows)

    def enter(self, workspace: str) -> None:
        with _translated(self._connection):
            self._cursor.execute("SELECT set_config('entrant.workspace', %s, true)", (workspace,))

    def control(self, command: str) -> None:
        with _translated(self._connection):
            self._connection.execute(command, prepare=False)

    def close(self) -> None:
        self._connection.close()


@contextmanager
def _translated(connection: psycopg.Connection[Any] | None) -> Iterator[None]:
    """The driver's exceptions as ours."""
    try:
        yield
    except errors.QueryCanceled as exc:
        raise TimeLimit("the statement ran over the time limit") from exc
    except (errors.SerializationFailure, errors.DeadlockDetected) as exc:
        raise Retry(str(exc)) from exc
    except psycopg.Error as exc:
        gone = connection is None or connection.closed or connection.broken
        raise (Unavailable if gone or isinstance(exc, AWAY) else DatabaseError)(str(exc)) from exc
