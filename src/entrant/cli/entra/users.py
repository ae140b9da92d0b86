"""`entrant entra user`: the users of the emulated directory and its recycle bin."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, TypeAlias

import typer

from entrant.cli.output import AsJson, Columns, moment, print_json, print_rows, say, yes_no
from entrant.entra import directory
from entrant.entra.directory import finding
from entrant.entra.model import BadValue, DirectoryObject, Kind
from entrant.entra.store import DEFAULT_DATABASE
from entrant.entra.store.objects import Place
from entrant.scim.wire import Json

from .opening import DatabaseUrl, tenant_database

app = typer.Typer(help="Users of the directory, and its recycle bin.", no_args_is_help=True)

User: TypeAlias = Annotated[str, typer.Argument(metavar="USER", help="The user's UPN, id or display name.")]
DisplayName: TypeAlias = Annotated[str | None, typer.Option("--display-name", metavar="NAME", help="Display name.")]
GivenName: TypeAlias = Annotated[str | None, typer.Option("--given-name", metavar="NAME", help="First name.")]
Surname: TypeAlias = Annotated[str | None, typer.Option("--surname", metavar="NAME", help="Last name.")]
Mail: TypeAlias = Annotated[str | None, typer.Option("--mail", metavar="ADDRESS", help="Mail address.")]
JobTitle: TypeAlias = Annotated[str | None, typer.Option("--job-title", metavar="TITLE", help="Job title.")]
Department: TypeAlias = Annotated[str | None, typer.Option("--department", metavar="NAME", help="Department.")]
Manager: TypeAlias = Annotated[
    str | None, typer.Option("--manager", metavar="USER", help="The manager: a UPN, id or display name.")
]

COLUMNS: Columns[DirectoryObject] = {
    "UPN": finding.original_upn,
    "Name": lambda user: user.properties.get("displayName"),
    "Title": lambda user: user.properties.get("jobTitle"),
    "Department": lambda user: user.properties.get("department"),
    "Enabled": lambda user: yes_no(user.properties.get("accountEnabled")),
    "Id": lambda user: user.id,
}
DELETED_COLUMNS: Columns[DirectoryObject] = {**COLUMNS, "Deleted": lambda user: moment(user.deleted)}


@app.command()
def create(
    upn: Annotated[str, typer.Argument(metavar="UPN", help="The user principal name: name@domain.")],
    display_name: DisplayName = None,
    given_name: GivenName = None,
    surname: Surname = None,
    mail: Mail = None,
    job_title: JobTitle = None,
    department: Department = None,
    manager: Manager = None,
    disabled: Annotated[bool, typer.Option("--disabled", help="The account is disabled.")] = False,
    database: DatabaseUrl = DEFAULT_DATABASE,
    as_json: AsJson = False,
) -> None:
    """Create a user."""
    alias = upn.partition("@")[0]
    given: dict[str, Json] = {
        "userPrincipalName": upn,
        "mailNickname": alias,
        "accountEnabled": not disabled,
        "displayName": display_name or " ".join(name for name in (given_name, surname) if name) or alias,
        "givenName": given_name,
        "surname": surname,
        "mail": mail,
        "jobTitle": job_title,
        "department": department,
    }
    with tenant_database(database) as db:
        _show(directory.create_user(db, given, manager=manager), as_json=as_json)


@app.command()
def update(
    user: User,
    upn: Annotated[str | None, typer.Option("--upn", metavar="NEW", help="Another user principal name.")] = None,
    display_name: DisplayName = None,
    given_name: GivenName = None,
    surname: Surname = None,
    mail: Mail = None,
    job_title: JobTitle = None,
    department: Department = None,
    manager: Manager = None,
    enabled: Annotated[
        bool | None, typer.Option("--enabled/--disabled", help="Enable or disable the account.", show_default=False)
    ] = None,
    database: DatabaseUrl = DEFAULT_DATABASE,
    as_json: AsJson = False,
) -> None:
    """Change a user; an empty text clears a property, and an empty manager takes the manager away."""
    texts = {
        "userPrincipalName": upn,
        "displayName": display_name,
        "givenName": given_name,
        "surname": surname,
        "mail": mail,
        "jobTitle": job_title,
        "department": department,
    }
    given: dict[str, Json] = {name: text or None for name, text in texts.items() if text is not None}
    if enabled is not None:
        given["accountEnabled"] = enabled
    if not given and manager is None:
        raise BadValue("nothing to change; name a property, such as --job-title")
    with tenant_database(database) as db:
        changed = directory.update_user(db, user, given)
        if manager is not None:
            changed = directory.set_manager(db, changed.id, manager or None)
        _show(changed, as_json=as_json)


@app.command()
def delete(user: User, database: DatabaseUrl = DEFAULT_DATABASE, as_json: AsJson = False) -> None:
    """Move a user to the recycle bin, where they stay for 30 days of the emulator's clock."""
    with tenant_database(database) as db:
        deleted = directory.delete_user(db, user)
    if as_json:
        print_json(object_json(deleted))
    else:
        say(f"{finding.original_upn(deleted)} is in the recycle bin as {deleted.name}.")


@app.command()
def restore(user: User, database: DatabaseUrl = DEFAULT_DATABASE, as_json: AsJson = False) -> None:
    """Bring a user back from the recycle bin; not into groups."""
    with tenant_database(database) as db:
        _show(directory.restore_user(db, user), as_json=as_json)


@app.command()
def purge(user: User, database: DatabaseUrl = DEFAULT_DATABASE, as_json: AsJson = False) -> None:
    """Remove a user from the recycle bin for good."""
    with tenant_database(database) as db:
        purged = directory.purge_user(db, user)
    if as_json:
        print_json({"id": purged})
    else:
        say(f"{user} is gone for good.")


@app.command("list")
def list_users(
    search: Annotated[
        str, typer.Option("--search", metavar="TEXT", help="In the name, UPN, mail address or mail nickname.")
    ] = "",
    deleted: Annotated[bool, typer.Option("--deleted", help="Those in the recycle bin.")] = False,
    database: DatabaseUrl = DEFAULT_DATABASE,
    as_json: AsJson = False,
) -> None:
    """List users in the order of their names."""
    place = Place.RECYCLE_BIN if deleted else Place.DIRECTORY
    with tenant_database(database) as db:
        found = directory.list_objects(db, Kind.USER, search=search, place=place)
        if as_json:
            print_rows(_documents(found), {}, as_json=True, empty="")
        else:
            empty = f'No user has "{search}" in their name.' if search else "There are no users."
            columns = DELETED_COLUMNS if deleted else COLUMNS
            print_rows(found, columns, as_json=False, empty="The recycle bin is empty." if deleted else empty)


def object_json(object_: DirectoryObject) -> Json:
    """A user or group as Graph has it, with the id of the manager."""
    document: dict[str, Json] = {"id": object_.id, **object_.properties, "createdDateTime": object_.created}
    if object_.manager:
        document["manager"] = object_.manager
    return {**document, "deletedDateTime": object_.deleted} if object_.deleted else document


def _documents(found: Iterator[DirectoryObject]) -> Iterator[Json]:
    return (object_json(each) for each in found)


def _show(user: DirectoryObject, *, as_json: bool) -> None:
    if as_json:
        print_json(object_json(user))
    else:
        print_rows([user], COLUMNS, as_json=False, empty="")
