"""How often a connection, or a source address, may ask: token buckets, in the memory of one process.

A bucket holds five seconds' worth of requests and fills at the rate. It is kept as one number: the time when it will
be full again (the generic cell rate algorithm, ITU-T I.371). Why not shared between processes: docs/decisions.
"""

from __future__ import annotations

from math import ceil

BURST_SECONDS = 5.0  # worth of requests that may come at once
ROUNDING = 1e-6  # seconds, far above what sums of floating point numbers are off by
MAX_KEYS = 100_000  # buckets that are remembered; those that are full again are forgotten first


class Buckets:
    """One bucket per key. `rate` is in requests per second. For one thread."""

    def __init__(self, rate: float) -> None:
        self._step = 1 / rate
        self._full: dict[str, float] = {}

    def wait(self, key: str, now: float) -> int:
        """Take one request from the bucket: 0, or after how many whole seconds there will be one; `now` in seconds."""
        full = max(self._full.get(key, now), now) + self._step
        beyond = full - now - BURST_SECONDS - ROUNDING
        if beyond > 0:
            return ceil(beyond)
        if len(self._full) >= MAX_KEYS and key not in self._full:
            self._forget(now)
        self._full[key] = full
        return 0

    def _forget(self, now: float) -> None:
        """Drop what is full again; if nothing is, everything: a bound on memory comes before a bound on requests."""
        self._full = {key: full for key, full in self._full.items() if full > now}
        if len(self._full) >= MAX_KEYS:
            self._full = {}
