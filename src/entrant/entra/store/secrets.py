"""Secrets of an application that make no connection yet, sealed."""

from __future__ import annotations

from entrant.db.engine import Tx
from entrant.db.queries import load

_SQL = load(__package__, "secrets")


def find(tx: Tx, service_principal: str) -> str | None:
    """What is kept for an application."""
    row = tx.one(_SQL["find"], service_principal=service_principal)
    return None if row is None else str(row["sealed"])


def save(tx: Tx, service_principal: str, sealed: str | None) -> None:
    """Keep that for an application, or nothing."""
    if sealed is None:
        tx.run(_SQL["remove"], service_principal=service_principal)
    else:
        tx.run(_SQL["save"], service_principal=service_principal, sealed=sealed)
