"""How much a workspace may have (product 9.7)."""

from __future__ import annotations

from dataclasses import dataclass

from entrant.config import Config
from entrant.db.engine import Tx
from entrant.store import workspaces
from entrant.workspace.errors import WorkspaceFull
from entrant.workspace.model import Workspace

_DEFAULT = Config()


@dataclass(frozen=True, slots=True)
class Limits:
    """Of each workspace."""

    users: int = _DEFAULT.max_users
    groups: int = _DEFAULT.max_groups
    connections: int = _DEFAULT.max_connections
    schemas: int = _DEFAULT.max_schemas

    @classmethod
    def of(cls, config: Config) -> Limits:
        """The limits that an administrator has chosen."""
        return cls(config.max_users, config.max_groups, config.max_connections, config.max_schemas)


DEFAULT = Limits()


def count_in(tx: Tx, workspace: Workspace, limits: Limits, *, users: int = 0, groups: int = 0) -> None:
    """Count users or groups that are about to be added; raises WorkspaceFull.

    `workspace` is as it was when it was locked. Called before anything is written, so that a refusal undoes nothing.
    Where something else of the transaction is undone, what it added before is not known here: the limit may then be
    passed, once, by what one transaction adds.
    """
    key = (count_in, workspace.id)
    # The counters are written once, before the commit: what this transaction has added is not in them yet.
    added: tuple[int, int] = tx.memo.get(key, (0, 0))
    added = added[0] + users, added[1] + groups
    if users and workspace.user_count + added[0] > limits.users:
        raise WorkspaceFull(limits.users, "users")
    if groups and workspace.group_count + added[1] > limits.groups:
        raise WorkspaceFull(limits.groups, "groups")
    tx.memo[key] = added
    workspaces.count(tx, workspace.id, users=users, groups=groups)
