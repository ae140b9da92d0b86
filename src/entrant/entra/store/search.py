"""Searching users or groups for a part of a name, address or nickname, in time that does not grow with the directory.

No index finds what is in the middle of a name. A page looks at the next `WINDOW` objects in the order of names, and
says how far it has looked. If there are more, the first page also has what begins with the text, wherever it is.
"""

from __future__ import annotations

from dataclasses import dataclass

from entrant.db.engine import Tx, Value
from entrant.db.queries import load
from entrant.entra.model import DirectoryObject, Kind
from entrant.scim.fold import fold

from . import objects
from .objects import HIGHEST, Key, Place

_SQL = load(__package__, "search")
WINDOW = 10_000  # objects that one page looks at: some ten milliseconds
BEGINNINGS = 20  # objects by each index


@dataclass(frozen=True, slots=True)
class Found:
    """Objects in the order of names; fewer than were asked for, or none, if there are few among those looked at."""

    objects: list[DirectoryObject]
    next: Key | None
    """Where the search goes on; None when all has been looked at."""


def page(tx: Tx, kind: Kind, place: Place, text: str, *, after: Key = ("", ""), most: int = 50) -> Found:
    """A page of what has the text in its display name, UPN, mail address or mail nickname, whatever its case."""
    row = tx.one(
        _SQL["window"], kind=kind, state=place.value, name_key=after[0], id=after[1], skipped=WINDOW - 1
    )  # fmt: skip
    end = None if row is None else (row["name_key"], row["id"])
    rows = objects.containing(tx, kind, place, text, after=after, until=end, most=most + 1)
    found = rows[:most]
    if len(rows) > most:
        end = objects.key(found[-1])
    if end is not None and not any(after):
        beginning = _beginning(tx, kind, place, text)
        found = sorted({each.id: each for each in (*found, *beginning)}.values(), key=objects.key)
    return Found(found, end)


def _beginning(tx: Tx, kind: Kind, place: Place, text: str) -> list[DirectoryObject]:
    """What begins with the text. In the recycle bin no UPN begins as it did before (F8)."""
    keys: dict[str, Value] = {"kind": kind, "from_key": fold(text), "to_key": fold(text) + HIGHEST, "most": BEGINNINGS}
    rows = tx.all(_SQL["name_begins"], state=place.value, **keys)
    if place is Place.DIRECTORY:
        for index in ("mail_begins", "nickname_begins"):
            rows += tx.all(_SQL[index], **keys)
        if kind is Kind.USER:
            del keys["kind"]
            rows += tx.all(_SQL["upn_begins"], **keys)
    return [objects.from_row(row) for row in rows if row["state"] == place.value]
