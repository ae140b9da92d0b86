"""Users and groups, in the directory, in the recycle bin, or purged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import TypeAlias

import msgspec

from entrant.db.engine import Row, Tx, Value
from entrant.db.queries import load
from entrant.entra.model import DirectoryObject, Kind
from entrant.scim.fold import fold
from entrant.scim.wire import Json

from . import like

_SQL = load(__package__, "objects")
HIGHEST = "\U0010ffff"  # sorts after every name
Key: TypeAlias = tuple[str, str]
"""A folded display name and an id: the place of an object in the order of names."""


class Place(IntEnum):
    """Where an object is."""

    DIRECTORY = 0
    RECYCLE_BIN = 1
    PURGED = 2


@dataclass(frozen=True, slots=True)
class Stored:
    """A row. `object` is None once it is purged."""

    id: str
    kind: Kind
    number: int
    place: Place
    object: DirectoryObject | None


def insert(tx: Tx, object_: DirectoryObject, number: int) -> bool:
    """Add an object; False if its id or UPN is taken."""
    columns = _columns(object_)
    added = tx.one(_SQL["insert"], kind=object_.kind, number=number, created=object_.created, **columns)
    return added is not None


def update(tx: Tx, object_: DirectoryObject) -> None:
    """Write an object as it is from now on. Its UPN must be free."""
    place = Place.DIRECTORY if object_.deleted is None else Place.RECYCLE_BIN
    tx.run(_SQL["update"], state=place.value, deleted=object_.deleted, **_columns(object_))


def purge(tx: Tx, object_id: str) -> None:
    """Leave nothing of an object but that it was there."""
    tx.run(_SQL["purge"], id=object_id)


def find(tx: Tx, object_id: str) -> Stored | None:
    """An object, purged ones among them."""
    row = tx.one(_SQL["find"], id=object_id)
    return None if row is None else stored(row)


def find_many(tx: Tx, ids: Sequence[str]) -> list[Stored]:
    """Objects in the order of creation, purged ones among them."""
    return [stored(row) for row in tx.all(_SQL["find_many"], ids=ids)]


def find_upn(tx: Tx, upn: str) -> Stored | None:
    """The user with that UPN, in the directory or the recycle bin."""
    row = tx.one(_SQL["by_upn"], key=fold(upn))
    return None if row is None else stored(row)


def named(tx: Tx, kind: Kind, name: str, place: Place = Place.DIRECTORY) -> list[DirectoryObject]:
    """Up to ten objects with that display name, whatever its case."""
    return _objects(tx.all(_SQL["by_name"], kind=kind, key=fold(name), state=place.value))


def with_mail(tx: Tx, kind: Kind, mail: str, place: Place = Place.DIRECTORY) -> list[DirectoryObject]:
    """Objects with that mail address, whatever its case."""
    return _objects(tx.all(_SQL["by_mail"], kind=kind, key=fold(mail), state=place.value))


def with_nickname(tx: Tx, kind: Kind, nickname: str, place: Place = Place.DIRECTORY) -> list[DirectoryObject]:
    """Objects with that mail nickname, whatever its case."""
    return _objects(tx.all(_SQL["by_nickname"], kind=kind, key=fold(nickname), state=place.value))


def page(
    tx: Tx,
    kind: Kind,
    place: Place = Place.DIRECTORY,
    *,
    after: Key = ("", ""),
    most: int = 100,
    search: str = "",
) -> list[DirectoryObject]:
    """Objects after one, whose `key()` that is, in the order of display names."""
    if not search:
        rows = tx.all(_SQL["page"], kind=kind, state=place.value, name_key=after[0], id=after[1], most=most)
        return _objects(rows)
    return containing(tx, kind, place, search, after=after, most=most)


def containing(
    tx: Tx, kind: Kind, place: Place, text: str, *, after: Key = ("", ""), until: Key | None = None, most: int
) -> list[DirectoryObject]:  # fmt: skip
    """The same of those that have a text in a name, up to the object with the key `until`."""
    last_name, last_id = until or (HIGHEST, "")
    rows = tx.all(
        _SQL["search"], kind=kind, state=place.value, name_key=after[0], id=after[1], last_name=last_name,
        last_id=last_id, pattern=like.containing(text), most=most,
    )  # fmt: skip
    return _objects(rows)


def key(object_: DirectoryObject) -> Key:
    """Where a list in the order of display names goes on after this object."""
    return fold(_text(object_, "displayName") or ""), object_.id


def walk(tx: Tx, kind: Kind, place: Place = Place.DIRECTORY, *, after: int = 0, most: int = 500) -> list[Stored]:
    """Objects after a number, in the order of creation."""
    rows = tx.all(_SQL["walk"], kind=kind, state=place.value, after=after, most=most)
    return [stored(row) for row in rows]


def expired(tx: Tx, before: str, most: int) -> list[str]:
    """Ids of what was moved to the recycle bin not after a time, the oldest first."""
    return [row["id"] for row in tx.all(_SQL["expired"], before=before, most=most)]


def clear_reports(tx: Tx, manager: str) -> list[str]:
    """Take a manager from all who have them; their ids."""
    return [row["id"] for row in tx.all(_SQL["clear_reports"], id=manager)]


def reports(tx: Tx, manager: str, *, after: str = "", most: int = 100) -> list[DirectoryObject]:
    """Users whose manager that is, after an id."""
    return _objects(tx.all(_SQL["reports"], id=manager, after=after, most=most))


def counts(tx: Tx) -> Mapping[Kind, int]:
    """How many objects of each kind are in the directory."""
    found = {Kind(row["kind"]): int(row["objects"]) for row in tx.all(_SQL["counts"])}
    return {kind: found.get(kind, 0) for kind in Kind}


def from_row(row: Row) -> DirectoryObject:
    """A row that is not purged as a value."""
    return DirectoryObject(
        id=row["id"],
        kind=Kind(row["kind"]),
        properties=msgspec.json.decode(row["doc"]),
        created=row["created"],
        deleted=row["deleted"],
        manager=row["manager"],
    )


def stored(row: Row) -> Stored:
    """A row as it is stored."""
    place = Place(row["state"])
    return Stored(
        row["id"],
        Kind(row["kind"]),
        int(row["number"]),
        place,
        None if place is Place.PURGED else from_row(row),
    )


def _objects(rows: Sequence[Row]) -> list[DirectoryObject]:
    return [from_row(row) for row in rows]


def _columns(object_: DirectoryObject) -> dict[str, Value]:
    folded = {
        column: None if (text := _text(object_, name)) is None else fold(text)
        for column, name in (("mail_key", "mail"), ("nickname_key", "mailNickname"), ("upn_key", "userPrincipalName"))
    }
    return {
        "id": object_.id,
        "name_key": fold(_text(object_, "displayName") or ""),
        "security": int(object_.properties.get("securityEnabled") is True),
        "manager": object_.manager,
        "doc": msgspec.json.encode(object_.properties).decode(),
        **folded,
    }


def _text(object_: DirectoryObject, name: str) -> str | None:
    value: Json = object_.properties.get(name)
    return value if isinstance(value, str) else None
