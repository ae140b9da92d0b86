"""Operations that failed and are repeated (entra-client 14.1 to 14.4)."""

from __future__ import annotations

from dataclasses import dataclass

from entrant.entra.model import Escrow, Part, Subject

from .answers import Problem
from .schedule import next_retry
from .switches import Switches


@dataclass(frozen=True, slots=True)
class Failed:
    """One more failure of one part of an object."""

    part: Part
    escrow: Escrow | None
    """What waits to be repeated; None if it was given up."""
    reason: str
    """What the log says (14.3)."""


def failed(subject: Subject, part: Part, problem: Problem, now: str, switches: Switches) -> Failed:
    """Count a failure, on top of those that are waiting already."""
    before = next((each for each in subject.escrows if each.part is part), None)
    first = before.first_failure if before else now
    failures = before.failures + 1 if before else 1
    due = next_retry(first, failures, now, switches)
    if due is None:
        return Failed(
            part, None, f"{problem.message}. This operation was retried {failures - 1} times, and is given up"
        )
    escrow = Escrow(subject.id, subject.kind, part, first, failures, due, problem.code, problem.message)
    counted = f"This operation was retried {failures - 1} times."
    return Failed(
        part, escrow, f"{problem.message}. {counted} It will be retried again after this date: {_seven(due)} UTC"
    )


def _seven(moment: str) -> str:
    """A time with seven digits of a second, as the log writes it: `yyyy-MM-ddTHH:mm:ss.fffffffZ`."""
    return f"{moment.removesuffix('Z')}0Z"
