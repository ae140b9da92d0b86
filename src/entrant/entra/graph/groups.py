"""`/groups/{id}`: groups and their direct members (graph-surface 3.3, 9.4)."""

from __future__ import annotations

from entrant.entra import directory
from entrant.entra.model import Kind

from .answer import NO_CONTENT, Answer, entity
from .call import Call, reference
from .entities import GROUP
from .expand import expand
from .lookup import find_group
from .objects import shown
from .writing import bindings, created, properties, refusals, require_members

PRESENT = "One or more added object references already exist for the following modified properties: 'members'."


def create_group(call: Call) -> Answer:
    """Add a group, with the members that the body names."""
    body = call.body()
    require_members(Kind.GROUP, body)
    members = bindings(body, "members") or ()
    with refusals("members"):
        group = directory.create_group(call.provisioner.db, properties(body), members=members)
    return created(call, group)


def get_group(call: Call) -> Answer:
    """One group."""
    options = call.options(GROUP)
    group = find_group(call)
    answer = {**shown(group, options.selection.names), **expand(call, group, options.selection)}
    return entity(call.context("groups/$entity"), answer)


def update_group(call: Call) -> Answer:
    """Change the properties in the body, null clears one; and add the members that it names."""
    body = call.body()
    group = find_group(call)
    changes, members = properties(body), bindings(body, "members") or ()
    if members:
        with refusals("members", conflict=PRESENT):
            directory.add_members(call.provisioner.db, group.id, members, strict=True)
    if changes:
        with refusals(group.id):
            directory.update_group(call.provisioner.db, group.id, changes)
    return NO_CONTENT


def delete_group(call: Call) -> Answer:
    """Remove a group."""
    group = find_group(call)
    with refusals(group.id):
        directory.delete_group(call.provisioner.db, group.id)
    return NO_CONTENT


def add_member(call: Call) -> Answer:
    """Add one member; one that is there already is refused."""
    member = reference(call.body().get("@odata.id"))
    group = find_group(call)
    with refusals(member, conflict=PRESENT):
        directory.add_members(call.provisioner.db, group.id, (member,), strict=True)
    return NO_CONTENT


def remove_member(call: Call) -> Answer:
    """Remove one member; 404 if it is none."""
    group, member = find_group(call), call.key(1)
    with refusals(member):
        directory.remove_members(call.provisioner.db, group.id, (member,))
    return NO_CONTENT
