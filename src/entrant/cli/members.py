"""`entrant members`, `entrant groups` and `entrant member`: who is in a workspace, with which role."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.text import Text

from entrant.service import admin
from entrant.service.admin import GroupView, MemberView
from entrant.service.opening import public_url

from .context import database, settings
from .output import AsJson, Columns, print_json, print_rows, role_cell, say, yes_no
from .workspaces import Slug

app = typer.Typer(help="One member: invite, give a role, deactivate, invite again.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="MEMBER", help="The member's id or userName.")]
RoleName = Annotated[str, typer.Argument(metavar="ROLE", help="admin or member.")]

MEMBER_COLUMNS: Columns[MemberView] = {
    "userName": lambda m: m.user_name,
    "Name": lambda m: m.display_name,
    "E-mail": lambda m: m.email,
    "Role": lambda m: Text.assemble(role_cell(m.role), " (protected)" if m.protected else ""),
    "Active": lambda m: yes_no(m.active),
    "Source": lambda m: m.source,
    "Id": lambda m: m.id,
}
GROUP_COLUMNS: Columns[GroupView] = {
    "Group": lambda g: g.display_name,
    "Role": lambda g: role_cell(g.role),
    "Members": lambda g: str(g.member_count),
    "Id": lambda g: g.id,
}


def add_to(root: typer.Typer) -> None:
    """Add the lists to the root command."""
    root.command("members")(list_members)
    root.command("groups")(list_groups)


def list_members(
    slug: Slug,
    everyone: Annotated[bool, typer.Option("--all", help="Those who were deprovisioned as well.")] = False,
    as_json: AsJson = False,
) -> None:
    """List the members of a workspace with their roles."""
    with database() as db:
        rows = admin.list_members(db, slug, all_=everyone)
        print_rows(rows, MEMBER_COLUMNS, as_json=as_json, empty=f"{slug} has no members.")


def list_groups(slug: Slug, as_json: AsJson = False) -> None:
    """List the groups of a workspace with the roles they give."""
    with database() as db:
        rows = admin.list_groups(db, slug)
        print_rows(rows, GROUP_COLUMNS, as_json=as_json, empty=f"{slug} has no groups.")


@app.command()
def invite(
    slug: Slug,
    email: Annotated[str, typer.Argument(metavar="EMAIL", help="Their e-mail address, which becomes their userName.")],
    role: Annotated[str | None, typer.Option(help="admin or member; the workspace's default if left out.")] = None,
    as_json: AsJson = False,
) -> None:
    """Add a member by hand."""
    with database() as db:
        _show(admin.invite(db, slug, email, role), as_json=as_json)


@app.command("set-role")
def set_role(slug: Slug, member: Name, role: RoleName, as_json: AsJson = False) -> None:
    """Give a member a role by hand; refused while a role group decides it."""
    with database() as db:
        _show(admin.set_role(db, slug, member, role), as_json=as_json)


@app.command()
def deactivate(slug: Slug, member: Name, as_json: AsJson = False) -> None:
    """Take a member out of the workspace; their place in groups is kept."""
    with database() as db:
        _show(admin.deactivate(db, slug, member), as_json=as_json)


@app.command()
def reinvite(slug: Slug, member: Name, as_json: AsJson = False) -> None:
    """Let a member who was deprovisioned return."""
    with database() as db:
        _show(admin.reinvite(db, slug, member), as_json=as_json)


@app.command()
def protect(slug: Slug, member: Name, as_json: AsJson = False) -> None:
    """Let no SCIM request change an admin or take their role."""
    with database() as db:
        _show(admin.protect(db, slug, member), as_json=as_json)


@app.command()
def unprotect(slug: Slug, member: Name, as_json: AsJson = False) -> None:
    """Let SCIM requests change a protected admin again."""
    with database() as db:
        _show(admin.unprotect(db, slug, member), as_json=as_json)


@app.command()
def link(slug: Slug, member: Name, as_json: AsJson = False) -> None:
    """Print a link by which a member sets a password for the console, once; earlier links end."""
    with database() as db:
        made = admin.create_setup_link(db, slug, member)
        url = public_url(db, settings()) + made.path
    if as_json:
        print_json({"workspace": made.workspace, "userName": made.user_name, "setupLink": url})
    else:
        say(url)


@app.command()
def erase(
    slug: Slug,
    member: Name,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask whether that is meant.")] = False,
    as_json: AsJson = False,
) -> None:
    """Remove a member, or a former one, and their values from the logs too; this cannot be taken back."""
    if not yes:
        typer.confirm(f"Erase {member} from {slug} for good?", abort=True, err=True)
    with database() as db:
        erased = admin.erase_member(db, slug, member)
    if as_json:
        print_json(erased)
    else:
        counts = f"{erased.audit_entries} entries of the audit log and {erased.log_entries} of the provisioning log"
        say(f"Erased. The logs say {erased.pseudonym} instead; {counts} were changed.")


def _show(member: MemberView, *, as_json: bool) -> None:
    if as_json:
        print_json(member)
    else:
        print_rows([member], MEMBER_COLUMNS, as_json=False, empty="")
