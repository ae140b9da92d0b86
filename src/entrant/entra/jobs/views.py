"""What is shown of a job: its state, its executions, its connection. Times are by the emulator's clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from entrant.entra.engine.job import Counters, CycleError, CycleState
from entrant.entra.engine.switches import Switches
from entrant.entra.model import Kind, Quarantine


class ScheduleState(StrEnum):
    """Graph's `synchronizationScheduleState` (entra-client 21.2.2)."""

    ACTIVE = "Active"
    PAUSED = "Paused"
    DISABLED = "Disabled"
    """It was never started, or was in quarantine for too long (15.7)."""


class StatusCode(StrEnum):
    """Graph's `synchronizationStatusCode` (15.1)."""

    NOT_CONFIGURED = "NotConfigured"
    NOT_RUN = "NotRun"
    ACTIVE = "Active"
    PAUSED = "Paused"
    QUARANTINE = "Quarantine"


@dataclass(frozen=True, slots=True)
class Execution:
    """One cycle: Graph's `synchronizationTaskExecution`."""

    id: str
    """`activityIdentifier`; log entries call it `cycleId`."""
    initial: bool
    began: str
    ended: str | None
    """None while it runs."""
    state: CycleState | None
    counters: Counters
    error: CycleError | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """What an administrator chooses for a job beside connection, mappings and scope."""

    notify: bool = False
    """Whether a mail would be sent about failures; the emulator sends none."""
    recipients: str = ""
    delete_threshold: int | None = None
    """The most deletions of a cycle; None without accidental-deletion prevention (15.10)."""
    skip_out_of_scope_deletions: bool = False
    """12.5.4."""
    switches: Switches = field(default_factory=Switches)


@dataclass(frozen=True, slots=True)
class JobView:
    """A provisioning job and its state."""

    id: str
    service_principal: str
    template_id: str
    created: str
    schedule: ScheduleState
    configured: bool
    """Whether it has a tested connection."""
    tenant_url: str | None
    """As it was given, with its flags."""
    sync_all: bool
    settings: Settings
    watermark: int | None
    """None: the next cycle is an initial one."""
    allow_deletions: bool
    """The next cycle's deletions are let through."""
    quarantine: Quarantine | None
    next_run: str | None
    """When the next cycle is due; None unless the schedule is active."""
    running: Execution | None
    """The cycle that runs now, its counters as far as they have come."""
    last: Execution | None
    last_successful: Execution | None
    last_with_exports: Execution | None
    steady_first: str | None
    """The first cycle without remaining backlog, and the last one (13.10)."""
    steady_last: str | None
    complete_failures: int
    """Failed cycles since the last that was not."""
    escrows_pruned: int
    entries: Mapping[Kind, int]
    """How many objects of a kind have been provisioned; does not go down (21.2.3)."""

    @property
    def status(self) -> StatusCode:
        """What state the job is in, in one word."""
        if not self.configured:
            return StatusCode.NOT_CONFIGURED
        if self.quarantine is not None:
            return StatusCode.QUARANTINE
        if self.schedule is not ScheduleState.ACTIVE:
            return StatusCode.PAUSED
        return StatusCode.ACTIVE if self.last is not None or self.running is not None else StatusCode.NOT_RUN
