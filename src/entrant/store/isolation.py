"""Whether the second wall between workspaces stands: row-level security on PostgreSQL (decision 0014)."""

from __future__ import annotations

from entrant.db.engine import Tx
from entrant.db.queries import load

_SQL = load(__package__, "isolation")


def bypassed(tx: Tx) -> bool:
    """Whether the database's policies do not bind us: as a superuser, or a role with BYPASSRLS."""
    row = tx.one(_SQL["bypasses"]) if tx.engine == "postgresql" else None
    return row is not None and bool(row["bypasses"])
