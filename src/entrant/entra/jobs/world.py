"""What jobs need of the directory and its store, in one place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from entrant.db import Database
from entrant.db.engine import Tx
from entrant.entra.directory import purge_expired
from entrant.entra.directory.recycle import KEPT
from entrant.entra.model import Kind, NotFound, ServicePrincipal
from entrant.entra.ports import State
from entrant.entra.store import applications, clock, jobs, log, objects, tenant
from entrant.entra.store import escrows as escrow_store
from entrant.entra.store import links as link_store
from entrant.entra.store.jobs import JobRow
from entrant.entra.store.state import StoredState

CLOCK = tenant.KEY
"""By what writes of the clock take turns: with those of the directory."""
_END_OF_TIME = "9999-12-31T23:59:59.999999Z"


def now(tx: Tx) -> str:
    """The time by the emulator's clock."""
    return clock.now(tx)


def set_manual(tx: Tx, *, manual: bool) -> None:
    """Let the clock stand still, or go on from where it is."""
    present = clock.now(tx)
    clock.save(tx, clock.ClockState(manual=True, at=present) if manual else _ahead(tx, present))


def set_clock(tx: Tx, moment: str) -> None:
    """Wind the clock forward to a moment; one that has passed it already stays as it is."""
    if moment <= clock.now(tx):
        return
    state = clock.state(tx)
    clock.save(tx, replace(state, at=moment) if state.manual else _ahead(tx, moment))


def _ahead(tx: Tx, moment: str) -> clock.ClockState:
    """A clock that goes on from a moment."""
    offset = datetime.fromisoformat(moment) - datetime.fromisoformat(tx.now)
    return clock.ClockState(offset=offset.total_seconds())


def application(tx: Tx, service_principal: str) -> ServicePrincipal:
    """An enterprise application; raises NotFound."""
    found = applications.find(tx, service_principal)
    if found is None:
        raise NotFound("there is no such application")
    return found


def default_domain(tx: Tx) -> str:
    """The domain of the tenant, for the expression `DefaultDomain()`."""
    return tenant.get(tx).default_domain


def next_purge(tx: Tx) -> str | None:
    """When the next object will have been in the recycle bin for thirty days."""
    oldest = objects.expired(tx, _END_OF_TIME, 1)
    found = objects.find(tx, oldest[0]) if oldest else None
    deleted = found.object.deleted if found is not None and found.object is not None else None
    return None if deleted is None else clock.moved(deleted, KEPT)


def purge(db: Database) -> int:
    """Purge what has been in the recycle bin for thirty days; how many objects."""
    return purge_expired(db)


def state_of(db: Database, job: JobRow, cycle_id: str) -> State:
    """The state of a job for the engine; what is logged bears the id of the cycle."""
    return StoredState(db, job.id, job.service_principal, job.sync_all, cycle_id)


def clear(tx: Tx, job_id: str, *, escrows: bool, links: bool) -> None:
    """Forget what waits to be repeated; forget what was ever found or made in the target."""
    if escrows:
        escrow_store.clear(tx, job_id)
    if links:
        link_store.clear(tx, job_id)


def entries(tx: Tx, job_id: str) -> Mapping[Kind, int]:
    """How many objects of each kind have been provisioned."""
    return link_store.counts(tx, job_id)


def expected(tx: Tx, job: JobRow) -> int:
    """About how many objects an initial cycle looks at."""
    if job.sync_all:
        return sum(objects.counts(tx).values())
    return jobs.entitled(tx, job.service_principal)


def forget_log(tx: Tx, before: str) -> None:
    """Forget the entries of the log before a time."""
    log.purge(tx, before)
