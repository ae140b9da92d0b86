"""The recycle bin: users deleted and restored, and purged by hand or after 30 days (entra-client F8 to F10)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from entrant.db.engine import Database
from entrant.entra.model import Conflict, DirectoryObject, Kind, NotFound
from entrant.entra.store import applications, changes, clock, memberships, objects
from entrant.entra.store.objects import Place

from . import finding, users
from .edit import Edit, write

KEPT = timedelta(days=30)  # graph-surface 9.3
BATCH = 500  # objects purged in one transaction


def delete_user(database: Database, name: str) -> DirectoryObject:
    """Move a user to the recycle bin.

    The id, assignments and the user's own manager stay. The UPN gets the id as its prefix, so that the name is free.
    Memberships, and the user as a manager of others, are gone for good (F10).
    """
    return write(database, lambda edit: move_to_bin(edit, finding.get_user(edit.tx, name)))


def move_to_bin(edit: Edit, user: DirectoryObject) -> DirectoryObject:
    """Move a user to the recycle bin, within a write."""
    _let_go(edit, user.id)
    renamed = {**user.properties, "userPrincipalName": f"{user.id.replace('-', '')}{user.name}"}
    return users.save(edit, replace(user, properties=renamed, deleted=edit.now))


def restore_user(database: Database, name: str) -> DirectoryObject:
    """Bring a user back, named by id, UPN or display name; Conflict if the UPN has been taken meanwhile."""

    def change(edit: Edit) -> DirectoryObject:
        user = finding.get_deleted_user(edit.tx, name)
        upn = finding.original_upn(user)
        if objects.find_upn(edit.tx, upn) is not None:
            raise users.taken(upn)
        manager = objects.find(edit.tx, user.manager) if user.manager else None
        return users.save(
            edit,
            replace(
                user,
                properties={**user.properties, "userPrincipalName": upn},
                deleted=None,
                manager=user.manager if manager is not None and manager.place is Place.DIRECTORY else None,
            ),
        )

    return write(database, change)


def purge_user(database: Database, name: str) -> str:
    """Remove a user from the recycle bin for good; the id. Conflict if the user is not in the recycle bin."""

    def change(edit: Edit) -> str:
        try:
            user = finding.get_deleted_user(edit.tx, name)
        except NotFound:
            present = finding.get_user(edit.tx, name)
            raise Conflict(f"the user {present.name} is in the directory; delete it first") from None
        remove(edit, user.id)
        return user.id

    return write(database, change)


def remove(edit: Edit, object_id: str) -> None:
    """Remove an object for good, within a write; whoever it was assigned by or in is told."""
    changes.mark_all_entitled(edit.tx, edit.sequence, object_id)
    applications.unassign_all(edit.tx, object_id)
    _let_go(edit, object_id)
    memberships.empty(edit.tx, object_id)
    objects.purge(edit.tx, object_id)
    changes.mark(edit.tx, edit.sequence, [object_id])


def purge_expired(database: Database) -> int:
    """Purge what has been in the recycle bin for 30 days of the emulator's clock; how many objects that were."""
    before = database.read(lambda tx: clock.moved(clock.now(tx), -KEPT))
    if not database.read(lambda tx: objects.expired(tx, before, 1)):
        return 0
    purged = 0
    while found := write(database, purge_batch):
        purged += found
    return purged


def purge_batch(edit: Edit) -> int:
    """Purge some of what has expired, within a write; how many objects that were."""
    ids = objects.expired(edit.tx, clock.moved(edit.now, -KEPT), BATCH)
    for id_ in ids:
        remove(edit, id_)
    return len(ids)


def _let_go(edit: Edit, object_id: str) -> None:
    """Take an object out of its groups, and as a manager from its reports."""
    groups = memberships.leave(edit.tx, object_id)
    changes.mark_moves(edit.tx, edit.sequence, groups, [object_id])
    changes.mark(edit.tx, edit.sequence, [*groups, *objects.clear_reports(edit.tx, object_id)])


def list_deleted(database: Database, *, after: tuple[str, str] = ("", ""), most: int = 100) -> list[DirectoryObject]:
    """Users in the recycle bin, in the order of display names."""
    return database.read(lambda tx: objects.page(tx, Kind.USER, Place.RECYCLE_BIN, after=after, most=most))
