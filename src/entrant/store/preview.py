"""What a change of role rules, of a group's name or of the default role would do to members, without doing it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from entrant.db.engine import Tx, Value
from entrant.db.queries import load
from entrant.workspace.model import Role, RoleChange

from .roles import ROLES

_SQL = load(__package__, "preview")


@dataclass(frozen=True, slots=True)
class Effect:
    """The first role changes, the userName of someone who would be in two roles, and whether an admin would be left."""

    changes: tuple[RoleChange, ...]
    conflict: str | None
    keeps_admin: bool


def preview(
    tx: Tx, workspace_id: str, groups: Mapping[str, Role | None], default_role: Role, most: int, *, everyone: bool
) -> Effect:
    """What would happen if these groups gave these roles; `everyone` is looked at if the default role changes."""
    given: dict[str, Value] = {
        "workspace": workspace_id,
        "to_admin": [group for group, role in groups.items() if role is Role.ADMIN],
        "to_member": [group for group, role in groups.items() if role is Role.MEMBER],
        "to_none": [group for group, role in groups.items() if role is None],
    }
    changed: Value = list(groups)
    if everyone:
        rows = tx.all(_SQL["affected_anywhere"], **given, default_role=default_role, most=most)
    else:
        rows = tx.all(_SQL["affected"], **given, default_role=default_role, changed=changed, most=most)
    changes = tuple(
        RoleChange(row["id"], msgspec.json.decode(row["doc"])["userName"], ROLES[row["role"]], ROLES[row["would_be"]])
        for row in rows
    )
    clash = tx.one(_SQL["conflict"], **given, changed=changed)
    stays = tx.one(_SQL["stays_admin"], **given, default_role=default_role) is not None
    return Effect(
        changes,
        None if clash is None else msgspec.json.decode(clash["doc"])["userName"],
        stays or any(change.after is Role.ADMIN for change in changes),
    )
