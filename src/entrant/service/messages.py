"""Reading what a connection sent: as standard SCIM, and what deviates from it by leniency (product.md §6).

Only here do a connection's tolerances meet a message. What was tolerated is noted in `call.used`, what was left out in
`call.dropped`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from entrant.scim import patch
from entrant.scim.dialect import spelling
from entrant.scim.errors import ScimError
from entrant.scim.filter import Filter, check
from entrant.scim.leniency import STRICT, tolerate_filter, tolerate_patch, tolerate_resource
from entrant.scim.listing import ListQuery, parse_list_query, parse_search_request
from entrant.scim.operations import Operation, conditions
from entrant.scim.resource import Unknown, parse_resource, require_schemas
from entrant.scim.schema import Resource, ResourceType

from .call import Call

DROPPED = "unknown attributes dropped"
CONDITION = 100  # comparisons that it is worth to read one more condition of a path
UNKNOWN = 10  # comparisons that it is worth to leave an attribute out


def read_resource(call: Call, type_: ResourceType) -> Resource:
    """The resource in the body of a POST or PUT, in the schema's spelling."""
    sent = call.read_json()
    if call.strict and isinstance(sent, dict):
        require_schemas(sent, type_.schema.id, tuple(extension.id for extension in type_.extensions))
    try:
        # Nearly all messages are standard: to try that first costs less than to look for what might not be.
        return parse_resource(sent, type_, unknown=Unknown.REFUSE).resource
    except ScimError:
        if call.tolerances == STRICT:
            raise
    parsed = tolerate_resource(sent, type_, call.tolerances, call.used)
    _note(call, parsed.dropped)
    return parsed.resource


def read_operations(call: Call, type_: ResourceType) -> tuple[Operation, ...]:
    """The operations in the body of a PATCH."""
    sent = call.read_json()
    call.effort.spend(CONDITION * conditions(sent))
    call.spelling = spelling(sent)
    read = tolerate_patch(sent, type_, call.tolerances, call.used)
    _note(call, read.notes.dropped, read.notes.ignored)
    return read.operations


def patched(call: Call, type_: ResourceType, operations: tuple[Operation, ...], resource: Resource) -> Resource:
    """What the operations make of the resource."""
    return patch.apply(operations, resource, type_, call.tolerances.policy, call.effort)


def read_list_query(call: Call) -> ListQuery:
    """The query of a GET on many resources."""
    return parse_list_query(call.read_parameters(), words=call.tolerances.unquoted_text)


def read_search(call: Call) -> ListQuery:
    """The body of a POST to `.search`."""
    return parse_search_request(call.read_json(), words=call.tolerances.unquoted_text, strict=call.strict)


def read_filter(call: Call, type_: ResourceType, filter_: Filter) -> Filter:
    """The filter after leniency, every attribute of which the schema has; raises InvalidFilter."""
    tolerated = tolerate_filter(filter_, type_, call.tolerances, call.used)
    check(tolerated, type_)
    return tolerated


def _note(call: Call, dropped: Collection[str], ignored: Iterable[str] = ()) -> None:
    call.effort.spend(UNKNOWN * len(dropped))
    if dropped:
        call.used.append(DROPPED)
    call.dropped += [*dropped, *ignored]
