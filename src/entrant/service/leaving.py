"""What ends with a member's access, in the transaction that takes it: their sessions (product.md 2.4)."""

from __future__ import annotations

from collections.abc import Iterable

from entrant.db.engine import Tx
from entrant.store import accounts, sessions
from entrant.workspace.model import RoleChange


def end_access(tx: Tx, workspace_id: str, changes: Iterable[RoleChange]) -> None:
    """End sessions and set-up links of those whom a write left without a role: every active member has one.

    `changes` are all changes of effective roles that the write made, those of members whom it deleted too.
    """
    gone = [change.member for change in changes if change.after is None]
    if gone:
        sessions.end_all(tx, workspace_id, gone)
        accounts.end_links(tx, workspace_id, gone)
