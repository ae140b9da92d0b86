"""`…/synchronization/jobs`: jobs, their start, pause and restart (graph-surface 9.7, entra-client 13.6 to 13.8)."""

from __future__ import annotations

from http import HTTPStatus

from entrant.entra.engine.restart import parse_reset
from entrant.entra.graph.answer import NO_CONTENT, Answer, collection, entity
from entrant.entra.graph.call import Call
from entrant.entra.graph.errors import GraphError, bad_value
from entrant.entra.graph.service_principals import service_principal_id
from entrant.entra.jobs import operations
from entrant.entra.jobs.views import JobView
from entrant.entra.model import Conflict, NotFound

from .job_json import job_json

TEMPLATES = ("scim", "customappsso", "isvonboarding")
"""The templates that jobs are made from; all of them lead to the same job (entra-client 1.5, 1.6)."""


def fragment(call: Call, what: str = "jobs") -> str:
    """The context of something below a service principal's synchronization."""
    return f"servicePrincipals('{call.keys[0].value}')/synchronization/{what}"


def list_jobs(call: Call) -> Answer:
    """The jobs of an application: one, or none yet."""
    jobs = operations.list_jobs(call.provisioner, service_principal_id(call))
    return collection(call.context(fragment(call)), [job_json(job) for job in jobs])


def find_job(call: Call) -> JobView:
    """The job in the path, which must be the application's; raises GraphError (404)."""
    job_id = call.keys[1].value
    try:
        return operations.get_job(call.provisioner, service_principal_id(call), job_id)
    except NotFound as exc:
        raise GraphError(
            HTTPStatus.NOT_FOUND, "ResourceNotFound", f"The synchronization job '{job_id[:200]}' was not found."
        ) from exc


def get_job(call: Call) -> Answer:
    """One job with its status."""
    return entity(call.context(f"{fragment(call)}/$entity"), job_json(find_job(call)))


def create_job(call: Call) -> Answer:
    """Make the job of an application: not configured, and never started."""
    template = call.body().get("templateId")
    if template not in TEMPLATES:
        raise bad_value(f"'templateId' must be one of {', '.join(TEMPLATES)}.")
    try:
        job = operations.create_job(call.provisioner, service_principal_id(call), template)
    except Conflict as exc:
        raise GraphError(HTTPStatus.CONFLICT, "SynchronizationJobAlreadyExists", str(exc)) from exc
    return entity(call.context(f"{fragment(call)}/$entity"), job_json(job), HTTPStatus.CREATED)


def delete_job(call: Call) -> Answer:
    """Remove a job with all it remembers."""
    operations.delete_job(call.provisioner, find_job(call).id)
    return NO_CONTENT


def start(call: Call) -> Answer:
    """Let cycles run."""
    operations.start(call.provisioner, find_job(call).id)
    return NO_CONTENT


def pause(call: Call) -> Answer:
    """Begin no more cycles."""
    operations.pause(call.provisioner, find_job(call).id)
    return NO_CONTENT


def restart(call: Call) -> Answer:
    """Clear what the criteria say and run a cycle. Without criteria it is an ordinary restart (entra-client 13.7)."""
    criteria = (call.optional_body() or {}).get("criteria") or {}
    scope = criteria.get("resetScope", "") if isinstance(criteria, dict) else None
    if not isinstance(scope, str):
        raise bad_value("'criteria' must be an object whose 'resetScope' is text.")
    operations.restart(call.provisioner, find_job(call).id, parse_reset(scope))
    return NO_CONTENT


def list_templates(call: Call) -> Answer:
    """The templates that jobs can be made from."""
    principal = service_principal_id(call)
    values = [
        {
            "id": template,
            "applicationId": principal,
            "default": template == operations.TEMPLATE,
            "description": "SCIM 2.0",
            "discoverable": False,
            "factoryTag": template,
            "metadata": [],
        }
        for template in TEMPLATES
    ]
    return collection(call.context(fragment(call, "templates")), values)
