"""What a cycle is told, and what it says in the end.

Everything of the job that lasts beyond one object goes in by `Job` and comes out by `CycleResult`; what concerns one
object is in `State`. Whoever runs the cycle stores the result in one transaction.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias
from urllib.parse import urlsplit

from entrant.entra.mapping.schema import Schema
from entrant.entra.model import BadValue, Quarantine

from .switches import Flag, Switches

FEATURE_FLAG = "aadOptscim062020"  # entra-client 2.4.2
INTERVAL_SECONDS = 2_400  # PT40M, from the beginning of one cycle to the next (13.1)
DELETION_THRESHOLD = 500  # of accidental-deletion prevention, unless set otherwise (15.10)

NewGuid: TypeAlias = Callable[[], str]
"""Gives a new lower-case guid; called from any thread."""


@dataclass(frozen=True, slots=True)
class TenantUrl:
    """A Tenant URL, taken apart (entra-client 2.2, 2.4, 23.2.1). `base` ends in a slash only if the text did."""

    origin: str
    """Scheme, host and port."""
    base: str
    query: str = ""

    @property
    def flag(self) -> bool:
        """Whether it asks for PATCH by RFC 7644."""
        return FEATURE_FLAG.lower() in self.query.lower().split("&")


def parse_tenant_url(text: str) -> TenantUrl:
    """Raises BadValue if it is no http or https URL."""
    try:
        parts = urlsplit(text.strip())
        usable = parts.scheme in {"http", "https"} and parts.hostname and (parts.port is None or parts.port > 0)
    except ValueError as exc:
        raise BadValue(f'"{text}" is not a URL') from exc
    if not usable or parts.username is not None:
        raise BadValue("the Tenant URL begins with https:// or http:// and a host name, without user and password")
    return TenantUrl(f"{parts.scheme}://{parts.netloc}", parts.path, parts.query)


@dataclass(frozen=True, slots=True)
class Job:
    """One provisioning job at the beginning of a cycle, or of a provision on demand."""

    tenant: TenantUrl
    schema: Schema
    switches: Switches = field(default_factory=Switches)
    default_domain: str = ""
    """The tenant's, for the expression `DefaultDomain()`."""
    sync_all: bool = False
    """Whether all users and groups are in scope, or only those that are assigned (12.1)."""
    skip_out_of_scope_deletions: bool = False
    """12.5.4."""
    deletion_threshold: int | None = None
    """The most deletions of a cycle that are let through; None without accidental-deletion prevention (15.10)."""
    allow_deletions: bool = False
    """*Allow deletes*: this cycle's deletions are let through (13.7, `ForceDeletes`)."""
    watermark: int | None = None
    """Where the last cycle began; None makes an initial cycle."""
    quarantine: Quarantine | None = None

    @property
    def flag_on(self) -> bool:
        """Whether a cycle sends PATCH by RFC 7644; provision on demand never does (19.7)."""
        forced = self.switches.flag_aadoptscim062020
        return self.tenant.flag if forced is Flag.TENANT_URL else forced is Flag.ON


class CycleState(StrEnum):
    """Graph's `synchronizationTaskExecution.state`."""

    SUCCEEDED = "Succeeded"
    FAILED = "Failed"
    """It ended before its time, by quarantine."""
    ENTRY_LEVEL_ERRORS = "EntryLevelErrors"


@dataclass(frozen=True, slots=True)
class Counters:
    """Progress of a cycle: Graph's (13.9), and the emulator's own by what was done."""

    entitled: int = 0
    """Objects in scope by assignment."""
    entitled_for_provisioning: int = 0
    """Those that the filters let through as well."""
    imported: int = 0
    """Objects read from the directory."""
    imported_deltas: int = 0
    """Those because they changed."""
    imported_reference_deltas: int = 0
    """Objects looked at for their references."""
    exported: int = 0
    """Objects of which something was written."""
    exports: int = 0
    """Writes that succeeded."""
    escrowed: int = 0
    """Objects that failed and wait to be repeated."""
    escrowed_raw: int = 0
    """Failures, those of references among them."""
    escrows_pruned: int = 0
    """Failures that are not repeated any more (14.2)."""
    create: int = 0
    update: int = 0
    disable: int = 0
    delete: int = 0
    staged_delete: int = 0
    skip: int = 0
    fail: int = 0
    reference_failures: int = 0
    requests: int = 0


@dataclass(frozen=True, slots=True)
class CycleError:
    """Graph's `synchronizationError`."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class CycleResult:
    """How a cycle ended, and the job's state from now on."""

    initial: bool
    state: CycleState
    counters: Counters
    watermark: int | None
    """Where the next cycle begins; None if that is an initial one."""
    quarantine: Quarantine | None = None
    """None: the job is not, or no longer, in quarantine."""
    disabled: bool = False
    """The job was in quarantine for so long that it is switched off (15.7)."""
    error: CycleError | None = None
