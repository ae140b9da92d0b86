"""A durable peer under load, on a database beside the service's.

An answer counts only if it is right: its status, the document of one of its kind, and for what creates or adds, as many
rows more in the database as there were answers.
"""

from __future__ import annotations

import os
import subprocess

import httpx
import msgspec

from entrant.scim.wire import Json
from tests.bench import procs, seed, world
from tests.bench.cases import WARM, Case, Target
from tests.bench.client import HOST
from tests.bench.measure import Stand, WrongAnswer, load, plan, require_expected, warm_plan, watch
from tests.bench.procs import Server
from tests.bench.storage import Postgres
from tests.bench.world import GROUPS, USERS, Door, World

from .asked import asked
from .line import PeerLine
from .registry import Durable, Programs

HURRY = {"PGOPTIONS": "-c synchronous_commit=off"}  # for filling alone
SHOWN = 200  # characters of a wrong answer


def measure(stand: Stand, peer: Durable, size: World) -> list[PeerLine]:
    """Every case of a peer, one after the other on one server; a peer that does not start is named, and the run goes on."""
    if not isinstance(stand.storage, Postgres):
        raise TypeError(f"{peer.name} needs PostgreSQL")
    programs = peer.install(peer.name, peer.packages)
    storage = stand.storage.beside(peer.name.replace("-", "_"))
    log = stand.folder / "peer.log"
    try:
        door, port = fill(programs, peer, size, storage), procs.free_port()
        with procs.serving(programs.serve(port), port, stand.cores.server, "/", log, storage.environment) as server:
            return [line(stand, server, door, peer, storage, case) for case in asked(peer, size)]
    except (subprocess.CalledProcessError, procs.NoAnswer) as failed:
        return [PeerLine(peer.name, "start", "filling and starting", None, str(failed), durable=True)]


def fill(programs: Programs, peer: Durable, size: World, storage: Postgres) -> Door:
    """Have a peer put the users and the spread groups of the service's workspace into its database; the way in."""
    done = subprocess.run(
        programs.seed,
        env={**os.environ, **storage.environment, **HURRY},
        input=msgspec.json.encode(directory(peer, size)),
        stdout=subprocess.PIPE,
        check=True,
    )
    storage.settle()
    way = msgspec.json.decode(done.stdout)
    return Door("", way["base"], way["token"])


def directory(peer: Durable, size: World) -> Json:
    """Users and groups as the programs that fill a peer read them."""
    groups = range(world.SPREAD_GROUPS)
    return {
        "users": [[peer.user_id(USERS + n), world.user_document(USERS + n)] for n in range(size.users)],
        "groups": [
            [
                peer.group_id(GROUPS + group),
                world.group_document(GROUPS + group),
                [peer.user_id(USERS + member) for member in seed.members_of(group, size)],
            ]
            for group in groups
        ],
    }


def line(stand: Stand, server: Server, door: Door, peer: Durable, storage: Postgres, case: Case) -> PeerLine:
    """A case of a peer: measured, or why not."""
    counted = {Target.CREATE: peer.users, Target.SPREAD: peer.memberships}.get(case.target)
    try:
        require_right(server, door, case)
        load(stand, server, warm_plan(case, door, server.port), case)
        before = rows(storage, counted)
        seen, figures = watch(stand, server, plan(stand, case, door, server.port))
        require_expected(seen, case)
        require_kept(seen.done, rows(storage, counted) - before if counted else seen.done)
    except WrongAnswer as wrong:
        return PeerLine(peer.name, case.key, case.title, None, str(wrong), durable=True)
    return PeerLine(peer.name, case.key, case.title, figures, durable=True)


def rows(storage: Postgres, counting: str | None) -> int:
    """How many rows there are."""
    return sum(row["n"] for row in storage.rows(counting, {})) if counting else 0


def require_kept(answers: int, kept: int) -> None:
    """There are as many rows more as there were answers; raises WrongAnswer."""
    if kept != answers:
        raise WrongAnswer(f"{answers:,} answers, {kept:,} rows more in the database")


def require_right(server: Server, door: Door, case: Case) -> None:
    """Send one request and look at the answer; raises WrongAnswer."""
    request = case.ask(case.limit + WARM).request(door)
    url = f"http://{HOST}:{server.port}{request.path}"
    answer = httpx.request(
        request.method,
        f"{url}?{request.query}" if request.query else url,
        headers=request.headers,
        content=request.body,
    )
    if answer.status_code not in case.expect or not case.check(answer.json()):
        raise WrongAnswer(f"{answer.status_code} {answer.text[:SHOWN]}")
