"""Role rules: which groups give a role (product.md 4.1). New rules take effect on all groups and members at once."""

from __future__ import annotations

from collections.abc import Sequence

from entrant.db.engine import Database
from entrant.store import groups, roles, rules
from entrant.workspace.audit import Deed
from entrant.workspace.errors import InvalidRule, RoleReserved
from entrant.workspace.model import Role
from entrant.workspace.roles import MAX_RULES, RoleRule, role_of

from .edit import PAGE, Edit, pages, read, write


def list_rules(database: Database, slug: str) -> tuple[RoleRule, ...]:
    """The rules in their order; the first that catches a group decides."""
    return read(database, slug, lambda tx, workspace: rules.list_rules(tx, workspace.id))


def set_rules(database: Database, slug: str, new: Sequence[RoleRule]) -> tuple[RoleRule, ...]:
    """Replace the rules; refused if a user would be in role groups of two roles, or no admin would be left."""
    if not 0 < len(new) <= MAX_RULES:
        raise InvalidRule(f"A workspace has at least one role rule and at most {MAX_RULES}")

    def change(edit: Edit) -> tuple[RoleRule, ...]:
        tx, workspace = edit.tx, edit.workspace
        edit.note(before=[str(rule) for rule in rules.list_rules(tx, workspace.id)])
        rules.replace_rules(tx, workspace.id, new)
        changed: dict[str, Role | None] = {}
        for group in pages(lambda last: groups.page(tx, workspace.id, after=last, most=PAGE), lambda group: group.id):
            role = role_of(new, group.id, group.doc["displayName"])
            if role is not group.role:
                groups.set_role(tx, workspace.id, group.id, role)
                changed[group.id] = role
        for group_id, role in changed.items():
            if role is not None and (clash := roles.conflict_in_group(tx, workspace.id, group_id, role)):
                raise RoleReserved(*clash)
        if changed:
            roles.recompute_all(tx, workspace.id)
        return tuple(new)

    return write(database, slug, Deed("rules.set", None, {"rules": [str(rule) for rule in new]}), change)
