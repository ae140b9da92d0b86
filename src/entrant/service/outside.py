"""Which threads may wait for a server of another organization, and until when.

A thread that all workspaces share must not: one issuer that hangs would hold them all. On such a thread `seconds_left`
raises `Outside`, and the request is run again, from its beginning, on a thread that may wait. What comes before the
first call to another server must therefore be harmless twice.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from contextvars import ContextVar
from typing import TypeVar

T = TypeVar("T")

_until: ContextVar[float | None] = ContextVar("until", default=math.inf)
"""On the monotonic clock; None on a thread that must not wait. By default as long as a call takes: for commands."""


class Outside(Exception):
    """Another server has to be called, on a thread that must not wait for one."""


def seconds_left(most: float) -> float:
    """For how many seconds this thread may wait for another server, `most` at most; raises Outside."""
    until = _until.get()
    if until is None:
        raise Outside
    return min(most, until - time.monotonic())


def inside(work: Callable[[], T]) -> T:
    """Run work that must not wait for another server."""
    return _run(None, work)


def outside(until: float, work: Callable[[], T]) -> T:
    """Run work that may wait for other servers until a time of the monotonic clock, for all of them together."""
    return _run(until, work)


def _run(until: float | None, work: Callable[[], T]) -> T:
    token = _until.set(until)
    try:
        return work()
    finally:
        _until.reset(token)
