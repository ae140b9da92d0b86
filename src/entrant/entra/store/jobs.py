"""Provisioning jobs and their executions (entra-client 21.2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import msgspec

from entrant.db.engine import Row, Tx
from entrant.db.queries import load
from entrant.entra.model import Quarantine

_SQL = load(__package__, "jobs")


@dataclass(frozen=True, slots=True)
class JobRow:
    """A job as it is stored. What is encrypted or JSON is text here."""

    id: str
    service_principal: str
    template_id: str
    created: str
    schedule: str
    schema_json: str
    settings: str
    next_run: str | None = None
    connection: str | None = None
    sync_all: bool = False
    watermark: int | None = None
    allow_deletions: bool = False
    quarantine: Quarantine | None = None
    pending_reset: str | None = None
    """What is to be cleared as soon as the running cycle has ended: JSON text."""
    steady_first: str | None = None
    steady_last: str | None = None
    complete_failures: int = 0
    escrows_pruned: int = 0
    lease_owner: str | None = None
    """Who runs a cycle of it; None if nobody does."""
    lease_until: str | None = None
    """In real time."""


@dataclass(frozen=True, slots=True)
class ExecutionRow:
    """An execution as it is stored; `counters` is JSON text. `ended` and `state` are None while it runs."""

    job: str
    id: str
    initial: bool
    began: str
    counters: str
    ended: str | None = None
    state: str | None = None
    exported: bool = False
    error_code: str | None = None
    error_message: str | None = None


def insert(tx: Tx, job: JobRow) -> bool:
    """Add a job; whether its application had none."""
    added = tx.changed(
        _SQL["insert"],
        id=job.id,
        service_principal=job.service_principal,
        template_id=job.template_id,
        created=job.created,
        schedule=job.schedule,
        schema_json=job.schema_json,
        settings=job.settings,
    )
    return added == 1


def find(tx: Tx, job_id: str) -> JobRow | None:
    """A job by its id."""
    row = tx.one(_SQL["find"], id=job_id)
    return None if row is None else _job(row)


def find_of(tx: Tx, service_principal: str) -> JobRow | None:
    """The job of an application."""
    row = tx.one(_SQL["find_of"], service_principal=service_principal)
    return None if row is None else _job(row)


def list_all(tx: Tx) -> list[JobRow]:
    """Every job, oldest first."""
    return [_job(row) for row in tx.all(_SQL["list_all"])]


def lock(tx: Tx, job_id: str) -> JobRow | None:
    """A job that nobody else changes until this transaction ends. Whoever saves one must have taken it by this."""
    row = tx.one(_SQL["lock"], id=job_id)
    return None if row is None else _job(row)


def save(tx: Tx, job: JobRow) -> None:
    """Store a job as it is from now on."""
    tx.run(
        _SQL["save"],
        id=job.id,
        schedule=job.schedule,
        next_run=job.next_run,
        schema_json=job.schema_json,
        connection=job.connection,
        sync_all=int(job.sync_all),
        settings=job.settings,
        watermark=job.watermark,
        allow_deletions=int(job.allow_deletions),
        quarantine=None if job.quarantine is None else msgspec.json.encode(job.quarantine).decode(),
        pending_reset=job.pending_reset,
        steady_first=job.steady_first,
        steady_last=job.steady_last,
        complete_failures=job.complete_failures,
        escrows_pruned=job.escrows_pruned,
        lease_owner=job.lease_owner,
        lease_until=job.lease_until,
    )


def renew(tx: Tx, job_id: str, owner: str, until: str) -> bool:
    """Prolong a lease; whether it is still the owner's."""
    return tx.changed(_SQL["renew"], id=job_id, owner=owner, until=until) == 1


def remove(tx: Tx, job_id: str) -> None:
    """Remove a job, its executions and calls."""
    tx.run(_SQL["remove_executions"], job=job_id)
    tx.run(_SQL["remove_calls"], job=job_id)
    tx.run(_SQL["remove"], id=job_id)


def due(tx: Tx, now: str) -> list[JobRow]:
    """The jobs whose next cycle is due, the one that has waited longest first."""
    return [_job(row) for row in tx.all(_SQL["due"], now=now)]


