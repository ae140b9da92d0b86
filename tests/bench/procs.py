"""Processes under measurement: where they run, what processor time and memory they took, and their orderly end."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

from .client import GRACE, HOST, Load, Plan

ROOT = Path(__file__).parents[2]
TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")
START_LIMIT = 30.0  # seconds until a server must answer
STOP_LIMIT = 20.0  # seconds until a server must have ended after SIGTERM


@dataclass(frozen=True, slots=True)
class Cores:
    """Where things run: what is measured on `server`; the load generator and the database server on `other`."""

    server: int
    other: int

    @property
    def shared(self) -> bool:
        """Whether there is only one core, so that every figure is of everything together."""
        return self.server == self.other


def cores() -> Cores:
    """The first two cores this process may use; the same one twice if there is only one."""
    usable = sorted(os.sched_getaffinity(0))
    return Cores(usable[0], usable[1] if len(usable) > 1 else usable[0])


@contextmanager
def pinned(core: int) -> Iterator[None]:
    """Processes started in this block run on one core: they inherit the affinity."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def family(pid: int) -> list[int]:
    """A process and all that descend from it, as they are now."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        fields = _stat(int(stat.parent.name))
        if fields:
            parents[int(stat.parent.name)] = int(fields[1])
    found = [pid]
    for one in found:
        found += [child for child, parent in parents.items() if parent == one]
    return found


def cpu_seconds(pid: int) -> float:
    """Processor time of a process, its descendants, and those of them that have ended and been waited for."""
    ticks = sum(sum(map(int, fields[11:15])) for one in family(pid) if (fields := _stat(one)))
    return ticks / TICKS


def resident_bytes(pid: int) -> int:
    """Memory of a process and its descendants: what is resident, shared pages counted in each."""
    total = 0
    for one in family(pid):
        try:
            total += int(Path(f"/proc/{one}/statm").read_text().split()[1]) * PAGE
        except (FileNotFoundError, ProcessLookupError):
            continue  # it ended meanwhile
    return total


def peak_bytes(pid: int) -> int:
    """The most memory a process has ever had resident (VmHWM), without its children."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return 0


def forget_peak(pid: int) -> None:
    """Begin the peak of a process anew from what it has resident now (proc(5), clear_refs)."""
    Path(f"/proc/{pid}/clear_refs").write_text("5")


def _stat(pid: int) -> list[str] | None:
    """The fields of /proc/PID/stat that follow the name, state first; None if the process is gone."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return text.rpartition(")")[2].split()


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.create_server((HOST, 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


@dataclass(frozen=True, slots=True)
class Server:
    """A server that runs and answers. `ready` is the seconds from its start to its first answer."""

    process: subprocess.Popen[bytes]
    port: int
    ready: float

    @property
    def pid(self) -> int:
        """The process that was started; others may descend from it."""
        return self.process.pid


class NoAnswer(Exception):
    """A server that was started does not answer."""


@contextmanager
def serving(
    command: Sequence[str], port: int, core: int, probe: str, log: Path, env: Mapping[str, str] | None = None
) -> Iterator[Server]:
    """A server on one core, from its first answer to a GET of `probe` to its orderly end."""
    with pinned(core), log.open("ab") as output:
        begun = time.perf_counter()
        process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **(env or {})}, stdout=output, stderr=output)
    try:
        await_answer(process, port, probe, log)
        yield Server(process, port, time.perf_counter() - begun)
    finally:
        stop(process)


def await_answer(process: subprocess.Popen[bytes], port: int, probe: str, log: Path) -> None:
    """Wait until a GET of `probe` is answered with a success; raises NoAnswer when it never is."""
    deadline = time.monotonic() + START_LIMIT
    request = f"GET {probe} HTTP/1.1\r\nhost: {HOST}\r\nconnection: close\r\n\r\n".encode()
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with socket.create_connection((HOST, port), timeout=1) as connection:
                connection.sendall(request)
                if connection.recv(64).partition(b" ")[2].startswith(b"2"):
                    return
        except OSError:
            pass  # it does not listen yet
        time.sleep(0.005)
    raise NoAnswer(f"no answer to GET {probe} on port {port}: {log.read_text()[-2_000:]}")


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a process that we started: asked first, then without asking."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    try:
        process.wait(STOP_LIMIT)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def generate(plan: Plan, core: int) -> Load:
    """Run a plan in a load generator of its own on one core."""
    with pinned(core):
        ended = subprocess.run(
            [sys.executable, "-m", "tests.bench.client"],
            cwd=ROOT,
            input=msgspec.msgpack.encode(plan),
            stdout=subprocess.PIPE,
            timeout=plan.seconds + GRACE + 30,
            check=True,
        )
    return msgspec.json.decode(ended.stdout, type=Load)
