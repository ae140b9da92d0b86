"""The lease of a job: who runs its cycle, so that no two cycles of it run at once, in this process or any other.

A lease is renewed while its cycle runs. One that has run out is taken over, and one whose process is known to be dead
at once. No request is sent after a lease has run out (`Lease.check`), so that whoever has taken it over is alone.
Lease times are real ones: the emulator's clock may stand still, or jump.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from types import TracebackType
from typing import Self

from entrant.db import Database, DatabaseError
from entrant.db.engine import Tx, timestamp
from entrant.entra.model import EntraError
from entrant.entra.store import jobs
from entrant.entra.store.jobs import JobRow

logger = logging.getLogger(__name__)

LEASE = timedelta(seconds=30)
RENEW_SECONDS = 5.0
TICK_SECONDS = 0.2


class Running(EntraError):
    """A cycle of the job is running now, in this process or another."""


class LeaseLost(EntraError):
    """Somebody else has taken the job over, or removed it."""


def new_owner() -> str:
    """A name for whoever runs one cycle in this process."""
    return f"{socket.gethostname()}/{os.getpid()}/{uuid.uuid4().hex}"


def take(tx: Tx, job: JobRow, owner: str) -> JobRow:
    """The job with its lease taken; raises Running. `job` is locked by this transaction."""
    if job.lease_owner is not None and not _has_ended(job, tx.now):
        raise Running("a cycle of this application is running already; wait for its end")
    return replace(job, lease_owner=owner, lease_until=_end(tx.now))


def is_running(job: JobRow, now: str) -> bool:
    """Whether a cycle runs, as far as can be known; `now` is in real time."""
    return job.lease_owner is not None and not _has_ended(job, now)


def _has_ended(job: JobRow, now: str) -> bool:
    return (job.lease_until or "") <= now or _is_dead(job.lease_owner or "")


def _is_dead(owner: str) -> bool:
    """Whether the process of a lease is known to be gone: it was one of this machine, and is not any more."""
    host, _, rest = owner.partition("/")
    number = rest.partition("/")[0]
    if host != socket.gethostname() or not number.isdigit():
        return False
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


def _end(now: str) -> str:
    return timestamp(datetime.fromisoformat(now) + LEASE)


class Keeper:
    """Keeps a lease that was taken for as long as `with` lasts, by a thread of its own.

    `beat` is called with each renewal, in its transaction, a few times a minute; `tick` several times a second.
    """

    def __init__(
        self, db: Database, job_id: str, owner: str, beat: Callable[[Tx], None], tick: Callable[[], None]
    ) -> None:
        self._db, self._job_id, self._owner = db, job_id, owner
        self._beat, self._tick = beat, tick
        # A little less than what is stored: the request that is sent last takes its time.
        self._until = time.monotonic() + LEASE.total_seconds() - RENEW_SECONDS
        self._lost = False
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._keep, name=f"lease of {job_id}", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._done.set()
        self._thread.join()

    def check(self) -> None:
        """Raise LeaseLost unless the lease still holds."""
        if self._lost or time.monotonic() >= self._until:
            raise LeaseLost("the cycle was taken over by another process, or its application was removed")

    def _keep(self) -> None:
        renewed = time.monotonic()
        while not self._done.wait(TICK_SECONDS) and not self._lost:
            self._tick()
            if time.monotonic() - renewed >= RENEW_SECONDS:
                renewed = time.monotonic()
                self._renew(renewed)

    def _renew(self, now: float) -> None:
        def work(tx: Tx) -> bool:
            held = jobs.renew(tx, self._job_id, self._owner, _end(tx.now))
            if held:
                self._beat(tx)
            return held

        try:
            self._lost = not self._db.write(self._job_id, work)
        except DatabaseError as exc:
            # The lease goes on as long as it was given; the next renewal may succeed.
            logger.warning("the lease of %s was not renewed: %s", self._job_id, exc)
            return
        self._until = now + LEASE.total_seconds() - RENEW_SECONDS
