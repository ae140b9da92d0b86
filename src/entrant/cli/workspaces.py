"""`entrant workspace`: workspaces and their settings."""

from __future__ import annotations

from typing import Annotated

import typer
from msgspec import structs

from entrant.service import admin
from entrant.service.admin import WorkspaceView
from entrant.service.opening import public_url
from entrant.workspace.errors import InvalidSetting

from .context import database, settings
from .output import AsJson, moment, print_facts, print_json, print_rows, role_cell, say

app = typer.Typer(help="Workspaces and their settings.", no_args_is_help=True)

Slug = Annotated[str, typer.Argument(metavar="SLUG", help="The workspace, as it is named in its base URL.")]


class Created(WorkspaceView, frozen=True, rename="camel"):
    """A new workspace, and the link by which its first admin sets a password."""

    setup_link: str


class Shown(WorkspaceView, frozen=True, rename="camel"):
    """A workspace, and the domains in which a verified e-mail address signs in its member."""

    sign_in_domains: list[str]


@app.command()
def create(
    slug: Slug,
    name: Annotated[str, typer.Option(help="The name that people see.")],
    admin_email: Annotated[str, typer.Option("--admin", metavar="EMAIL", help="The first admin's e-mail address.")],
    as_json: AsJson = False,
) -> None:
    """Make a workspace with its first admin."""
    with database() as db:
        view = admin.create_workspace(db, slug, name, admin_email)
        link = public_url(db, settings()) + admin.create_setup_link(db, slug, admin_email).path
    if as_json:
        print_json(Created(**structs.asdict(view), setup_link=link))
        return
    _show(view, as_json=False)
    say(f"\nThe admin sets a password for the console by this link, once, within a week:\n{link}")


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """List the workspaces."""
    with database() as db:
        rows = admin.list_workspaces(db)
    print_rows(
        rows,
        {
            "Slug": lambda w: w.slug,
            "Name": lambda w: w.name,
            "Users": lambda w: str(w.users),
            "Groups": lambda w: str(w.groups),
            "Default role": lambda w: role_cell(w.default_role),
        },
        as_json=as_json,
        empty="There is no workspace yet; make one with: entrant workspace create",
    )


@app.command()
def show(slug: Slug, as_json: AsJson = False) -> None:
    """Show a workspace and its settings."""
    with database() as db:
        view, domains = admin.show_workspace(db, slug), admin.list_domains(db, slug)
    if as_json:
        print_json(Shown(**structs.asdict(view), sign_in_domains=domains))
        return
    _show(view, as_json=False)
    print_facts({"Sign-in domains": ", ".join(domains) or "none"})


@app.command("set")
def set_(
    slug: Slug,
    setting: Annotated[
        str, typer.Argument(metavar="SETTING", help="default-role, reactivation, adoption or sign-in-domains.")
    ],
    value: Annotated[
        str,
        typer.Argument(
            metavar="VALUE", help="admin or member; allow or reinvite; on or off; domains separated by commas, or none."
        ),
    ],
    as_json: AsJson = False,
) -> None:
    """Change a setting: default-role admin|member, reactivation allow|reinvite, adoption on|off, sign-in-domains."""
    with database() as db:
        match setting:
            case "default-role":
                view = admin.set_default_role(db, slug, value)
            case "reactivation":
                view = admin.set_reactivation(db, slug, value)
            case "adoption":
                view = admin.set_adoption(db, slug, adoption=_read_switch(value))
            case "sign-in-domains":
                admin.set_domains(db, slug, [] if value == "none" else value.split(","))
                view = admin.show_workspace(db, slug)
            case _:
                known = "default-role, reactivation, adoption or sign-in-domains"
                raise InvalidSetting(f'"{setting}" is not a setting; use {known}')
    _show(view, as_json=as_json)


def _read_switch(text: str) -> bool:
    if text not in {"on", "off"}:
        raise InvalidSetting(f'"{text}" is neither on nor off')
    return text == "on"


def _show(view: WorkspaceView, *, as_json: bool) -> None:
    if as_json:
        print_json(view)
        return
    print_facts(
        {
            "Workspace": view.slug,
            "Name": view.name,
            "Default role": role_cell(view.default_role),
            "Reactivation": view.reactivation,
            "Adoption": "on" if view.adoption else "off",
            "Users": str(view.users),
            "Groups": str(view.groups),
            "Created": moment(view.created),
        }
    )
