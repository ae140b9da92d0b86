"""The connection of an application: tested, then saved (entra-client 3, 4; graph-surface 9.7)."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import replace

from entrant.db.engine import Tx
from entrant.entra.engine.probe import probe_connection
from entrant.entra.model import BadValue, EntraError, NotFound
from entrant.entra.store import jobs, secrets
from entrant.entra.store.jobs import JobRow
from entrant.scim.wire import drive

from . import world
from .changing import change_of, job_of, lock_job
from .connection import (
    CREDENTIALS,
    Notifications,
    flag,
    makes_connection,
    parse_connection,
    parse_notifications,
    print_notifications,
    require_known,
)
from .provisioner import Provisioner
from .rows import engine_job, open_connection, read_connection, read_settings, write_connection, write_settings
from .secrets import is_masked, masked
from .target import reach
from .views import Settings

SETTINGS = ("SyncAll", "SyncNotificationSettings", "SkipOutOfScopeDeletions")
"""Keys that Graph keeps with the secrets, and that the job has as its scope and settings."""
UNSET = "unset"
"""Of a stored connection: those of SETTINGS that nobody has set, so that they are not listed."""


class CredentialsRejected(EntraError):
    """The target did not answer the test as it must; `code` is the log's error code (4.9, 4.10)."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def get_secrets(p: Provisioner, service_principal: str) -> dict[str, str]:
    """The secrets of an application by their keys, masked; scope and settings with them, as far as they were set."""

    def read(tx: Tx) -> dict[str, str]:
        world.application(tx, service_principal)
        return _stored(p, tx, service_principal, jobs.find_of(tx, service_principal))

    return masked(p.db.read(read))


def put_secrets(p: Provisioner, service_principal: str, values: Mapping[str, str]) -> None:
    """Set keys of an application's secrets, untested, as Graph's `PUT secrets` does; there need be no job.

    A key that is not among them stays, an empty one is removed, a masked one stands for what is stored. What makes a
    whole connection becomes the job's. Raises UnknownKey, MixedCredentials, BadValue.
    """
    require_known(values)

    def work(tx: Tx) -> None:
        world.application(tx, service_principal)
        job = jobs.find_of(tx, service_principal)
        job = None if job is None else lock_job(tx, job.id)
        kept = _stored(p, tx, service_principal, job)
        kept |= {key: value for key, value in values.items() if not is_masked(value)}
        _keep(p, tx, service_principal, job, {key: value for key, value in kept.items() if value})

    p.db.write(service_principal, work)


def adopt_secrets(p: Provisioner, tx: Tx, job: JobRow) -> None:
    """Give a new job the secrets that its application has."""
    kept = _draft(p, tx, job.service_principal)
    if kept is not None:
        _keep(p, tx, job.service_principal, lock_job(tx, job.id), kept)


def leave_secrets(p: Provisioner, tx: Tx, job: JobRow) -> None:
    """Keep the secrets of a job that ends: they are the application's."""
    _save_draft(p, tx, job.service_principal, _stored(p, tx, job.service_principal, job))


def _stored(p: Provisioner, tx: Tx, service_principal: str, job: JobRow | None) -> dict[str, str]:
    """All that was set, in clear."""
    draft = _draft(p, tx, service_principal)
    if draft is not None or job is None or job.connection is None:
        return draft or {}
    connection = read_connection(p.vault, job)
    implied = "" if read_settings(job.settings).skip_out_of_scope_deletions else "SkipOutOfScopeDeletions"
    unset = connection.pop(UNSET, implied).split()
    return connection | {key: value for key, value in _others(job).items() if key not in unset}


