"""Groups without their members, which are rows of their own (product.md §3, `memberships.py`)."""

from __future__ import annotations

import msgspec

from entrant.db.engine import Row, Tx
from entrant.db.queries import load
from entrant.scim.fold import fold
from entrant.workspace.mapping import group_keys
from entrant.workspace.model import Group, Role

from . import memberships
from .recorded import recorded
from .roles import ROLES

_SQL = load(__package__, "groups")


def insert(tx: Tx, workspace_id: str, group: Group) -> None:
    """Add a group whose displayName is free, without members. One statement."""
    tx.run(_SQL["insert"], **_columns(workspace_id, group), created=group.created)


def update(tx: Tx, workspace_id: str, group: Group) -> None:
    """Write a group's document and role. One statement."""
    tx.run(_SQL["update"], **_columns(workspace_id, group))


def set_role(tx: Tx, workspace_id: str, group_id: str, role: Role | None) -> None:
    """Write the role that a group gives, and no more: what SCIM shows has not changed. One statement."""
    tx.run(_SQL["set_role"], workspace=workspace_id, id=group_id, role=role)


def touch(tx: Tx, workspace_id: str, group_id: str, *, revision: int, modified: str, member_delta: int) -> None:
    """Give a group whose members changed a new version. One statement, whatever the size of the group."""
    tx.run(_SQL["touch"], workspace=workspace_id, id=group_id, revision=revision, modified=modified, delta=member_delta)


def delete(tx: Tx, workspace_id: str, group_id: str, revision: int) -> None:
    """Remove a group, its list of members, and its place in other groups, which get a new version."""
    memberships.forget(tx, workspace_id, group_id, revision)
    memberships.drop(tx, workspace_id, group_id)
    tx.run(_SQL["delete"], workspace=workspace_id, id=group_id)
    recorded(tx).deleted_groups.add(group_id)


def ahead(tx: Tx, workspace_id: str, group_id: str) -> None:
    """Ask ahead for what `find` will look for."""
    tx.ahead(_SQL["find"], workspace=workspace_id, id=group_id)


def find(tx: Tx, workspace_id: str, group_id: str) -> Group | None:
    """The group with that id."""
    row = tx.one(_SQL["find"], workspace=workspace_id, id=group_id)
    return None if row is None else from_row(row)


def find_by_display_name(tx: Tx, workspace_id: str, display_name: str) -> Group | None:
    """The group with that displayName, case ignored."""
    row = tx.one(_SQL["find_by_display_name"], workspace=workspace_id, display_key=fold(display_name))
    return None if row is None else from_row(row)


def page(tx: Tx, workspace_id: str, *, after: str = "", most: int = 1_000) -> list[Group]:
    """Groups after an id, in the order of ids."""
    return [from_row(row) for row in tx.all(_SQL["page"], workspace=workspace_id, after=after, most=most)]


def from_row(row: Row) -> Group:
    """A row of the table as a value."""
    return Group(
        id=row["id"],
        role=ROLES[row["role"]],
        member_count=row["member_count"],
        revision=row["revision"],
        created=row["created"],
        modified=row["modified"],
        doc=msgspec.json.decode(row["doc"]),
    )


def _columns(workspace_id: str, group: Group) -> dict[str, str | int | None]:
    keys = group_keys(group.doc)
    return {
        "workspace": workspace_id,
        "id": group.id,
        "role": group.role,
        "display_key": keys.name,
        "external_id": keys.external_id,
        "revision": group.revision,
        "modified": group.modified,
        "doc": keys.doc,
        "folded": keys.folded,
    }
