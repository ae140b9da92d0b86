"""The keys that the tenant signs its tokens with; private halves are encrypted."""

from __future__ import annotations

from dataclasses import dataclass

from entrant.db.engine import Tx
from entrant.db.queries import load

_SQL = load(__package__, "keys")


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A key as it is stored. Times are real ones."""

    kid: str
    created: str
    sealed: str
    retired: str | None = None
    """When it signed for the last time; None if it is the one that signs."""


def insert(tx: Tx, key: KeyRow) -> None:
    """Add a key, which signs from now on in place of the others."""
    tx.run(_SQL["insert"], kid=key.kid, created=key.created, sealed=key.sealed)
    tx.run(_SQL["retire_others"], kid=key.kid, now=key.created)


def published(tx: Tx, since: str) -> list[KeyRow]:
    """The keys that have signed since then, newest first."""
    return [
        KeyRow(row["kid"], row["created"], row["sealed"], row["retired"])
        for row in tx.all(_SQL["published"], since=since)
    ]
