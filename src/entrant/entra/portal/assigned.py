"""Users and groups of an application: assign with a role, remove."""

from __future__ import annotations

from entrant.entra import directory
from entrant.entra.directory import finding
from entrant.entra.model import DEFAULT_ACCESS, BadValue, Conflict, ServicePrincipal
from entrant.entra.store import applications
from entrant.scim.wire import Response

from .apps import app_of
from .paging import PAGE, choices, listed, place, search_of
from .render import Look, page
from .visit import Visit, redirect, url

TITLE = "Users and groups"


def show(visit: Visit) -> Response:
    """Who the application is assigned to."""
    app = app_of(visit)
    found = visit.db.read(lambda tx: applications.assigned_to(tx, app.id, after=place(visit), most=PAGE + 1))
    path = ("apps", app.id, "users-and-groups")
    return page(
        visit,
        "assigned.html",
        Look(TITLE, "assigned", (), app),
        found=listed(found, visit, path, lambda each: (each.principal, each.app_role)),
        roles=_roles(app),
    )


def remove(visit: Visit) -> Response:
    """End an assignment of this application."""
    app, wanted = app_of(visit), visit.form("assignment")
    found = visit.db.read(lambda tx: applications.find_assignment(tx, wanted))
    if found is not None and found.resource == app.id:
        directory.remove_assignment(visit.db, found.id)
    return redirect(url("apps", app.id, "users-and-groups", done="unassigned"))


def show_add(visit: Visit) -> Response:
    """Users and groups to choose from."""
    app = app_of(visit)
    roles = [(id_, name) for id_, name in _roles(app).items() if id_ != DEFAULT_ACCESS or len(_roles(app)) == 1]
    return page(
        visit,
        "assigned_add.html",
        Look("Add assignment", "assigned", ((TITLE, url("apps", app.id, "users-and-groups")),), app),
        q=search_of(visit),
        found=choices(visit),
        roles=roles,
    )


def add(visit: Visit) -> Response:
    """Assign those that were chosen, with one role; who has it already keeps it."""
    app, chosen = app_of(visit), visit.all("object")
    if not chosen:
        raise BadValue("choose at least one user or group")
    for id_ in chosen:
        object_ = visit.db.read(lambda tx, id_=id_: finding.get_object(tx, None, id_))  # type: ignore[misc]
        try:
            directory.assign(
                visit.db, app.id, directory.Principal(object_.kind, object_.id), visit.form("role") or None
            )
        except Conflict:
            if len(chosen) == 1:
                raise
    return redirect(url("apps", app.id, "users-and-groups", done="assigned"))


def _roles(app: ServicePrincipal) -> dict[str, str]:
    """The names of the roles by their ids."""
    return {role.id: role.display_name for role in app.app_roles} | {DEFAULT_ACCESS: "Default Access"}
