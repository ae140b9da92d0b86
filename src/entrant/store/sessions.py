"""Sessions of the console: who is signed in, by the digest of a random secret that only their browser has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from entrant.db.engine import Tx
from entrant.db.queries import load
from entrant.workspace.model import Member

from . import members

_SQL = load(__package__, "sessions")
ID = 16  # characters of a digest: enough to name it among those of a member


@dataclass(frozen=True, slots=True)
class Session:
    """A session and its member as they are now."""

    member: Member
    created: str
    seen: str
    confirmed: str | None
    """When the member last showed who they are, if that is known."""


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A session in a list. `id` is the beginning of its digest; `method` is None for one from before it was noted."""

    id: str
    created: str
    seen: str
    method: str | None


def insert(tx: Tx, workspace_id: str, digest: str, member_id: str, method: str, confirmed: str | None) -> None:
    """Add a session that begins now."""
    tx.run(
        _SQL["insert"],
        workspace=workspace_id,
        digest=digest,
        member=member_id,
        now=tx.now,
        method=method,
        confirmed=confirmed,
    )


def find(tx: Tx, workspace_id: str, digest: str) -> Session | None:
    """The session with that digest. One statement."""
    row = tx.one(_SQL["find"], workspace=workspace_id, digest=digest)
    return (
        None if row is None else Session(members.from_row(row), row["session_created"], row["seen"], row["confirmed"])
    )


def touch(tx: Tx, workspace_id: str, digest: str) -> None:
    """Remember that a session was used."""
    tx.run(_SQL["touch"], workspace=workspace_id, digest=digest, now=tx.now)


def delete(tx: Tx, workspace_id: str, digest: str) -> None:
    """End a session."""
    tx.run(_SQL["delete"], workspace=workspace_id, digest=digest)


def end_all(tx: Tx, workspace_id: str, members: Sequence[str]) -> None:
    """End every session of these members. One statement."""
    tx.run(_SQL["end_all"], workspace=workspace_id, members=members)


def of_member(tx: Tx, workspace_id: str, member_id: str, since: str, most: int) -> list[SessionRow]:
    """The sessions of a member that began after a time, newest first."""
    rows = tx.all(_SQL["of_member"], workspace=workspace_id, member=member_id, since=since, most=most)
    return [SessionRow(row["digest"][:ID], row["created"], row["seen"], row["method"]) for row in rows]


def confirm(tx: Tx, workspace_id: str, digest: str, at: str | None) -> None:
    """Remember when the member showed who they are."""
    tx.run(_SQL["confirm"], workspace=workspace_id, digest=digest, at=at)


def end_others(tx: Tx, workspace_id: str, member_id: str, digest: str) -> int:
    """End all sessions of a member but one; how many those were."""
    return len(tx.all(_SQL["end_others"], workspace=workspace_id, member=member_id, digest=digest))


def end_one(tx: Tx, workspace_id: str, member_id: str, id_: str) -> bool:
    """End a session of a member; whether it was there."""
    return bool(tx.all(_SQL["end_one"], workspace=workspace_id, member=member_id, id=id_))


def keep(tx: Tx, workspace_id: str, digest: str, sealed: str) -> None:
    """Keep something for the next page of a session."""
    tx.run(_SQL["keep"], workspace=workspace_id, digest=digest, sealed=sealed, now=tx.now)


def take(tx: Tx, workspace_id: str, digest: str, since: str) -> str | None:
    """What was kept after a time; it is kept no longer."""
    rows = tx.all(_SQL["take"], workspace=workspace_id, digest=digest)
    return rows[0]["sealed"] if rows and rows[0]["created"] >= since else None


def purge_kept(tx: Tx, before: str) -> int:
    """Remove what was kept before a time; how much that was."""
    return tx.changed(_SQL["purge_kept"], before=before)


def purge(tx: Tx, before: str) -> int:
    """Remove the sessions that began before a time; how many those were."""
    return tx.changed(_SQL["purge"], before=before)
