"""The load generator: a process of its own that sends prepared requests and counts the answers.

Reads a `Plan` as MessagePack from standard input and writes a `Load` as JSON to standard output. Each connection
sends its next request when the answer to the last one is complete. Only to 127.0.0.1, and never for longer or more
often than MAX_SECONDS and MAX_REQUESTS allow.
"""

from __future__ import annotations

import asyncio
import gc
import sys
import time
from collections import Counter
from typing import cast

import msgspec
import uvloop

HOST = "127.0.0.1"
MAX_SECONDS = 60.0
MAX_REQUESTS = 2_000_000
MAX_CLIENTS = 256
GRACE = 20.0  # seconds that answers may take after the last request was sent
LAST_CHUNK = b"\r\n0\r\n\r\n"  # no JSON text holds a bare line break, so nothing else in a body looks like it


class Plan(msgspec.Struct, frozen=True):
    """What to send, in order: each request once, or round and round if `repeat`, within `seconds` and `count`."""

    port: int
    requests: list[bytes]
    clients: int = 32
    seconds: float = 5.0
    count: int = MAX_REQUESTS
    repeat: bool = False
    leave: bool = False
    """Whether to leave in the end without waiting for what has not been answered."""


class Load(msgspec.Struct, frozen=True):
    """What came back. Times are in milliseconds; `wall` is in seconds, from the first request to the last answer.

    `broken` counts connections that ended with an answer outstanding.
    """

    statuses: dict[int, int]
    wall: float
    p50: float
    p99: float
    max: float
    received: int
    broken: int

    @property
    def done(self) -> int:
        """All answers."""
        return sum(self.statuses.values())

    @property
    def rate(self) -> float:
        """Answers per second."""
        return self.done / self.wall if self.wall else 0.0


class Run:
    """One run of a plan: what is left to send, and what was seen."""

    def __init__(self, plan: Plan) -> None:
        require_bounds(plan)
        self.plan = plan
        self.sent = 0
        self.broken = 0
        self.received = 0
        self.open = 0
        self.statuses: Counter[bytes] = Counter()
        self.latencies: list[float] = []
        self.begun = time.perf_counter()
        self.ended = self.begun
        self.deadline = self.begun + plan.seconds
        self.limit = plan.count if plan.repeat else min(plan.count, len(plan.requests))
        self.over = asyncio.get_running_loop().create_future()

    def has_next(self, now: float) -> bool:
        """Whether neither count nor time are used up."""
        return self.sent < self.limit and now < self.deadline

    def next(self, now: float) -> bytes | None:
        """The next request, or None when count or time are used up."""
        if not self.has_next(now):
            return None
        request = self.plan.requests[self.sent % len(self.plan.requests)]
        self.sent += 1
        return request

    def result(self) -> Load:
        """The sums of a run that is over."""
        times = sorted(self.latencies) or [0.0]
        return Load(
            statuses={int(status): count for status, count in sorted(self.statuses.items())},
            wall=self.ended - self.begun,
            p50=times[len(times) // 2] * 1e3,
            p99=times[min(len(times) - 1, len(times) * 99 // 100)] * 1e3,
            max=times[-1] * 1e3,
            received=self.received,
            broken=self.broken,
        )


def require_bounds(plan: Plan) -> None:
    """Raise ValueError for a plan that is empty, or that would run longer or wider than a benchmark may."""
    if not plan.requests:
        raise ValueError("a plan needs at least one request")
    if not (0 < plan.seconds <= MAX_SECONDS and 0 < plan.count <= MAX_REQUESTS and 0 < plan.clients <= MAX_CLIENTS):
        raise ValueError(f"at most {MAX_SECONDS} seconds, {MAX_REQUESTS} requests and {MAX_CLIENTS} clients")


class Connection(asyncio.Protocol):
    """One keep-alive connection with at most one request outstanding; made anew if the server closes it."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.closing = False
        self.again: asyncio.Task[object] | None = None
        self.started = 0.0
        self.status: bytes | None = None
        self.head = b""
        self.left: int | None = 0
        """Bytes of the body still to come; None for a chunked body, which ends with LAST_CHUNK."""
        self.tail = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the first request."""
        self.transport = cast("asyncio.Transport", transport)
        self.run.open += self.again is None
        self.send(time.perf_counter())

    def send(self, now: float) -> None:
        """Send the next request, or close when there is none."""
        request = self.run.next(now)
        self.started, self.status, self.head = now, None, b""
        if request is None:
            self.started = 0.0
            self.transport.close()
        else:
            self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        """Take what has come; when it completes the answer, count it and go on."""
        self.run.received += len(data)
        if self.status is None:
            data = self.head + data
            head, separator, data = data.partition(b"\r\n\r\n")
            if not separator:
                self.head = head
                return
            self.status = head[9:12]
            self.left = body_length(head)
            self.closing = closes(head)
            # So that a chunked body which is empty, and starts with its last chunk, is seen to end.
            self.tail = b"\r\n"
        if self.left is None:
            self.tail = (
                (self.tail + data)[-len(LAST_CHUNK) :] if len(data) < len(LAST_CHUNK) else data[-len(LAST_CHUNK) :]
            )
            if self.tail != LAST_CHUNK:
                return
        else:
            self.left -= len(data)
            if self.left > 0:
                return
        now = self.run.ended = time.perf_counter()
        self.run.latencies.append(now - self.started)
        self.run.statuses[self.status] += 1
        if self.closing:
            self.started = 0.0
            self.transport.close()
        else:
            self.send(now)

    def connection_lost(self, exc: Exception | None) -> None:
        """Connect again if the server closes after each answer; the last connection to go ends the run."""
        if self.started:
            self.run.broken += 1
        elif self.closing and self.run.has_next(time.perf_counter()):
            self.closing = False
            loop = asyncio.get_running_loop()
            self.again = loop.create_task(loop.create_connection(lambda: self, HOST, self.run.plan.port))
            return
        self.run.open -= 1
        if not self.run.open and not self.run.over.done():
            self.run.over.set_result(None)


def body_length(head: bytes) -> int | None:
    """The length of the body that follows a response's head; None if it is chunked (RFC 9112 §6.3)."""
    lower = head.lower()
    _, found, rest = lower.partition(b"\r\ncontent-length:")
    if found:
        return int(rest.partition(b"\r\n")[0])
    return None if b"\r\ntransfer-encoding: chunked" in lower else 0


def closes(head: bytes) -> bool:
    """Whether the server closes the connection after this answer (RFC 9112 §9.3)."""
    return head.startswith(b"HTTP/1.0") or b"\r\nconnection: close" in head.lower()


async def generate(plan: Plan) -> Load:
    """Run a plan to its end."""
    run = Run(plan)
    loop = asyncio.get_running_loop()
    await asyncio.gather(
        *(loop.create_connection(lambda: Connection(run), HOST, plan.port) for _ in range(plan.clients)),
    )
    if plan.leave:
        await asyncio.wait([run.over], timeout=plan.seconds)
    else:
        await asyncio.wait_for(run.over, plan.seconds + GRACE)
    return run.result()


def main() -> None:
    """Plan in, load out."""
    plan = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=Plan)
    gc.disable()
    load = uvloop.run(generate(plan))
    sys.stdout.buffer.write(msgspec.json.encode(load))


if __name__ == "__main__":
    main()
