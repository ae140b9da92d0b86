"""Tries to sign in, counted by account and by address within a window of time."""

from __future__ import annotations

from entrant.db.engine import Tx
from entrant.db.queries import load

_SQL = load(__package__, "throttle")


def count(tx: Tx, workspace_id: str, subject: str, start: str) -> int:
    """Count a try; how many the subject has made in its window, which ends when it began before `start`."""
    row = tx.all(_SQL["count"], workspace=workspace_id, subject=subject, now=tx.now, start=start)[0]
    tries: int = row["tries"]
    return tries


def forget(tx: Tx, workspace_id: str, subject: str) -> None:
    """Begin anew."""
    tx.run(_SQL["forget"], workspace=workspace_id, subject=subject)


def purge(tx: Tx, before: str) -> int:
    """Remove the counts that began before a time; how many those were."""
    return tx.changed(_SQL["purge"], before=before)
