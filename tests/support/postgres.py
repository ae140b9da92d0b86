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
    pid: int

    def url(self, database: str, role: str = ORDINARY) -> str:
        """The address of one of its databases."""
        return f"postgresql://{role}@/{database}?host={self.folder}"

    def admin(self, statement: str) -> None:
        """Run a statement outside of any database of the tests."""
        with psycopg.connect(self.url("postgres", SUPERUSER), autocommit=True) as connection:
            connection.execute(statement.encode())

    def create(self, template: str = "template1") -> str:
        """A new database, a copy of the template; its URL."""
        return self.make(f"test_{next(_numbers)}", template)

    def make(self, name: str, template: str = "template1") -> str:
        """A database of that name; its URL."""
        self.admin(f"CREATE DATABASE {name} OWNER {ORDINARY} TEMPLATE {template} STRATEGY FILE_COPY")
        return self.url(name)

    def drop(self, url: str) -> None:
        """Drop a database, whoever is connected to it."""
        self.admin(f"DROP DATABASE {url.rpartition('@/')[2].partition('?')[0]} WITH (FORCE)")


@contextmanager
def cluster(**settings: str) -> Iterator[Cluster]:
    """A new cluster with these server settings, removed with all its data at the end."""
    user = unprivileged()
    folder = Path(tempfile.mkdtemp(prefix="entrant-pg-"))
    if user is not None:
        shutil.chown(folder, user)
    try:
        data = folder / "data"
        _run(user, binaries() / "initdb", "-D", data, "-U", SUPERUSER, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8")
        chosen = {"listen_addresses": "", "unix_socket_directories": str(folder), "max_connections": "200", **settings}
        options = " ".join(f"-c {name}='{value}'" for name, value in chosen.items())
        _run(user, binaries() / "pg_ctl", "-D", data, "-w", "-s", "-l", folder / "log", "-o", options, "start")
        pid = int((data / "postmaster.pid").read_text().split()[0])
        try:
            running = Cluster(folder, pid)
            running.admin(f"CREATE ROLE {ORDINARY} LOGIN")
            yield running
        finally:
            _run(user, binaries() / "pg_ctl", "-D", data, "-w", "-s", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run(user: str | None, *command: str | Path) -> None:
    done = subprocess.run(
        [str(part) for part in command], user=user, cwd="/", capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise RuntimeError(f"{command[0]} failed: {done.stderr}{done.stdout}")
