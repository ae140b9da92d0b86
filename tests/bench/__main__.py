"""`python -m tests.bench`: measure on each engine, print one table, judge the targets.

Exit status 0 unless the service gave a wrong answer: no time, however long, fails a run.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec
from rich.console import Console

from entrant.config import Config
from entrant.db import open_database
from entrant.db.engine import Database
from entrant.scim.wire import Handler
from entrant.service import admin
from entrant.service.scim import Service
from entrant.store import MIGRATIONS
from tests.support import postgres

from . import cases, procs, report
from .cases import PAGE, Ask, Case
from .client import MAX_SECONDS
from .cycle import Company, CycleLine, TargetSite, cycles, nothing
from .filters import Reads, reads
from .large import LargeGroup, large_group
from .measure import Line, Sample, Stand, WrongAnswer, measure, sample
from .peers import durable, memory, registry
from .peers.line import PeerLine
from .procs import Cores
from .record import Recorder
from .seed import seed
from .storage import Postgres, Sqlite, Storage
from .targets import Results, StartUp
from .world import Door, World

ENGINES = ("sqlite", "postgresql")
QUICK = World(users=2_000, large_members=10_000)
OTHERS = ("large", "reads", "cycle")
"""What can be asked for beside the cases."""
POSTGRES = {
    "fsync": "on",
    "synchronous_commit": "on",
    "shared_buffers": "1GB",  # so that no figure is of the disk's reading
    "max_wal_size": "4GB",  # a checkpoint in the middle of a figure would be charged to it
    "checkpoint_timeout": "15min",
}
PEERS = """Peers are other SCIM servers under the same requests, installed the first time they are asked for, from PyPI or the
npm registry into ~/.cache/entrant-bench. P8 compares the durable ones with the service on the same PostgreSQL."""
MAX_CURSORS = 100
STARTS = 3  # the median of so many


@dataclass(frozen=True, slots=True)
class Options:
    """What was asked for on the command line."""

    engines: tuple[str, ...]
    only: frozenset[str]
    seconds: float
    clients: int
    size: World
    companies: tuple[Company, ...]
    """What the emulator provisions into a target that does nothing; the last one into the service too."""
    peers: tuple[str, ...]
    json: Path | None
    markdown: Path | None


def parse(arguments: list[str]) -> Options:
    """The command line."""
    keys = [case.key for case in cases.cases(World(), [""])]
    setups = "\n".join(textwrap.fill(f"{name}, {setup}.", 100) for name, setup in registry.SETUPS.items())
    parser = argparse.ArgumentParser(
        prog="make bench ARGS=…",
        description=__doc__,
        epilog=f"{PEERS}\n\n{setups}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--quick", action="store_true", help="1 s for each figure, a tenth of the users: a look, no measurement"
    )
    parser.add_argument("--only", action="append", choices=[*keys, *OTHERS], help="only this case; may be repeated")
    parser.add_argument("--engine", choices=ENGINES, help="only this engine")
    parser.add_argument("--seconds", type=float, default=5.0, help="for each figure (default 5)")
    parser.add_argument("--clients", type=int, default=32, help="keep-alive connections (default 32)")
    parser.add_argument(
        "--users", type=int, default=20_000, help="users of the workspace (default 20000; P7 wants 1000000)"
    )
    parser.add_argument(
        "--group", type=int, default=100_000, help="members of the large group (default 100000, as P6 wants)"
    )
    parser.add_argument(
        "--peer", action="append", choices=tuple(registry.SETUPS), help="load this server too; may be repeated"
    )
    parser.add_argument("--json", type=Path, help="write everything to this file too")
    parser.add_argument("--markdown", type=Path, help="write the tables of docs/performance.md to this file too")
    asked = parser.parse_args(arguments)
    if asked.engine == "sqlite" and any(map(registry.find, asked.peer or ())):
        parser.error("that peer keeps what it is told in PostgreSQL: leave out --engine sqlite")
    return Options(
        engines=(asked.engine,) if asked.engine else ENGINES,
        only=frozenset(asked.only or [*keys, *OTHERS]),
        seconds=1.0 if asked.quick else min(asked.seconds, MAX_SECONDS),
        clients=asked.clients,
        size=QUICK if asked.quick else World(users=asked.users, large_members=asked.group),
        companies=(Company(200, 4), Company(1_000, 20)) if asked.quick else (Company(1_000, 20), Company()),
        peers=tuple(asked.peer or ()),
        json=asked.json,
        markdown=asked.markdown,
    )


@dataclass(frozen=True, slots=True)
class Prepared:
    """A filled database: the way into both workspaces, and for each case what one request did."""

    doors: dict[str, Door]
    cases: list[Case]
    samples: dict[str, Sample]
    cursors: list[str]


@contextmanager
def storage(engine: str, folder: Path, cores: Cores) -> Iterator[Storage]:
    """An empty database of an engine."""
    if engine == "sqlite":
        yield Sqlite(folder / "bench.db", cores)
        return
    with ExitStack() as stack:
        with procs.pinned(cores.other):
            cluster = stack.enter_context(postgres.cluster(**POSTGRES))
        url, postmaster = cluster.create(), int((cluster.data / "postmaster.pid").read_text().split()[0])
        yield Postgres(url, url.replace(postgres.ORDINARY, postgres.SUPERUSER, 1), postmaster, cores)


def prepare(store: Storage, options: Options) -> Prepared:
    """Make the workspaces, fill them, and send one request of each case in this process."""
    database = open_database(store.url, MIGRATIONS)
    try:
        database.migrate()
        doors = {slug: make_door(database, slug) for slug in ("bench", "large")}
        handle = Service(database, Config()).handle
        seed(store, handle, doors["bench"], doors["large"], options.size)
        cursors = walk(handle, doors["bench"])
        chosen = [case for case in cases.cases(options.size, cursors) if case.key in options.only]
        recorder = Recorder(database)
        recorded = Service(recorder, Config()).handle
        samples = {case.key: sample(case, doors[case.slug], recorded, recorder) for case in chosen}
    finally:
        database.close()
    return Prepared(doors, chosen, samples, cursors)


def make_door(database: Database, slug: str) -> Door:
    """A workspace with a connection to Entra."""
    admin.create_workspace(database, slug, name=slug.title())
    return Door(slug, f"/scim/v2/{slug}", admin.create_connection(database, slug, "entra").token)


def walk(handle: Handler, door: Door) -> list[str]:
    """The cursors that a walk over the users is handed, except the one to the last page."""
    cursors: list[str] = []
    target = f"/Users?cursor&count={PAGE}"
    while len(cursors) < MAX_CURSORS:
        answer = handle(Ask("GET", target).request(door)).json()
        if "nextCursor" not in answer:
            return cursors[:-1]
        cursors.append(answer["nextCursor"])
        target = f"/Users?cursor={answer['nextCursor']}&count={PAGE}"
    return cursors


def start_up(stand: Stand) -> StartUp:
    """Start the server a few times and ask it once."""
    starts = []
    for _ in range(STARTS):
        with stand.service() as server:
            starts.append((server.ready, procs.resident_bytes(server.pid)))
    seconds, memory = sorted(starts)[STARTS // 2]
    return StartUp(stand.storage.name, seconds, memory)


def run(options: Options, console: Console, cores: Cores) -> Results:
    """Measure everything that was asked for."""
    lines: list[Line] = []
    groups: list[LargeGroup] = []
    seen: list[Reads] = []
    starts: list[StartUp] = []
    peers: list[PeerLine] = []
    provisioned: list[CycleLine] = []
    if "cycle" in options.only:
        provisioned += idle_cycles(options, console, cores)
    for engine in options.engines:
        with tempfile.TemporaryDirectory(prefix="entrant-bench-") as name, storage(engine, Path(name), cores) as store:
            if "cycle" in options.only:
                provisioned += service_cycles(options, console, Stand(store, cores, Path(name), 1, 1))
            if options.only == {"cycle"}:
                continue
            console.print(f"{engine}: filling {options.size.users:,} and {options.size.large_users:,} users …")
            prepared = prepare(store, options)
            stand = Stand(store, cores, Path(name), options.seconds, options.clients)
            starts.append(start_up(stand))
            for case in prepared.cases:
                console.print(f"{engine}: {case.title} …", highlight=False)
                lines.append(measure(stand, case, prepared.doors[case.slug], prepared.samples[case.key]))
            if "large" in options.only:
                groups.append(large_group(stand, prepared.doors["large"], options.size))
            if "reads" in options.only:
                seen.append(reads(stand, prepared.doors["bench"], options.size, prepared.cursors))
            if engine == options.engines[-1]:
                for peer in options.peers:
                    console.print(f"{peer}: filling, loading …", highlight=False)
                    found = registry.find(peer)
                    peers += durable.measure(stand, found, options.size) if found else memory.measure(stand)
    return Results(tuple(lines), tuple(groups), tuple(seen), tuple(starts), tuple(peers), tuple(provisioned))


def idle_cycles(options: Options, console: Console, cores: Cores) -> Iterator[CycleLine]:
    """The emulator's own cost, at two sizes."""
    for company in options.companies:
        console.print(f"a target that does nothing: provisioning {company.users:,} users …", highlight=False)
        with tempfile.TemporaryDirectory(prefix="entrant-bench-") as name, nothing(Path(name), cores) as site:
            yield from cycles(site, company, Path(name), cores)


