"""Jobs between their rows, what the engine is told of them, and what is shown of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

import msgspec

from entrant.entra.engine.job import Counters, CycleError, CycleState, Job
from entrant.entra.engine.restart import Reset
from entrant.entra.engine.switches import parse_switches, print_switches
from entrant.entra.mapping.schema import Schema
from entrant.entra.mapping.schema_json import from_json, to_json
from entrant.entra.model import Conflict, Kind
from entrant.entra.store.jobs import ExecutionRow, JobRow

from .connection import Connection, parse_connection
from .secrets import Vault
from .views import Execution, JobView, ScheduleState, Settings


class StoredSettings(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """`Settings` as JSON; only switches that are not as usual."""

    notify: bool = False
    recipients: str = ""
    delete_threshold: int | None = None
    skip_out_of_scope_deletions: bool = False
    switches: dict[str, str] = {}


def write_settings(settings: Settings) -> str:
    """Settings as a row has them."""
    usual = print_switches(Settings().switches)
    turned = {name: text for name, text in print_switches(settings.switches).items() if text != usual[name]}
    stored = StoredSettings(
        settings.notify,
        settings.recipients,
        settings.delete_threshold,
        settings.skip_out_of_scope_deletions,
        turned,
    )
    return msgspec.json.encode(stored).decode()


def read_settings(text: str) -> Settings:
    """Settings from a row."""
    stored = msgspec.json.decode(text, type=StoredSettings)
    return Settings(
        stored.notify,
        stored.recipients,
        stored.delete_threshold,
        stored.skip_out_of_scope_deletions,
        parse_switches(stored.switches),
    )


def write_schema(schema: Schema) -> str:
    """A synchronization schema as a row has it."""
    return msgspec.json.encode(to_json(schema)).decode()


def read_schema(row: JobRow) -> Schema:
    """The synchronization schema of a row."""
    return _schema(row.id, row.schema_json)


@lru_cache(maxsize=64)  # it is read for every cycle and changes rarely; to read it takes as long as a few requests
def _schema(job_id: str, text: str) -> Schema:
    document = msgspec.json.decode(text)
    return from_json(document, job_id, document["version"])


def write_connection(vault: Vault, values: Mapping[str, str]) -> str:
    """The keys of a connection, encrypted together."""
    return vault.seal(msgspec.json.encode(dict(values)).decode())


def read_connection(vault: Vault, row: JobRow) -> dict[str, str]:
    """The keys of a connection; none if the job has no connection. Raises Unreadable."""
    if row.connection is None:
        return {}
    return open_connection(vault, row.connection)


def open_connection(vault: Vault, sealed: str) -> dict[str, str]:
    """The keys of a connection that `write_connection` has encrypted. Raises Unreadable."""
    return msgspec.json.decode(vault.open(sealed), type=dict[str, str])


def require_connection(vault: Vault, row: JobRow) -> Connection:
    """The connection of a job; raises Conflict if it has none."""
    if row.connection is None:
        raise Conflict("the application has no connection yet: set its Tenant URL and test it first")
    return parse_connection(read_connection(vault, row))


def engine_job(row: JobRow, connection: Connection, default_domain: str) -> Job:
    """What a cycle is told of a job of a tenant with that domain."""
    settings = read_settings(row.settings)
    return Job(
        tenant=connection.tenant,
        schema=read_schema(row),
        switches=settings.switches,
        default_domain=default_domain,
        sync_all=row.sync_all,
        skip_out_of_scope_deletions=settings.skip_out_of_scope_deletions,
        deletion_threshold=settings.delete_threshold,
        allow_deletions=row.allow_deletions,
        watermark=row.watermark,
        quarantine=row.quarantine,
    )


def write_counters(counters: Counters) -> str:
    """Counters as a row has them."""
    return msgspec.json.encode(counters).decode()


def execution_of(row: ExecutionRow | None) -> Execution | None:
    """What is shown of an execution."""
    if row is None:
        return None
    error = None if row.error_code is None else CycleError(row.error_code, row.error_message or "")
    return Execution(
        row.id,
        row.initial,
        row.began,
        row.ended,
        None if row.state is None else CycleState(row.state),
        msgspec.json.decode(row.counters, type=Counters),
        error,
    )


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What of a job is not in its row."""

    running: ExecutionRow | None = None
    last: ExecutionRow | None = None
    last_successful: ExecutionRow | None = None
    last_with_exports: ExecutionRow | None = None
    entries: Mapping[Kind, int] = field(default_factory=dict)


def view_of(row: JobRow, tenant_url: str | None, around: Surroundings) -> JobView:
    """What is shown of a job."""
    schedule = ScheduleState(row.schedule)
    return JobView(
        id=row.id,
        service_principal=row.service_principal,
        template_id=row.template_id,
        created=row.created,
        schedule=schedule,
        configured=row.connection is not None,
        tenant_url=tenant_url,
        sync_all=row.sync_all,
        settings=read_settings(row.settings),
        watermark=row.watermark,
        allow_deletions=row.allow_deletions,
        quarantine=row.quarantine,
        next_run=row.next_run if schedule is ScheduleState.ACTIVE else None,
        running=execution_of(around.running),
        last=execution_of(around.last),
        last_successful=execution_of(around.last_successful),
        last_with_exports=execution_of(around.last_with_exports),
        steady_first=row.steady_first,
        steady_last=row.steady_last,
        complete_failures=row.complete_failures,
        escrows_pruned=row.escrows_pruned,
        entries=around.entries,
    )


def write_reset(reset: Reset) -> str:
    """A reset as a row has it."""
    return msgspec.json.encode(reset).decode()


def read_reset(text: str) -> Reset:
    """A reset from a row."""
    return msgspec.json.decode(text, type=Reset)
