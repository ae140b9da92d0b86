"""What can be done with provisioning jobs (entra-client §13, §15, §21; graph-surface 9.7).

Each function is a step for whoever asked: Graph, the portal, the command line. Refusals are `EntraError`; a job that is
not the application's, or an application without a job, is `NotFound`. `Provisioner` holds what every function needs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from entrant.db import Database
from entrant.entra.engine.job import Counters
from entrant.entra.engine.on_demand import OnDemand
from entrant.entra.engine.restart import Reset
from entrant.entra.model import EntraError, Kind
from entrant.scim.wire import Json

from .secrets import Vault
from .views import Execution, JobView, LogPage, LogQuery, Settings

TEMPLATE = "scim"  # entra-client 1.5


@dataclass(frozen=True, slots=True)
class Provisioner:
    """The emulator's database, and what is needed beside it to run jobs."""

    db: Database
    vault: Vault
    login_url: str = "https://login.microsoftonline.com"
    """Where the tokens that the emulator issues say they are from: `{login_url}/{tenant}/v2.0` (3.6)."""


class CredentialsRejected(EntraError):
    """The target did not answer the test as it must; `code` is the log's error code (4.9, 4.10)."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class RateLimited(EntraError):
    """Too many provisions on demand; `retry_after` is in seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"at most 5 provisions on demand in 10 seconds; repeat it in {retry_after} seconds")
        self.retry_after = retry_after


class Running(EntraError):
    """A cycle of the job is running now, in this process or another."""


# Jobs ------------------------------------------------------------------------------------------------------------


def create_job(p: Provisioner, service_principal: str, template_id: str = TEMPLATE) -> JobView:
    """Make the job of an application: not configured, with the default mappings; Conflict if it has one."""
    raise NotImplementedError


def list_jobs(p: Provisioner, service_principal: str) -> list[JobView]:
    """The jobs of an application: one, or none yet."""
    raise NotImplementedError


def get_job(p: Provisioner, service_principal: str, job_id: str) -> JobView:
    """One job with its status."""
    raise NotImplementedError


def job_of(p: Provisioner, service_principal: str) -> JobView:
    """The job of an application."""
    raise NotImplementedError


def delete_job(p: Provisioner, job_id: str) -> None:
    """Remove a job with all it remembers, its connection included (13.8)."""
    raise NotImplementedError


def start(p: Provisioner, job_id: str) -> None:
    """Let cycles run: the first is due at once. Clears a quarantine; goes on where it was stopped (13.6, 13.8)."""
    raise NotImplementedError


def pause(p: Provisioner, job_id: str) -> None:
    """Let the running cycle end and begin no more; keeps all state (13.6, 13.8)."""
    raise NotImplementedError


def restart(p: Provisioner, job_id: str, reset: Reset) -> None:
    """Clear what `reset` says and let cycles run: the first is due at once (13.6, 13.7)."""
    raise NotImplementedError


def allow_deletes(p: Provisioner, job_id: str) -> None:
    """Let the deletions through that the threshold has held back (15.10)."""
    raise NotImplementedError


# The connection --------------------------------------------------------------------------------------------------


def get_secrets(p: Provisioner, service_principal: str) -> dict[str, str]:
    """The connection by its keys, secrets masked."""
    raise NotImplementedError


def put_secrets(p: Provisioner, service_principal: str, values: Mapping[str, str]) -> None:
    """Replace the whole connection, untested, as Graph's `PUT secrets` does.

    Without `SyncAll` and `SyncNotificationSettings` nothing is kept, as silently as by the real service (9.7). A masked
    value stands for the one that is stored. Raises UnknownKey, MixedCredentials (both of `connection`), BadValue.
    """
    raise NotImplementedError


def validate_credentials(
    p: Provisioner,
    service_principal: str,
    values: Mapping[str, str],
    *,
    job_id: str | None = None,
    use_saved: bool = False,
) -> None:
    """Test a connection (4.1 to 4.9): the given one, or the saved one with `use_saved`.

    Raises CredentialsRejected, MissingParameter, UnknownKey, MixedCredentials.
    """
    raise NotImplementedError


def connect(p: Provisioner, service_principal: str, values: Mapping[str, str]) -> None:
    """Test a connection and save it only if that succeeds (4.8). Scope and settings stay as they are."""
    raise NotImplementedError


def set_scope(p: Provisioner, service_principal: str, *, sync_all: bool) -> None:
    """Everything, or what is assigned (12.1). From all to assigned takes effect with a restart (12.1.2)."""
    raise NotImplementedError


# Mappings and settings -------------------------------------------------------------------------------------------


def get_schema(p: Provisioner, job_id: str) -> Json:
    """The synchronization schema in Graph's JSON shape (9.7)."""
    raise NotImplementedError


def put_schema(p: Provisioner, job_id: str, schema: Json) -> None:
    """Replace it; the next cycle is an initial one (12.1.3). Raises BadValue."""
    raise NotImplementedError


def set_mapping_enabled(p: Provisioner, job_id: str, kind: Kind, *, enabled: bool) -> None:
    """*Provision Microsoft Entra ID Groups*, on or off (1.8); raises BadValue for users, who are always provisioned."""
    raise NotImplementedError


def put_settings(p: Provisioner, job_id: str, settings: Settings) -> None:
    """Replace the settings."""
    raise NotImplementedError


# Running ---------------------------------------------------------------------------------------------------------


def run_cycle(p: Provisioner, job_id: str, progress: Callable[[str, Counters], None] | None = None) -> Execution:
    """Run a cycle now, whatever the schedule says, and wait for its end; raises Running.

    `progress` is told the phase and how far it has come, a few times a second.
    """
    raise NotImplementedError


def provision_on_demand(
    p: Provisioner,
    job_id: str,
    object_id: str,
    kind: Kind,
    members: Sequence[str] = (),
    rule_id: str | None = None,
) -> OnDemand:
    """Provision one user, or one group with at most five members, now (§19).

    Raises NotFound, BadValue, RateLimited.
    """
    raise NotImplementedError


# The log ---------------------------------------------------------------------------------------------------------


def list_log(p: Provisioner, query: LogQuery) -> LogPage:
    """A page of the provisioning log, newest entry first."""
    raise NotImplementedError
