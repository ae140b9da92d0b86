"""Enterprise applications, and who is assigned to them (graph-surface 9.6)."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from entrant.db.engine import Row, Tx
from entrant.db.queries import load
from entrant.entra.model import AppRole, Assignment, Kind, ServicePrincipal
from entrant.scim.fold import fold

_SQL = load(__package__, "applications")
EVERY = 1_000_000_000  # more than there are


def insert(tx: Tx, application: ServicePrincipal, number: int) -> None:
    """Add an application."""
    tx.run(
        _SQL["insert"],
        id=application.id,
        app_id=application.app_id,
        application_id=application.application_id,
        number=number,
        name_key=fold(application.display_name),
        display_name=application.display_name,
        roles=_roles_text(application.app_roles),
        template_id=application.template_id,
        created=application.created,
    )


def update(tx: Tx, application: ServicePrincipal) -> None:
    """Write an application's name and roles."""
    tx.run(
        _SQL["update"],
        id=application.id,
        name_key=fold(application.display_name),
        display_name=application.display_name,
        roles=_roles_text(application.app_roles),
    )


def delete(tx: Tx, service_principal: str) -> None:
    """Remove an application with its assignments."""
    for name in ("delete_assignments", "delete_changes", "delete"):
        tx.run(_SQL[name], id=service_principal)


def find(tx: Tx, id: str) -> ServicePrincipal | None:
    """An application by the id of its service principal, its app id, or the object id of its registration."""
    for name in ("find", "find_by_app", "find_by_application"):
        row = tx.one(_SQL[name], id=id)
        if row is not None:
            return _application(row)
    return None


def named(tx: Tx, name: str) -> list[ServicePrincipal]:
    """Up to ten applications with that name, whatever its case."""
    return [_application(row) for row in tx.all(_SQL["named"], key=fold(name))]


def page(tx: Tx, *, after: int = 0, most: int = 100) -> list[tuple[int, ServicePrincipal]]:
    """Applications with their numbers after one, in the order of creation."""
    return [(int(row["number"]), _application(row)) for row in tx.all(_SQL["page"], after=after, most=most)]


def assign(tx: Tx, assignment: Assignment) -> bool:
    """Add an assignment; False if there is one of this principal with this role."""
    added = tx.one(
        _SQL["assign"],
        id=assignment.id,
        service_principal=assignment.resource,
        principal=assignment.principal,
        principal_kind=assignment.principal_kind,
        app_role=assignment.app_role,
        created=assignment.created,
    )
    return added is not None


def find_assignment(tx: Tx, id: str) -> Assignment | None:
    """An assignment by its id."""
    row = tx.one(_SQL["find_assignment"], id=id)
    return None if row is None else _assignment(row)


def between(tx: Tx, principal: str, service_principal: str) -> list[Assignment]:
    """The assignments of one principal to one application, a role each."""
    return [
        _assignment(row) for row in tx.all(_SQL["between"], principal=principal, service_principal=service_principal)
    ]


def assigned_to(
    tx: Tx, service_principal: str, *, after: tuple[str, str] = ("", ""), most: int = 100
) -> list[Assignment]:
    """The assignments to an application after one, whose principal and role these are."""
    rows = tx.all(
        _SQL["assigned_to"], service_principal=service_principal, principal=after[0], app_role=after[1], most=most
    )
    return [_assignment(row) for row in rows]


def assignments_of(tx: Tx, principal: str, *, most: int = EVERY) -> list[Assignment]:
    """The assignments of a user or group."""
    return [_assignment(row) for row in tx.all(_SQL["assignments_of"], principal=principal, most=most)]


def unassign(tx: Tx, id: str) -> None:
    """Remove an assignment."""
    tx.run(_SQL["unassign"], id=id)


def unassign_all(tx: Tx, principal: str) -> None:
    """Remove the assignments of a user or group."""
    tx.run(_SQL["unassign_all"], principal=principal)


def _application(row: Row) -> ServicePrincipal:
    return ServicePrincipal(
        id=row["id"],
        app_id=row["app_id"],
        application_id=row["application_id"],
        display_name=row["display_name"],
        app_roles=msgspec.json.decode(row["roles"], type=tuple[AppRole, ...]),
        created=row["created"],
        template_id=row["template_id"],
    )


def _assignment(row: Row) -> Assignment:
    kind = Kind(row["principal_kind"])
    properties = msgspec.json.decode(row["doc"])
    return Assignment(
        id=row["id"],
        principal=row["principal"],
        principal_kind=kind,
        principal_name=properties.get("displayName") or properties.get("userPrincipalName") or "",
        resource=row["service_principal"],
        app_role=row["app_role"],
        created=row["created"],
    )


def _roles_text(roles: Sequence[AppRole]) -> str:
    return msgspec.json.encode(roles).decode()
