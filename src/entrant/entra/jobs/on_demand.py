"""Provision on demand: one object, now, beside or without a running cycle (entra-client §19)."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from math import ceil

from entrant.db.engine import Tx, timestamp
from entrant.entra.engine.on_demand import OnDemand
from entrant.entra.engine.on_demand import provision_on_demand as flow
from entrant.entra.model import BadValue, EntraError, Kind
from entrant.entra.store import jobs
from entrant.entra.store.jobs import JobRow
from entrant.scim.wire import drive

from . import world
from .changing import lock_job
from .driving import timed
from .provisioner import Provisioner
from .rows import engine_job, read_schema, require_connection
from .target import reach

MAX_CALLS = 5  # in that many seconds of real time (19.3)
WINDOW = timedelta(seconds=10)


class RateLimited(EntraError):
    """Too many provisions on demand; `retry_after` is in seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"at most 5 provisions on demand in 10 seconds; repeat it in {retry_after} seconds")
        self.retry_after = retry_after


def provision_on_demand(
    p: Provisioner,
    job_id: str,
    object_id: str,
    kind: Kind,
    members: Sequence[str] = (),
    rule_id: str | None = None,
) -> OnDemand:
    """Provision one user, or one group with at most five members, now.

    Raises NotFound, Conflict without a connection, BadValue for a rule or object that is none, RateLimited.
    """
    job, now = p.db.write(job_id, lambda tx: _called(tx, job_id))
    connection = require_connection(p.vault, job)
    if rule_id is not None and all(rule.id != rule_id for rule in read_schema(job).rules):
        raise BadValue("there is no such synchronization rule")
    told = engine_job(job, connection, p.db.read(world.default_domain))
    app = p.db.read(lambda tx: world.application(tx, job.service_principal))
    state = world.state_of(p.db, job, str(uuid.uuid4()))
    subject = state.subject(object_id)
    if subject is not None and subject.kind is not kind:
        raise BadValue(f"the object is a {subject.kind.lower()}, not a {kind.lower()}")
    with reach(connection, app, p.issuer, told.switches) as send:
        return drive(flow(told, state, object_id, members, now=now, guid=lambda: str(uuid.uuid4())), timed(send))


def _called(tx: Tx, job_id: str) -> tuple[JobRow, str]:
    """The job, and the time by the emulator's clock; raises RateLimited."""
    job = lock_job(tx, job_id)
    since = datetime.fromisoformat(tx.now) - WINDOW
    first = jobs.call_on_demand(tx, job_id, timestamp(since), MAX_CALLS)
    if first is not None:
        raise RateLimited(max(1, ceil((datetime.fromisoformat(first) - since).total_seconds())))
    return job, world.now(tx)
