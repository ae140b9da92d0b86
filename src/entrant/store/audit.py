"""The audit log: appended under the workspace's lock, read by number, cut and erased as triggers allow."""

from __future__ import annotations

import secrets

import msgspec

from entrant.db.engine import Row, Tx
from entrant.db.queries import load
from entrant.workspace.audit import Actor, Anchor, AuditEntry, Channel, Cut, Deed, chain
from entrant.workspace.model import Outcome

_SQL = load(__package__, "audit")
LAST = 2**62  # above every number
SALT_BYTES = 16


def begin(tx: Tx, workspace_id: str) -> None:
    """Begin the log of a new workspace. One without this has no head, takes no entry, and is never called whole."""
    tx.run(_SQL["begin"], workspace=workspace_id)


def append(
    tx: Tx, workspace_id: str, actor: Actor, deed: Deed, outcome: Outcome = Outcome.DONE, detail: str | None = None
) -> None:
    """Add an entry. The workspace must be locked: two entries may not follow the same one. Two statements."""
    last = head(tx, workspace_id) or Anchor(0, "")
    entry = AuditEntry(
        sequence=last.sequence + 1,
        at=tx.now,
        actor=actor,
        action=deed.action,
        target=deed.target,
        outcome=outcome,
        detail=detail,
        details=msgspec.json.encode(deed.details).decode(),
        salt=secrets.token_hex(SALT_BYTES),
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
        salt=entry.salt,
        hash=chain(workspace_id, last.hash, entry),
    )


def head(tx: Tx, workspace_id: str) -> Anchor | None:
    """The newest entry, as it is kept beside the log; None if that is missing."""
    row = tx.one(_SQL["head"], workspace=workspace_id)
    return None if row is None else Anchor(row["sequence"], row["hash"])


def erase(tx: Tx, workspace_id: str, entry: AuditEntry) -> None:
    """Put an entry that has lost the values of a person in the place of what it was."""
    tx.run(
        _SQL["erase"],
        workspace=workspace_id,
        sequence=entry.sequence,
        actor=entry.actor.id,
        actor_name=entry.actor.name,
        target=entry.target,
        detail=entry.detail,
        details=entry.details,
        erased=entry.erased,
    )


def find_cut(tx: Tx, workspace_id: str) -> Cut | None:
    """Where the log begins; None if nothing was cut off."""
    row = tx.one(_SQL["find_cut"], workspace=workspace_id)
    return None if row is None else Cut(Anchor(row["sequence"], row["hash"]), row["at"], row["key"], row["signature"])


def older(tx: Tx, workspace_id: str, before: str) -> Anchor | None:
    """The last entry of those before a time; None if there is none."""
    row = tx.one(_SQL["older"], workspace=workspace_id, before=before)
    return None if row is None else Anchor(row["sequence"], row["hash"])


def cut(tx: Tx, workspace_id: str, found: Cut) -> None:
    """Remove the entries up to an anchor, which is what is left of them."""
    anchor = found.anchor
    tx.run(
        _SQL["cut"], workspace=workspace_id, sequence=anchor.sequence, hash=anchor.hash,
        at=found.at, key=found.key, signature=found.signature,
    )  # fmt: skip
    tx.run(_SQL["remove_cut"], workspace=workspace_id, sequence=anchor.sequence)


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
        salt=row["salt"],
        erased=row["erased"],
        hash=row["hash"],
    )
