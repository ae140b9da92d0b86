"""`entrant keys`: the keys of the service that seal and sign."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.text import Text

from entrant.service import admin
from entrant.service.admin import KeyView
from entrant.store.keys import Purpose

from .context import database
from .output import AsJson, Columns, moment, print_rows

app = typer.Typer(help="The keys that seal and sign, and their replacement.", no_args_is_help=True)

COLUMNS: Columns[KeyView] = {
    "For": lambda k: k.purpose,
    "Id": lambda k: k.id,
    "Created": lambda k: moment(k.created),
    "Replaced": lambda k: moment(k.retired) if k.retired else Text("in use", "green"),
}
EMPTY = "No keys yet; each is made when it is first needed."


@app.command("list")
def list_(*, as_json: AsJson = False) -> None:
    """List the keys of the service, without the secrets themselves."""
    with database() as db:
        print_rows(admin.list_keys(db), COLUMNS, as_json=as_json, empty=EMPTY)


@app.command()
def rotate(
    purposes: Annotated[
        list[Purpose] | None,
        typer.Argument(metavar="[PURPOSE]...", help="sealing, cursors or audit; all if left out.", show_default=False),
    ] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Replace keys by new ones; run it again if it was interrupted. Running servers follow within a minute."""
    with database() as db:
        print_rows(admin.rotate_keys(db, purposes or Purpose), COLUMNS, as_json=as_json, empty=EMPTY)
