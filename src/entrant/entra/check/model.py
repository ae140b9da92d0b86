"""Checks as named values, and what comes of running them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

from entrant.entra.model import EntraError, Exchange

if TYPE_CHECKING:
    from .bench import Bench


class Result(StrEnum):
    """How a check ended."""

    PASSED = "PASSED"
    FAILED = "FAILED"
    WARNING = "WARNING"
    """An optional check failed: it never fails the whole."""
    SKIPPED = "SKIPPED"


class Suite(StrEnum):
    """Where a check comes from."""

    FLOWS = "flows"
    """What Entra's engine does, F1 to F28 (entra-client §20)."""
    USERS = "UserTests"
    """Microsoft's gallery checks, through the engine (graph-surface §1)."""
    GROUPS = "GroupTests"
    SCIM = "SCIMTests"
    """Microsoft's gallery checks, directly (graph-surface §6)."""
    EXACT = "exact"
    """What Microsoft's verdict overlooks (graph-surface 8.9) and its validator asks (entra-client 24.1)."""
    OKTA = "okta"
    IPSIE = "ipsie"
    INTEROP = "interop"


GALLERY = (Suite.USERS, Suite.GROUPS, Suite.SCIM)


class Failed(EntraError):
    """The endpoint does not do what it must; the message says what was expected and what came instead."""

    def __init__(self, message: str, next_step: str = "") -> None:
        super().__init__(message)
        self.next_step = next_step
        """What Entra would do then; left out, it is told from the last refused request."""


class Skipped(EntraError):
    """The check cannot be made; the message says why."""


Run: TypeAlias = Callable[["Bench"], None]
"""Raises Failed or Skipped."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that an endpoint must do."""

    name: str
    suite: Suite
    statement: str
    """Where it is said that it must."""
    title: str
    run: Run = field(repr=False)
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a check."""

    check: Check
    result: Result
    reason: str = ""
    """Why it did not pass."""
    next_step: str = ""
    """What Entra would do next."""
    exchanges: tuple[Exchange, ...] = ()
    """What was said when it did not pass; secrets removed."""
    requests: int = 0
    milliseconds: int = 0


@dataclass(frozen=True, slots=True)
class Report:
    """What came of all."""

    endpoint: str
    provider: str
    prefix: str
    """What the names of all that was made begin with."""
    began: str
    outcomes: tuple[Outcome, ...]
    left: tuple[str, ...] = ()
    """What was made and could not be deleted."""
    interrupted: bool = False
    notes: tuple[str, ...] = ()

    def count(self) -> Mapping[Result, int]:
        """How many checks ended how."""
        return {each: sum(outcome.result is each for outcome in self.outcomes) for each in Result}

    @property
    def failed(self) -> bool:
        """Whether a mandatory check failed."""
        return any(outcome.result is Result.FAILED for outcome in self.outcomes)
