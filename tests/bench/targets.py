"""The targets P1 to P9, each judged from what one run measured. They are directions: none fails a run."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from .cases import Target
from .cycle import CycleLine
from .filters import Reads
from .large import LargeGroup
from .measure import Line
from .peers.line import PeerLine

MILLION = 1_000_000
MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class StartUp:
    """A server that has just been started: seconds to its first answer, bytes of memory while idle."""

    engine: str
    seconds: float
    memory: int


@dataclass(frozen=True, slots=True)
class Results:
    """Everything that one run measured."""

    lines: tuple[Line, ...]
    large_groups: tuple[LargeGroup, ...]
    reads: tuple[Reads, ...]
    starts: tuple[StartUp, ...]
    peers: tuple[PeerLine, ...]
    cycles: tuple[CycleLine, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """One target: its number, what it asks, what was measured, and whether that reaches it (None: not measured)."""

    number: str
    wanted: str
    seen: str
    reached: bool | None


@dataclass(frozen=True, slots=True)
class Ratio:
    """A measured ratio and the bound it is held against."""

    label: str
    value: float
    bound: float
    at_least: bool = False

    @property
    def reached(self) -> bool:
        """Whether the ratio is on the right side of its bound."""
        return self.value >= self.bound if self.at_least else self.value <= self.bound


def judge(results: Results) -> list[Verdict]:
    """All targets, in order."""
    lines = results.lines
    return [
        _verdict("P1", "POST, PostgreSQL ≥ 1 x pgbench", _rates(lines, "postgresql", Target.CREATE, 1.0)),
        _verdict("P2", "POST, SQLite ≥ 2 x a tight loop", _rates(lines, "sqlite", Target.CREATE, 2.0)),
        _verdict(
            "P3",
            "1 member, 1,000 groups ≥ 1 x pgbench; one hot group ≥ 5 x",
            [*_rates(lines, "postgresql", Target.SPREAD, 1.0), *_rates(lines, "postgresql", Target.HOT, 5.0)],
        ),
        _verdict(
            "P4",
            "userName eq: server CPU ≤ 2.5 x empty; database CPU ≤ 1.2 x pgbench",
            [ratio for line in lines if line.case.target is Target.LOOKUP for ratio in _lookup(line)],
        ),
        _verdict(
            "P5",
            "POST, PATCH: server CPU ≤ 4 x empty",
            [
                Ratio(f"{line.engine} {line.case.key}", line.cpu_to_empty, 4.0)
                for line in lines
                if line.case.target in {Target.CREATE, Target.SPREAD, Target.HOT, Target.CHANGE}
            ],
        ),
        _verdict(
            "P6",
            "a group of 100,000: add one ≤ 2 x to an empty group; read without members ≤ 1.5 x a user; "
            "1,000 in one PATCH ≤ 50 x one; streamed in bounded memory",
            [ratio for group in results.large_groups for ratio in _large(group)],
        ),
        _verdict(
            "P7",
            "1,000,000 users: indexed equality ≤ 2 x userName eq; cursor page ≤ 3 ms; startIndex 500,001 ≤ 100 ms",
            [ratio for seen in results.reads if seen.users >= MILLION for ratio in _million(seen)],
        ),
        _verdict("P8", "req/s ≥ 10 x durable peers on the same PostgreSQL", _peers(lines, results.peers)),
        _verdict(
            "P9",
            "answers within 1 s of its start; ≤ 80 MB idle",
            [ratio for start in results.starts for ratio in _start(start)],
        ),
    ]


def _verdict(number: str, wanted: str, ratios: Iterable[Ratio]) -> Verdict:
    ratios = list(ratios)
    seen = ", ".join(f"{ratio.label} {ratio.value:.2f}{'' if ratio.reached else ' ✗'}" for ratio in ratios)
    return Verdict(number, wanted, seen or "not measured", all(ratio.reached for ratio in ratios) if ratios else None)


def _rates(lines: Iterable[Line], engine: str, target: Target, bound: float) -> list[Ratio]:
    return [
        Ratio(line.case.key, line.rate_to_bare, bound, at_least=True)
        for line in lines
        if line.engine == engine and line.case.target is target
    ]


def _lookup(line: Line) -> list[Ratio]:
    server = Ratio(f"{line.engine} server", line.cpu_to_empty, 2.5)
    if line.engine == "sqlite":
        return [server]
    return [server, Ratio("postgresql database", line.database_to_bare, 1.2)]


def _large(group: LargeGroup) -> list[Ratio]:
    return [
        Ratio(f"{group.engine} add", group.add_to_large / group.add_to_empty, 2.0),
        Ratio("read", group.read_large / group.read_user, 1.5),
        Ratio("1,000", group.add_thousand / group.add_to_empty, 50.0),
        Ratio("memory/list", group.growth / group.full_size, 0.5),
    ]


def _million(seen: Reads) -> list[Ratio]:
    base = seen.equality["userName"]
    return [
        *(Ratio(f"{seen.engine} {path}", time / base, 2.0) for path, time in seen.equality.items()),
        Ratio("cursor ms", seen.cursor_page, 3.0),
        Ratio("startIndex ms", seen.deep_page, 100.0),
    ]


def _peers(lines: Iterable[Line], peers: Iterable[PeerLine]) -> list[Ratio]:
    rates = {line.case.key: line.service.rate for line in lines if line.engine == "postgresql"}
    return [
        Ratio(f"{peer.name} {peer.key}", rates[peer.key] / peer.figures.rate, 10.0, at_least=True)
        for peer in peers
        if peer.durable and peer.figures and peer.key in rates
    ]


def _start(start: StartUp) -> list[Ratio]:
    return [Ratio(f"{start.engine} s", start.seconds, 1.0), Ratio("MB", start.memory / MEGABYTE, 80.0)]
