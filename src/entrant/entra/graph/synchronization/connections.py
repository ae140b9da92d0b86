"""Beta only: `connectivityParameters`, and `objectConnections`, the links of a job (entra-client 12.7, 21.3.1)."""

from __future__ import annotations

from entrant.entra.graph.answer import Answer, collection
from entrant.entra.graph.call import Call
from entrant.entra.graph.errors import bad_request
from entrant.entra.graph.service_principals import service_principal_id
from entrant.entra.jobs import operations

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
