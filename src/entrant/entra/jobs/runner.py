"""Running a cycle: take the lease, drive the phases, store how it ended (entra-client 13, 23.3).

A cycle that is killed has stored the outcome of every object but those it was at. Its lease runs out, its execution is
noted as failed, its watermark is not moved: the next cycle finds what is missing.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

from entrant.db.engine import Tx
from entrant.entra.engine.cycle import Cycle
from entrant.entra.engine.job import INTERVAL_SECONDS, Counters, CycleError, CycleResult, CycleState
from entrant.entra.engine.schedule import later
from entrant.entra.model import EntraError, Outcome
from entrant.entra.store import jobs
from entrant.entra.store.jobs import ExecutionRow, JobRow

from . import world
from .changing import apply_pending, lock_job
from .driver import Stopped
from .driving import drive_phase, guarded, timed
from .lease import Keeper, LeaseLost, new_owner, take
from .observed import Observed
from .provisioner import Provisioner
from .rows import engine_job, execution_of, require_connection, write_counters
from .target import limits_of, reach
from .views import Execution, ScheduleState

LOG_KEPT = timedelta(days=30)  # entra-client 21.1.9
INTERRUPTED = CycleError("InternalError", "the cycle was interrupted before its end")


@dataclass(frozen=True, slots=True)
class Watch:
    """Who looks on while a cycle runs."""

    progress: Callable[[str, Counters, int | None], None] = lambda _phase, _counters, _total: None
    """Told the phase, how far the cycle has come, and how many objects it will look at, if that can be known;
    several times a second, on a thread of its own."""
    outcome: Callable[[Outcome], None] = lambda _: None
    """Told what became of each object, on the thread that its flow runs on."""


@dataclass(frozen=True, slots=True)
class Begun:
    """A cycle whose lease is taken."""

    job: JobRow
    execution: ExecutionRow
    owner: str


class NotDue(EntraError):
    """Somebody else has run the cycle that was due, or the job was stopped."""


def run_cycle(
    p: Provisioner,
    job_id: str,
    watch: Watch | None = None,
    stop: threading.Event | None = None,
    *,
    only_if_due: bool = False,
) -> Execution:
    """Run a cycle, whatever the schedule says, and wait for its end; with `only_if_due`, raise NotDue unless it is due.

    Raises Running, NotFound, Conflict without a connection, LeaseLost, and Stopped once `stop` is set.
    """
    begun = _begin(p, job_id, only_if_due=only_if_due)
    try:
        result = _drive(p, begun, watch or Watch(), stop or threading.Event())
    except BaseException as exc:
        if not isinstance(exc, LeaseLost):
            p.db.write(job_id, lambda tx: _abandon(tx, begun))
        raise
    ended = p.db.write(job_id, lambda tx: _end(tx, begun, result))
    execution = execution_of(ended)
    assert execution is not None  # noqa: S101  it was given a row
    return execution


def _begin(p: Provisioner, job_id: str, *, only_if_due: bool) -> Begun:
    owner, cycle_id = new_owner(), str(uuid.uuid4())

    def work(tx: Tx) -> Begun:
        job = take(tx, lock_job(tx, job_id), owner)
        now = world.now(tx)
        if only_if_due and not (job.schedule == ScheduleState.ACTIVE and (job.next_run or "") <= now):
            raise NotDue("no cycle of this job is due")
        jobs.end_interrupted(tx, job_id, now, INTERRUPTED.code, INTERRUPTED.message)
        job = apply_pending(tx, job)
        jobs.save(tx, job)
        execution = ExecutionRow(job_id, cycle_id, job.watermark is None, now, write_counters(Counters()))
        jobs.begin_execution(tx, execution)
        require_connection(p.vault, job)
        return Begun(job, execution, owner)

    return p.db.write(job_id, work)


def _drive(p: Provisioner, begun: Begun, watch: Watch, stop: threading.Event) -> CycleResult:
    """The cycle itself."""
    job, execution = begun.job, begun.execution
    connection = require_connection(p.vault, job)
    told = engine_job(job, connection, p.db.read(world.default_domain))
    app = p.db.read(lambda tx: world.application(tx, job.service_principal))
    state = Observed(world.state_of(p.db, job, execution.id), watch.outcome)
    cycle = Cycle(told, state, now=execution.began, guid=lambda: str(uuid.uuid4()))
    total = p.db.read(lambda tx: world.expected(tx, job)) if execution.initial else None
    phase_name = "probe"

    def beat(tx: Tx) -> None:
        jobs.save_progress(tx, job.id, execution.id, write_counters(cycle.counters()))

    def tick() -> None:
        watch.progress(phase_name, cycle.counters(), total)

    with (
        Keeper(p.db, job.id, begun.owner, beat, tick) as keeper,
        reach(connection, app, p.issuer, told.switches, stop) as send,
    ):

        def check() -> None:
            keeper.check()
            if stop.is_set():
                raise Stopped

        for phase in cycle.phases():
            phase_name = str(phase.name)
            drive_phase(phase.flows, guarded(timed(send), check), limits_of(told.switches).parallel)
    tick()
    return cycle.result()


def _end(tx: Tx, begun: Begun, result: CycleResult) -> ExecutionRow:
    """Store how the cycle ended and give the lease back."""
    job = _still_ours(tx, begun)
    now, counters = world.now(tx), result.counters
    failed = result.state is CycleState.FAILED
    steady = result.state is CycleState.SUCCEEDED and counters.escrowed == 0
    ended = replace(
        begun.execution,
        ended=now,
        state=str(result.state),
        exported=counters.exports > 0,
        counters=write_counters(counters),
        error_code=result.error.code if result.error else None,
        error_message=result.error.message if result.error else None,
    )
    jobs.end_execution(tx, ended)
    job = replace(
        job,
        schedule=str(ScheduleState.DISABLED) if result.disabled else job.schedule,
        next_run=_next_run(begun, result),
        watermark=result.watermark,
        allow_deletions=job.allow_deletions and failed,
        quarantine=result.quarantine,
        steady_first=job.steady_first or (now if steady else None),
        steady_last=now if steady else job.steady_last,
        complete_failures=job.complete_failures + 1 if failed else 0,
        escrows_pruned=job.escrows_pruned + counters.escrows_pruned,
        lease_owner=None,
        lease_until=None,
    )
    jobs.save(tx, apply_pending(tx, job))
    world.forget_log(tx, later(now, -LOG_KEPT))
    jobs.forget_executions(tx, job.id, later(now, -LOG_KEPT))
    return ended


def _abandon(tx: Tx, begun: Begun) -> None:
    """Note that the cycle was interrupted and give the lease back; the next one is due as this one was."""
    try:
        job = _still_ours(tx, begun)
    except LeaseLost:
        return
    jobs.end_interrupted(tx, job.id, world.now(tx), INTERRUPTED.code, INTERRUPTED.message)
    jobs.save(tx, apply_pending(tx, replace(job, lease_owner=None, lease_until=None)))


def _still_ours(tx: Tx, begun: Begun) -> JobRow:
    """The job as it is now, with what was changed of it while the cycle ran; raises LeaseLost."""
    job = jobs.lock(tx, begun.job.id)
    if job is None or job.lease_owner != begun.owner:
        raise LeaseLost("the cycle was taken over by another process, or its application was removed")
    return job


def _next_run(begun: Begun, result: CycleResult) -> str:
    """Forty minutes after this one began (13.1), or when the quarantine says (15.6)."""
    if result.quarantine is not None:
        return result.quarantine.next_attempt
    return later(begun.execution.began, timedelta(seconds=INTERVAL_SECONDS))
