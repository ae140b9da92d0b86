"""What one workspace notices of another that floods the service, the limits being what they are by default.

A provider works at a modest, steady rate: alone, and then while another sends as fast as it can over many connections;
several rounds of both, by turns, so that whatever else the machine does is in both. Nothing is judged but the answers.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from entrant.db import open_database
from entrant.service import admin
from entrant.store import MIGRATIONS
from tests.bench.client import HOST, Load, Plan
from tests.support.idp import Idp
from tests.support.postgres import cluster
from tests.support.server import Serving, serving

ROOT = Path(__file__).parents[2]
ENGINES = ("sqlite", "postgresql")
RATE = 20.0  # requests per second of the one that works
CLIENTS = 32  # connections of the one that floods
NICE = 5  # of the flood's process: it shall take the server's time, not that of whoever measures


@dataclass
class Worker:
    """The provider that works: writes and looks up a user by turns, one request at a time."""

    idp: Idp
    user: str
    statuses: Counter[int] = field(default_factory=Counter)

    def work(self, seconds: float) -> list[float]:
        """The seconds to each answer."""
        took: list[float] = []
        began = time.perf_counter()
        while (now := time.perf_counter()) < began + seconds:
            if len(took) % 2:
                answer = self.idp.get('/Users?filter=userName+eq+"worker@a.example"')
            else:
                change = {"op": "Replace", "path": "displayName", "value": f"Name {now}"}
                answer = self.idp.patch(f"/Users/{self.user}", change)
            took.append(time.perf_counter() - now)
            self.statuses[answer.status] += 1
            time.sleep(max(0.0, began + len(took) / RATE - time.perf_counter()))
        return took


@dataclass(frozen=True)
class Flood:
    """The other, which writes and looks up as fast as it is answered."""

    port: int
    requests: list[bytes]
    seconds: float

    def start(self) -> subprocess.Popen[bytes]:
        """Begin, in a process of its own."""
        plan = Plan(self.port, self.requests, CLIENTS, self.seconds, repeat=True)
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


def measure(rounds: int, seconds: float) -> int:
    """Print the figures of both engines; 1 if the one that works was not answered well."""
    wrong = 0
    for engine in ENGINES:
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="entrant-neighbour-")))
            url = (
                f"sqlite:///{folder / 'entrant.db'}"
                if engine == "sqlite"
                else stack.enter_context(cluster()).make("neighbour")
            )
            tokens = [make(url, slug) for slug in ("worker", "flood")]
            server = stack.enter_context(serving(url))
            wrong += rounds_of(engine, server, tokens, rounds, seconds)
    return 1 if wrong else 0


def make(url: str, slug: str) -> str:
    """A workspace; the token of its connection."""
    database = open_database(url, MIGRATIONS)
    database.migrate()
    admin.create_workspace(database, slug, slug.title())
    token = admin.create_connection(database, slug, "entra").token
    database.close()
    return token


def rounds_of(engine: str, server: Serving, tokens: list[str], rounds: int, seconds: float) -> int:
    """Measure one engine; how many answers to the one that works were wrong."""
    idp = Idp(server.handler(), "/scim/v2/worker", tokens[0])
    worker = Worker(idp, idp.user("worker@a.example"))
    other = Idp(server.handler(), "/scim/v2/flood", tokens[1])
    flood = Flood(int(server.url.rpartition(":")[2]), requests(other.user("flood@b.example"), tokens[1]), seconds + 2)
    worker.work(2.0)
    alone, beside = [], []
    answers: Counter[int] = Counter()
    for _ in range(rounds):
        alone.append(centiles(worker.work(seconds)))
        process = flood.start()
        time.sleep(1.0)  # until it sends
        beside.append(centiles(worker.work(seconds)))
        answers.update(Flood.end(process).statuses)
    print(f"{engine}: the worker at {RATE:g} requests a second, medians of {rounds} rounds of {seconds:g} s")
    for name, place in (("median", 0), ("99 %", 1)):
        before, after = (statistics.median(each[place] for each in figures) for figures in (alone, beside))
        print(
            f"  {name}: alone {before * 1e3:.1f} ms, beside the flood {after * 1e3:.1f} ms: {after / before:.1f} times"
        )
    print(
        f"  each round, 99 %: {', '.join(f'{a[1] * 1e3:.1f} → {b[1] * 1e3:.1f}' for a, b in zip(alone, beside, strict=True))} ms"
    )
    told = ", ".join(f"{status}: {number}" for status, number in sorted(answers.items()))
    print(f"  the flood was answered {told}: {sum(answers.values()) / (rounds * flood.seconds):.0f} a second")
    wrong = sum(number for status, number in worker.statuses.items() if status != 200)
    print(f"  wrong answers to the worker: {wrong}", flush=True)
    return wrong


def requests(user: str, token: str) -> list[bytes]:
    """What the flood sends."""
    change = {"Operations": [{"op": "Replace", "path": "displayName", "value": "Flood"}]}
    body = msgspec.json.encode(change)
    head = f"host: {HOST}\r\nauthorization: Bearer {token}\r\n"
    kind = f"content-type: application/scim+json\r\ncontent-length: {len(body)}\r\n"
    return [
        f"PATCH /scim/v2/flood/Users/{user} HTTP/1.1\r\n{head}{kind}\r\n".encode() + body,
        f"GET /scim/v2/flood/Users?filter=userName+eq+%22flood@b.example%22 HTTP/1.1\r\n{head}\r\n".encode(),
    ]


def centiles(seconds: list[float]) -> tuple[float, float]:
    """Median and 99 %."""
    ordered = sorted(seconds)
    return ordered[len(ordered) // 2], ordered[min(len(ordered) - 1, len(ordered) * 99 // 100)]
