"""The load generator counts right, cycles are measured, and the bare scripts say what was recorded. No times are tested."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import uvloop

from tests.bench.client import Load, Plan, generate
from tests.bench.cycle import Company, cycles, nothing
from tests.bench.procs import ROOT, cores

CLOSED = b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n{}"
ANSWERS = {
    b"/plain": b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello",
    b"/empty": b"HTTP/1.1 204 No Content\r\n\r\n",
    b"/chunked": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n3\r\nyou\r\n0\r\n\r\n",
    b"/nothing": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"/refused": b"HTTP/1.1 409 Conflict\r\nContent-Length: 2\r\n\r\n{}",
}


@contextmanager
def server(pieces: int) -> Iterator[int]:
    """A server that answers from ANSWERS, each answer sent in so many pieces; its port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=accept, args=(listener, pieces), daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(5)


def accept(listener: socket.socket, pieces: int) -> None:
    """Serve each connection on a thread until the listener is shut down."""
    threads = []
    while True:
        try:
            peer, _ = listener.accept()
        except OSError:
            break
        threads.append(threading.Thread(target=answer, args=(peer, pieces), daemon=True))
        threads[-1].start()
    for thread in threads:
        thread.join(5)


def answer(peer: socket.socket, pieces: int) -> None:
    """Answer requests without bodies until the client goes."""
    peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with peer, peer.makefile("rb") as lines:
        while line := lines.readline():
            while lines.readline() != b"\r\n":
                pass
            path = line.split()[1]
            data = ANSWERS.get(path, CLOSED)
            step = -(-len(data) // pieces)
            for at in range(0, len(data), step):
                peer.sendall(data[at : at + step])
            if data is CLOSED:
                break


def request(path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nhost: bench\r\n\r\n".encode()


def run(plan: Plan) -> Load:
    return uvloop.run(generate(plan))


@pytest.mark.parametrize("pieces", [1, 3, 100])
def test_every_answer_is_counted_by_its_status(pieces: int) -> None:
    """However the answers arrive: with a length, in chunks, without a body, whole or byte by byte."""
    requests = [request(path.decode()) for path in ANSWERS] * 8

    with server(pieces) as port:
        load = run(Plan(port, requests, clients=4))

    assert load.statuses == {200: 24, 204: 8, 409: 8}
    assert load.broken == 0
    assert load.received == 8 * sum(map(len, ANSWERS.values()))
    assert 0 < load.p50 <= load.p99 <= load.max <= load.wall * 1e3


def test_a_server_that_closes_after_each_answer_is_connected_to_again() -> None:
    with server(1) as port:
        load = run(Plan(port, [request("/closed")], clients=3, count=20, repeat=True))

    assert load.statuses == {200: 20}
    assert load.broken == 0


def test_a_run_ends_at_its_count() -> None:
    with server(1) as port:
        load = run(Plan(port, [request("/plain")], clients=3, count=50, repeat=True))

    assert load.statuses == {200: 50}


def test_a_run_ends_at_its_time() -> None:
    with server(1) as port:
        load = run(Plan(port, [request("/plain")], clients=2, seconds=0.2, repeat=True))

    assert load.done > 0
    assert load.wall < 2


@pytest.mark.parametrize("plan", [Plan(1, []), Plan(1, [b"x"], seconds=3_600), Plan(1, [b"x"], clients=10_000)])
def test_a_plan_without_bounds_is_refused(plan: Plan) -> None:
    with pytest.raises(ValueError, match="at"):
        run(plan)


def test_cycles_of_the_emulator_are_measured(tmp_path: Path) -> None:
    """Every user is looked up and made, every change is read and written; the figures are there."""
    with nothing(tmp_path, cores()) as site:
        initial, changed = cycles(site, Company(users=12, groups=2), tmp_path, cores())

    assert (initial.cycle, changed.cycle, initial.took.failures) == ("initial", "12 changes", 0)
    assert initial.took.requests > 2 * 12
    assert min(initial.rate, initial.cpu, initial.took.before, initial.took.peak) > 0


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_a_run_measures_the_service_and_what_it_is_compared_with(engine: str, tmp_path: Path) -> None:
    """The server, the empty handler and the bare statements, each as in a long run: wrong answers would end it."""
    wanted = ["--engine", engine, "--only", "create", "--only", "lookup"]
    size = ["--seconds", "0.2", "--users", "1000", "--group", "1000", "--json", str(tmp_path / "figures.json")]

    ended = subprocess.run(
        [sys.executable, "-m", "tests.bench", *wanted, *size], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert ended.returncode == 0, ended.stdout + ended.stderr
    figures = json.loads((tmp_path / "figures.json").read_text())
    assert {line["case"] for line in figures["lines"]} == {"create", "lookup"}
