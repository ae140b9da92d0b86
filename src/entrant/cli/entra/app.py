"""The command `entrant entra` and all its commands."""

from __future__ import annotations

import typer

from . import clock, connecting, log, mapping, on_demand, running, serving, settings

app = typer.Typer(
    help="An emulator of Microsoft Entra ID: its directory, its provisioning and its Graph API.",
    no_args_is_help=True,
)
apps = typer.Typer(help="Enterprise applications and where they are provisioned to.", no_args_is_help=True)
clocks = typer.Typer(help="The emulator's clock.", no_args_is_help=True)
serving.add_to(app)
app.add_typer(apps, name="app")
connecting.add_to(apps)
mapping.add_to(apps)
settings.add_to(apps)
running.add_to(app)
on_demand.add_to(app)
log.add_to(app)
app.add_typer(clocks, name="clock")
clock.add_to(clocks)
