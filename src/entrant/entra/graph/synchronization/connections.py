"""Beta only: `connectivityParameters`, and `objectConnections`, the links of a job (entra-client 12.7, 21.3.1)."""

from __future__ import annotations

from http import HTTPStatus

from entrant.db.engine import Tx
from entrant.entra.graph.answer import NO_CONTENT, Answer, collection, entity
from entrant.entra.graph.call import Call
from entrant.entra.graph.errors import GraphError, bad_request, not_found
from entrant.entra.graph.service_principals import service_principal_id
from entrant.entra.jobs import operations
from entrant.entra.jobs.views import ScheduleState
from entrant.entra.model import Link
from entrant.entra.store import links, objects

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
    """The link of one object, asked for by its id, or by that of the target's object."""
    job = find_job(call).id
    key = call.key(2)

    def read(tx: Tx) -> tuple[Link, str] | None:
        link = _find(tx, job, key)
        if link is None:
            return None
        stored = objects.find(tx, link.object_id)
        known = None if stored is None else stored.object
        return link, "" if known is None else str(known.properties["displayName"])

    found = call.provisioner.db.read(read)
    if found is None:
        raise not_found(key)
    link, name = found
    shown = {
        "objectId": key,
        "sourceAnchor": link.object_id,
        "targetAnchor": link.target_id,
        "displayName": name,
        "objectTypeName": str(link.kind).lower(),
        # As they were called before the documentation named them
        "id": link.object_id,
        "sourceObjectId": link.object_id,
        "targetObjectId": link.target_id,
        "isManaged": link.managed,
    }
    return entity(call.context("objectConnection/$entity"), shown)


def remove_connection(call: Call) -> Answer:
    """Forget the link of one object, if there is one, of a job that is not running; raises GraphError (409)."""
    job, key = find_job(call), call.key(2)
    if job.schedule is ScheduleState.ACTIVE:
        raise GraphError(HTTPStatus.CONFLICT, "Conflict", "The job must be paused before a connection is removed.")

    def remove(tx: Tx) -> None:
        link = _find(tx, job.id, key)
        if link is not None:
            links.remove(tx, job.id, link.object_id)

    call.provisioner.db.write(job.id, remove)
    return NO_CONTENT


def _find(tx: Tx, job: str, key: str) -> Link | None:
    """The link whose source has that id, else the one whose target has it."""
    return links.find(tx, job, key) or links.find_target(tx, job, key)
