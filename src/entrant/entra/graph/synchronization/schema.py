"""`…/jobs/{id}/schema`: mappings and directories, and what expressions and filters are made of (graph-surface 9.7).

The directories are what is in the schema: nothing is discovered in a target (`discover` answers what is known).
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from entrant.entra.graph.answer import NO_CONTENT, Answer, collection, entity
from entrant.entra.graph.call import Call, string
from entrant.entra.graph.errors import GraphError, bad_value
from entrant.entra.jobs import operations
from entrant.entra.mapping.expressions.catalogue import functions_json
from entrant.entra.mapping.scoping import operators_json
from entrant.scim.wire import Json

from .evaluation import evaluated
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
    operations.reset_schema(call.provisioner, find_job(call).id)
    return NO_CONTENT


def template_schema(call: Call) -> Answer:
    """The schema that a template's jobs begin with: the job's own, if there is one, is not asked."""
    template = call.keys[1].value
    if template not in TEMPLATES:
        raise GraphError(HTTPStatus.NOT_FOUND, "ResourceNotFound", f"There is no template '{template[:80]}'.")
    context = call.context(f"{fragment(call, 'templates')}('{template}')/schema/$entity")
    return entity(context, operations.template_schema(template))


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
    body = call.body()
    text = string(body, "expression")
    given = body.get("testInputObject")
    if given is not None and not isinstance(given, dict):
        raise bad_value("'testInputObject' must be an object.")
    context = call.context("microsoft.graph.parseExpressionResponse")
    return entity(context, evaluated(text, None if given is None else _properties(given)))


def _properties(given: Mapping[str, Json]) -> dict[str, Json]:
    """The attributes of a test object, which come as keys and values."""
    pairs = given.get("properties") or []
    if isinstance(pairs, dict):
        return pairs
    if not isinstance(pairs, list) or not all(isinstance(pair, dict) and isinstance(pair.get("key"), str) for pair in pairs):
        raise bad_value("'properties' of 'testInputObject' must be a collection of objects with 'key' and 'value'.")
    return {pair["key"]: pair.get("value") for pair in pairs}


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
