"""Thresholds and schedules (entra-client 14.2, 14.3, 15.5 to 15.7)."""

from __future__ import annotations

import pytest

from entrant.entra.engine.answers import Code, Problem
from entrant.entra.engine.escrow import failed
from entrant.entra.engine.job import Counters, CycleError
from entrant.entra.engine.quarantine import Reason, exceeded, is_due, is_given_up, quarantined
from entrant.entra.engine.schedule import next_retry
from entrant.entra.engine.switches import Switches
from entrant.entra.model import Escrow, Kind, Part, Subject


def at(day: int, hour: int = 0, minute: int = 0) -> str:
    return f"2026-11-{day:02}T{hour:02}:{minute:02}:00.000000Z"


@pytest.mark.parametrize(
    ("failures", "references", "succeeded", "expected"),
    [
        (4_000, 0, 0, None),
        (45_000, 0, 100_000, Reason.BASE_ESCROW_THRESHOLD),
        (30_000, 0, 5_000, Reason.ESCROW_PROPORTION_THRESHOLD),
        (20_000, 0, 100_000, None),
        (40_000, 21_000, 100_000, Reason.TOTAL_ESCROW_THRESHOLD),
        (0, 50_000, 0, None),
    ],
)
def test_the_documented_examples_of_the_thresholds(
    failures: int, references: int, succeeded: int, expected: Reason | None
) -> None:
    """15.5."""
    counters = Counters(fail=failures, reference_failures=references, create=succeeded)

    assert exceeded(counters, Switches()) is expected


@pytest.mark.parametrize(
    ("failures", "now", "expected"),
    [
        (1, at(1), at(1)),
        (2, at(1, 0, 40), at(1, 6)),
        (3, at(1, 6), at(1, 12)),
        (4, at(1, 12), at(2)),
        (5, at(2), at(3)),
        (6, at(3), at(4)),
        (2, at(1, 7), at(2, 6)),
        (30, at(29), None),
    ],
)
def test_an_operation_is_repeated_in_the_next_cycle_then_ever_more_rarely(
    failures: int, now: str, expected: str | None
) -> None:
    """14.2."""
    assert next_retry(at(1), failures, now, Switches()) == expected


def test_the_reason_of_a_failure_counts_the_retries() -> None:
    """14.3."""
    escrow = Escrow("o", Kind.USER, Part.OBJECT, at(1), 1, at(1), "Conflict", "x")
    subject = Subject("o", Kind.USER, None, assigned=True, escrows=(escrow,))

    failure = failed(subject, Part.OBJECT, Problem(Code.CONFLICT, "taken"), at(1, 0, 40), Switches())

    assert failure.escrow == Escrow("o", Kind.USER, Part.OBJECT, at(1), 2, at(1, 6), "Conflict", "taken")
    assert failure.reason == (
        "taken. This operation was retried 1 times. "
        "It will be retried again after this date: 2026-11-01T06:00:00.0000000Z UTC"
    )


def test_after_28_days_an_operation_is_given_up() -> None:
    """14.2."""
    escrow = Escrow("o", Kind.USER, Part.OBJECT, at(1), 30, at(29), "Conflict", "x")
    subject = Subject("o", Kind.USER, None, assigned=True, escrows=(escrow,))

    assert failed(subject, Part.OBJECT, Problem(Code.CONFLICT, "taken"), at(29), Switches()).escrow is None


def test_a_quarantine_is_tried_after_minutes_then_6_12_24_hours_then_daily() -> None:
    """15.6, 15.7."""
    error = CycleError("x", "y")
    attempts = []

    quarantine = None
    now = at(1)
    for _ in range(6):
        quarantine = quarantined(quarantine, Reason.EXCEPTION, error, now)
        now = quarantine.next_attempt
        attempts.append(now)

    assert attempts == [at(1, 0, 5), at(1, 6), at(1, 12), at(2), at(3), at(4)]
    assert quarantine is not None
    assert (quarantine.began, quarantine.series_began, quarantine.series_count) == (at(1), at(1), 6)
    assert not is_due(quarantine, at(3, 23))
    assert is_due(quarantine, at(4))


def test_a_new_reason_begins_a_new_quarantine_of_the_series() -> None:
    """15.8."""
    first = quarantined(None, Reason.EXCEPTION, CycleError("x", "y"), at(1))

    second = quarantined(first, Reason.TOO_MANY_DELETES, CycleError("x", "y"), at(2))

    assert (second.reason, second.began, second.series_began) == (Reason.TOO_MANY_DELETES, at(2), at(1))


def test_after_four_weeks_a_job_is_switched_off() -> None:
    """15.7."""
    quarantine = quarantined(None, Reason.EXCEPTION, CycleError("x", "y"), at(1))

    assert not is_given_up(quarantine, at(28), Switches())
    assert is_given_up(quarantine, at(29), Switches())
