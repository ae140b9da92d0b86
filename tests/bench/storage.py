"""The two engines as the benchmark sees them: rows in and out in bulk, processor time, and the bare runs."""

from __future__ import annotations

import re
import sqlite3
import subprocess
import sys
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import psycopg
from psycopg.rows import dict_row

from entrant.db.sqlite import connect
from tests.support import postgres

from . import pgbench, tight_loop
from .procs import ROOT, Cores, cpu_seconds, pinned
from .script import Script


@dataclass(frozen=True, slots=True)
class Bare:
    """A bare run: operations per second, and processor seconds of the database for each."""

    rate: float
    database_cpu: float


class Storage(ABC):
    """A database of its own for one run."""

    name: str
    url: str

    @abstractmethod
    def rows(self, sql: str, parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
        """The rows of a query with `:name` parameters."""

    @abstractmethod
    def execute(self, sql: str, parameters: Mapping[str, Any]) -> None:
        """Run one statement and commit it."""

    @abstractmethod
    def load(self, table: str, columns: list[str], rows: Iterable[tuple[Any, ...]]) -> None:
        """Insert many rows and commit them."""

    @abstractmethod
    def settle(self) -> None:
        """Bring the files into the state of a database that has been in use for a while."""

    @abstractmethod
    def cpu(self) -> float:
        """Processor seconds that the database's own processes have taken."""

    @abstractmethod
    def bare(self, script: Script, seconds: float, folder: Path) -> Bare:
        """Run a script without the service, with the same durability."""


class Sqlite(Storage):
    """A file. The database works inside the process that uses it, so it has no processor time of its own."""

    name = "sqlite"

    def __init__(self, path: Path, cores: Cores) -> None:
        self._path = path
        self._cores = cores
        self.url = f"sqlite:///{path}"

    def _connect(self) -> sqlite3.Connection:
        connection = connect(str(self._path))
        connection.row_factory = sqlite3.Row
        return connection

    def rows(self, sql: str, parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Of a connection of its own."""
        connection = self._connect()
        found = [dict(row) for row in connection.execute(sql, parameters)]
        connection.close()
        return found

    def execute(self, sql: str, parameters: Mapping[str, Any]) -> None:
        """On a connection of its own."""
        connection = self._connect()
        connection.execute(sql, parameters)
        connection.close()

    def load(self, table: str, columns: list[str], rows: Iterable[tuple[Any, ...]]) -> None:
        """In one transaction."""
        connection = self._connect()
        connection.execute("BEGIN IMMEDIATE")
        marks = ", ".join("?" * len(columns))
        connection.executemany(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})", rows)
        connection.execute("COMMIT")
        connection.close()

    def settle(self) -> None:
        """Empty the write-ahead log into the file."""
        connection = self._connect()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()

    def cpu(self) -> float:
        """Nothing: it is in the server's."""
        return 0.0

    def bare(self, script: Script, seconds: float, folder: Path) -> Bare:
        """A tight loop in a process of its own, on the server's core."""
        job = tight_loop.Job(str(self._path), script, seconds)
        with pinned(self._cores.server):
            ended = subprocess.run(
                [sys.executable, "-m", "tests.bench.tight_loop"],
                cwd=ROOT,
                input=msgspec.msgpack.encode(job),
                stdout=subprocess.PIPE,
                check=True,
            )
        done = msgspec.json.decode(ended.stdout, type=tight_loop.Done)
        return Bare(done.operations / done.wall, done.cpu / done.operations)


class Postgres(Storage):
    """A database of a cluster whose server process we started.

    `url` is that of the role that the service and the bare runs have; rows come in and out by one that row-level
    security does not bind, which refuses COPY.
    """

    name = "postgresql"

    def __init__(self, url: str, superuser: str, postmaster: int, cores: Cores) -> None:
        self.url = url
        self._superuser = superuser
        self._postmaster = postmaster
        self._cores = cores

    def beside(self, name: str) -> Postgres:
        """An empty database of the same server."""
        self.execute(f"CREATE DATABASE {name} OWNER {postgres.ORDINARY}", {})
        url, superuser = (re.sub(r"/\w+\?", f"/{name}?", one, count=1) for one in (self.url, self._superuser))
        return Postgres(url, superuser, self._postmaster, self._cores)

    @property
    def environment(self) -> dict[str, str]:
        """The database as the environment of a program that uses PostgreSQL's own variables."""
        parts = psycopg.conninfo.conninfo_to_dict(self.url)
        return {"PGHOST": str(parts["host"]), "PGUSER": str(parts["user"]), "PGDATABASE": str(parts["dbname"])}

    def rows(self, sql: str, parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Of a connection of its own."""
        with psycopg.connect(self._superuser, row_factory=dict_row) as connection:
            return connection.execute(_psycopg(sql), parameters).fetchall()

    def execute(self, sql: str, parameters: Mapping[str, Any]) -> None:
        """On a connection of its own."""
        with psycopg.connect(self._superuser, autocommit=True) as connection:
            connection.execute(_psycopg(sql), parameters)

    def load(self, table: str, columns: list[str], rows: Iterable[tuple[Any, ...]]) -> None:
        """By COPY."""
        statement = f"COPY {table} ({', '.join(columns)}) FROM STDIN"
        with psycopg.connect(self._superuser) as connection, connection.cursor().copy(statement.encode()) as copy:
            for row in rows:
                copy.write_row(row)

    def settle(self) -> None:
        """Vacuum, gather statistics, write everything out."""
        self.execute("VACUUM ANALYZE", {})
        self.execute("CHECKPOINT", {})

    def cpu(self) -> float:
        """Of the server process and its backends."""
        return cpu_seconds(self._postmaster)

    def bare(self, script: Script, seconds: float, folder: Path) -> Bare:
        """`pgbench` on the service's core, the database on its own."""
        before = self.cpu()
        operations, wall = pgbench.run(script, self.url, max(seconds, pgbench.SECONDS), folder, self._cores.server)
        return Bare(operations / wall, (self.cpu() - before) / operations)


def _psycopg(sql: str) -> bytes:
    """The statement with psycopg's form of named parameters."""
    return re.sub(r"(?<!:):([a-z_]+)", r"%(\1)s", sql).encode()
