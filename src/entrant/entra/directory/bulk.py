"""Many new objects at once: a batch is one transaction and a statement per object."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

from entrant.db.engine import Database
from entrant.entra.model import BadValue, DirectoryObject, Kind
from entrant.entra.store import changes, memberships, objects, tenant
from entrant.scim.wire import Json

from . import properties
from .edit import Edit, write

T = TypeVar("T")
BATCH = 500  # objects in one transaction
EXISTS = "exists"


@dataclass(frozen=True, slots=True)
class NewObject:
    """An object that may be there already: one with its id or, a user, with its UPN."""

    id: str
    kind: Kind
    properties: Mapping[str, Json]
    """In the form in which they are stored."""
    manager: str | None = None
    """The id of the manager, who need not be there yet."""


def insert(database: Database, rows: Sequence[NewObject]) -> list[str | None]:
    """Add objects; for each None if it is new, else why it was not added, with `EXISTS` if it is there already."""
    domains = database.read(tenant.get).verified_domains

    def change(edit: Edit) -> list[str | None]:
        told = [_insert(edit, row, domains) for row in rows]
        changes.mark(edit.tx, edit.sequence, [row.id for row, why in zip(rows, told, strict=True) if why is None])
        return told

    return write(database, change, creates=len(rows)) if rows else []


def _insert(edit: Edit, row: NewObject, domains: tuple[str, ...]) -> str | None:
    number = edit.next_number()
    if row.kind is Kind.USER:
        try:
            properties.check_upn(row.properties["userPrincipalName"], domains)
        except BadValue as exc:
            return str(exc)
    new = DirectoryObject(row.id, row.kind, row.properties, edit.now, manager=row.manager)
    return None if objects.insert(edit.tx, new, number) else EXISTS


@dataclass(frozen=True, slots=True)
class NewMembers:
    """Objects that come into a group, by their ids."""

    group: str
    members: Sequence[str]


def add_members(database: Database, groups: Sequence[NewMembers]) -> int:
    """Add members in one transaction; how many are new. The groups must not come to be in themselves."""

    def change(edit: Edit) -> int:
        total = 0
        for group in groups:
            added = memberships.add(edit.tx, group.group, group.members)
            changes.mark_members(edit.tx, edit.sequence, group.group, added)
            changes.mark(edit.tx, edit.sequence, [group.group] if added else [])
            total += len(added)
        return total

    return write(database, change)


def batches(items: Iterable[T], size: int = BATCH) -> Iterator[list[T]]:
    """Items in lists of at most so many."""
    rest = iter(items)
    while batch := list(islice(rest, size)):
        yield batch
