"""Lists of the directory, page by page, and what has changed since (graph-surface 9.2)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from entrant.db.engine import Database, Lane
from entrant.entra.model import DirectoryObject, Kind
from entrant.entra.store import changes, memberships, objects, search, tenant
from entrant.entra.store.changes import Change
from entrant.entra.store.objects import Place, Stored

from . import finding

PAGE = 500


@dataclass(frozen=True, slots=True)
class GroupWithSize:
    """A group and how many direct members it has."""

    group: DirectoryObject
    members: int


def list_objects(
    database: Database, kind: Kind, *, search: str = "", place: Place = Place.DIRECTORY
) -> Iterator[DirectoryObject]:
    """Users or groups in the order of display names, read page by page.

    `search` is a text in the display name, UPN, mail address or mail nickname, whatever its case.
    """
    after = ("", "")
    while page := page_of(database, kind, search=search, place=place, after=after, most=PAGE):
        yield from page
        after = objects.key(page[-1])


def page_of(
    database: Database,
    kind: Kind,
    *,
    search: str = "",
    place: Place = Place.DIRECTORY,
    after: tuple[str, str] = ("", ""),
    most: int = 100,
) -> list[DirectoryObject]:
    """One page after the object whose `objects.key()` that is."""
    lane = Lane.SLOW if search else Lane.FAST
    return database.read(lambda tx: objects.page(tx, kind, place, after=after, most=most, search=search), lane)


def search_page(
    database: Database,
    kind: Kind,
    text: str,
    *,
    place: Place = Place.DIRECTORY,
    after: tuple[str, str] = ("", ""),
    most: int = 50,
) -> search.Found:
    """A page of what has a text in a name, of a part of the directory; for people, who can search on."""
    return database.read(lambda tx: search.page(tx, kind, place, text, after=after, most=most), Lane.SLOW)


def walk(database: Database, kind: Kind, place: Place = Place.DIRECTORY) -> Iterator[Stored]:
    """Every user or group in the order of creation, read page by page."""
    after = 0
    while page := database.read(lambda tx, after=after: objects.walk(tx, kind, place, after=after, most=PAGE)):  # type: ignore[misc]
        yield from page
        after = page[-1].number


def deltas(database: Database, kind: Kind, since: int) -> Iterator[Change]:
    """What has changed after a sequence number, in the order of the changes, deleted and purged objects among them."""
    after = (since, changes.LAST_ID)
    while page := database.read(lambda tx, after=after: changes.following(tx, kind, after, PAGE)):  # type: ignore[misc]
        yield from page
        after = page[-1].sequence, page[-1].object.id


def position(database: Database) -> int:
    """Where the change feed is now: whatever changes later has a greater sequence number."""
    return database.read(lambda tx: tenant.get(tx).sequence)


def counts(database: Database) -> Mapping[Kind, int]:
    """How many objects of each kind are in the directory."""
    return database.read(objects.counts, Lane.SLOW)


def all_members(database: Database, group: str) -> Iterator[DirectoryObject]:
    """Every direct member of a group in the order of ids, read page by page."""
    id_ = database.read(lambda tx: finding.get_group(tx, group).id)
    after = ""
    while page := database.read(lambda tx, after=after: memberships.members(tx, id_, after=after, most=PAGE)):  # type: ignore[misc]
        yield from page
        after = page[-1].id


def groups_with_sizes(database: Database, search: str = "") -> Iterator[GroupWithSize]:
    """Groups in the order of display names with their sizes."""
    for group in list_objects(database, Kind.GROUP, search=search):
        size = database.read(lambda tx, id_=group.id: memberships.count(tx, id_))  # type: ignore[misc]
        yield GroupWithSize(group, size)
