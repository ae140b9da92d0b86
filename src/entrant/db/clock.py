"""The time, of a wall clock that may be set and of one that cannot (product.md 9.9, decision 0022).

Everything that lasts for a while is measured by the time that `now` tells. It follows the wall clock forward, goes on
by the clock that does not jump while the wall clock is behind, and so never runs slower than real time. What it told
last is kept in the database (`service/timekeeping.py`), so that a restart does not set it back.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from .engine import timestamp

Nanoseconds = Callable[[], int]

SECOND = 1_000_000_000
SLACK = 5 * SECOND  # by which a wall clock is corrected in passing: more is a jump
CONFIRMED = 3_600 * SECOND  # for which a wall clock must stay where it has jumped to before it is believed for good
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def elapsed() -> int:
    """Nanoseconds since some moment, those in which the machine slept included where the system counts them."""
    source = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic_ns() if source is None else time.clock_gettime_ns(source)


class Clock:
    """Three readings of one time. Each is the elapsed time and an offset that only grows.

    `now` is for what we give out and keep: its offset is the largest that the wall clock has ever had.
    `steady` is for what must not be lost by mistake: its offset follows a jump only once that has been confirmed.
    `outside` is for what others date: the wall clock as it is, but never before `steady`.
    """

    def __init__(self, wall: Nanoseconds = time.time_ns, elapsed: Nanoseconds = elapsed) -> None:
        """`wall` tells nanoseconds since 1970, `elapsed` since any moment."""
        self._wall, self._elapsed = wall, elapsed
        self._lock = threading.Lock()
        self._last = 0
        self._largest = self._steady = wall() - elapsed()
        self._candidate: int | None = None
        self._since = 0
        self._joined = False

    def now(self) -> str:
        """The time, strictly later at each look, by at least a microsecond; UTC text, as `timestamp` writes it."""
        with self._lock:
            since, _ = self._look()
            self._last = max((since + self._largest) // 1_000, self._last + 1)
            return timestamp(EPOCH + timedelta(microseconds=self._last))

    def outside(self) -> datetime:
        """The time by which to judge what another has dated. It may go back, to where a wrong jump began."""
        with self._lock:
            since, offset = self._look()
            return _moment(since + max(offset, self._steady))

    def steady(self) -> datetime:
        """A time that has come for certain, and later than most: what is removed by its age is removed by this one."""
        with self._lock:
            since, _ = self._look()
            return _moment(since + self._steady)

    def join(self, now: str, steady: str) -> None:
        """Be no earlier than what was told before, by this process or another."""
        with self._lock:
            since, _ = self._look()
            self._largest = max(self._largest, _offset(now, since))
            told = _offset(steady, since)
            # At first the wall clock was believed only because there was nothing else.
            self._steady = max(self._steady, told) if self._joined else told
            self._joined = True
            self._look()

    def _look(self) -> tuple[int, int]:
        """Look at both clocks: the elapsed time, and the offset of the wall clock from it."""
        since = self._elapsed()
        offset = self._wall() - since
        self._largest = max(self._largest, offset)
        if offset - self._steady <= SLACK:
            self._steady, self._candidate = max(self._steady, offset), None
        elif self._candidate is None or abs(offset - self._candidate) > SLACK:
            self._candidate, self._since = offset, since
        elif since - self._since >= CONFIRMED:
            self._steady, self._candidate = min(self._candidate, offset), None
        return since, offset


def _moment(nanoseconds: int) -> datetime:
    return EPOCH + timedelta(microseconds=nanoseconds // 1_000)


def _offset(told: str, since: int) -> int:
    """The offset of a clock that tells this time now."""
    return (datetime.fromisoformat(told) - EPOCH) // timedelta(microseconds=1) * 1_000 - since
