"""`scim2-server` keeps everything in memory and nothing on disk."""

from __future__ import annotations

from tests.bench import procs, world
from tests.bench.cases import Ask, create, find_users
from tests.bench.client import Plan
from tests.bench.measure import Stand, load
from tests.bench.world import NEW, Door

from . import folders
from .line import PeerLine

NAME = "scim2-server"
PACKAGES = ("scim2-server==0.8.3",)
SETUP = "in memory: its own program, as it is installed"
PROBE = "/v2/Users?count=0"
MAX_CREATES = 20_000
DOOR = Door("", "/v2", "none")


def measure(stand: Stand) -> list[PeerLine]:
    """Creates as many users as it can in the time, then looks those up."""
    program, port, case = folders.python(NAME, PACKAGES) / "bin" / NAME, procs.free_port(), create()
    command = [str(program), "--port", str(port)]
    with procs.serving(command, port, stand.cores.server, PROBE, stand.folder / "peer.log") as server:
        raw = [case.ask(n).raw(DOOR) for n in range(MAX_CREATES)]
        created = load(stand, server, Plan(port, raw, stand.clients, stand.seconds), case)
        known = max(int(created.rate * stand.seconds * 0.9), 1)
        asks: list[Ask] = [find_users("userName", world.user_name(NEW + n)) for n in range(min(known, MAX_CREATES))]
        raw = [ask.raw(DOOR) for ask in asks]
        found = load(stand, server, Plan(port, raw, stand.clients, stand.seconds, repeat=True), None)
    return [
        PeerLine(NAME, case.key, case.title, created),
        PeerLine(NAME, "lookup", f"find one of {known:,} users", found),
    ]
