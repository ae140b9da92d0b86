"""Driving the flows of a phase: one after the other, or several at a time on threads (entra-client 13.11)."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

from msgspec.structs import replace

from entrant.entra.engine.talk import ELAPSED
from entrant.scim.wire import Flow, Handler, Request, Response, drive


def drive_phase(flows: Iterator[Flow[None]], send: Handler, parallel: int) -> None:
    """Drive every flow to its end. What one raises ends the phase: the others end the object they are at."""
    if parallel == 1:
        for flow in flows:
            drive(flow, send)
        return
    turn, failed = threading.Lock(), threading.Event()

    def take() -> Flow[None] | None:
        with turn:
            return next(flows, None)

    def work() -> None:
        try:
            while not failed.is_set() and (flow := take()) is not None:
                drive(flow, send)
        except BaseException:
            failed.set()
            raise

    pool = ThreadPoolExecutor(parallel, thread_name_prefix="flow")
    try:
        for worker in [pool.submit(work) for _ in range(parallel)]:
            worker.result()
    finally:
        failed.set()  # no new object either if it is this thread that is interrupted
        pool.shutdown()


def timed(send: Handler) -> Handler:
    """Say with each answer how long it took, for the log."""

    def sending(request: Request) -> Response:
        began = time.monotonic()
        response = send(request)
        body = response.read()
        milliseconds = str(round((time.monotonic() - began) * 1000))
        return replace(response, headers={**response.headers, ELAPSED: milliseconds}, body=body)

    return sending


def guarded(send: Handler, check: Callable[[], None]) -> Handler:
    """Ask before each request whether it may be sent; `check` raises if not."""

    def sending(request: Request) -> Response:
        check()
        return send(request)

    return sending
