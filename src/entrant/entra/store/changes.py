"""The change feed: which objects changed since when, for whom (entra-client 13.3, 23.1.1).

A change of an object itself has the scope DIRECTORY and concerns every job. A change of what an object is entitled to
has the service principal as its scope, so that an assignment in one application leaves the jobs of others alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from entrant.db.engine import Tx
from entrant.db.queries import load
from entrant.entra.model import Kind

from .objects import Stored, stored

_SQL = load(__package__, "changes")
DIRECTORY = ""
LAST_ID = "~"  # sorts after every id


@dataclass(frozen=True, slots=True)
class Change:
    """An object and the sequence number of its last change."""

    sequence: int
    object: Stored


def mark(tx: Tx, sequence: int, ids: Sequence[str], scope: str = DIRECTORY) -> None:
    """Objects have changed."""
    if ids:
        tx.run(_SQL["mark"], scope=scope, sequence=sequence, ids=ids)


def mark_members(tx: Tx, sequence: int, group_id: str, ids: Sequence[str]) -> None:
    """These have entered or left a group: what the group is assigned to concerns them."""
    if ids:
        tx.run(_SQL["mark_members"], sequence=sequence, group_id=group_id, ids=ids)
        mark_moves(tx, sequence, [group_id], ids)


def mark_moves(tx: Tx, sequence: int, groups: Sequence[str], ids: Sequence[str]) -> None:
    """These have entered or left these groups: what Graph's delta tells of members."""
    if groups and ids:
        tx.run(_SQL["mark_moves"], sequence=sequence, groups=groups, ids=ids)


def mark_entitled(tx: Tx, sequence: int, group_id: str, scope: str) -> None:
    """A group is assigned to an application, or no longer: so are its direct members (12.2.1)."""
    tx.run(_SQL["mark_entitled"], sequence=sequence, group_id=group_id, scope=scope)


def mark_all_entitled(tx: Tx, sequence: int, group_id: str) -> None:
    """A group entitles its direct members no longer, or does again, in every application it is assigned to."""
    tx.run(_SQL["mark_all_entitled"], sequence=sequence, group_id=group_id)


def position(tx: Tx, scope: str) -> int:
    """The sequence number of the last change that matters to an application; 0 if nothing ever happened."""
    row = tx.one(_SQL["position"], scope=scope)
    return 0 if row is None or row["sequence"] is None else int(row["sequence"])


def following(tx: Tx, kind: Kind, after: tuple[int, str], most: int, scope: str = DIRECTORY) -> list[Change]:
    """Changes after a sequence number and object id, in this order, purged objects among them."""
    rows = tx.all(_SQL["following"], kind=kind, scope=scope, sequence=after[0], id=after[1], most=most)
    return [Change(int(row["sequence"]), stored(row)) for row in rows]


def following_ids(tx: Tx, kind: Kind, scope: str, after: tuple[int, str], most: int) -> list[tuple[int, str, int]]:
    """The same as (sequence, id, number of creation)."""
    rows = tx.all(_SQL["following_ids"], kind=kind, scope=scope, sequence=after[0], id=after[1], most=most)
    return [(int(row["sequence"]), row["id"], int(row["number"])) for row in rows]
