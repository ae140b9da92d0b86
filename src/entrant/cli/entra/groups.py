"""`entrant entra group`: the groups of the emulated directory and who is directly in them."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import typer

from entrant.cli.output import AsJson, Columns, print_json, print_rows, say
from entrant.entra import directory
from entrant.entra.directory.reading import GroupWithSize, groups_with_sizes
from entrant.entra.model import DirectoryObject, Kind
from entrant.entra.store import DEFAULT_DATABASE
from entrant.scim.wire import Json

from .opening import DatabaseUrl, tenant_database
from .users import object_json

app = typer.Typer(help="Groups of the directory and their members.", no_args_is_help=True)

Group: TypeAlias = Annotated[str, typer.Argument(metavar="GROUP", help="The group's name or id.")]
Members: TypeAlias = Annotated[
    list[str],
    typer.Option("--member", metavar="MEMBER", help="A user or group: UPN, name or id. May be given several times."),
]

COLUMNS: Columns[GroupWithSize] = {
    "Group": lambda each: each.group.name,
    "Description": lambda each: each.group.properties.get("description"),
    "Members": lambda each: f"{each.members:,}",
    "Id": lambda each: each.group.id,
}


@app.command()
def create(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The display name.")],
    description: Annotated[str | None, typer.Option("--description", metavar="TEXT", help="What it is for.")] = None,
    member: Members = [],  # noqa: B006  typer copies it
    database: DatabaseUrl = DEFAULT_DATABASE,
    as_json: AsJson = False,
) -> None:
    """Create a security group. Names need not be unique."""
    with tenant_database(database) as db:
        given: dict[str, Json] = {"displayName": name, "description": description}
        made = directory.create_group(db, given, members=member)
    if as_json:
        print_json(object_json(made))
    else:
        say(f'The group "{made.name}" has the id {made.id}.')


@app.command()
def add(group: Group, member: Members, database: DatabaseUrl = DEFAULT_DATABASE, as_json: AsJson = False) -> None:
    """Add members to a group; who is in it already stays."""
    with tenant_database(database) as db:
        added = directory.add_members(db, group, member)
    if as_json:
        print_json({"added": added})
    else:
        say(f"{len(added)} of {len(member)} added to {group}; the others were in it.")


@app.command()
def remove(group: Group, member: Members, database: DatabaseUrl = DEFAULT_DATABASE, as_json: AsJson = False) -> None:
    """Remove members from a group."""
    with tenant_database(database) as db:
        removed = directory.remove_members(db, group, member)
    if as_json:
        print_json({"removed": removed})
    else:
        say(f"{len(removed)} removed from {group}.")


@app.command()
def rename(
    group: Group,
    new: Annotated[str, typer.Argument(metavar="NEW", help="The display name from now on.")],
    database: DatabaseUrl = DEFAULT_DATABASE,
    as_json: AsJson = False,
) -> None:
    """Give a group another name."""
    with tenant_database(database) as db:
        _told(directory.rename_group(db, group, new), f'The group is "{new}" now.', as_json=as_json)


@app.command()
def delete(group: Group, database: DatabaseUrl = DEFAULT_DATABASE, as_json: AsJson = False) -> None:
    """Delete a group for good; its members stay."""
    with tenant_database(database) as db:
        gone = directory.delete_group(db, group)
    _told(gone, f'The group "{gone.name}" is deleted.', as_json=as_json)


@app.command("list")
def list_groups(
    search: Annotated[str, typer.Option("--search", metavar="TEXT", help="In the name or mail nickname.")] = "",
    database: DatabaseUrl = DEFAULT_DATABASE,
    as_json: AsJson = False,
) -> None:
    """List groups in the order of their names."""
    with tenant_database(database) as db:
        if as_json:
            found = directory.list_objects(db, Kind.GROUP, search=search)
            print_rows((object_json(group) for group in found), {}, as_json=True, empty="")
        else:
            empty = f'No group has "{search}" in its name.' if search else "There are no groups."
            print_rows(groups_with_sizes(db, search), COLUMNS, as_json=False, empty=empty)


@app.command()
def members(group: Group, database: DatabaseUrl = DEFAULT_DATABASE, as_json: AsJson = False) -> None:
    """List the direct members of a group."""
    columns: Columns[DirectoryObject] = {
        "Member": lambda each: each.name,
        "Kind": lambda each: each.kind.lower(),
        "Id": lambda each: each.id,
    }
    with tenant_database(database) as db:
        found = directory.all_members(db, group)
        if as_json:
            print_rows((object_json(each) for each in found), {}, as_json=True, empty="")
        else:
            print_rows(found, columns, as_json=False, empty=f"{group} has no members.")


def _told(group: DirectoryObject, sentence: str, *, as_json: bool) -> None:
    if as_json:
        print_json(object_json(group))
    else:
        say(sentence)
