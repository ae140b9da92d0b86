"""The audit log: appended under the workspace's lock, read by number, never changed."""

from __future__ import annotations

import msgspec

from entrant.db.engine import Row, Tx
from entrant.db.queries import load
from entrant.workspace.audit import Actor, AuditEntry, Channel, Deed, chain
from entrant.workspace.model import Outcome

_SQL = load(__package__, "audit")
LAST = 2**62  # above every number


def append(
    tx: Tx, workspace_id: str, actor: Actor, deed: Deed, outcome: Outcome = Outcome.DONE, detail: str | None = None
) -> None:
    """Add an entry. The workspace must be locked: two entries may not follow the same one. Two statements."""
    last = tx.one(_SQL["last"], workspace=workspace_id)
    entry = AuditEntry(
        sequence=last["sequence"] + 1 if last else 1,
        at=tx.now,
        actor=actor,
        action=deed.action,
        target=deed.target,
        outcome=outcome,
        detail=detail,
        details=msgspec.json.encode(deed.details).decode(),
    )
    tx.run(
        _SQL["append"],
        workspace=workspace_id,
        sequence=entry.sequence,
        at=entry.at,
        channel=actor.channel,
        actor=actor.id,
        actor_name=actor.name,
        action=entry.action,
        target=entry.target,
        outcome=outcome,
        detail=detail,
        details=entry.details,
        hash=chain(workspace_id, last["hash"] if last else "", entry),
    )


def newest(tx: Tx, workspace_id: str, *, before: int = LAST, most: int = 100) -> list[AuditEntry]:
    """Entries before the one with that number, newest first."""
    return [_entry(row) for row in tx.all(_SQL["newest"], workspace=workspace_id, before=before, most=most)]


def following(tx: Tx, workspace_id: str, *, after: int, most: int) -> list[AuditEntry]:
    """Entries after the one with that number, oldest first."""
    return [_entry(row) for row in tx.all(_SQL["following"], workspace=workspace_id, after=after, most=most)]


def count_stranger(tx: Tx, workspace_id: str) -> int:
    """Count a call with wrong credentials; how many there have been in this hour. One statement."""
    hour = f"{tx.now[:13]}:00:00.000000Z"
    calls: int = tx.all(_SQL["count_stranger"], workspace=workspace_id, hour=hour)[0]["calls"]
    return calls


def _entry(row: Row) -> AuditEntry:
    return AuditEntry(
        sequence=row["sequence"],
        at=row["at"],
        actor=Actor(Channel(row["channel"]), row["actor"], row["actor_name"]),
        action=row["action"],
        target=row["target"],
        outcome=Outcome(row["outcome"]),
        detail=row["detail"],
        details=row["details"],
        hash=row["hash"],
    )
