"""`entrant entra clock show`: the time that the emulator goes by."""

from __future__ import annotations

import typer

from entrant.cli.output import AsJson, moment, print_facts, print_json
from entrant.entra.directory import clock
from entrant.entra.store import DEFAULT_DATABASE

from .opening import DatabaseUrl, tenant_database


def add_to(clocks: typer.Typer) -> None:
    """Add the command to `entrant entra clock`."""
    clocks.command()(show)


def show(database: DatabaseUrl = DEFAULT_DATABASE, as_json: AsJson = False) -> None:
    """Show the emulator's clock."""
    with tenant_database(database) as db:
        shown = clock.show(db)
    mode = "manual" if shown.manual else "real"
    if as_json:
        print_json({"now": shown.now, "mode": mode, "aheadSeconds": shown.ahead})
        return
    running = "stands still until it is advanced" if shown.manual else "runs"
    print_facts({"Time": moment(shown.now), "Clock": f"{mode}: {running}", "Ahead": f"{shown.ahead:,.0f} s"})
