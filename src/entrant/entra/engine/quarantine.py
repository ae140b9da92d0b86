"""Quarantine: when a job gets into it, how rarely it is tried then, and when it is switched off (entra-client 15)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum

from entrant.entra.model import Quarantine

from .job import Counters, CycleError
from .schedule import next_attempt
from .switches import Switches


class Reason(StrEnum):
    """Graph's `quarantineReason` (15.2)."""

    BASE_ESCROW_THRESHOLD = "EncounteredBaseEscrowThreshold"
    TOTAL_ESCROW_THRESHOLD = "EncounteredTotalEscrowThreshold"
    ESCROW_PROPORTION_THRESHOLD = "EncounteredEscrowProportionThreshold"
    EXCEPTION = "EncounteredQuarantineException"
    ON_DEMAND = "QuarantinedOnDemand"
    TOO_MANY_DELETES = "TooManyDeletes"


def is_due(quarantine: Quarantine | None, now: str) -> bool:
    """Whether a cycle may run at all."""
    return quarantine is None or quarantine.next_attempt <= now


def quarantined(before: Quarantine | None, reason: Reason, error: CycleError, now: str) -> Quarantine:
    """The job's quarantine after a cycle that ended in one: a new one, or the old one with another failed attempt."""
    if before is None:
        return Quarantine(reason, now, now, 1, next_attempt(now, 1, now), error.code, error.message)
    count = before.series_count + 1
    return replace(
        before,
        reason=reason,
        began=before.began if before.reason == reason else now,
        series_count=count,
        next_attempt=next_attempt(before.series_began, count, now),
        code=error.code,
        message=error.message,
    )


def is_given_up(quarantine: Quarantine, now: str, switches: Switches) -> bool:
    """Whether the job is switched off, after four weeks (15.7)."""
    waited = datetime.fromisoformat(now) - datetime.fromisoformat(quarantine.series_began)
    return waited >= timedelta(days=switches.give_up_days)


def exceeded(counters: Counters, switches: Switches) -> Reason | None:
    """The threshold that a cycle's failures have exceeded (15.5).

    Failures of references count only towards the total. The share is that of the failures in all that was tried.
    """
    failures, references = counters.fail, counters.reference_failures
    if failures + references > switches.quarantine_total:
        return Reason.TOTAL_ESCROW_THRESHOLD
    if failures < switches.quarantine_from:
        return None
    if failures > switches.quarantine_failures:
        return Reason.BASE_ESCROW_THRESHOLD
    succeeded = counters.create + counters.update + counters.disable + counters.delete + counters.skip
    if failures * 100 > switches.quarantine_percent * (failures + succeeded):
        return Reason.ESCROW_PROPORTION_THRESHOLD
    return None
