"""Members and groups as the SCIM resources that are sent (RFC 7643 §3.1, §4).

A user or a group without its members is one small dict. A group's members may be many: they are written page
by page, so that the longest list needs no more memory than one page of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeAlias

import msgspec

from entrant.scim.projection import Projection, project
from entrant.scim.schema import Resource, ResourceType
from entrant.scim.schemas import MAX_GROUPS
from entrant.scim.wire import Json
from entrant.workspace.model import Group, Member, Place

from .call import version_of

MEMBERS_PER_PAGE = 1_000  # members read and written at a time; a group with no more is answered in one piece
ALL = 1_000_000_000  # more groups than any user can be in

Fetch: TypeAlias = Callable[[str, str | None], list[tuple[str, str]]]
"""The members of a group after one of them: up to MEMBERS_PER_PAGE pairs of id and kind, in the order of ids."""


def location(base_url: str, type_: ResourceType, resource_id: str) -> str:
    """The URL of a resource (RFC 7643 §3.1, `meta.location`)."""
    return f"{base_url}{type_.endpoint}/{resource_id}"


def resource(base_url: str, type_: ResourceType, item: Member | Group) -> Resource:
    """The whole resource with `id` and `meta`; a user with the groups that were read, a group without members.

    `active` is the member's state: no request can make it vanish from their document (product.md 2.10).
    """
    doc = item.doc
    state: Resource = {}
    if isinstance(item, Member):
        state["active"] = item.active
        if item.groups:
            state["groups"] = [group_item(base_url, place) for place in item.groups]
    return {
        "schemas": doc["schemas"],
        "id": item.id,
        **doc,
        **state,
        "meta": {
            "resourceType": type_.name,
            "created": item.created,
            "lastModified": item.modified,
            "location": location(base_url, type_, item.id),
            "version": version_of(item.revision),
        },
    }


def group_item(base_url: str, place: Place) -> Json:
    """One value of a user's `groups` (RFC 7643 §4.1.2)."""
    named = {} if place.name is None else {"display": place.name}
    return {"value": place.group, "$ref": f"{base_url}/Groups/{place.group}", **named, "type": "direct"}


def member_item(base_url: str, member_id: str, kind: str) -> Json:
    """One value of a group's `members` (RFC 7643 §4.2)."""
    return {"value": member_id, "type": kind, "$ref": f"{base_url}/{kind}s/{member_id}"}


def groups_to_read(projection: Projection, *, written: bool = False) -> int | None:
    """How many groups of a user an answer may show; None if it shows none (decision 0007).

    The answer of a write shows no more than it does by default: nothing that holds the workspace reads without a bound.
    """
    if not projection.wants("groups"):
        return None
    return ALL if projection.attributes and not written else MAX_GROUPS


def user_bytes(base_url: str, type_: ResourceType, member: Member, projection: Projection) -> bytes:
    """A user as JSON."""
    return msgspec.json.encode(project(resource(base_url, type_, member), type_, projection))


def group_chunks(
    base_url: str, type_: ResourceType, group: Group, projection: Projection, fetch: Fetch | None
) -> Iterator[bytes]:
    """A group as JSON, its members page by page; without members if `fetch` is None."""
    encoded = msgspec.json.encode(project(resource(base_url, type_, group), type_, projection))
    if fetch is None or not group.member_count:
        yield encoded
        return
    yield encoded[:-1]
    opening, after = b',"members":[', None
    while page := fetch(group.id, after):
        items = [member_item(base_url, member_id, kind) for member_id, kind in page]
        shown = project({"members": items}, type_, projection).get("members", items)
        yield opening + msgspec.json.encode(shown)[1:-1]
        opening, after = b",", page[-1][0]
        if len(page) < MEMBERS_PER_PAGE:
            break
    yield b"}" if opening == b',"members":[' else b"]}"


def list_chunks(head: Resource, items: Iterable[Iterable[bytes]]) -> Iterator[bytes]:
    """A ListResponse as JSON: `head` is the message without `Resources` (RFC 7644 §3.4.2)."""
    yield msgspec.json.encode(head)[:-1] + b',"Resources":['
    for n, chunks in enumerate(items):
        if n:
            yield b","
        yield from chunks
    yield b"]}"
