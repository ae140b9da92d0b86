"""The connection of an application: tested, then saved (entra-client 3, 4; graph-surface 9.7)."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import replace

from entrant.db.engine import Tx
from entrant.entra.engine.probe import probe_connection
from entrant.entra.model import BadValue, EntraError, NotFound
from entrant.entra.store.jobs import JobRow
from entrant.scim.wire import drive

from . import world
from .changing import change_of, job_of
from .connection import (
    CREDENTIALS,
    Notifications,
    flag,
    parse_connection,
    parse_notifications,
    print_notifications,
    require_known,
)
from .provisioner import Provisioner
from .rows import engine_job, read_connection, read_settings, write_connection, write_settings
from .secrets import MASKED, masked
from .target import reach
from .views import Settings

REQUIRED = ("SyncAll", "SyncNotificationSettings")
"""Without these Graph's `PUT secrets` keeps nothing (9.7)."""


class CredentialsRejected(EntraError):
    """The target did not answer the test as it must; `code` is the log's error code (4.9, 4.10)."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def get_secrets(p: Provisioner, service_principal: str) -> dict[str, str]:
    """The connection by its keys, secrets masked; with it scope and settings, which Graph keeps in the same place."""
    job = p.db.read(lambda tx: job_of(tx, service_principal))
    return masked({**read_connection(p.vault, job), **_others(job)}) if job.connection is not None else {}


def put_secrets(p: Provisioner, service_principal: str, values: Mapping[str, str]) -> None:
    """Replace the whole connection, untested, as Graph's `PUT secrets` does; scope and settings with it.

    Without `SyncAll` and `SyncNotificationSettings` nothing is kept, as silently as by the real service (9.7). A masked
    value stands for the one that is stored. Raises UnknownKey, MixedCredentials, MissingParameter, BadValue.
    """
    require_known(values)
    if not set(REQUIRED) <= values.keys():
        return
    notifications = parse_notifications(values["SyncNotificationSettings"])
    sync_all, skip = flag(values, "SyncAll"), flag(values, "SkipOutOfScopeDeletions")

    def change(_: Tx, job: JobRow) -> JobRow:
        settings = replace(
            read_settings(job.settings),
            notify=notifications.enabled,
            recipients=notifications.recipients,
            delete_threshold=notifications.delete_threshold_value if notifications.delete_threshold_enabled else None,
            skip_out_of_scope_deletions=skip,
        )
        connection = _complete(p, job, values)
        parse_connection(connection)
        sealed = write_connection(p.vault, connection)
        return replace(job, connection=sealed, sync_all=sync_all, settings=write_settings(settings))

    change_of(p, service_principal, change)


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
    change_of(p, service_principal, lambda _, job: replace(job, connection=write_connection(p.vault, connection)))


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
    stored = read_connection(p.vault, job)
    given = {key: value for key, value in values.items() if key not in {*REQUIRED, "SkipOutOfScopeDeletions"} and value}
    return {key: stored.get(key, "") if value == MASKED else value for key, value in given.items()}


def _others(job: JobRow) -> dict[str, str]:
    settings: Settings = read_settings(job.settings)
    threshold = settings.delete_threshold
    notifications = Notifications(settings.notify, settings.recipients, threshold is not None, threshold or 0)
    return {
        "SyncNotificationSettings": print_notifications(notifications),
        "SyncAll": str(job.sync_all).lower(),
        **({"SkipOutOfScopeDeletions": "True"} if settings.skip_out_of_scope_deletions else {}),
    }
