"""What can be done with provisioning jobs (entra-client §13, §15, §21; graph-surface 9.7).

Each function is a step for whoever asked: Graph, the portal, the command line. Refusals are `EntraError`; a job that is
not the application's, or an application without a job, is `NotFound`. The connection is in `connecting.py`, mappings
are in `mappings.py`, running is in `runner.py` and `on_demand.py`; all of it can be had from here.
"""

from __future__ import annotations

import uuid
from dataclasses import replace

from entrant.db.engine import Lane, Tx
from entrant.entra.directory.apps import insert_app
from entrant.entra.directory.edit import Edit, new_id, write
from entrant.entra.engine.restart import STARTED, Reset
from entrant.entra.mapping.defaults import default_schema
from entrant.entra.model import BadValue, Conflict, NotFound, ServicePrincipal
from entrant.entra.store import jobs, log
from entrant.entra.store.jobs import JobRow

from . import world
from .changing import change, find_job, reset
from .connecting import (
    CredentialsRejected,
    adopt_secrets,
    connect,
    get_secrets,
    leave_secrets,
    put_secrets,
    set_scope,
    validate_credentials,
)
from .lease import Running, is_running
from .mappings import (
    get_schema,
    load_schema,
    put_schema,
    remove_attribute,
    set_actions,
    set_attribute,
    set_mapping_enabled,
    set_scoping,
)
from .on_demand import RateLimited, provision_on_demand
from .provisioner import Provisioner
from .rows import (
    Surroundings,
    read_connection,
    require_connection,
    view_of,
    write_schema,
    write_settings,
)
from .runner import Watch, run_cycle
from .views import JobView, ScheduleState, Settings

__all__ = [
    "TEMPLATE",
    "CredentialsRejected",
    "Provisioner",
    "RateLimited",
    "Running",
    "Watch",
    "allow_deletes",
    "connect",
    "create_app",
    "create_job",
    "delete_job",
    "get_job",
    "get_schema",
    "get_secrets",
    "job_of",
    "list_jobs",
    "list_log",
    "load_schema",
    "pause",
    "provision_on_demand",
    "put_schema",
    "put_secrets",
    "put_settings",
    "remove_attribute",
    "restart",
    "run_cycle",
    "set_actions",
    "set_attribute",
    "set_mapping_enabled",
    "set_scope",
    "set_scoping",
    "start",
    "validate_credentials",
]

TEMPLATE = "scim"  # entra-client 1.5
MAX_THRESHOLD = 1_000_000  # deletions; beyond any directory that a cycle goes through


# Jobs ------------------------------------------------------------------------------------------------------------


def create_job(p: Provisioner, service_principal: str, template_id: str = TEMPLATE) -> JobView:
    """Make the job of an application: not configured, with the default mappings; Conflict if it has one."""
    new = _new_job(p, template_id)

    def work(tx: Tx) -> None:
        world.application(tx, service_principal)
        job = replace(new, service_principal=service_principal)
        _insert_job(tx, job)
        adopt_secrets(p, tx, job)

    p.db.write(new.id, work)
    return get_job(p, service_principal, new.id)


def create_app(p: Provisioner, name: str) -> tuple[ServicePrincipal, JobView]:
    """Make an application that is not in the gallery together with its job: both, or neither."""
    ids, new = (new_id(), new_id(), new_id()), _new_job(p, TEMPLATE)

    def change(edit: Edit) -> ServicePrincipal:
        app = insert_app(edit, ids, name)
        _insert_job(edit.tx, replace(new, service_principal=app.id))
        return app

    made = write(p.db, change)
    return made, get_job(p, made.id, new.id)


def _new_job(p: Provisioner, template_id: str) -> JobRow:
    """A job of no application yet, which was never started."""
    id_ = f"{template_id}.{p.tenant.replace('-', '')}.{uuid.uuid4()}"
    schema, settings = write_schema(default_schema(id_)), write_settings(Settings())
    return JobRow(id_, "", template_id, "", str(ScheduleState.DISABLED), schema, settings)


