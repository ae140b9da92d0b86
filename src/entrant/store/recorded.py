"""Where the store records what a write changes (workspace/changes.py); `members`, `roles` and `memberships` call it."""

from __future__ import annotations

from entrant.db.engine import Tx
from entrant.workspace.changes import Changes


def begin(tx: Tx) -> Changes:
    """A write begins: what is recorded from now on is what it changes."""
    changes = Changes()
    tx.memo[Changes] = changes
    return changes


def recorded(tx: Tx) -> Changes:
    """What the write has changed so far; to be added to by whoever writes."""
    changes = tx.memo.get(Changes)
    return changes if isinstance(changes, Changes) else begin(tx)
