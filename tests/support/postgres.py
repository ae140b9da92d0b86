"""A throw-away PostgreSQL cluster from the installed binaries, on a socket of its own."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import psycopg

_numbers = count(1)
SUPERUSER, ORDINARY = "entrant", "ordinary"


def binaries() -> Path:
    """The folder of `initdb` and `postgres`; raises FileNotFoundError with what to install."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    if on_path := shutil.which("initdb"):
        return Path(on_path).resolve().parent
    raise FileNotFoundError("the tests need PostgreSQL's server programs: apt-get install postgresql")


def unprivileged() -> str | None:
    """The user to run the server as: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


@dataclass(frozen=True)
class Cluster:
    """A running server. `folder` holds its data and its socket; databases are made on demand.

    They belong to a role without privileges, as in a deployment: row-level security does not bind a superuser.
    """

    folder: Path

    def url(self, database: str, role: str = ORDINARY) -> str:
        """The address of one of its databases."""
        return f"postgresql://{role}@/{database}?host={self.folder}"

    def admin(self, statement: str, url: str | None = None) -> None:
        """Run a statement with all privileges, outside of any database of the tests or in one of them."""
        with self.connect(url or self.url("postgres")) as connection:
            connection.execute(statement.encode())

    def connect(self, url: str) -> psycopg.Connection:
        """A connection with all privileges to one of its databases; each statement is a transaction."""
        name = url.rpartition("@/")[2].partition("?")[0]
        return psycopg.connect(self.url(name, SUPERUSER), autocommit=True)

    def create(self, template: str = "template1") -> str:
        """A new database, a copy of the template; its URL."""
        return self.make(f"test_{next(_numbers)}", template)

    def make(self, name: str, template: str = "template1") -> str:
        """A database of that name; its URL."""
        self.admin(f"CREATE DATABASE {name} OWNER {ORDINARY} TEMPLATE {template} STRATEGY FILE_COPY")
        return self.url(name)

    def start(self, **settings: str) -> None:
        """Start the server, and wait until it takes connections."""
        chosen = {"listen_addresses": "", "unix_socket_directories": str(self.folder), "max_connections": "200"}
        options = " ".join(f"-c {name}='{value}'" for name, value in (chosen | settings).items())
        _run("pg_ctl", "-D", self.data, "-w", "-s", "-l", self.folder / "log", "-o", options, "start")

    def stop(self, mode: str = "immediate") -> None:
        """Stop the server, if it is running; `immediate` is like a crash, `fast` takes leave."""
        if (self.data / "postmaster.pid").exists():
            _run("pg_ctl", "-D", self.data, "-w", "-s", "-m", mode, "stop")

    def promote(self) -> None:
        """Make a replica the primary."""
        _run("pg_ctl", "-D", self.data, "-w", "-s", "promote")

    @property
    def data(self) -> Path:
        """The folder of its data."""
        return self.folder / "data"

    def drop(self, url: str) -> None:
        """Drop a database, whoever is connected to it."""
        self.admin(f"DROP DATABASE {url.rpartition('@/')[2].partition('?')[0]} WITH (FORCE)")


@contextmanager
def cluster(**settings: str) -> Iterator[Cluster]:
    """A new cluster with these server settings, removed with all its data at the end."""
    with _new_folder() as running:
        auth = ("-U", SUPERUSER, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8")
        _run("initdb", "-D", running.data, "--no-sync", *auth)
        running.start(**settings)
        running.admin(f"CREATE ROLE {ORDINARY} LOGIN")
        yield running


@contextmanager
def replica(primary: Cluster, **settings: str) -> Iterator[Cluster]:
    """A server that follows another, to which every commit of the other is sent before it is answered."""
    with _new_folder() as running:
        _run(
            "pg_basebackup",
            "-h",
            primary.folder,
            "-U",
            SUPERUSER,
            "-D",
            running.data,
            "-R",
            "-X",
            "stream",
            "-c",
            "fast",
        )
        running.start(**settings)
        primary.admin("ALTER SYSTEM SET synchronous_standby_names = '*'")
        primary.admin("SELECT pg_reload_conf()")
        yield running


@contextmanager
def _new_folder() -> Iterator[Cluster]:
    """A cluster that is not there yet; stopped and removed at the end."""
    folder = Path(tempfile.mkdtemp(prefix="entrant-pg-"))
    user = unprivileged()
    if user is not None:
        shutil.chown(folder, user)
    running = Cluster(folder)
    try:
        yield running
    finally:
        running.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _run(program: str, *arguments: str | Path) -> None:
    command = [str(part) for part in (binaries() / program, *arguments)]
    done = subprocess.run(command, user=unprivileged(), cwd="/", capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{program} failed: {done.stderr}{done.stdout}")
