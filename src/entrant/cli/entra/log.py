"""`entrant entra log`: the provisioning log of an application."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Annotated

import typer
from rich.text import Text

from entrant.cli.output import AsJson, console, moment, print_json, say
from entrant.entra.graph.log_json import entry_json
from entrant.entra.jobs import operations
from entrant.entra.jobs.provisioner import Provisioner
from entrant.entra.model import Exchange, LogEntry, ModifiedProperty, Status
from entrant.entra.store import DEFAULT_DATABASE
from entrant.entra.store.log import Logged, Query

from .opening import App, DatabaseUrl, emulator, find_app

STYLES = {Status.SUCCESS: "green", Status.SKIPPED: "dim", Status.WARNING: "yellow", Status.FAILURE: "bold red"}
PAGE = 100
MAX_VALUE = 80  # characters of a value in one line


def add_to(root: typer.Typer) -> None:
    """Add the command to `entrant entra`."""
    root.command()(log)


def log(
    app: App,
    failed: Annotated[bool, typer.Option("--failed", help="Only what failed.")] = False,
    object_: Annotated[
        str | None,
        typer.Option("--object", metavar="ID", help="Only what concerns the object of the directory with this id."),
    ] = None,
    cycle: Annotated[str | None, typer.Option(metavar="ID", help="Only what one cycle did.")] = None,
    exchanges: Annotated[bool, typer.Option("--exchanges", help="With the HTTP requests and their answers.")] = False,
    steps: Annotated[bool, typer.Option("--steps", help="With the steps of each entry.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="How many of the latest entries.")] = 50,
    database: DatabaseUrl = DEFAULT_DATABASE,
    as_json: AsJson = False,
) -> None:
    """Show the provisioning log, newest entry first. JSON is Graph's provisioningObjectSummary."""
    with emulator(database) as p:
        principal = find_app(p, app)
        query = Query(
            service_principal=principal.id,
            source_id=object_,
            cycle=cycle,
            statuses=(Status.FAILURE,) if failed else (),
        )
        entries = entries_of(p, query, limit)
        if as_json:
            print_json(
                [
                    entry_json(each, p.tenant, principal.app_id)
                    | ({"exchanges": [_exchange_json(one) for one in each.entry.exchanges]} if exchanges else {})
                    for each in entries
                ]
            )
            return
        empty = True
        for each in entries:
            empty = False
            _print(each, steps=steps, exchanges=exchanges)
    if empty:
        say("The log has no such entries." if failed or object_ or cycle else "The log is empty.")


def entries_of(p: Provisioner, query: Query, limit: int) -> Iterator[Logged]:
    """The latest entries, page by page."""
    left = limit
    while left > 0:
        page = operations.list_log(p, replace(query, most=min(PAGE, left)))
        yield from page.entries
        left -= len(page.entries)
        if page.next is None:
            return
        query = replace(query, before=page.next)


def entry_text(entry: LogEntry) -> Text:
    """An entry in one line."""
    return Text.assemble(
        (f"{entry.status:<8}", STYLES[entry.status]),
        (f" {entry.action:<12}", "bold"),
        f" {entry.source_kind:<5} ",
        (entry.source_name, "bold"),
        (f"  {entry.error_code}" if entry.error_code else "", "dim" if entry.status is Status.SKIPPED else "yellow"),
    )


def reason_lines(entry: LogEntry) -> list[str]:
    """Why an entry failed or was skipped, and what to do, as lines."""
    lines = (entry.reason or "").splitlines()
    return lines + ([f"→ {entry.recommended_action}"] if entry.recommended_action else [])


def _print(logged: Logged, *, steps: bool, exchanges: bool) -> None:
    out, entry = console(), logged.entry
    out.print(Text.assemble((moment(logged.at), "dim"), "  ", entry_text(entry)), soft_wrap=True)
    lines = [_change(each) for each in entry.modified]
    lines += reason_lines(entry) if entry.status is not Status.SKIPPED or steps else []
    for line in lines:
        out.print(Text(f"    {line}", "dim"), soft_wrap=True)
    if steps:
        for number, step in enumerate(entry.steps, 1):
            line = f"    {number}. {step.name}: {step.description}"
            out.print(Text.assemble(line, (f"  {step.status}", STYLES[step.status])), soft_wrap=True)
    if exchanges:
        for each in entry.exchanges:
            out.print(Text.assemble("    ", (f"{each.method} {each.target}", "cyan")), soft_wrap=True)
            for text in filter(
                None, (each.body, f"{each.status or 'no answer'}  ({each.milliseconds} ms)", each.answer)
            ):
                out.print(Text(f"      {text}", "dim"), soft_wrap=True)


def _change(modified: ModifiedProperty) -> str:
    return f"{modified.name}: {_value(modified.old)} → {_value(modified.new)}"


def _value(text: str | None) -> str:
    if not text:
        return "nothing"
    return text if len(text) <= MAX_VALUE else f"{text[:MAX_VALUE]}…"


def _exchange_json(exchange: Exchange) -> dict[str, str | int]:
    return {
        "method": exchange.method,
        "target": exchange.target,
        "body": exchange.body,
        "status": exchange.status,
        "answer": exchange.answer,
        "milliseconds": exchange.milliseconds,
    }
