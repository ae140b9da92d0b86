"""The role rules of a workspace (product.md 4.1)."""

from __future__ import annotations

from collections.abc import Sequence

from entrant.db.engine import Tx
from entrant.db.queries import load
from entrant.workspace.model import Role
from entrant.workspace.roles import DEFAULT_RULES, RoleRule, RuleKind

_SQL = load(__package__, "rules")


def list_rules(tx: Tx, workspace_id: str) -> tuple[RoleRule, ...]:
    """The rules in order, the default ones if the workspace has none of its own; read once per transaction."""
    key = (list_rules, workspace_id)
    if key not in tx.memo:
        rows = tx.all(_SQL["list_rules"], workspace=workspace_id)
        own = tuple(RoleRule(RuleKind(row["kind"]), row["pattern"], Role(row["role"])) for row in rows)
        tx.memo[key] = own or DEFAULT_RULES
    rules: tuple[RoleRule, ...] = tx.memo[key]
    return rules


def replace_rules(tx: Tx, workspace_id: str, rules: Sequence[RoleRule]) -> None:
    """Put these rules in the place of all others; none at all means the default ones."""
    tx.memo.pop((list_rules, workspace_id), None)
    tx.run(_SQL["clear"], workspace=workspace_id)
    tx.many(
        _SQL["insert"],
        [
            {"workspace": workspace_id, "position": n, "kind": rule.kind, "pattern": rule.text, "role": rule.role}
            for n, rule in enumerate(rules)
        ],
    )
