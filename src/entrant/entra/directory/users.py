"""Users: created, changed, given a manager (graph-surface 9.3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from entrant.db.engine import Database, Tx
from entrant.entra.model import BadValue, Conflict, DirectoryObject, Kind
from entrant.entra.store import changes, objects, tenant
from entrant.scim.wire import Json

from . import finding, properties
from .edit import Edit, new_id, write

MAX_MANAGERS = 1_000  # how far up a line of managers is followed to see that nobody is above themselves


def create_user(
    database: Database, given: Mapping[str, Json], *, id: str | None = None, manager: str | None = None
) -> DirectoryObject:
    """A new user. `given` are Graph's properties; the manager is an id, UPN or name. BadValue, Conflict, NotFound."""
    new = (id or new_id()).lower()
    return write(database, lambda edit: insert_user(edit, given, new, manager))


def insert_user(edit: Edit, given: Mapping[str, Json], id: str, manager: str | None = None) -> DirectoryObject:
    """A new user, within a write."""
    set_ = properties.merged({}, properties.read(Kind.USER, given))
    properties.require(Kind.USER, set_)
    upn = set_["userPrincipalName"]
    properties.check_upn(upn, _domains(edit.tx))
    set_.setdefault("userType", "Member")
    user = DirectoryObject(
        id, Kind.USER, set_, edit.now, manager=finding.get_user(edit.tx, manager).id if manager else None
    )
    if not objects.insert(edit.tx, user, edit.next_number()):
        raise _taken(edit.tx, upn) or Conflict(f"there is an object with the id {id} already")
    changes.mark(edit.tx, edit.sequence, [id])
    return user


def update_user(database: Database, user: str, given: Mapping[str, Json]) -> DirectoryObject:
    """Change properties; None clears one. A change that changes nothing leaves no trace in the feed."""
    return write(database, lambda edit: change_user(edit, user, given))


def change_user(edit: Edit, name: str, given: Mapping[str, Json]) -> DirectoryObject:
    """Change properties within a write."""
    before = finding.get_user(edit.tx, name)
    set_ = properties.merged(before.properties, properties.read(Kind.USER, given))
    if set_ == before.properties:
        return before
    properties.require(Kind.USER, set_)
    upn = set_["userPrincipalName"]
    if upn != before.name:
        properties.check_upn(upn, _domains(edit.tx))
        if (other := objects.find_upn(edit.tx, upn)) is not None and other.id != before.id:
            raise taken(upn)
    return save(edit, replace(before, properties=set_))


def set_manager(database: Database, user: str, manager: str | None) -> DirectoryObject:
    """Give a user a manager, named by id, UPN or name, or take it away."""
    return write(database, lambda edit: assign_manager(edit, user, manager))


def assign_manager(edit: Edit, user: str, manager: str | None) -> DirectoryObject:
    """Give a user a manager or take it away, within a write; BadValue if users would come to be above themselves."""
    before = finding.get_user(edit.tx, user)
    to = None if manager is None else finding.get_user(edit.tx, manager).id
    if to == before.manager:
        return before
    if to is not None and _is_above(edit.tx, before.id, to):
        raise BadValue(f"the user {before.name} cannot be below themselves in the line of managers")
    return save(edit, replace(before, manager=to))


def save(edit: Edit, user: DirectoryObject) -> DirectoryObject:
    """Store a user as it is from now on, and tell the feed."""
    objects.update(edit.tx, user)
    changes.mark(edit.tx, edit.sequence, [user.id])
    return user


def taken(upn: str) -> Conflict:
    """The refusal of a UPN that another user has."""
    return Conflict(f'another user with the userPrincipalName "{upn}" already exists')


def _taken(tx: Tx, upn: str) -> Conflict | None:
    return None if objects.find_upn(tx, upn) is None else taken(upn)


def _domains(tx: Tx) -> tuple[str, ...]:
    return tenant.get(tx).verified_domains


def _is_above(tx: Tx, user: str, other: str) -> bool:
    """Whether the user is the other one, or a manager of the other one."""
    above: str | None = other
    for _ in range(MAX_MANAGERS):
        if above is None or above == user:
            return above == user
        found = objects.find(tx, above)
        above = found.object.manager if found is not None and found.object is not None else None
    return False
