"""A throw-away PostgreSQL cluster from the installed binaries, on a socket of its own."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

import psycopg

_numbers = count(1)


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
    """A running server. `folder` holds its data and its socket; databases are made on demand."""

    folder: Path
    pid: int
    user: str

    def url(self, database: str) -> str:
        """The address of one of its databases."""
        return f"postgresql://{self.user}@/{database}?host={self.folder}"

    def admin(self, statement: str) -> None:
        """Run a statement outside of any database of the tests."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement.encode())

    def create(self, template: str = "template1") -> str:
        """A new database, a copy of the template; its URL."""
        name = f"test_{next(_numbers)}"
        self.admin(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        return self.url(name)

    def create_for_ordinary_role(self) -> str:
        """A new, empty database that belongs to a role without privileges, as in a deployment; its URL."""
        with suppress(psycopg.errors.DuplicateObject):
            self.admin("CREATE ROLE ordinary LOGIN NOSUPERUSER NOBYPASSRLS")
        url = self.create()
        name = url.rpartition("@/")[2].partition("?")[0]
        self.admin(f"ALTER DATABASE {name} OWNER TO ordinary")
        return replace(self, user="ordinary").url(name)

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
        _run(user, binaries() / "initdb", "-D", data, "-U", "entrant", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8")
        chosen = {"listen_addresses": "", "unix_socket_directories": str(folder), "max_connections": "200", **settings}
        options = " ".join(f"-c {name}='{value}'" for name, value in chosen.items())
        _run(user, binaries() / "pg_ctl", "-D", data, "-w", "-s", "-l", folder / "log", "-o", options, "start")
        pid = int((data / "postmaster.pid").read_text().split()[0])
        try:
            yield Cluster(folder, pid, "entrant")
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
