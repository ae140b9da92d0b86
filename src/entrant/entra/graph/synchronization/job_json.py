"""A provisioning job as Graph's `synchronizationJob` (graph-surface 9.7, entra-client 21.2)."""

from __future__ import annotations

from entrant.entra.engine.job import INTERVAL_SECONDS, CycleError
from entrant.entra.jobs.views import Execution, JobView, ScheduleState
from entrant.entra.model import Kind, Quarantine
from entrant.scim.wire import Json

INTERVAL = f"PT{INTERVAL_SECONDS // 60}M"
NO_INTERVAL = "P10675199DT2H48M5.4775807S"  # what .NET's longest time is in ISO 8601
NEVER = "0001-01-01T00:00:00Z"
ENTRY_TYPES = {Kind.USER: "User to User", Kind.GROUP: "Group to Group"}


def job_json(job: JobView) -> Json:
    """A job with its schedule and status."""
    disabled = job.schedule is ScheduleState.DISABLED
    return {
        "id": job.id,
        "templateId": job.template_id,
        "schedule": {
            "expiration": None,
            "interval": NO_INTERVAL if disabled else INTERVAL,
            "state": str(job.schedule),
        },
        "status": _status(job),
        "synchronizationJobSettings": _settings(job),
    }


def _status(job: JobView) -> Json:
    return {
        "countSuccessiveCompleteFailures": job.complete_failures,
        "escrowsPruned": job.escrows_pruned > 0,
        "code": str(job.status),
        "lastExecution": _execution(job.last),
        "lastSuccessfulExecution": _execution(job.last_successful),
        "lastSuccessfulExecutionWithExports": _execution(job.last_with_exports),
        "progress": _progress(job.running),
        "quarantine": _quarantine(job.quarantine),
        "steadyStateFirstAchievedTime": job.steady_first or NEVER,
        "steadyStateLastAchievedTime": job.steady_last or NEVER,
        "synchronizedEntryCountByType": [
            {"key": ENTRY_TYPES[kind], "value": number} for kind, number in job.entries.items()
        ],
        "troubleshootingUrl": None,
    }


def _execution(execution: Execution | None) -> Json:
    if execution is None:
        return None
    counters = execution.counters
    return {
        "activityIdentifier": execution.id,
        "countEntitled": counters.entitled,
        "countEntitledForProvisioning": counters.entitled_for_provisioning,
        "countEscrowed": counters.escrowed,
        "countEscrowedRaw": counters.escrowed_raw,
        "countExported": counters.exported,
        "countExports": counters.exports,
        "countImported": counters.imported,
        "countImportedDeltas": counters.imported_deltas,
        "countImportedReferenceDeltas": counters.imported_reference_deltas,
        "error": None if execution.error is None else _error(execution.error),
        "state": None if execution.state is None else str(execution.state),
        "timeBegan": execution.began,
        "timeEnded": execution.ended,
    }


def _error(error: CycleError) -> Json:
    return {"code": error.code, "message": error.message, "tenantActionable": True}


def _progress(running: Execution | None) -> Json:
    """How far the running cycle has come. How much there is to do is not known before it is done."""
    if running is None:
        return []
    counters = running.counters
    return [
        {
            "units": "Objects",
            "completedUnits": counters.imported,
            "totalUnits": max(counters.entitled, counters.imported),
            "progressObservationDateTime": running.began,
        }
    ]


def _quarantine(quarantine: Quarantine | None) -> Json:
    if quarantine is None:
        return None
    return {
        "currentBegan": quarantine.began,
        "nextAttempt": quarantine.next_attempt,
        "reason": quarantine.reason,
        "seriesBegan": quarantine.series_began,
        "seriesCount": quarantine.series_count,
        "error": _error(CycleError(quarantine.code, quarantine.message)),
    }


def _settings(job: JobView) -> Json:
    threshold = job.settings.delete_threshold
    return [] if threshold is None else [{"name": "QuarantineTooManyDeletesThreshold", "value": str(threshold)}]
