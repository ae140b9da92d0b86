"""Finding jobs, and changing one: read, decide, write, with nobody in between."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

from entrant.db.engine import Tx
from entrant.entra.engine.restart import Reset
from entrant.entra.model import NotFound
from entrant.entra.store import jobs
from entrant.entra.store.jobs import JobRow

from . import world
from .lease import is_running
from .provisioner import Provisioner
from .rows import read_reset, write_reset

Decide: TypeAlias = Callable[[Tx, JobRow], JobRow]
"""What is made of a job; may run twice."""


def find_job(tx: Tx, job_id: str) -> JobRow:
    """A job by its id; raises NotFound."""
    return _existing(jobs.find(tx, job_id))


def job_of(tx: Tx, service_principal: str) -> JobRow:
    """The job of an application; raises NotFound."""
    job = jobs.find_of(tx, service_principal)
    if job is None:
        raise NotFound("the application has no provisioning job")
    return job


def lock_job(tx: Tx, job_id: str) -> JobRow:
    """A job that nobody else changes until the transaction ends; raises NotFound."""
    return _existing(jobs.lock(tx, job_id))


def change(p: Provisioner, job_id: str, decide: Decide) -> None:
    """Store what is made of a job; raises NotFound."""
    p.db.write(job_id, lambda tx: jobs.save(tx, decide(tx, lock_job(tx, job_id))))


def change_of(p: Provisioner, service_principal: str, decide: Decide) -> None:
    """Store what is made of the job of an application; raises NotFound."""
    job = p.db.read(lambda tx: job_of(tx, service_principal))
    change(p, job.id, decide)


def reset(tx: Tx, job: JobRow, what: Reset) -> JobRow:
    """Clear what a restart clears, at once, or as soon as the running cycle has ended."""
    if not is_running(job, tx.now):
        return apply_reset(tx, job, what)
    waiting = Reset() if job.pending_reset is None else read_reset(job.pending_reset)
    return replace(job, pending_reset=write_reset(_both(waiting, what)))


def apply_pending(tx: Tx, job: JobRow) -> JobRow:
    """Clear what waited for the end of a cycle."""
    return job if job.pending_reset is None else apply_reset(tx, job, read_reset(job.pending_reset))


def apply_reset(tx: Tx, job: JobRow, what: Reset) -> JobRow:
    """Clear it (entra-client 13.6, 13.7); the next cycle is due at once. No cycle may be running."""
    world.clear(tx, job.id, escrows=what.escrows, links=what.links)
    return replace(
        job,
        watermark=None if what.watermark else job.watermark,
        # Deletions that are let through are what the quarantine was about (15.10).
        quarantine=None if what.quarantine or what.allow_deletions else job.quarantine,
        allow_deletions=job.allow_deletions or what.allow_deletions,
        complete_failures=0 if what.quarantine else job.complete_failures,
        next_run=world.now(tx),
        pending_reset=None,
    )


def _both(one: Reset, other: Reset) -> Reset:
    return Reset(
        watermark=one.watermark or other.watermark,
        escrows=one.escrows or other.escrows,
        quarantine=one.quarantine or other.quarantine,
        links=one.links or other.links,
        allow_deletions=one.allow_deletions or other.allow_deletions,
    )


def _existing(job: JobRow | None) -> JobRow:
    if job is None:
        raise NotFound("there is no such provisioning job")
    return job
