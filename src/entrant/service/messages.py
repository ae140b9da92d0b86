"""Reading what a connection sent: leniency first, then standard SCIM (product.md §6).

Only here do a connection's tolerances meet a message. What was tolerated is noted in `call.used`.
"""

from __future__ import annotations

from collections.abc import Sequence

from entrant.scim import patch
from entrant.scim.errors import ScimError
from entrant.scim.filter import Filter, check
from entrant.scim.leniency import STRICT, spelling, tolerate_filter, tolerate_patch, tolerate_resource
from entrant.scim.patch import Operation, Unmatched, parse_operations
from entrant.scim.resource import Unknown, parse_resource
from entrant.scim.schema import Resource, ResourceType

from .call import Call

DROPPED = "unknown attributes dropped"


def read_resource(call: Call, type_: ResourceType) -> Resource:
    """The resource in the body of a POST or PUT, in the schema's spelling."""
    sent = call.read_json()
    if call.tolerances != STRICT:
        try:
            # Nearly all messages are standard: to try that first costs less than to look for what might not be.
            return parse_resource(sent, type_, unknown=Unknown.REFUSE).resource
        except ScimError:
            sent, used = tolerate_resource(sent, type_, call.tolerances)
            call.used += used
    parsed = parse_resource(sent, type_, unknown=_unknown(call))
    _note(call, parsed.dropped)
    return parsed.resource


def read_operations(call: Call, type_: ResourceType) -> tuple[Operation, ...]:
    """The operations in the body of a PATCH."""
    sent = call.read_json()
    call.spelling = spelling(sent)
    message, used = tolerate_patch(sent, type_, call.tolerances)
    call.used += used
    return parse_operations(message, pathless=not call.strict)


def patched(call: Call, type_: ResourceType, operations: tuple[Operation, ...], resource: Resource) -> Resource:
    """What the operations make of the resource."""
    unmatched = Unmatched.REFUSE if call.strict else Unmatched.CREATE
    result = patch.apply(operations, resource, type_, unmatched=unmatched, unknown=_unknown(call), effort=call.effort)
    _note(call, result.dropped)
    return result.resource


def read_filter(call: Call, type_: ResourceType, filter_: Filter) -> Filter:
    """The filter after leniency, every attribute of which the schema has; raises InvalidFilter."""
    tolerated, used = tolerate_filter(filter_, type_, call.tolerances)
    call.used += used
    check(tolerated, type_)
    return tolerated


def _unknown(call: Call) -> Unknown:
    return Unknown.REFUSE if call.strict else Unknown.DROP


def _note(call: Call, dropped: Sequence[str]) -> None:
    if dropped:
        call.used.append(DROPPED)
