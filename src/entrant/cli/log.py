"""`entrant log`: what the provider asked and what became of it."""

from __future__ import annotations

import time
from typing import Annotated

import msgspec
import typer
from rich.text import Text

from entrant.scim.wire import Json
from entrant.service import admin
from entrant.service.admin import LogView
from entrant.workspace.model import Outcome

from .context import database
from .output import AsJson, console, moment, print_json, print_json_line
from .workspaces import Slug

POLL_SECONDS = 1.0
MAX_VALUE = 80  # characters of a value in a note
STYLES = {Outcome.DONE: "green", Outcome.REFUSED: "yellow", Outcome.FAILED: "bold red"}


def add_to(root: typer.Typer) -> None:
    """Add the command to the root."""
    root.command("log")(show_log)


def show_log(
    slug: Slug,
    follow: Annotated[bool, typer.Option("--follow", help="Go on with new entries as they come.")] = False,
    failed: Annotated[bool, typer.Option("--failed", help="Only what was refused or failed.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many of the latest entries.")] = 50,
    as_json: AsJson = False,
) -> None:
    """Show the provisioning log, oldest entry first. With --follow, JSON is one entry a line."""
    with database() as db:
        if as_json and not follow:
            print_json(admin.list_log(db, slug, failed=failed, limit=limit))
            return
        show = print_json_line if as_json else _print_entry
        for entries in admin.follow_log(db, slug, failed=failed, limit=limit):
            for entry in entries:
                show(entry)
            if not follow:
                return
            time.sleep(POLL_SECONDS)


def _print_entry(entry: LogView) -> None:
    line = Text.assemble(
        (moment(entry.at), "dim"),
        "  ",
        (f"{entry.status} {entry.outcome:<7}", STYLES[entry.outcome]),
        f"  {entry.operation}",
        (f"  {entry.resource_name}" if entry.resource_name else "", "bold"),
    )
    out = console()
    out.print(line, soft_wrap=True)
    for note in _notes(entry):
        out.print(Text(f"    {note}", "dim"), soft_wrap=True)


def _notes(entry: LogView) -> list[str]:
    """What there is to say beyond the first line: why it was refused, what changed, what was tolerated."""
    notes = [entry.detail] if entry.detail else []
    notes += map(_change, entry.changes)
    if entry.tolerances:
        notes.append(f"tolerated: {', '.join(entry.tolerances)}")
    return notes


def _change(change: Json) -> str:
    """One change in a few words; see `LogEntry.changes` for its forms."""
    if "attribute" in change:
        return f"{change['attribute']}: {_value(change['before'])} → {_value(change['after'])}"
    if "roleAfter" in change:
        return f"role of {change['userName']}: {change['roleBefore'] or 'none'} → {change['roleAfter'] or 'none'}"
    if "moreRoles" in change:
        return f"roles of {change['moreRoles']} more"
    if "dropped" in change:
        more = f" and {change['more']} more" if "more" in change else ""
        return f"dropped: {', '.join(change['dropped'])}{more}"
    if "insideWord" in change:
        return f"{change['rule']} matches {change['insideWord']} only inside a longer word"
    verb = "added" if "added" in change else "removed"
    return f"{verb} {len(change[verb]) + change.get('more', 0)} members"


def _value(value: Json) -> str:
    """A value of an attribute, as JSON, cut to a line."""
    text = "nothing" if value is None else msgspec.json.encode(value).decode()
    return text if len(text) <= MAX_VALUE else f"{text[:MAX_VALUE]}…"