def _keep(p: Provisioner, tx: Tx, service_principal: str, job: JobRow | None, values: dict[str, str]) -> None:
    """Store what is set from now on: as the job's connection, or apart as long as it makes none."""
    notifications = parse_notifications(values.get("SyncNotificationSettings", ""))
    sync_all, skip = flag(values, "SyncAll"), flag(values, "SkipOutOfScopeDeletions")
    whole = makes_connection(values)
    if job is not None:
        settings = replace(
            read_settings(job.settings),
            notify=notifications.enabled,
            recipients=notifications.recipients,
            delete_threshold=notifications.delete_threshold_value if notifications.delete_threshold_enabled else None,
            skip_out_of_scope_deletions=skip,
        )
        unset = {UNSET: " ".join(key for key in SETTINGS if key not in values)}
        connection = {key: value for key, value in values.items() if key not in SETTINGS} | unset
        sealed = write_connection(p.vault, connection) if whole else None
        jobs.save(tx, replace(job, connection=sealed, sync_all=sync_all, settings=write_settings(settings)))
    _save_draft(p, tx, service_principal, {} if whole and job is not None else values)


def _draft(p: Provisioner, tx: Tx, service_principal: str) -> dict[str, str] | None:
    sealed = secrets.find(tx, service_principal)
    return None if sealed is None else open_connection(p.vault, sealed)


def _save_draft(p: Provisioner, tx: Tx, service_principal: str, values: dict[str, str]) -> None:
    secrets.save(tx, service_principal, write_connection(p.vault, values) if values else None)


def validate_credentials(
    p: Provisioner,
    service_principal: str,
    values: Mapping[str, str],
    *,
    job_id: str | None = None,
    use_saved: bool = False,
) -> None:
    """Test a connection (4.1 to 4.9): the given one, or the saved one with `use_saved`.

    Raises CredentialsRejected, MissingParameter, UnknownKey, MixedCredentials, BadValue.
    """
    require_known(values)
    job = p.db.read(lambda tx: job_of(tx, service_principal))
    if job_id not in {None, job.id}:
        raise NotFound("the application has no such provisioning job")
    _test(p, job, read_connection(p.vault, job) if use_saved else _complete(p, job, values))


def connect(p: Provisioner, service_principal: str, values: Mapping[str, str]) -> None:
    """Test a connection and save it only if that succeeds (4.8). Scope and settings stay as they are."""
    require_known(values)
    if foreign := sorted(values.keys() - CREDENTIALS):
        raise BadValue(f"{foreign[0]} is no part of a connection")
    job = p.db.read(lambda tx: job_of(tx, service_principal))
    connection = _complete(p, job, values)
    _test(p, job, connection)

    def save(tx: Tx, job: JobRow) -> JobRow:
        secrets.save(tx, service_principal, None)
        return replace(job, connection=write_connection(p.vault, connection))

    change_of(p, service_principal, save)


def set_scope(p: Provisioner, service_principal: str, *, sync_all: bool) -> None:
    """Everything, or what is assigned (12.1). From all to assigned takes effect with a restart (12.1.2)."""
    change_of(p, service_principal, lambda _, job: replace(job, sync_all=sync_all))


def _test(p: Provisioner, job: JobRow, values: Mapping[str, str]) -> None:
    connection = parse_connection(values)
    app = p.db.read(lambda tx: world.application(tx, job.service_principal))
    told = engine_job(job, connection, p.db.read(world.default_domain))
    with reach(connection, app, p.issuer, told.switches) as send:
        probed = drive(probe_connection(told, guid=lambda: str(uuid.uuid4())), send)
    if probed.error is not None:
        raise CredentialsRejected(probed.error.code, probed.error.message)


def _complete(p: Provisioner, job: JobRow, values: Mapping[str, str]) -> dict[str, str]:
    """The keys of a connection out of those given; masked ones as they are stored."""
    stored = p.db.read(lambda tx: _stored(p, tx, job.service_principal, job))
    given = {key: value for key, value in values.items() if key not in SETTINGS and value}
    return {key: stored.get(key, "") if is_masked(value) else value for key, value in given.items()}


def _others(job: JobRow) -> dict[str, str]:
    settings: Settings = read_settings(job.settings)
    threshold = settings.delete_threshold
    notifications = Notifications(settings.notify, settings.recipients, threshold is not None, threshold or 0)
    return {
        "SyncNotificationSettings": print_notifications(notifications),
        "SyncAll": str(job.sync_all).lower(),
        "SkipOutOfScopeDeletions": str(settings.skip_out_of_scope_deletions),
    }