def next_due(tx: Tx) -> str | None:
    """When the next cycle of any job is due."""
    row = tx.one(_SQL["next_due"])
    return None if row is None else cast("str | None", row["next_run"])


def entitled(tx: Tx, service_principal: str) -> int:
    """How many objects are assigned to an application, directly or as direct members of a group that is (12.2.1)."""
    row = tx.one(_SQL["entitled"], service_principal=service_principal)
    return 0 if row is None else int(row["objects"])


def begin_execution(tx: Tx, execution: ExecutionRow) -> None:
    """Note that a cycle has begun."""
    tx.run(
        _SQL["insert_execution"],
        job=execution.job,
        began=execution.began,
        id=execution.id,
        initial=int(execution.initial),
        counters=execution.counters,
    )


def save_progress(tx: Tx, job_id: str, execution_id: str, counters: str) -> None:
    """Note how far it has come."""
    tx.run(_SQL["save_progress"], job=job_id, id=execution_id, counters=counters)


def end_execution(tx: Tx, execution: ExecutionRow) -> None:
    """Note how it ended."""
    tx.run(
        _SQL["end_execution"],
        job=execution.job,
        id=execution.id,
        ended=execution.ended,
        state=execution.state,
        exported=int(execution.exported),
        counters=execution.counters,
        error_code=execution.error_code,
        error_message=execution.error_message,
    )


def end_interrupted(tx: Tx, job_id: str, ended: str, code: str, message: str) -> None:
    """Executions of a job that nobody runs any more have failed."""
    tx.run(_SQL["end_interrupted"], job=job_id, ended=ended, error_code=code, error_message=message)


def last_execution(tx: Tx, job_id: str, which: str) -> ExecutionRow | None:
    """The last of its executions: `running`, `last_ended`, `last_successful` or `last_exported`."""
    row = tx.one(_SQL[which], job=job_id)
    return None if row is None else _execution(row)


def executions(tx: Tx, job_id: str, most: int) -> list[ExecutionRow]:
    """The latest executions, newest first."""
    return [_execution(row) for row in tx.all(_SQL["executions"], job=job_id, most=most)]


def forget_executions(tx: Tx, job_id: str, before: str) -> None:
    """Forget those that ended before that."""
    tx.run(_SQL["forget_executions"], job=job_id, before=before)


def call_on_demand(tx: Tx, job_id: str, since: str, most: int) -> str | None:
    """Note a call on demand, now; or, if there were `most` calls since then, when the first of them was.

    The job must be locked by this transaction.
    """
    tx.run(_SQL["forget_calls"], job=job_id, since=since)
    calls = [str(row["at"]) for row in tx.all(_SQL["calls"], job=job_id)]
    if len(calls) >= most:
        return calls[0]
    tx.run(_SQL["insert_call"], job=job_id, at=tx.now)
    return None


def _job(row: Row) -> JobRow:
    quarantine = row["quarantine"]
    return JobRow(
        id=row["id"],
        service_principal=row["service_principal"],
        template_id=row["template_id"],
        created=row["created"],
        schedule=row["schedule"],
        schema_json=row["schema_json"],
        settings=row["settings"],
        next_run=row["next_run"],
        connection=row["connection"],
        sync_all=bool(row["sync_all"]),
        watermark=row["watermark"],
        allow_deletions=bool(row["allow_deletions"]),
        quarantine=None if quarantine is None else msgspec.json.decode(quarantine, type=Quarantine),
        pending_reset=row["pending_reset"],
        steady_first=row["steady_first"],
        steady_last=row["steady_last"],
        complete_failures=row["complete_failures"],
        escrows_pruned=row["escrows_pruned"],
        lease_owner=row["lease_owner"],
        lease_until=row["lease_until"],
    )


def _execution(row: Row) -> ExecutionRow:
    return ExecutionRow(
        job=row["job"],
        id=row["id"],
        initial=bool(row["initial"]),
        began=row["began"],
        counters=row["counters"],
        ended=row["ended"],
        state=row["state"],
        exported=bool(row["exported"]),
        error_code=row["error_code"],
        error_message=row["error_message"],
    )
