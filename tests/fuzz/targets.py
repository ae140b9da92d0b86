"""What is fuzzed: bytes go in, and either something comes of them or a refusal. Anything else is a bug.

A result must also hold what it promises: a parsed filter prints to text that is read as the same filter, and a resource
that was patched can be written as JSON.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import msgspec

from entrant.scim import patch
from entrant.scim.bounds import parse_json
from entrant.scim.bulk import parse_bulk, steps
from entrant.scim.errors import ScimError
from entrant.scim.filter import check, matches
from entrant.scim.leniency import ENTRA, STRICT, tolerate_patch, tolerate_resource
from entrant.scim.parser import parse_filter, parse_path
from entrant.scim.resource import Unknown, parse_resource
from entrant.scim.schema import Resource
from entrant.scim.schemas import USER

ADA: Resource = {
    "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
    "userName": "ada@example.com",
    "active": True,
    "name": {"givenName": "Ada", "familyName": "Lovelace"},
    "emails": [{"value": "ada@example.com", "type": "work", "primary": True}, {"value": "a@home.example"}],
    "phoneNumbers": [{"value": "1", "type": "mobile"}],
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"department": "Engines"},
}


def fuzz_parser(data: bytes) -> None:
    """A filter or path: it is refused, or prints to text that means the same."""
    text = data.decode("utf-8", "replace")
    try:
        filter_ = parse_filter(text)
        assert parse_filter(str(filter_)) == filter_
        check(filter_, USER)
        matches(filter_, ADA, USER)
    except ScimError:
        pass
    try:
        path = parse_path(text)
        assert parse_path(str(path)) == path
    except ScimError:
        pass


def fuzz_patch(data: bytes) -> None:
    """A PatchOp message, as Entra's connection reads it and as a strict one does; and the same bytes as a resource."""
    try:
        sent = parse_json(data)
    except ScimError:
        return
    for tolerances in (STRICT, ENTRA):
        try:
            operations = tolerate_patch(sent, USER, tolerances, []).operations
            msgspec.json.encode(patch.apply(operations, ADA, USER, tolerances.policy))
        except ScimError:
            pass
    with suppress(ScimError):
        msgspec.json.encode(parse_resource(sent, USER, Unknown.REFUSE).resource)
    with suppress(ScimError):
        msgspec.json.encode(tolerate_resource(sent, USER, ENTRA, []).resource)


def fuzz_bulk(data: bytes) -> None:
    """A bulk request: it is refused, or its operations come in steps that hold each of them once."""
    try:
        request = parse_bulk(parse_json(data))
    except ScimError:
        return
    order = [index for step in steps(request.operations) for index in step]
    assert sorted(order) == list(range(len(request.operations)))


TARGETS: dict[str, Callable[[bytes], None]] = {"parser": fuzz_parser, "patch": fuzz_patch, "bulk": fuzz_bulk}
