"""Who is directly in which group. Members are rows: adding one to a large group writes one."""

from __future__ import annotations

from collections.abc import Sequence

from entrant.db.engine import Tx
from entrant.db.queries import load
from entrant.entra.model import DirectoryObject

from .objects import from_row

_SQL = load(__package__, "memberships")


def add(tx: Tx, group_id: str, ids: Sequence[str]) -> list[str]:
    """Add objects of the directory; the ids that were no members before."""
    return [row["member_id"] for row in tx.all(_SQL["add"], group_id=group_id, ids=ids)]


def remove(tx: Tx, group_id: str, ids: Sequence[str]) -> list[str]:
    """Remove members; the ids that were members before."""
    return [row["member_id"] for row in tx.all(_SQL["remove"], group_id=group_id, ids=ids)]


def members(tx: Tx, group_id: str, *, after: str = "", most: int = 100) -> list[DirectoryObject]:
    """Direct members after an id."""
    return [from_row(row) for row in tx.all(_SQL["members"], group_id=group_id, after=after, most=most)]


def groups_of(tx: Tx, object_id: str, *, after: str = "", most: int = 100) -> list[DirectoryObject]:
    """The groups that an object is directly in, after an id."""
    return [from_row(row) for row in tx.all(_SQL["groups_of"], id=object_id, after=after, most=most)]


def count(tx: Tx, group_id: str) -> int:
    """How many direct members a group has."""
    row = tx.one(_SQL["count"], group_id=group_id)
    return 0 if row is None else int(row["members"])


def is_member(tx: Tx, group_id: str, object_id: str) -> bool:
    """Whether that is a direct member."""
    return tx.one(_SQL["is_member"], group_id=group_id, id=object_id) is not None


def would_circle(tx: Tx, group_id: str, member: str) -> bool:
    """Whether a group would come to be in itself if that one became its member."""
    return tx.one(_SQL["reaches"], outer=group_id, inner=member) is not None


def leave(tx: Tx, object_id: str) -> list[str]:
    """Take an object out of every group; the ids of these."""
    return [row["group_id"] for row in tx.all(_SQL["leave"], id=object_id)]


def empty(tx: Tx, group_id: str) -> None:
    """Take every member out of a group."""
    tx.run(_SQL["empty"], id=group_id)
