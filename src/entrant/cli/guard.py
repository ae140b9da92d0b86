"""`entrant guard`: what the mass-change guard holds, and how much a connection may take away by itself."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.text import Text

from entrant.service import admin
from entrant.service.admin import GuardView, HeldView
from entrant.workspace.guard import Change, HeldState

from .connections import Connection
from .context import database
from .output import AsJson, moment, print_facts, print_json, print_rows
from .workspaces import Slug

app = typer.Typer(help="The guard against mass changes by the provider.", no_args_is_help=True)

STYLES = {HeldState.WAITING: "bold yellow", HeldState.APPROVED: "green", HeldState.REJECTED: "red"}

HeldId = Annotated[
    str | None,
    typer.Argument(metavar="ID", help="Which held change; the only one that waits if left out.", show_default=False),
]


@app.command("list")
def list_(
    slug: Slug,
    waiting: Annotated[bool, typer.Option("--waiting", help="Only what waits for a decision.")] = False,
    as_json: AsJson = False,
) -> None:
    """List the changes that are held, with everyone they concern, and those decided within a week."""
    with database() as db:
        _show(admin.list_held(db, slug, waiting=waiting), as_json=as_json)


@app.command()
def approve(slug: Slug, held: HeldId = None, as_json: AsJson = False) -> None:
    """Let the provider's next attempt through, once, for those who were listed with that ID.

    Without an ID, the only change that waits is shown and confirmed first.
    """
    with database() as db:
        if held is None:
            shown = admin.show_held(db, slug)
            held = shown.id
            _show([shown], as_json=False)
            typer.confirm(
                f"Approve it for {'this member' if shown.count == 1 else f'these {shown.count}'}?", abort=True
            )
        _show([admin.approve_held(db, slug, held)], as_json=as_json)


@app.command()
def reject(slug: Slug, held: HeldId = None, as_json: AsJson = False) -> None:
    """Refuse the change for a week: the provider is answered 403."""
    with database() as db:
        _show([admin.reject_held(db, slug, held)], as_json=as_json)


@app.command()
def show(slug: Slug, connection: Connection = None, as_json: AsJson = False) -> None:
    """Show the limits of a connection."""
    with database() as db:
        _show_limits(admin.show_guard(db, slug, connection), as_json=as_json)


@app.command("set")
def set_(
    slug: Slug,
    setting: Annotated[
        str,
        typer.Argument(
            metavar="SETTING", help="deactivations, removals, promotions, demotions, share, window or minimum."
        ),
    ],
    value: Annotated[str, typer.Argument(metavar="VALUE", help="20% or off; a number or off; 30m, 1h or 1d.")],
    connection: Connection = None,
    as_json: AsJson = False,
) -> None:
    """Change a limit: deactivations or removals PERCENT|off, promotions or demotions NUMBER|off, share PERCENT.

    The window is a TIME, the minimum a NUMBER.
    """
    with database() as db:
        _show_limits(admin.set_guard(db, slug, connection, setting, value), as_json=as_json)


def _show(held: list[HeldView], *, as_json: bool) -> None:
    print_rows(
        held,
        {
            "Id": lambda h: h.id,
            "State": lambda h: Text(h.state, STYLES[h.state]),
            "Change": _change,
            "Concerns": _concerned,
            "First": lambda h: moment(h.first),
            "Last": lambda h: moment(h.last),
            "Decided by": lambda h: h.decided_by,
        },
        as_json=as_json,
        empty="Nothing is held.",
    )


def _change(held: HeldView) -> str:
    match held.change:
        case Change.DEACTIVATIONS:
            return "loses access"
        case Change.REMOVALS:
            return f"leaves {held.group or 'a group'}"
        case Change.PROMOTIONS:
            return "becomes admin"
        case Change.ADOPTION:
            return f"is adopted by {held.asker}"
        case Change.DEMOTIONS:
            return "is no longer admin"


def _concerned(held: HeldView) -> str:
    if held.count != len(held.members):
        return f"{held.count} members"  # ids that stand for many
    return ", ".join(member.name or member.id for member in held.members)


def _show_limits(view: GuardView, *, as_json: bool) -> None:
    if as_json:
        print_json(view)
        return
    print_facts(
        {
            "Connection": view.connection,
            "Window": f"{view.window // 60} minutes",
            "Minimum": f"{view.minimum} members; smaller groups are guarded together",
            "Deactivations": _limit(view.deactivations, " % of the members with access"),
            "Removals": _limit(view.removals, " % of a group's members"),
            "Promotions": _limit(view.promotions, f" new admins, or {view.share} % of the members"),
            "Demotions": _limit(view.demotions, f" admins, or {view.share} % of them"),
        }
    )


def _limit(limit: int | None, unit: str) -> str:
    return "off" if limit is None else f"at most {limit}{unit}"
