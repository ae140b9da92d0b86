"""`$orderby`: by which properties, and in which direction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from entrant.entra.graph.errors import bad_request
from entrant.scim.wire import Json

from .evaluate import Scalar, value_at
from .expression import Path
from .types import EntityType, Type

MAX_KEYS = 5
_DIRECTIONS = {"": False, "asc": False, "desc": True}

Rank: TypeAlias = tuple[int, Scalar]
"""A value with what is absent before everything else."""


@dataclass(frozen=True, slots=True)
class Key:
    """One property to order by."""

    path: Path
    descending: bool = False


def parse_orderby(text: str, type_: EntityType) -> tuple[Key, ...]:
    """The keys of `$orderby`; raises GraphError (400)."""
    keys = tuple(_key(part, type_) for part in text.split(","))
    if len(keys) > MAX_KEYS:
        raise bad_request(f"Invalid orderby clause: it names more than {MAX_KEYS} properties.")
    return keys


def _key(text: str, type_: EntityType) -> Key:
    name, _, direction = text.strip().partition(" ")
    if direction.strip().lower() not in _DIRECTIONS:
        raise bad_request(f"Invalid orderby clause: '{direction.strip()[:40]}' is neither asc nor desc.")
    names, owner = list[str](), type_.name
    found = None
    for part in name.split("/"):
        found = (type_ if found is None else found).find(part)
        if found is None or found.collection or found.type is Type.ANY:
            raise bad_request(
                f"Invalid orderby clause: Could not find a property named '{part[:80]}' to order by on type '{owner}'."
            )
        owner = found.name
        names.append(found.name)
    if found is None or found.type is Type.COMPLEX:
        raise bad_request(f"Invalid orderby clause: '{name[:80]}' is no single value.")
    return Key(Path(tuple(names), found), _DIRECTIONS[direction.strip().lower()])


def ranks(entity: Json, keys: tuple[Key, ...]) -> tuple[Rank, ...]:
    """What an entity is ordered by, as a value that JSON can hold."""
    values = (value_at(entity, key.path) for key in keys)
    return tuple((0, "") if value is None else (1, value) for value in values)


@dataclass(frozen=True, slots=True)
class Place:
    """Where an entity stands in an order: its ranks, and its id to tell equals apart."""

    ranks: tuple[Rank, ...]
    id: str
    descending: tuple[bool, ...]

    def __lt__(self, other: Place) -> bool:
        for mine, theirs, descending in zip(self.ranks, other.ranks, self.descending, strict=True):
            if mine != theirs:
                return (mine < theirs) is not descending
        return self.id < other.id


def place(entity: Json, keys: tuple[Key, ...]) -> Place:
    """The place of an entity in an order."""
    return Place(ranks(entity, keys), entity["id"], tuple(key.descending for key in keys))
