"""`entrant entra app create` and `list`, `assign` and `unassign`: enterprise applications and who they are for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, TypeAlias

import typer

from entrant.cli.output import AsJson, Columns, print_json, print_rows, say
from entrant.entra import directory
from entrant.entra.directory import Principal
from entrant.entra.directory.apps import role_of
from entrant.entra.jobs import operations
from entrant.entra.jobs.provisioner import Provisioner
from entrant.entra.model import Assignment, BadValue, Conflict, Kind, NotFound, ServicePrincipal
from entrant.entra.store import DEFAULT_DATABASE
from entrant.scim.wire import Json

from .opening import App, DatabaseUrl, emulator, find_app, tenant_database

UserOption: TypeAlias = Annotated[
    str | None, typer.Option("--user", metavar="USER", help="A user: UPN, id or display name.")
]
GroupOption: TypeAlias = Annotated[str | None, typer.Option("--group", metavar="GROUP", help="A group: name or id.")]

COLUMNS: Columns[dict[str, Json]] = {
    "Application": lambda app: app["displayName"],
    "Service principal": lambda app: app["servicePrincipalId"],
    "Job": lambda app: app["jobId"],
}


def add_to(root: typer.Typer, apps: typer.Typer) -> None:
    """Add the commands to `entrant entra` and `entrant entra app`."""
    apps.command()(create)
    apps.command("list")(list_apps)
    root.command()(assign)
    root.command()(unassign)


def create(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The application's name.")],
    database: DatabaseUrl = DEFAULT_DATABASE,
    as_json: AsJson = False,
) -> None:
    """Create an enterprise application from the non-gallery template, with a provisioning job."""
    with emulator(database) as p:
        try:
            found = find_app(p, name)
        except NotFound:
            app, _ = operations.create_app(p, name)
        else:
            raise Conflict(f'there is an application "{name}" already: {found.id}')
        made = _json(p, app)
    if as_json:
        del made["displayName"]
        print_json(made)
    else:
        print_rows([made], COLUMNS, as_json=False, empty="")


def list_apps(database: DatabaseUrl = DEFAULT_DATABASE, as_json: AsJson = False) -> None:
    """List enterprise applications in the order in which they were created."""
    with emulator(database) as p:
        print_rows(_apps(p), COLUMNS, as_json=as_json, empty="There are no applications.")


def assign(
    app: App,
    user: UserOption = None,
    group: GroupOption = None,
    role: Annotated[
        str | None, typer.Option("--role", metavar="ROLE", help="A role of the application; User if left out.")
    ] = None,
    database: DatabaseUrl = DEFAULT_DATABASE,
    as_json: AsJson = False,
) -> None:
    """Assign a user or a group to an application."""
    with tenant_database(database) as db:
        made = directory.assign(db, app, _principal(user, group), role)
    if as_json:
        print_json(_assignment_json(made))
    else:
        say(f"{made.principal_name} is assigned to {app}.")


def unassign(
    app: App,
    user: UserOption = None,
    group: GroupOption = None,
    database: DatabaseUrl = DEFAULT_DATABASE,
    as_json: AsJson = False,
) -> None:
    """End the assignments of a user or a group to an application."""
    with tenant_database(database) as db:
        ended = directory.unassign(db, app, _principal(user, group))
    if as_json:
        print_json([_assignment_json(each) for each in ended])
    else:
        say(f"{ended[0].principal_name} is no longer assigned to {app}.")


def _principal(user: str | None, group: str | None) -> Principal:
    match user, group:
        case str(), None:
            return Principal(Kind.USER, user)
        case None, str():
            return Principal(Kind.GROUP, group)
    raise BadValue("name one user with --user, or one group with --group")


def _apps(p: Provisioner) -> Iterator[dict[str, Json]]:
    after = 0
    while page := directory.list_apps(p.db, after=after):
        for _, app in page:
            yield _json(p, app)
        after = page[-1][0]


def _json(p: Provisioner, app: ServicePrincipal) -> dict[str, Json]:
    try:
        job_id: str | None = operations.job_of(p, app.id).id
    except NotFound:
        job_id = None
    return {
        "displayName": app.display_name,
        "servicePrincipalId": app.id,
        "appId": app.app_id,
        "appRoleId": role_of(app),
        "jobId": job_id,
    }


def _assignment_json(assignment: Assignment) -> Json:
    return {
        "id": assignment.id,
        "appRoleId": assignment.app_role,
        "createdDateTime": assignment.created,
        "principalId": assignment.principal,
        "principalType": assignment.principal_kind,
        "principalDisplayName": assignment.principal_name,
        "resourceId": assignment.resource,
    }
