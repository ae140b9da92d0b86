"""When cycles run: by the real clock while an emulator serves, or one after the other while a clock is wound forward.

A cycle of each started job every forty minutes of the emulator's clock (entra-client 13.1), and what is thirty days
in the recycle bin is purged. Escrows and quarantines have their own times, which a job's next cycle follows.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from types import TracebackType
from typing import Self

from entrant.db import DatabaseError
from entrant.db.engine import Tx
from entrant.entra.engine.schedule import later
from entrant.entra.model import BadValue, EntraError
from entrant.entra.store import jobs

from . import world
from .driver import Stopped
from .lease import LeaseLost, Running
from .provisioner import Provisioner
from .runner import NotDue, run_cycle
from .views import Execution

logger = logging.getLogger(__name__)

LOOK_SECONDS = 1.0  # between two looks for what is due; a manual clock may have been moved by somebody else
REST_SECONDS = 60.0  # after a cycle that could not be run, by a missing key for instance
GRACE_SECONDS = 10.0  # that a request under way may take to end when the emulator stops
MAX_JOBS = 4  # cycles of different jobs that run at the same time (13.11)
POLL_SECONDS = 0.2  # between two looks whether somebody else's cycle has ended


@dataclass(frozen=True, slots=True)
class Happened:
    """Something that fell due while a clock was wound forward."""

    at: str
    job_id: str | None
    """None: objects were purged from the recycle bin."""
    execution: Execution | None = None
    purged: int = 0


def advance(
    p: Provisioner,
    by: timedelta,
    told: Callable[[Happened], None] = lambda _: None,
    stop: threading.Event | None = None,
) -> str:
    """Wind the clock forward and run what falls due on the way, in order; the time that it has come to.

    Ends early, at the time that it has come to, with what a cycle raises.
    """
    try:
        target = later(p.db.read(world.now), by)
    except OverflowError as exc:
        raise BadValue("the clock cannot be wound beyond the year 9999") from exc
    while (moment := p.db.read(lambda tx: _next(tx, target))) is not None:
        p.db.write(world.CLOCK, lambda tx, to=moment: world.set_clock(tx, to))  # type: ignore[misc]
        _run_due(p, told, stop or threading.Event())
    p.db.write(world.CLOCK, lambda tx: world.set_clock(tx, target))
    return target


def _next(tx: Tx, target: str) -> str | None:
    """When the next thing falls due, if that is not after `target`; never before now."""
    dues = [due for due in (jobs.next_due(tx), world.next_purge(tx)) if due is not None and due <= target]
    return max(min(dues), world.now(tx)) if dues else None


def _run_due(p: Provisioner, told: Callable[[Happened], None], stop: threading.Event) -> None:
    """Do everything that is due by now."""
    now = p.db.read(world.now)
    purged = world.purge(p.db)
    if purged:
        told(Happened(now, None, purged=purged))
    for job in p.db.read(lambda tx: jobs.due(tx, now)):
        try:
            told(Happened(now, job.id, run_cycle(p, job.id, stop=stop, only_if_due=True)))
        except Running:
            # An emulator that serves, or another command, has come first. It is due no more once that has ended.
            time.sleep(POLL_SECONDS)
        except NotDue:
            continue


class Schedule:
    """Runs what is due by the emulator's clock while `with` lasts, each job's cycle on a thread of its own."""

    def __init__(self, p: Provisioner) -> None:
        self._p = p
        self._stop = threading.Event()
        self._slots = threading.Semaphore(MAX_JOBS)
        self._lock = threading.Lock()
        self._running: dict[str, threading.Thread] = {}
        self._rests: dict[str, float] = {}
        """Until when a job rests whose cycle could not be run at all."""
        self._loop = threading.Thread(target=self._run, name="schedule")

    def __enter__(self) -> Self:
        self._loop.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop between two requests; a cycle that runs is given up and is due again.

        One whose target does not answer is left behind: its lease is free as soon as this process has ended.
        """
        self._stop.set()
        self._loop.join()
        with self._lock:
            threads = list(self._running.values())
        until = time.monotonic() + GRACE_SECONDS
        for thread in threads:
            thread.join(max(0.0, until - time.monotonic()))

    def _run(self) -> None:
        while not self._stop.wait(LOOK_SECONDS):
            try:
                self._look()
            except DatabaseError as exc:
                logger.warning("nothing could be scheduled, next try in a second: %s", exc)

    def _look(self) -> None:
        now = self._p.db.read(world.now)
        if (purge := self._p.db.read(world.next_purge)) is not None and purge <= now:
            world.purge(self._p.db)
        for job in self._p.db.read(lambda tx: jobs.due(tx, now)):
            with self._lock:
                rests = self._rests.get(job.id, 0.0) > time.monotonic()
                if job.id not in self._running and not rests and self._slots.acquire(blocking=False):
                    thread = threading.Thread(
                        target=self._cycle, args=(job.id,), name=f"cycle of {job.id}", daemon=True
                    )
                    self._running[job.id] = thread
                    thread.start()

    def _cycle(self, job_id: str) -> None:
        try:
            run_cycle(self._p, job_id, stop=self._stop, only_if_due=True)
        except (Running, NotDue, LeaseLost, Stopped):
            logger.info("no cycle of %s: somebody else runs it, or the emulator stops", job_id)
        except (EntraError, DatabaseError) as exc:
            logger.warning("the cycle of %s could not be run, next try in a minute: %s", job_id, exc)
            self._rests[job_id] = time.monotonic() + REST_SECONDS
        finally:
            with self._lock:
                del self._running[job_id]
            self._slots.release()
