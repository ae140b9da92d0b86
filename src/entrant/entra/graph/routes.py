"""Every address of the API: in which versions, by which method, of what form, and the operation it leads to."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from . import audit
from .answer import Answer
from .call import Call
from .synchronization import jobs, on_demand, schema, secrets

Operation: TypeAlias = Callable[[Call], Answer]
BOTH, BETA = ("v1.0", "beta"), ("beta",)

_SYNC = "servicePrincipals/{}/synchronization"
_JOB = f"{_SYNC}/jobs/{{}}"

ROUTES: tuple[tuple[tuple[str, ...], str, str, Operation], ...] = (
    # The provisioning log
    (BOTH, "GET", "auditLogs/provisioning", audit.list_entries),
    (BOTH, "GET", "auditLogs/provisioning/{}", audit.get_entry),
    # Jobs
    (BOTH, "GET", f"{_SYNC}/templates", jobs.list_templates),
    (BOTH, "GET", f"{_SYNC}/templates/{{}}/schema", schema.template_schema),
    (BOTH, "GET", f"{_SYNC}/jobs", jobs.list_jobs),
    (BOTH, "POST", f"{_SYNC}/jobs", jobs.create_job),
    (BOTH, "GET", _JOB, jobs.get_job),
    (BOTH, "DELETE", _JOB, jobs.delete_job),
    (BOTH, "POST", f"{_JOB}/start", jobs.start),
    (BOTH, "POST", f"{_JOB}/pause", jobs.pause),
    (BOTH, "POST", f"{_JOB}/restart", jobs.restart),
    (BOTH, "POST", f"{_JOB}/provisionOnDemand", on_demand.provision),
    # Connections
    (BOTH, "GET", f"{_SYNC}/secrets", secrets.get_secrets),
    (BOTH, "PUT", f"{_SYNC}/secrets", secrets.put_secrets),
    (BOTH, "POST", f"{_SYNC}/jobs/validateCredentials", secrets.validate),
    (BOTH, "POST", f"{_JOB}/validateCredentials", secrets.validate),
    # Mappings
    (BOTH, "GET", f"{_JOB}/schema", schema.get_schema),
    (BOTH, "PUT", f"{_JOB}/schema", schema.put_schema),
    (BOTH, "DELETE", f"{_JOB}/schema", schema.delete_schema),
    (BOTH, "GET", f"{_JOB}/schema/filterOperators", schema.filter_operators),
    (BOTH, "GET", f"{_JOB}/schema/functions", schema.functions),
    (BOTH, "POST", f"{_JOB}/schema/parseExpression", schema.parse_expression),
    (BOTH, "GET", f"{_JOB}/schema/directories", schema.list_directories),
    (BOTH, "GET", f"{_JOB}/schema/directories/{{}}", schema.get_directory),
    (BOTH, "POST", f"{_JOB}/schema/directories/{{}}/discover", schema.discover),
)
