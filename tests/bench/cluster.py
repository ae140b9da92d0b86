"""A PostgreSQL cluster that is made for one run and thrown away after it: durable, with memory for the whole data."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from .client import HOST
from .procs import START_LIMIT, free_port, pinned, stop

SETTINGS = {
    "fsync": "on",
    "synchronous_commit": "on",
    "shared_buffers": "1GB",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    "listen_addresses": HOST,
}


@dataclass(frozen=True, slots=True)
class Cluster:
    """A cluster that runs: the address of its empty database, and the id of its server process."""

    url: str
    postmaster: int


@contextmanager
def cluster(folder: Path, core: int) -> Iterator[Cluster]:
    """A cluster in a folder, its server on one core."""
    data, port, user = folder / "cluster", free_port(), _user()
    data.mkdir()
    if user:
        shutil.chown(data, user)
        folder.chmod(0o755)
    initdb = ["-D", str(data), "-U", "bench", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]
    subprocess.run([_binary("initdb"), *initdb], user=user, check=True, stdout=subprocess.DEVNULL)
    options = [f"--{name}={value}" for name, value in {**SETTINGS, "unix_socket_directories": data}.items()]
    with pinned(core), (folder / "postgres.log").open("ab") as log:
        command = [_binary("postgres"), "-D", str(data), f"--port={port}", *options]
        process = subprocess.Popen(command, user=user, cwd=data, stdout=log, stderr=log)
    try:
        url = f"postgresql://bench@{HOST}:{port}/postgres"
        _await_connection(url)
        yield Cluster(url, process.pid)
    finally:
        stop(process)


def _user() -> str | None:
    """Whom to run it as: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return None
    return pwd.getpwnam("postgres").pw_name


def _binary(name: str) -> str:
    """The newest installed program of that name."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[-3]))
    on_path = shutil.which(name)
    if found:
        return str(found[-1])
    if on_path:
        return on_path
    raise RuntimeError("PostgreSQL's server is not installed (on Debian: apt-get install postgresql)")


def _await_connection(url: str) -> None:
    deadline = time.monotonic() + START_LIMIT
    while True:
        try:
            psycopg.connect(url).close()
        except psycopg.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return
