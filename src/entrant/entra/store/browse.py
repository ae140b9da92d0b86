"""Look-ups of many at once, and relations at any depth, page by page: what lists of the Graph API are made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from entrant.db.engine import Tx
from entrant.db.queries import load
from entrant.entra.model import DirectoryObject, Kind

from .objects import Place, Stored, from_row, stored

_SQL = load(__package__, "browse")


class Index(StrEnum):
    """Properties by which objects are found without reading all of them; what finds fewest comes first."""

    ID = "by_id"
    UPN = "by_upn"
    MAIL = "by_mail"
    NICKNAME = "by_nickname"
    NAME = "by_name"


def count(tx: Tx, kind: Kind, place: Place) -> int:
    """How many objects of a kind are there."""
    row = tx.one(_SQL["count"], kind=kind, state=place.value)
    return 0 if row is None else int(row["objects"])


def look_up(
    tx: Tx, kind: Kind, place: Place, index: Index, keys: Sequence[str], *, after: int = 0, most: int = 500
) -> list[Stored]:
    """Objects that have one of these folded values, after a number, in the order of creation."""
    rows = tx.all(_SQL[index], kind=kind, state=place.value, keys=list(keys), after=after, most=most)
    return [stored(row) for row in rows]


def all_members(tx: Tx, group_id: str, *, after: str = "", most: int = 100) -> list[DirectoryObject]:
    """The members of a group, and of the groups in it, after an id."""
    return [from_row(row) for row in tx.all(_SQL["all_members"], id=group_id, after=after, most=most)]


def all_groups_of(tx: Tx, object_id: str, *, after: str = "", most: int = 100) -> list[DirectoryObject]:
    """The groups that an object is in, directly or by way of others, after an id."""
    return [from_row(row) for row in tx.all(_SQL["all_groups_of"], id=object_id, after=after, most=most)]


@dataclass(frozen=True, slots=True)
class Moved:
    """Somebody who entered or left a group, once or often."""

    id: str
    kind: Kind
    present: bool
    """Whether they are in it now."""


def moved_members(tx: Tx, group_id: str, since: int, *, after: str = "", most: int = 100) -> list[Moved]:
    """Who entered or left a group after a place of the change feed, after an id."""
    rows = tx.all(_SQL["moved_members"], group_id=group_id, since=since, after=after, most=most)
    return [Moved(row["id"], Kind(row["kind"]), bool(row["present"])) for row in rows]
