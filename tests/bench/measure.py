"""Measuring one case three times: the service, the empty handler, and the statements run bare."""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import msgspec

from entrant.scim.wire import Handler, Json

from . import procs
from .cases import SAMPLES, WARM, Ask, Case
from .client import Load, Plan
from .procs import Cores, Server, cpu_seconds
from .record import Recorder
from .script import Script, make_script
from .storage import Bare, Storage
from .world import Door

MAX_RATE = 15_000  # requests per second that a plan is made for
PAUSE = 0.3  # seconds of the warm-up of the empty handler


class WrongAnswer(Exception):
    """The service answered what it should not. No figure is worth anything then."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What a load showed. Times in milliseconds, processor time in microseconds per request."""

    rate: float
    p50: float
    p99: float
    server_cpu: float
    database_cpu: float


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the table. `bare.database_cpu` is in seconds per operation."""

    engine: str
    case: Case
    service: Figures
    empty: Figures
    bare: Bare

    @property
    def cpu_to_empty(self) -> float:
        """The server's processor time, in times of the empty handler's."""
        return self.service.server_cpu / self.empty.server_cpu

    @property
    def rate_to_bare(self) -> float:
        """Requests per second, in times of the bare run's operations per second."""
        return self.service.rate / self.bare.rate

    @property
    def database_to_bare(self) -> float:
        """The database's processor time, in times of the bare run's; 0 where the database is in the server."""
        return self.service.database_cpu / (self.bare.database_cpu * 1e6)


@dataclass(frozen=True, slots=True)
class Sample:
    """One request of a case as it went in this process: its answer, and its statements for the bare run."""

    status: int
    document: Json
    script: Script


@dataclass(frozen=True, slots=True)
class Stand:
    """Where and how to measure."""

    storage: Storage
    cores: Cores
    folder: Path
    seconds: float
    clients: int

    def service(self) -> AbstractContextManager[Server]:
        """The real server, as an administrator starts it."""
        port = procs.free_port()
        entrant = Path(sys.executable).with_name("entrant")
        return procs.serving(
            [str(entrant), "serve", "--host", "127.0.0.1", "--port", str(port)],
            port,
            self.cores.server,
            "/healthz",
            self.folder / "server.log",
            {"ENTRANT_DATABASE": self.storage.url, "ENTRANT_CONNECTION_RATE": "0"},
        )

    def nothing(self, sample: Sample) -> AbstractContextManager[Server]:
        """The empty handler, answering as the service did."""
        port = procs.free_port()
        file = self.folder / "answer.json"
        file.write_bytes(b"" if sample.document is None else msgspec.json.encode(sample.document))
        command = [sys.executable, "-m", "tests.bench.empty", str(port), str(sample.status), str(file)]
        return procs.serving(command, port, self.cores.server, "/healthz", self.folder / "empty.log")


def sample(case: Case, door: Door, handle: Handler, recorder: Recorder) -> Sample:
    """Send a case's first two requests beyond its limit in this process; raises WrongAnswer."""
    answers, traces = [], []
    for n in range(case.limit + WARM, case.limit + WARM + SAMPLES):
        response = handle(case.ask(n).request(door))
        body = response.read()
        document = msgspec.json.decode(body) if body else None
        if response.status not in case.expect or (document is not None and not case.check(document)):
            raise WrongAnswer(f"{case.title}: {response.status} {body[:2_000].decode()}")
        answers.append((response.status, document))
        trace = recorder.last_read if case.repeat else recorder.last_write
        traces.append(trace.statements)
    status, document = answers[0]
    spans = case.spans(case.limit + WARM)
    return Sample(status, document, make_script(traces[0], traces[1], spans, writes=not case.repeat))


def measure(stand: Stand, case: Case, door: Door, sample: Sample) -> Line:
    """Measure a case against both of its baselines, one after the other."""
    with stand.service() as server:
        load(stand, server, warm_plan(case, door, server.port), case)
        service = load(stand, server, plan(stand, case, door, server.port), case)
    with stand.nothing(sample) as server:
        raw = [case.ask(n).raw(door) for n in range(min(case.limit, WARM))]
        load(stand, server, Plan(server.port, raw, stand.clients, seconds=PAUSE, repeat=True), None)
        empty = load(stand, server, Plan(server.port, raw, stand.clients, stand.seconds, repeat=True), None)
    bare = stand.storage.bare(sample.script, stand.seconds, stand.folder)
    return Line(stand.storage.name, case, service, empty, bare)


def warm_plan(case: Case, door: Door, port: int) -> Plan:
    """Requests beyond the limit of the case, so that none of them is sent again."""
    return Plan(port, [case.ask(case.limit + k).raw(door) for k in range(WARM)])


def plan(stand: Stand, case: Case, door: Door, port: int) -> Plan:
    """The requests of a case, as many as can be needed."""
    limit = min(case.limit, int(stand.seconds * MAX_RATE))
    raw = [case.ask(n).raw(door) for n in range(limit)]
    return Plan(port, raw, stand.clients, stand.seconds, repeat=case.repeat)


def load(stand: Stand, server: Server, plan: Plan, case: Case | None) -> Figures:
    """Run a plan against a server; raises WrongAnswer if a request of a case is answered wrongly, or not at all."""
    seen, figures = watch(stand, server, plan)
    if case is not None:
        require_expected(seen, case)
    return figures


def watch(stand: Stand, server: Server, plan: Plan) -> tuple[Load, Figures]:
    """Run a plan against a server, whatever it answers."""
    server_before, database_before = cpu_seconds(server.pid), stand.storage.cpu()
    seen = procs.generate(plan, stand.cores.other)
    server_cpu, database_cpu = cpu_seconds(server.pid) - server_before, stand.storage.cpu() - database_before
    each = 1e6 / max(seen.done, 1)
    return seen, Figures(seen.rate, seen.p50, seen.p99, server_cpu * each, database_cpu * each)


def require_expected(seen: Load, case: Case) -> None:
    """Every answer came, with a status that the case expects."""
    if seen.broken or set(seen.statuses) - case.expect:
        raise WrongAnswer(f"{case.title}: answers {seen.statuses}, {seen.broken} connections broken")


def latency(stand: Stand, server: Server, door: Door, asks: list[Ask], expect: frozenset[int]) -> Load:
    """Send requests one after the other on one connection, each once; raises WrongAnswer."""
    raw = [ask.raw(door) for ask in asks]
    seen = procs.generate(Plan(server.port, raw, clients=1, seconds=60, count=len(raw)), stand.cores.other)
    if seen.broken or seen.done != len(asks) or set(seen.statuses) - expect:
        raise WrongAnswer(f"{asks[0].method} {asks[0].target}: answers {seen.statuses}, {seen.broken} broken")
    return seen
