"""`/directory/deletedItems`: the recycle bin (graph-surface 9.5)."""

from __future__ import annotations

from entrant.entra import directory
from entrant.entra.model import DirectoryObject
from entrant.entra.store.objects import Place

from .answer import NO_CONTENT, Answer, entity
from .call import Call
from .entities import DIRECTORY_OBJECT
from .errors import not_found
from .lookup import find_stored
from .objects import project_typed, typed
from .writing import refusals


def get_deleted(call: Call) -> Answer:
    """One deleted object."""
    names = call.options(DIRECTORY_OBJECT).selection.names
    return entity(call.context("directoryObjects/$entity"), project_typed(typed(_deleted(call)), names))


def purge(call: Call) -> Answer:
    """Remove a deleted object for good."""
    object_ = _deleted(call)
    with refusals(object_.id):
        directory.purge_user(call.provisioner.db, object_.id)
    return NO_CONTENT


def restore(call: Call) -> Answer:
    """Bring a deleted object back; 400 if its UPN is taken."""
    object_ = _deleted(call)
    with refusals(object_.id):
        restored = directory.restore_user(call.provisioner.db, object_.id)
    return entity(call.context("directoryObjects/$entity"), project_typed(typed(restored), None))


def _deleted(call: Call) -> DirectoryObject:
    found = find_stored(call, call.id)
    if found is None or found.object is None or found.place is not Place.RECYCLE_BIN:
        raise not_found(call.id)
    return found.object
