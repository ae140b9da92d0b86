"""Groups and their direct members; groups may be nested, but not in themselves (graph-surface 9.4)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from entrant.db.engine import Database
from entrant.entra.model import BadValue, Conflict, DirectoryObject, Kind, NotFound
from entrant.entra.store import changes, memberships, objects
from entrant.scim.wire import Json

from . import finding, properties
from .edit import Edit, new_id, write
from .recycle import remove

_DEFAULTS: Mapping[str, Json] = {"mailEnabled": False, "securityEnabled": True}


def create_group(
    database: Database, given: Mapping[str, Json], *, id: str | None = None, members: Sequence[str] = ()
) -> DirectoryObject:
    """A new group with direct members, users or groups, each an id, UPN or name. BadValue, Conflict, NotFound.

    A security group with a mail nickname made from its name, unless `given` says otherwise.
    """
    new = (id or new_id()).lower()

    def change(edit: Edit) -> DirectoryObject:
        group = insert_group(edit, given, new)
        if members:
            add_to(edit, group, [find_member(edit, name).id for name in members])
        return group

    return write(database, change)


def insert_group(edit: Edit, given: Mapping[str, Json], id: str) -> DirectoryObject:
    """A new group, within a write."""
    read = properties.read(Kind.GROUP, given)
    name = read.get("displayName")
    made_up = re.sub(r"[^A-Za-z0-9._-]", "", name)[:64] if isinstance(name, str) else ""
    set_ = properties.merged({**_DEFAULTS, "mailNickname": made_up or id}, read)
    properties.require(Kind.GROUP, set_)
    group = DirectoryObject(id, Kind.GROUP, set_, edit.now)
    if not objects.insert(edit.tx, group, edit.next_number()):
        raise Conflict(f"there is an object with the id {id} already")
    changes.mark(edit.tx, edit.sequence, [id])
    return group


def update_group(database: Database, name: str, given: Mapping[str, Json]) -> DirectoryObject:
    """Change properties; None clears one. A change that changes nothing leaves no trace in the feed."""

    def change(edit: Edit) -> DirectoryObject:
        before = finding.get_group(edit.tx, name)
        set_ = properties.merged(before.properties, properties.read(Kind.GROUP, given))
        if set_ == before.properties:
            return before
        properties.require(Kind.GROUP, set_)
        if set_.get("isAssignableToRole", False) != before.properties.get("isAssignableToRole", False):
            raise BadValue("isAssignableToRole is chosen when a group is created")
        after = replace(before, properties=set_)
        objects.update(edit.tx, after)
        changes.mark(edit.tx, edit.sequence, [after.id])
        if set_["securityEnabled"] != before.properties["securityEnabled"]:  # assignments count or no longer (12.2.2)
            changes.mark_all_entitled(edit.tx, edit.sequence, after.id)
        return after

    return write(database, change)


def rename_group(database: Database, name: str, to: str) -> DirectoryObject:
    """Give a group another display name."""
    return update_group(database, name, {"displayName": to})


def delete_group(database: Database, name: str) -> DirectoryObject:
    """Remove a group for good: groups do not go to the recycle bin (graph-surface 9.4)."""

    def change(edit: Edit) -> DirectoryObject:
        group = finding.get_group(edit.tx, name)
        remove(edit, group.id)
        return group

    return write(database, change)


def add_members(database: Database, group: str, members: Sequence[str], *, strict: bool = False) -> list[str]:
    """Add direct members, each an id, UPN or name; the ids of those who were none before.

    `strict` raises Conflict if one is a member already, as Graph does.
    """

    def change(edit: Edit) -> list[str]:
        found = finding.get_group(edit.tx, group)
        ids = [find_member(edit, name).id for name in members]
        if strict and any(memberships.is_member(edit.tx, found.id, id_) for id_ in ids):
            raise Conflict("one or more of the added objects are members of the group already")
        return add_to(edit, found, ids)

    return write(database, change)


def add_to(edit: Edit, group: DirectoryObject, ids: Sequence[str]) -> list[str]:
    """Add objects of the directory to a group, within a write; the ids of those who were no members before."""
    for stored in objects.find_many(edit.tx, ids):
        if stored.kind is Kind.GROUP and memberships.would_circle(edit.tx, group.id, stored.id):
            raise BadValue(f'the group "{group.name}" would be in itself')
    added = memberships.add(edit.tx, group.id, ids)
    if added:
        changes.mark(edit.tx, edit.sequence, [group.id])
        changes.mark_members(edit.tx, edit.sequence, group.id, added)
    return added


def remove_members(database: Database, group: str, members: Sequence[str]) -> list[str]:
    """Remove direct members, each an id, UPN or name; their ids. NotFound if one is no member."""

    def change(edit: Edit) -> list[str]:
        found = finding.get_group(edit.tx, group)
        ids = [find_member(edit, name).id for name in members]
        for id_, name in zip(ids, members, strict=True):
            if not memberships.is_member(edit.tx, found.id, id_):
                raise NotFound(f'"{name}" is not a member of the group "{found.name}"')
        removed = memberships.remove(edit.tx, found.id, ids)
        changes.mark(edit.tx, edit.sequence, [found.id])
        changes.mark_members(edit.tx, edit.sequence, found.id, removed)
        return removed

    return write(database, change)


def find_member(edit: Edit, name: str) -> DirectoryObject:
    """A user or group by id, UPN or name; a user if both have the name."""
    if finding.is_guid(name):
        return finding.get_object(edit.tx, None, name)
    try:
        return finding.get_user(edit.tx, name)
    except NotFound:
        try:
            return finding.get_group(edit.tx, name)
        except NotFound:
            raise NotFound(f'there is no user or group "{name}"') from None


def list_members(database: Database, group: str, *, after: str = "", most: int = 100) -> list[DirectoryObject]:
    """Direct members after an id."""
    return database.read(lambda tx: memberships.members(tx, finding.get_group(tx, group).id, after=after, most=most))
