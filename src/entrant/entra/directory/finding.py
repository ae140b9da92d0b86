"""Objects by what people call them: an id, a UPN, a name. NotFound if there is none, Conflict if there are several.

No statement is asked with a NUL character, which PostgreSQL does not take: such a name is a BadValue.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from entrant.db.engine import Tx
from entrant.entra.model import BadValue, Conflict, DirectoryObject, Kind, NotFound, ServicePrincipal
from entrant.entra.store import applications, objects
from entrant.entra.store.objects import Place

_GUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_WHERE = {Place.DIRECTORY: "", Place.RECYCLE_BIN: " in the recycle bin"}


def is_guid(text: str) -> bool:
    """Whether a text has the form of an id."""
    return _GUID.fullmatch(text) is not None


def get_object(tx: Tx, kind: Kind | None, object_id: str, place: Place = Place.DIRECTORY) -> DirectoryObject:
    """The object with that id, of that kind unless it may be any."""
    found = objects.find(tx, _askable(object_id).lower())
    if found is None or found.object is None or found.place is not place or kind not in {None, found.kind}:
        raise NotFound(f'there is no {kind.lower() if kind else "object"} "{object_id}"{_WHERE[place]}')
    return found.object


def get_user(tx: Tx, name: str) -> DirectoryObject:
    """The user with that id, UPN or display name."""
    if is_guid(name):
        return get_object(tx, Kind.USER, name)
    by_upn = objects.find_upn(tx, _askable(name))
    if by_upn is not None and by_upn.object is not None and by_upn.place is Place.DIRECTORY:
        return by_upn.object
    return _only(objects.named(tx, Kind.USER, name), f'user "{name}"')


def get_deleted_user(tx: Tx, name: str) -> DirectoryObject:
    """The user in the recycle bin with that id, with that UPN now or before, or with that display name."""
    if is_guid(name):
        return get_object(tx, Kind.USER, name, Place.RECYCLE_BIN)
    by_upn = objects.find_upn(tx, _askable(name))
    if by_upn is not None and by_upn.object is not None and by_upn.place is Place.RECYCLE_BIN:
        return by_upn.object
    after = ("", "")
    found: list[DirectoryObject] = []
    while page := objects.page(tx, Kind.USER, Place.RECYCLE_BIN, after=after, search=name):
        found += [
            user
            for user in page
            if name.casefold() in {original_upn(user).casefold(), user.properties["displayName"].casefold()}
        ]
        after = objects.key(page[-1])
    return _only(found, f'user "{name}" in the recycle bin')


def original_upn(user: DirectoryObject) -> str:
    """The UPN that a user had before moving to the recycle bin (F8)."""
    return user.name.removeprefix(user.id.replace("-", "")) if user.deleted else user.name


def get_group(tx: Tx, name: str) -> DirectoryObject:
    """The group with that id or display name."""
    if is_guid(name):
        return get_object(tx, Kind.GROUP, name)
    return _only(objects.named(tx, Kind.GROUP, _askable(name)), f'group "{name}"')


def get_app(tx: Tx, name: str) -> ServicePrincipal:
    """The enterprise application with that id, app id or name."""
    found = applications.find(tx, name.lower()) if is_guid(name) else None
    if found is not None:
        return found
    named = applications.named(tx, _askable(name))
    if not named:
        raise NotFound(f'there is no application "{name}"')
    if len(named) > 1:
        raise Conflict(_several(f'application "{name}"', [app.id for app in named]))
    return named[0]


def _askable(name: str) -> str:
    """The name; BadValue if it has a character that PostgreSQL takes nowhere."""
    if "\0" in name:
        raise BadValue("a name has a NUL character, which no name can have")
    return name


def _only(found: Sequence[DirectoryObject], what: str) -> DirectoryObject:
    if not found:
        raise NotFound(f"there is no {what}")
    if len(found) > 1:
        raise Conflict(_several(what, [object_.id for object_ in found]))
    return found[0]


def _several(what: str, ids: Sequence[str]) -> str:
    return f"there is more than one {what}; use an id: {', '.join(ids)}"