def service_cycles(options: Options, console: Console, stand: Stand) -> Iterator[CycleLine]:
    """The emulator and the service, each on a core of its own."""
    company, engine = options.companies[-1], stand.storage.name
    console.print(f"{engine}: provisioning {company.users:,} users …", highlight=False)
    database = open_database(stand.storage.url, MIGRATIONS)
    database.migrate()
    door = make_door(database, "cycle")
    database.close()
    cores = Cores(stand.cores.other, stand.cores.server)
    with stand.service() as server:
        site = TargetSite(engine, f"http://127.0.0.1:{server.port}{door.base}", door.token)
        yield from cycles(site, company, stand.folder, cores)


def conditions(options: Options, cores: Cores) -> str:
    """Under what conditions the run was made."""
    where = (
        "everything on one core: the ratios say little"
        if cores.shared
        else f"server on core {cores.server}, load generator and PostgreSQL on core {cores.other}"
    )
    return (
        f"{report.machine()}; {where}; {options.clients} clients, {options.seconds:g} s for each figure, "
        f"{options.size.users:,} users, a group of {options.size.large_members:,}."
    )


def installed(options: Options, console: Console) -> bool:
    """Have the peers there before anything is measured."""
    for peer in options.peers:
        console.print(f"{peer}: installing unless it is there …", highlight=False)
        try:
            registry.install(peer)
        except (FileNotFoundError, subprocess.CalledProcessError) as failed:
            console.print(f"{peer} cannot be installed: {failed}", style="red", highlight=False, markup=False)
            return False
    return True


def main() -> int:
    """Run, print, write."""
    options, console, cores = parse(sys.argv[1:]), Console(), procs.cores()
    circumstances = conditions(options, cores)
    console.print(circumstances, highlight=False)
    if not installed(options, console):
        return 1
    try:
        results = run(options, console, cores)
    except WrongAnswer as wrong:
        console.print(f"wrong answer: {wrong}", style="red", highlight=False, markup=False)
        return 1
    report.show(console, results)
    if options.json:
        options.json.write_bytes(msgspec.json.encode(report.as_json(results, circumstances)))
    if options.markdown:
        options.markdown.write_text(report.markdown(results, circumstances))
    return 0


if __name__ == "__main__":
    sys.exit(main())
