"""`entrant entra provision-on-demand`: one object, now, step by step."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.text import Text

from entrant.cli.output import AsJson, console, print_json
from entrant.config import ConfigError
from entrant.entra.directory import finding
from entrant.entra.engine.on_demand import OnDemand, Result
from entrant.entra.jobs import operations
from entrant.entra.model import Kind
from entrant.entra.store import DEFAULT_DATABASE
from entrant.scim.wire import Json

from .log import STYLES
from .opening import App, DatabaseUrl, emulator, job_id_of

RESULTS = {Result.SUCCESS: "green", Result.SKIPPED: "yellow", Result.FAILURE: "bold red"}


def add_to(root: typer.Typer) -> None:
    """Add the command to `entrant entra`."""
    root.command("provision-on-demand")(provision_on_demand)


def provision_on_demand(
    app: App,
    user: Annotated[str | None, typer.Option(metavar="USER", help="The user: a UPN, name or id.")] = None,
    group: Annotated[str | None, typer.Option(metavar="GROUP", help="The group: a name or id.")] = None,
    member: Annotated[
        list[str] | None, typer.Option(metavar="USER", help="With a group: a member to provision; at most five.")
    ] = None,
    database: DatabaseUrl = DEFAULT_DATABASE,
    as_json: AsJson = False,
) -> None:
    """Provision one user or group now and show the steps. Exit status 1 if it failed."""
    if (user is None) == (group is None):
        raise ConfigError("say whom: --user U or --group G")
    with emulator(database) as p:
        job_id = job_id_of(p, app)
        if group is None:
            found, kind = p.db.read(lambda tx: finding.get_user(tx, user or "")), Kind.USER
        else:
            found, kind = p.db.read(lambda tx: finding.get_group(tx, group)), Kind.GROUP
        members = [p.db.read(lambda tx, name=name: finding.get_user(tx, name)).id for name in member or []]  # type: ignore[misc]
        done = operations.provision_on_demand(p, job_id, found.id, kind, members)
    if as_json:
        print_json(_json(done))
    else:
        _print(found.name, done)
    if done.result is Result.FAILURE:
        raise typer.Exit(1)


def _json(done: OnDemand) -> Json:
    return {
        "result": done.result,
        "steps": [
            {
                "name": step.name,
                "status": step.status,
                "description": step.description,
                "details": dict(step.details),
            }
            for step in done.steps
        ],
        "modifiedProperties": [
            {"displayName": each.name, "oldValue": each.old, "newValue": each.new} for each in done.modified
        ],
        **({"errorCode": done.error_code, "errorMessage": done.error_message} if done.error_code else {}),
    }


def _print(name: str, done: OnDemand) -> None:
    out = console()
    out.print(Text.assemble((name, "bold"), "  ", (done.result, RESULTS[done.result])), soft_wrap=True)
    for number, step in enumerate(done.steps, 1):
        head = Text.assemble(f"  {number}. ", (step.name, "bold"), "  ", (step.status, STYLES[step.status]))
        out.print(head, soft_wrap=True)
        for line in [*step.description.splitlines(), *(f"{key}: {text}" for key, text in step.details.items())]:
            out.print(Text(f"       {line}", "dim"), soft_wrap=True)
    for each in done.modified:
        out.print(
            Text.assemble("  ", (each.name, "bold"), f": {each.old or 'nothing'} → {each.new or 'nothing'}"),
            soft_wrap=True,
        )
    if done.error_code is not None:
        out.print(Text(f"  {done.error_code}: {done.error_message}", RESULTS[done.result]), soft_wrap=True)
