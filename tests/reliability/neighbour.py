"""What one workspace notices of another that is hostile, the limits being their defaults.

A client works at a modest, steady rate: alone, and then while the other workspace sends as fast as it can over many
connections; several rounds of both alternately, so that whatever else the machine does is in both.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from unittest.mock import patch

import msgspec

from entrant.db import open_database
from entrant.db.engine import Database
from entrant.service import admin
from entrant.store import MIGRATIONS
from tests.bench.client import Load, Plan
from tests.support.idp import Idp
from tests.support.postgres import cluster
from tests.support.server import serving

from .hostile import KINDS, Ground, Probe

ROOT = Path(__file__).parents[2]
ENGINES = ("sqlite", "postgresql")
RATE = 20.0  # requests per second of the neighbor
CLIENTS = 32  # connections of the hostile workspace
OK = 200
NICE = 5  # of the process that floods: it should take the server's time, not that of the process that measures


@dataclass
class Worker:
    """The neighbor: one request at a time."""

    probe: Probe
    statuses: Counter[int] = field(default_factory=Counter)

    def work(self, seconds: float) -> list[float]:
        """The seconds to each answer."""
        took: list[float] = []
        began = time.perf_counter()
        while (now := time.perf_counter()) < began + seconds:
            status = self.probe(len(took))
            took.append(time.perf_counter() - now)
            self.statuses[status] += 1
            time.sleep(max(0.0, began + len(took) / RATE - time.perf_counter()))
        return took


@dataclass(frozen=True)
class Flood:
    """The hostile workspace, which sends as fast as it is answered."""

    port: int
    requests: list[bytes]
    seconds: float

    def start(self) -> subprocess.Popen[bytes]:
        """Begin, in a process of its own."""
        plan = Plan(self.port, self.requests, CLIENTS, self.seconds, repeat=True, leave=True)
        process = subprocess.Popen(
            ["nice", "-n", str(NICE), sys.executable, "-m", "tests.bench.client"],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip
        assert process.stdin is not None
        process.stdin.write(msgspec.msgpack.encode(plan))
        process.stdin.close()
        return process

    @staticmethod
    def end(process: subprocess.Popen[bytes]) -> Load:
        """Wait for its end; what it was answered."""
        assert process.stdout is not None
        load = msgspec.json.decode(process.stdout.read(), type=Load)
        process.wait()
        return load


def measure(kinds: list[str], rounds: int, seconds: float) -> int:
    """Print the figures of both engines for each kind; 1 if the neighbor got a wrong answer."""
    wrong = 0
    for kind in kinds:
        for engine in ENGINES:
            with ExitStack() as stack:
                worker, hostile = grounds(engine, stack)
                wrong += rounds_of(kind, engine, worker, hostile, rounds, seconds)
    return 1 if wrong else 0


def grounds(engine: str, stack: ExitStack) -> list[Ground]:
    """The workspaces of the neighbor and of the hostile one, on a server of their own."""
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="entrant-neighbour-")))
    url = (
        f"sqlite:///{folder / 'entrant.db'}" if engine == "sqlite" else stack.enter_context(cluster()).make("neighbour")
    )
    database = open_database(url, MIGRATIONS)
    stack.callback(database.close)
    database.migrate()
    tokens = [make(database, slug) for slug in ("worker", "flood")]
    # The servers that hang are on this machine.
    stack.enter_context(patch.dict(os.environ, {"ENTRANT_PRIVATE_ISSUERS": "on"}))
    server = stack.enter_context(serving(url))
    return [
        Ground(server, database, slug, Idp(server.handler(), f"/scim/v2/{slug}", token), stack)
        for slug, token in zip(("worker", "flood"), tokens, strict=True)
    ]


def make(database: Database, slug: str) -> str:
    """Create a workspace; the token of its connection."""
    admin.create_workspace(database, slug, slug.title())
    return admin.create_connection(database, slug, "entra").token


def rounds_of(kind: str, engine: str, ground: Ground, hostile: Ground, rounds: int, seconds: float) -> int:
    """Measure one kind on one engine; the number of wrong answers to the neighbor."""
    worker = Worker(KINDS[kind].probe(ground))
    port = int(hostile.server.url.rpartition(":")[2])
    flood = Flood(port, KINDS[kind].prepare(hostile), seconds + 2)
    worker.work(2.0)
    alone, beset = [], []
    answers: Counter[int] = Counter()
    for _ in range(rounds):
        alone.append(centiles(worker.work(seconds)))
        process = flood.start()
        time.sleep(1.0)  # until it sends
        beset.append(centiles(worker.work(seconds)))
        answers.update(Flood.end(process).statuses)
    print(f"{kind} on {engine}: the neighbor at {RATE:g} requests/s, medians of {rounds} rounds of {seconds:g} s")
    for name, place in (("median", 0), ("99 %", 1)):
        before, after = (statistics.median(each[place] for each in figures) for figures in (alone, beset))
        print(f"  {name}: alone {before * 1e3:.1f} ms, with {kind} {after * 1e3:.1f} ms: {after / before:.1f} times")
    each_round = ", ".join(f"{a[1] * 1e3:.1f} → {b[1] * 1e3:.1f}" for a, b in zip(alone, beset, strict=True))
    print(f"  each round, 99 %: {each_round} ms")
    by_status = ", ".join(f"{status}: {number}" for status, number in sorted(answers.items()))
    print(f"  answers to {kind}: {by_status}: {sum(answers.values()) / (rounds * flood.seconds):.0f}/s")
    wrong = sum(number for status, number in worker.statuses.items() if status != OK)
    print(f"  wrong answers to the neighbor: {wrong}", flush=True)
    return wrong


def centiles(seconds: list[float]) -> tuple[float, float]:
    """Median and 99 %."""
    ordered = sorted(seconds)
    return ordered[len(ordered) // 2], ordered[min(len(ordered) - 1, len(ordered) * 99 // 100)]
