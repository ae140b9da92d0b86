"""What all processes on one database share beside its keys: the time, and what a server tells the commands."""

from __future__ import annotations

from entrant.db.engine import Tx
from entrant.db.queries import load

_SQL = load(__package__, "settings")


def find(tx: Tx, name: str) -> str | None:
    """The value of that name."""
    row = tx.one(_SQL["find"], name=name)
    return None if row is None else row["value"]


def put(tx: Tx, name: str, value: str) -> None:
    """Set the value of that name."""
    tx.run(_SQL["put"], name=name, value=value)


def raise_to(tx: Tx, name: str, value: str) -> None:
    """Set the value of that name, unless it is greater already."""
    tx.run(_SQL["raise"], name=name, value=value)


def remove(tx: Tx, name: str) -> None:
    """Remove the value of that name."""
    tx.run(_SQL["remove"], name=name)


def beginning(tx: Tx, prefix: str) -> list[tuple[str, str]]:
    """Names and values, of those names that begin so."""
    rows = tx.all(_SQL["beginning"], first=prefix, last=f"{prefix}~")
    return [(row["name"], row["value"]) for row in rows]
