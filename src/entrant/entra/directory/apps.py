"""Enterprise applications of the non-gallery template, and who is assigned to them (entra-client §1, 12.2)."""

from __future__ import annotations

from dataclasses import dataclass

from entrant.db.engine import Database
from entrant.entra.model import (
    DEFAULT_ACCESS,
    NON_GALLERY_TEMPLATE,
    AppRole,
    Assignment,
    BadValue,
    Conflict,
    DirectoryObject,
    Kind,
    NotFound,
    ServicePrincipal,
)
from entrant.entra.store import applications, changes, secrets

from . import finding
from .edit import Edit, new_id, write
from .properties import has_nul

USER_ROLE = "18d14569-c3bd-439b-9a66-3a2aee01d14f"  # entra-client 1.2
ACCESS_ROLE = "b9632174-c057-4f7e-951b-be3adc52bfe6"
ROLES = (
    AppRole(USER_ROLE, "User", description="User", allowed_member_types=("User",)),
    AppRole(ACCESS_ROLE, "msiam_access", description="msiam_access", allowed_member_types=("User",)),
)
MAX_NAME = 120  # characters of an application's name


def create_app(
    database: Database, name: str, *, template_id: str = NON_GALLERY_TEMPLATE, roles: tuple[AppRole, ...] = ROLES
) -> ServicePrincipal:
    """A new enterprise application. Names need not be unique, as in Entra."""
    ids = new_id(), new_id(), new_id()
    return write(database, lambda edit: insert_app(edit, ids, name, template_id=template_id, roles=roles))


def insert_app(
    edit: Edit,
    ids: tuple[str, str, str],
    name: str,
    *,
    template_id: str = NON_GALLERY_TEMPLATE,
    roles: tuple[AppRole, ...] = ROLES,
) -> ServicePrincipal:
    """A new enterprise application, within a write. The ids are its own, the app's and the registration's."""
    app = ServicePrincipal(*ids, _named(name), roles, edit.now, template_id)
    applications.insert(edit.tx, app, edit.next_number())
    return app


def update_app(
    database: Database, app: str, *, name: str | None = None, roles: tuple[AppRole, ...] | None = None
) -> ServicePrincipal:
    """Give an application another name or other roles."""

    def change(edit: Edit) -> ServicePrincipal:
        before = finding.get_app(edit.tx, app)
        after = ServicePrincipal(
            before.id,
            before.app_id,
            before.application_id,
            before.display_name if name is None else _named(name),
            before.app_roles if roles is None else roles,
            before.created,
            before.template_id,
        )
        applications.update(edit.tx, after)
        return after

    return write(database, change)


def _named(name: str) -> str:
    if not name.strip() or len(name) > MAX_NAME or has_nul(name):
        raise BadValue(f"an application needs a name of at most {MAX_NAME} characters, none of them NUL")
    return name


def delete_app(database: Database, app: str) -> ServicePrincipal:
    """Remove an application and its assignments. Its job is the caller's to delete."""

    def change(edit: Edit) -> ServicePrincipal:
        found = finding.get_app(edit.tx, app)
        applications.delete(edit.tx, found.id)
        secrets.save(edit.tx, found.id, None)
        return found

    return write(database, change)


@dataclass(frozen=True, slots=True)
class Principal:
    """Who is to be assigned: a user or a group, by id, UPN or name."""

    kind: Kind
    name: str


def assign(database: Database, app: str, principal: Principal, role: str | None = None) -> Assignment:
    """Assign a user or group to an application.

    The role is an id, value or display name; without one it is the role `User`, else the application's first one, else
    Default Access. BadValue for an unknown role, Conflict for an assignment that exists.
    """
    new = new_id()

    def change(edit: Edit) -> Assignment:
        target = finding.get_app(edit.tx, app)
        object_ = _find(edit, principal)
        assignment = Assignment(
            new, object_.id, object_.kind, object_.properties["displayName"], target.id, role_of(target, role), edit.now
        )
        if not applications.assign(edit.tx, assignment):
            raise Conflict(
                f'the {object_.kind.lower()} {object_.name} has this role in "{target.display_name}" already'
            )
        _mark(edit, assignment)
        return assignment

    return write(database, change)


def unassign(database: Database, app: str, principal: Principal) -> list[Assignment]:
    """End every assignment of a user or group to an application; NotFound if there is none."""

    def change(edit: Edit) -> list[Assignment]:
        target = finding.get_app(edit.tx, app)
        object_ = _find(edit, principal)
        found = applications.between(edit.tx, object_.id, target.id)
        if not found:
            raise NotFound(f'the {object_.kind.lower()} {object_.name} is not assigned to "{target.display_name}"')
        for assignment in found:
            applications.unassign(edit.tx, assignment.id)
            _mark(edit, assignment)
        return found

    return write(database, change)


def remove_assignment(database: Database, assignment_id: str) -> Assignment:
    """End one assignment by its id; NotFound if there is none."""

    def change(edit: Edit) -> Assignment:
        found = applications.find_assignment(edit.tx, assignment_id)
        if found is None:
            raise NotFound(f'there is no assignment "{assignment_id}"')
        applications.unassign(edit.tx, found.id)
        _mark(edit, found)
        return found

    return write(database, change)


def role_of(app: ServicePrincipal, role: str | None = None) -> str:
    """The id of a role of an application that is named by id, value or display name; BadValue if there is none."""
    if role is None:
        named_user = [each.id for each in app.app_roles if each.display_name.casefold() == "user"]
        return (named_user or [each.id for each in app.app_roles] or [DEFAULT_ACCESS])[0]
    wanted = role.casefold()
    if wanted == DEFAULT_ACCESS:
        return DEFAULT_ACCESS
    for each in app.app_roles:
        if wanted in {each.id, each.display_name.casefold(), (each.value or each.id).casefold()}:
            return each.id
    raise BadValue(f'the application "{app.display_name}" has no role "{role}"')


def list_apps(database: Database, *, after: int = 0, most: int = 100) -> list[tuple[int, ServicePrincipal]]:
    """Applications with their numbers, after one, in the order of creation."""
    return database.read(lambda tx: applications.page(tx, after=after, most=most))


def _find(edit: Edit, principal: Principal) -> DirectoryObject:
    if principal.kind is Kind.USER:
        return finding.get_user(edit.tx, principal.name)
    return finding.get_group(edit.tx, principal.name)


def _mark(edit: Edit, assignment: Assignment) -> None:
    """The principal's entitlement has changed, and that of a group's direct members (12.2.1)."""
    changes.mark(edit.tx, edit.sequence, [assignment.principal], assignment.resource)
    if assignment.principal_kind is Kind.GROUP:
        changes.mark_entitled(edit.tx, edit.sequence, assignment.principal, assignment.resource)
