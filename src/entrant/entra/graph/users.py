"""`/users/{id}`: users and their manager (graph-surface 3.2, 9.3)."""

from __future__ import annotations

from http import HTTPStatus

from entrant.entra import directory
from entrant.entra.model import DirectoryObject, Kind
from entrant.entra.store.objects import Place

from .answer import NO_CONTENT, Answer, entity
from .call import Call, reference
from .entities import USER
from .errors import GraphError
from .expand import expand
from .lookup import find_stored, find_user
from .objects import project_typed, shown, typed
from .writing import bindings, created, properties, refusals, require_members


def create_user(call: Call) -> Answer:
    """Add a user, with a manager if the body names one."""
    body = call.body()
    require_members(Kind.USER, body)
    managers = bindings(body, "manager")
    with refusals("manager"):
        user = directory.create_user(call.provisioner.db, properties(body), manager=managers[0] if managers else None)
    return created(call, user)


def get_user(call: Call) -> Answer:
    """One user, by id or UPN."""
    options = call.options(USER)
    user = find_user(call)
    answer = {**shown(user, options.selection.names), **expand(call, user, options.selection)}
    return entity(call.context("users/$entity"), answer)


def update_user(call: Call) -> Answer:
    """Change the properties in the body, null clears one; and the manager, if the body names one."""
    body = call.body()
    user = find_user(call)
    changes, managers = properties(body), bindings(body, "manager")
    with refusals(user.id):
        if changes:
            directory.update_user(call.provisioner.db, user.id, changes)
        if managers:
            directory.set_manager(call.provisioner.db, user.id, managers[0])
    return NO_CONTENT


def delete_user(call: Call) -> Answer:
    """Move a user to the recycle bin."""
    user = find_user(call)
    with refusals(user.id):
        directory.delete_user(call.provisioner.db, user.id)
    return NO_CONTENT


def get_manager(call: Call) -> Answer:
    """A user's manager; 404 if there is none."""
    options = call.options(USER)
    manager = project_typed(typed(_manager(call)), options.selection.names)
    return entity(call.context("directoryObjects/$entity"), manager)


def get_manager_reference(call: Call) -> Answer:
    """The address of a user's manager."""
    there = f"{call.origin}/{call.version}/directoryObjects/{_manager(call).id}"
    return entity(call.context("$ref"), {"@odata.id": there})


def set_manager(call: Call) -> Answer:
    """Set or replace a user's manager."""
    manager = reference(call.body().get("@odata.id"))
    user = find_user(call)
    with refusals(manager):
        directory.set_manager(call.provisioner.db, user.id, manager)
    return NO_CONTENT


def remove_manager(call: Call) -> Answer:
    """Take a user's manager away; 404 if there is none."""
    user = find_user(call)
    if user.manager is None:
        raise _no_manager()
    with refusals(user.id):
        directory.set_manager(call.provisioner.db, user.id, None)
    return NO_CONTENT


def _manager(call: Call) -> DirectoryObject:
    user = find_user(call)
    found = find_stored(call, user.manager) if user.manager is not None else None
    if found is None or found.object is None or found.place is not Place.DIRECTORY:
        raise _no_manager()
    return found.object


def _no_manager() -> GraphError:
    return GraphError(
        HTTPStatus.NOT_FOUND,
        "Request_ResourceNotFound",
        "Resource 'manager' does not exist or one of its queried reference-property objects are not present.",
    )
