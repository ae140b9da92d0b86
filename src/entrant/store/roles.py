"""Effective roles (product.md §4): which members must change, who stands in two roles, whether an admin is left."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from entrant.db.engine import Row, Tx
from entrant.db.queries import load
from entrant.workspace.model import Role, RoleChange

from .recorded import recorded

_SQL = load(__package__, "roles")
ROLES: dict[str | None, Role | None] = {None: None, **{role.value: role for role in Role}}
"""The role in a column."""


class _Named(msgspec.Struct):
    """Of a user's document only what is needed: there may be ten thousand."""

    userName: str  # noqa: N815  as in the document


_named = msgspec.json.Decoder(_Named)
Clash = tuple[str, str, str]
"""The userName of a user, the displayName of the role group that holds them, and the role it gives."""


def has_admin(tx: Tx, workspace_id: str) -> bool:
    """Whether the workspace has an active admin, as the transaction stands now. One statement."""
    return tx.one(_SQL["has_admin"], workspace=workspace_id) is not None


def conflict(tx: Tx, workspace_id: str, role: Role, ids: Sequence[str], group_id: str) -> Clash | None:
    """A user among `ids` who is in a role group of another role, `group_id` aside. One statement."""
    return _clash(tx.one(_SQL["conflict"], workspace=workspace_id, role=role, ids=ids, group_id=group_id))


def conflict_in_group(tx: Tx, workspace_id: str, group_id: str, role: Role) -> Clash | None:
    """A direct member of the group who is in a role group of another role. One statement."""
    return _clash(tx.one(_SQL["conflict_in_group"], workspace=workspace_id, group_id=group_id, role=role))


def would_be_admin(tx: Tx, workspace_id: str, member_id: str) -> bool:
    """Whether an admin role group holds a member, who may be inactive. One statement."""
    return tx.one(_SQL["would_be_admin"], workspace=workspace_id, id=member_id) is not None


def recompute(tx: Tx, workspace_id: str, ids: Sequence[str]) -> None:
    """Give these members the role they must have. One statement, up to three more for changes."""
    if ids:
        _assign(tx, workspace_id, tx.all(_SQL["differing"], workspace=workspace_id, ids=ids))


def recompute_group(tx: Tx, workspace_id: str, group_id: str) -> None:
    """The same for all direct members of a group."""
    _assign(tx, workspace_id, tx.all(_SQL["differing_in_group"], workspace=workspace_id, group_id=group_id))


def recompute_all(tx: Tx, workspace_id: str) -> None:
    """The same for everyone: after a change of the role rules or of the default role."""
    _assign(tx, workspace_id, tx.all(_SQL["differing_anywhere"], workspace=workspace_id))


def _assign(tx: Tx, workspace_id: str, rows: Sequence[Row]) -> None:
    by_role: dict[str | None, list[str]] = {}
    for row in rows:
        by_role.setdefault(row["effective"], []).append(row["id"])
    for role, ids in by_role.items():
        tx.run(_SQL["assign"], workspace=workspace_id, role=role, ids=ids, now=tx.steady)
    changes = recorded(tx)
    for row in rows:
        changes.role(
            RoleChange(
                row["id"],
                _named.decode(row["doc"]).userName,
                ROLES[row["role"]],
                ROLES[row["effective"]],
                row["access_since"],
                row["admin_since"],
            )
        )


def _clash(row: Row | None) -> Clash | None:
    if row is None:
        return None
    user, group = msgspec.json.decode(row["user_doc"]), msgspec.json.decode(row["group_doc"])
    return user["userName"], group["displayName"], row["role"]
