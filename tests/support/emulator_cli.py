"""The emulator as its users run it: `entrant entra` in processes of its own, and other targets than ours."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import msgspec

from entrant.scim.wire import Json

from .command import run_here

STARTED = "listens on "


@dataclass(frozen=True)
class EmulatorCli:
    """Commands on one emulator's database: each in a process of its own, or all in this one, which is much faster."""

    url: str
    processes: bool = False

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        if not self.processes:
            return run_here("entra", *arguments, ENTRANT_ENTRA_DATABASE=self.url)
        return subprocess.run(
            [sys.executable, "-m", "entrant", "entra", *arguments],
            env={**os.environ, "ENTRANT_ENTRA_DATABASE": self.url},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start a command."""
        return subprocess.Popen(
            [sys.executable, "-m", "entrant", "entra", *arguments],
            env={**os.environ, "ENTRANT_ENTRA_DATABASE": self.url},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def json(self, *arguments: str) -> Json:
        """What a command that must succeed prints with `--json`."""
        done = self.run(*arguments, "--json")
        assert done.returncode == 0, done.stderr
        return msgspec.json.decode(done.stdout)

    @contextmanager
    def serving(self, *arguments: str) -> Iterator[Serving]:
        """`entrant entra serve` on free ports, ended with SIGTERM."""
        process = self.start("serve", "--port", "0", "--https-port", "0", *arguments)
        try:
            assert process.stdout is not None
            lines = [process.stdout.readline() for _ in range(3)]
            urls = [line.partition(STARTED)[2].strip() for line in lines if STARTED in line]
            assert len(urls) == 2, lines
            yield Serving(process, *urls)
        finally:
            if process.poll() is None:
                process.terminate()
            process.communicate(timeout=30)


@dataclass(frozen=True)
class Serving:
    """An emulator that serves."""

    process: subprocess.Popen[str]
    http: str
    https: str


@contextmanager
def scim2_server(folder: Path, token: str) -> Iterator[str]:
    """`scim2-server` from PyPI, a service provider by others; its base URL."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    program = Path(sys.executable).parent / "scim2-server"
    arguments = [str(program), "--port", str(port), "--bearer-token", token]
    with (folder / "scim2-server.log").open("w") as log, subprocess.Popen(arguments, stdout=log, stderr=log) as process:
        try:
            url = f"http://127.0.0.1:{port}"
            _wait_for(url, process)
            yield url
        finally:
            process.terminate()


def _wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        assert process.poll() is None
        try:
            httpx.get(f"{url}/ServiceProviderConfig", timeout=5)
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("the server did not start")
