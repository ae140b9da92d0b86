"""The program as its users run it: commands, and servers in processes of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx
import msgspec

from entrant.scim.wire import Handler, Json, Request, Response

from .command import run_here

STARTED = "listens on "
Run = Callable[..., subprocess.CompletedProcess[str]]


def entrant(database_url: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "entrant", *arguments],
        env={**os.environ, "ENTRANT_DATABASE": database_url, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def command(database_url: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, in this process: for all that is not about processes."""
    return run_here(*arguments, ENTRANT_DATABASE=database_url, **environment)


def entrant_json(database_url: str, *arguments: str, run: Run = command) -> Json:
    """What a command that must succeed prints with `--json`."""
    done = run(database_url, *arguments, "--json")
    assert done.returncode == 0, done.stderr
    return msgspec.json.decode(done.stdout)


@dataclass(frozen=True)
class Serving:
    """A server process that listens on `url`."""

    process: subprocess.Popen[str]
    url: str
    clients: list[httpx.Client] = field(default_factory=list)

    def handler(self) -> Handler:
        """A handler that sends requests over a connection of its own; raises httpx.TransportError."""
        client = httpx.Client(timeout=30)
        self.clients.append(client)

        def send(request: Request) -> Response:
            address = f"{self.url}{request.path}{'?' + request.query if request.query else ''}"
            got = client.request(request.method, address, headers=dict(request.headers), content=request.body)
            return Response(got.status_code, dict(got.headers), got.content)

        return send


@contextmanager
def serving(database_url: str, *arguments: str) -> Iterator[Serving]:
    """`entrant serve` on a free port, from when it listens; ended with SIGTERM unless it has ended before."""
    process = subprocess.Popen(
        [sys.executable, "-m", "entrant", "serve", "--port", "0", *arguments],
        env={**os.environ, "ENTRANT_DATABASE": database_url, "ENTRANT_PUBLIC_URL": ""},
        stdout=subprocess.PIPE,
        text=True,
    )
    clients: list[httpx.Client] = []
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert STARTED in line, line
        yield Serving(process, line.partition(STARTED)[2].strip(), clients)
    finally:
        for client in clients:
            client.close()
        if process.poll() is None:
            process.terminate()
        process.wait(30)
        if process.stdout is not None:
            process.stdout.close()
