"""The command `entrant entra` and all its commands."""

from __future__ import annotations

import typer

from . import (
    applications,
    clock,
    clock_face,
    connecting,
    filling,
    groups,
    log,
    mapping,
    on_demand,
    running,
    serving,
    settings,
    users,
)

app = typer.Typer(
    help="An emulator of Microsoft Entra ID: its directory, its provisioning and its Graph API.",
    no_args_is_help=True,
)
apps = typer.Typer(help="Enterprise applications and where they are provisioned to.", no_args_is_help=True)
clocks = typer.Typer(help="The emulator's clock.", no_args_is_help=True)
serving.add_to(app)
app.add_typer(apps, name="app")
app.add_typer(users.app, name="user")
app.add_typer(groups.app, name="group")
applications.add_to(app, apps)
filling.add_to(app)
connecting.add_to(apps)
mapping.add_to(apps)
settings.add_to(apps)
running.add_to(app)
on_demand.add_to(app)
log.add_to(app)
app.add_typer(clocks, name="clock")
clock_face.add_to(clocks)
clock.add_to(clocks)