def _insert_job(tx: Tx, job: JobRow) -> None:
    if not jobs.insert(tx, replace(job, created=world.now(tx))):
        raise Conflict("the application has a provisioning job already")


def list_jobs(p: Provisioner, service_principal: str) -> list[JobView]:
    """The jobs of an application: one, or none yet."""

    def read(tx: Tx) -> list[tuple[JobRow, Surroundings]]:
        job = jobs.find_of(tx, service_principal)
        return [] if job is None else [(job, _around(tx, job))]

    return [_view(p, job, around) for job, around in p.db.read(read)]


def get_job(p: Provisioner, service_principal: str, job_id: str) -> JobView:
    """One job with its status."""
    found = next((job for job in list_jobs(p, service_principal) if job.id.lower() == job_id.lower()), None)
    if found is None:
        raise NotFound("the application has no such provisioning job")
    return found


def job_of(p: Provisioner, service_principal: str) -> JobView:
    """The job of an application."""
    found = list_jobs(p, service_principal)
    if not found:
        raise NotFound("the application has no provisioning job")
    return found[0]


def delete_job(p: Provisioner, job_id: str) -> None:
    """Remove a job with all it remembers (13.8), but for the secrets: they are the application's.

    A cycle that runs ends within seconds.
    """

    def work(tx: Tx) -> None:
        leave_secrets(p, tx, find_job(tx, job_id))
        world.clear(tx, job_id, escrows=True, links=True)
        jobs.remove(tx, job_id)

    p.db.write(job_id, work)


def start(p: Provisioner, job_id: str) -> None:
    """Let cycles run: the first is due at once. Clears a quarantine; goes on where it was stopped (13.6, 13.8)."""
    restart(p, job_id, STARTED)


def pause(p: Provisioner, job_id: str) -> None:
    """Let the running cycle end and begin no more; keeps all state (13.6, 13.8)."""
    change(p, job_id, lambda _, job: replace(job, schedule=str(ScheduleState.PAUSED)))


def restart(p: Provisioner, job_id: str, what: Reset) -> None:
    """Clear what `what` says and let cycles run: the first is due at once (13.6, 13.7).

    A cycle that runs now comes to its end first. Raises Conflict if there is no connection.
    """

    def decide(tx: Tx, job: JobRow) -> JobRow:
        require_connection(p.vault, job)
        return replace(reset(tx, job, what), schedule=str(ScheduleState.ACTIVE))

    change(p, job_id, decide)


def allow_deletes(p: Provisioner, job_id: str) -> None:
    """Let the deletions through that the threshold has held back (15.10)."""
    restart(p, job_id, Reset(allow_deletions=True))


# Settings ----------------------------------------------------------------------------------------------------------


def put_settings(p: Provisioner, job_id: str, settings: Settings) -> None:
    """Replace the settings; raises BadValue."""
    threshold = settings.delete_threshold
    if threshold is not None and not 1 <= threshold <= MAX_THRESHOLD:
        raise BadValue(f"the deletion threshold is a number from 1 to {MAX_THRESHOLD:,}")
    change(p, job_id, lambda _, job: replace(job, settings=write_settings(settings)))


# The log ---------------------------------------------------------------------------------------------------------


def list_log(p: Provisioner, query: log.Query) -> log.LogPage:
    """A page of the provisioning log, newest entry first."""
    return p.db.read(lambda tx: log.page(tx, query), Lane.SLOW)


def _around(tx: Tx, job: JobRow) -> Surroundings:
    return Surroundings(
        running=jobs.last_execution(tx, job.id, "running") if is_running(job, tx.now) else None,
        last=jobs.last_execution(tx, job.id, "last_ended"),
        last_successful=jobs.last_execution(tx, job.id, "last_successful"),
        last_with_exports=jobs.last_execution(tx, job.id, "last_exported"),
        entries=world.entries(tx, job.id),
    )


def _view(p: Provisioner, job: JobRow, around: Surroundings) -> JobView:
    return view_of(job, read_connection(p.vault, job).get("BaseAddress"), around)
