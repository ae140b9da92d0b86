"""The emulator as its users run it: `entrant entra serve`, http and https, in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

SECRET = "the-client-secret"


@dataclass(frozen=True)
class Emulator:
    """A server process, where it listens, and the authority that its certificate is of."""

    http: str
    https: str
    authority: str

    def token(self) -> str:
        """A token from its own login endpoint."""
        form = {
            "grant_type": "client_credentials",
            "client_id": "script",
            "client_secret": SECRET,
            "scope": "https://graph.microsoft.com/.default",
        }
        answer = httpx.post(f"{self.http}/common/oauth2/v2.0/token", data=form, timeout=30)
        token: str = answer.raise_for_status().json()["access_token"]
        return token


@contextmanager
def emulator(folder: Path) -> Iterator[Emulator]:
    """`entrant entra serve` on free ports, with a new tenant; ended with SIGTERM."""
    url = f"sqlite:///{folder / 'entra.db'}"
    process = subprocess.Popen(
        [sys.executable, "-m", "entrant", "entra", "serve", "--port", "0", "--https-port", "0", "--database", url],
        env={**os.environ, "ENTRANT_ENTRA_CLIENT_SECRET": SECRET},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        found: dict[str, str] = {}
        while not {"http", "https", "authority"} <= found.keys():
            line = process.stdout.readline()
            assert line, "the emulator ended"
            word = line.split()[-1]
            key = "authority" if word.endswith(".pem") or "trust" in line else word.partition(":")[0]
            found[key] = word
        yield Emulator(found["http"], found["https"], found["authority"])
    finally:
        process.terminate()
        process.wait(30)
        process.stdout.close()
