"""Beta only: `connectivityParameters`, and `objectConnections`, the links of a job (entra-client 12.7, 21.3.1)."""

from __future__ import annotations

from http import HTTPStatus

from entrant.entra.graph.answer import NO_CONTENT, Answer, collection, entity
from entrant.entra.graph.call import Call
from entrant.entra.graph.errors import GraphError, bad_request, not_found
from entrant.entra.graph.service_principals import service_principal_id
from entrant.entra.jobs import operations
from entrant.entra.jobs.views import ScheduleState
from entrant.entra.model import Link
from entrant.entra.store import links

from .jobs import find_job, fragment


def list_parameters(call: Call) -> Answer:
    """The connection by its keys, as `secrets` has it: nothing more is known of this resource (graph-surface 3.1)."""
    values = operations.get_secrets(call.provisioner, service_principal_id(call))
    pairs = [{"key": key, "value": value} for key, value in values.items()]
    return collection(call.context(fragment(call, "connectivityParameters")), pairs)


def list_connections(call: Call) -> Answer:
    """Links cannot be listed; raises GraphError (400)."""
    find_job(call)
    raise bad_request("Object connections cannot be listed; ask for one by the id of its object.")


def get_connection(call: Call) -> Answer:
    """The link of one object."""
    job = find_job(call).id
    link = _link(call, job)
    shown = {
        "id": link.object_id,
        "sourceObjectId": link.object_id,
        "objectTypeName": str(link.kind),
        "targetObjectId": link.target_id,
        "isManaged": link.managed,
    }
    return entity(call.context(f"{fragment(call)}('{job}')/objectConnections/$entity"), shown)


def remove_connection(call: Call) -> Answer:
    """Forget the link of one object, of a job that is not running; raises GraphError (404, 409)."""
    job = find_job(call)
    if job.schedule is ScheduleState.ACTIVE:
        raise GraphError(HTTPStatus.CONFLICT, "Conflict", "The job must be paused before a connection is removed.")
    object_id = _link(call, job.id).object_id
    call.provisioner.db.write(job.id, lambda tx: links.remove(tx, job.id, object_id))
    return NO_CONTENT


def _link(call: Call, job: str) -> Link:
    object_id = call.key(2)
    link = call.provisioner.db.read(lambda tx: links.find(tx, job, object_id))
    if link is None:
        raise not_found(object_id)
    return link
