"""`appRoleAssignments` of users and groups are `appRoleAssignedTo` of applications (graph-surface 9.6)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from http import HTTPStatus
from typing import TypeAlias

from entrant.entra import directory
from entrant.entra.directory import Principal
from entrant.entra.model import DEFAULT_ACCESS, Assignment, DirectoryObject
from entrant.entra.store import applications
from entrant.scim.wire import Json

from .answer import NO_CONTENT, Answer, entity
from .assignment_json import assignment_json
from .call import Call, is_guid, lowered, string
from .entities import APP_ROLE_ASSIGNMENT
from .errors import bad_value, not_found
from .lookup import find_kind, find_service_principal
from .odata.projection import project
from .paging import Position, Source, page
from .writing import refusals

BATCH = 200
FRAGMENT = "appRoleAssignments"
PRESENT = "Permission being assigned already exists on the object"
UNKNOWN = "Permission being assigned was not found on application"

Operation: TypeAlias = Callable[[Call], Answer]
Finder: TypeAlias = Callable[[Call], DirectoryObject]


def list_of(find: Finder) -> Operation:
    """An operation that lists the assignments of a user or a group."""

    def operation(call: Call) -> Answer:
        principal = find(call).id

        def scan(after: Position | None) -> Iterator[tuple[Position, Json]]:
            found = call.provisioner.db.read(
                lambda tx: [
                    assignment_json(each, applications.find(tx, each.resource))
                    for each in applications.assignments_of(tx, principal)
                ]
            )
            yield from (((each["id"],), each) for each in sorted(found, key=_id) if not after or (each["id"],) > after)

        return _page(call, scan)

    return operation


def list_to(call: Call) -> Answer:
    """A page of the assignments to an application."""
    application = find_service_principal(call)

    def scan(after: Position | None) -> Iterator[tuple[Position, Json]]:
        last = (after[0], after[-1]) if after else ("", "")
        while found := call.provisioner.db.read(
            partial(applications.assigned_to, service_principal=application.id, after=last, most=BATCH)
        ):
            for each in found:
                yield (each.principal, each.app_role), assignment_json(each, application)
            last = (found[-1].principal, found[-1].app_role)

    return _page(call, scan)


def assign(find: Finder | None = None) -> Operation:
    """An operation that assigns: below a principal, which the body must name too, or below an application."""

    def operation(call: Call) -> Answer:
        body = call.body()
        principal, resource = _guid(body, "principalId"), _guid(body, "resourceId")
        role = _guid(body, "appRoleId") if body.get("appRoleId") is not None else DEFAULT_ACCESS
        owner = find(call).id if find is not None else find_service_principal(call).id
        if owner != (principal if find is not None else resource):
            raise bad_value("The ids in the body do not name the object in the address.")
        return _assign(call, principal, resource, role)

    return operation


def _assign(call: Call, principal: str, resource: str, role: str) -> Answer:
    application = call.provisioner.db.read(lambda tx: applications.find(tx, resource))
    if application is None or application.id != resource:
        raise not_found(resource)
    if role != DEFAULT_ACCESS and role not in {each.id for each in application.app_roles}:
        raise bad_value(UNKNOWN)
    with refusals(principal, conflict=PRESENT):
        kind = find_kind(call, principal).kind
        made = directory.assign(call.provisioner.db, resource, Principal(kind, principal), role)
    shown = assignment_json(made, application)
    return entity(call.context(f"{FRAGMENT}/$entity"), shown, HTTPStatus.CREATED)


def get_of(find: Finder) -> Operation:
    """An operation that gives one assignment of a principal."""

    def operation(call: Call) -> Answer:
        principal = find(call).id
        return _one(call, lambda each: each.principal == principal)

    return operation


def get_to(call: Call) -> Answer:
    """One assignment to an application."""
    resource = find_service_principal(call).id
    return _one(call, lambda each: each.resource == resource)


def remove_of(find: Finder) -> Operation:
    """An operation that removes one assignment of a principal."""

    def operation(call: Call) -> Answer:
        principal = find(call).id
        return _remove(call, lambda each: each.principal == principal)

    return operation


def remove_to(call: Call) -> Answer:
    """Remove one assignment to an application."""
    resource = find_service_principal(call).id
    return _remove(call, lambda each: each.resource == resource)


def _one(call: Call, mine: Callable[[Assignment], bool]) -> Answer:
    found = _find(call, mine)
    application = call.provisioner.db.read(lambda tx: applications.find(tx, found.resource))
    return entity(call.context(f"{FRAGMENT}/$entity"), assignment_json(found, application))


def _remove(call: Call, mine: Callable[[Assignment], bool]) -> Answer:
    found = _find(call, mine)
    with refusals(found.id):
        directory.remove_assignment(call.provisioner.db, found.id)
    return NO_CONTENT


def _find(call: Call, mine: Callable[[Assignment], bool]) -> Assignment:
    """The assignment that the second key of the path names, if it is the one's whom the first names."""
    id_ = call.keys[1].value
    found = call.provisioner.db.read(lambda tx: applications.find_assignment(tx, id_))
    if found is None or not mine(found):
        raise not_found(id_)
    return found


def _page(call: Call, scan: Callable[[Position | None], Iterator[tuple[Position, Json]]]) -> Answer:
    options = call.options(APP_ROLE_ASSIGNMENT)
    names = options.selection.names
    return page(call, options, Source(scan), FRAGMENT, lambda each: project(each, APP_ROLE_ASSIGNMENT, names))


def _guid(body: dict[str, Json], name: str) -> str:
    text = string(body, name)
    if not is_guid(text):
        raise bad_value(f"Property '{name}' must be a guid.")
    return lowered(text)


def _id(shown: Json) -> str:
    id_: str = shown["id"]
    return id_
