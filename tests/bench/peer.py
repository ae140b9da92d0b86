"""Other SCIM servers under the same requests: how much of the figures is the protocol, and how much is us.

`scim2-server` (PyPI) keeps everything in memory and nothing on disk. It gets an environment of its own, kept in the
user's cache.
"""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path

from . import procs, world
from .cases import Ask, create, find_users
from .client import Plan
from .measure import Figures, Stand, load
from .world import NEW, Door

NAMES = ("scim2-server",)
PROBE = "/v2/Users?count=0"
MAX_CREATES = 20_000
DOOR = Door("", "/v2", "none")


@dataclass(frozen=True, slots=True)
class PeerLine:
    """What a peer did with one case."""

    name: str
    title: str
    figures: Figures


def peer(stand: Stand, name: str) -> list[PeerLine]:
    """Creates as many users as it can in the time, then looks those up."""
    program, port, case = install(name), procs.free_port(), create()
    command = [str(program), "--port", str(port)]
    with procs.serving(command, port, stand.cores.server, PROBE, stand.folder / "peer.log") as server:
        raw = [case.ask(n).raw(DOOR) for n in range(MAX_CREATES)]
        created = load(stand, server, Plan(port, raw, stand.clients, stand.seconds), case)
        known = max(int(created.rate * stand.seconds * 0.9), 1)
        asks: list[Ask] = [find_users("userName", world.user_name(NEW + n)) for n in range(min(known, MAX_CREATES))]
        raw = [ask.raw(DOOR) for ask in asks]
        found = load(stand, server, Plan(port, raw, stand.clients, stand.seconds, repeat=True), None)
    return [PeerLine(name, case.title, created), PeerLine(name, f"find one of {known:,} users", found)]


def install(name: str) -> Path:
    """The peer's program, installed from PyPI the first time."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "entrant-bench" / name
    program = cache / "bin" / name
    if not program.exists():
        venv.create(cache, with_pip=True, clear=True)
        subprocess.run(
            [cache / "bin" / "python", "-m", "pip", "install", "--quiet", name], check=True, stdout=sys.stderr
        )
    return program
