"""`…/jobs/{id}/schema`: mappings and directories, and what expressions and filters are made of (graph-surface 9.7).

The directories are what is in the schema: nothing is discovered in a target (`discover` answers what is known).
"""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from random import SystemRandom

from entrant.entra.graph.answer import NO_CONTENT, Answer, collection, entity
from entrant.entra.graph.call import Call
from entrant.entra.graph.errors import GraphError
from entrant.entra.jobs import operations, world
from entrant.entra.mapping.defaults import default_schema
from entrant.entra.mapping.expressions.catalogue import functions_json
from entrant.entra.mapping.schema_json import to_json
from entrant.entra.mapping.scoping import operators_json
from entrant.entra.mapping.trial import try_expression
from entrant.entra.store import clock

from .jobs import TEMPLATES, find_job, fragment


def get_schema(call: Call) -> Answer:
    """The whole schema."""
    job = find_job(call)
    context = call.context(f"{fragment(call)}('{job.id}')/schema/$entity")
    return entity(context, operations.get_schema(call.provisioner, job.id))


def put_schema(call: Call) -> Answer:
    """Replace the whole schema; the next cycle is an initial one."""
    body = {name: value for name, value in call.body().items() if not name.startswith("@odata.")}
    operations.put_schema(call.provisioner, find_job(call).id, body)
    return NO_CONTENT


def delete_schema(call: Call) -> Answer:
    """Go back to the mappings of a new application."""
    job = find_job(call)
    operations.put_schema(call.provisioner, job.id, to_json(default_schema(job.id)))
    return NO_CONTENT


def template_schema(call: Call) -> Answer:
    """The schema that a template's jobs begin with."""
    template = call.keys[1].value
    if template not in TEMPLATES:
        raise GraphError(HTTPStatus.NOT_FOUND, "ResourceNotFound", f"There is no template '{template[:80]}'.")
    context = call.context(f"{fragment(call, 'templates')}('{template}')/schema/$entity")
    return entity(context, to_json(default_schema(template)))


def filter_operators(call: Call) -> Answer:
    """The operators of scoping filters."""
    find_job(call)
    return collection(call.context("Collection(microsoft.graph.filterOperatorSchema)"), operators_json())


def functions(call: Call) -> Answer:
    """The functions of expressions."""
    find_job(call)
    return collection(call.context("Collection(microsoft.graph.attributeMappingFunctionSchema)"), functions_json())


def parse_expression(call: Call) -> Answer:
    """Read an expression, and if there is an object to test it with, evaluate it."""
    find_job(call)
    database = call.provisioner.db
    now, domain = datetime.fromisoformat(database.read(clock.now)), database.read(world.default_domain)
    tried = try_expression(call.body(), now=now, chance=SystemRandom(), default_domain=domain)
    return entity(call.context("microsoft.graph.parseExpressionResponse"), tried)


def list_directories(call: Call) -> Answer:
    """The directories that the schema describes."""
    job = find_job(call)
    context = call.context(f"{fragment(call)}('{job.id}')/schema/directories")
    return collection(context, operations.get_schema(call.provisioner, job.id)["directories"])


def get_directory(call: Call) -> Answer:
    """One of them."""
    return _directory(call)


def discover(call: Call) -> Answer:
    """One of them, as if it had been looked at anew."""
    return _directory(call)


def _directory(call: Call) -> Answer:
    job, id_ = find_job(call), call.keys[2].value
    for directory in operations.get_schema(call.provisioner, job.id)["directories"]:
        if directory.get("id") == id_:
            context = call.context(f"{fragment(call)}('{job.id}')/schema/directories/$entity")
            return entity(context, directory)
    raise GraphError(HTTPStatus.NOT_FOUND, "ResourceNotFound", f"There is no directory '{id_[:80]}' in the schema.")
