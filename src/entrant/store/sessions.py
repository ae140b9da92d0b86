"""Sessions of the console: who is signed in, by the digest of a random secret that only their browser has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from entrant.db.engine import Tx
from entrant.db.queries import load
from entrant.workspace.model import Member

from . import members

_SQL = load(__package__, "sessions")


@dataclass(frozen=True, slots=True)
class Session:
    """A session and its member as they are now."""

    member: Member
    created: str
    seen: str


def insert(tx: Tx, workspace_id: str, digest: str, member_id: str) -> None:
    """Add a session that begins now."""
    tx.run(_SQL["insert"], workspace=workspace_id, digest=digest, member=member_id, now=tx.now)


def find(tx: Tx, workspace_id: str, digest: str) -> Session | None:
    """The session with that digest. One statement."""
    row = tx.one(_SQL["find"], workspace=workspace_id, digest=digest)
    return None if row is None else Session(members.from_row(row), row["session_created"], row["seen"])


def touch(tx: Tx, workspace_id: str, digest: str) -> None:
    """Remember that a session was used."""
    tx.run(_SQL["touch"], workspace=workspace_id, digest=digest, now=tx.now)


def delete(tx: Tx, workspace_id: str, digest: str) -> None:
    """End a session."""
    tx.run(_SQL["delete"], workspace=workspace_id, digest=digest)


def end_all(tx: Tx, workspace_id: str, members: Sequence[str]) -> None:
    """End every session of these members. One statement."""
    tx.run(_SQL["end_all"], workspace=workspace_id, members=members)


def purge(tx: Tx, before: str) -> int:
    """Remove the sessions that began before a time; how many those were."""
    return tx.changed(_SQL["purge"], before=before)
