"""`entrant audit`: what people did to a workspace, and whether that record is whole."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import msgspec
import typer
from rich.text import Text

from entrant.db.engine import timestamp
from entrant.service import admin
from entrant.service.admin import AuditCheck, AuditView
from entrant.workspace.model import Outcome

from .context import database
from .output import AsJson, moment, print_json, print_json_line, print_rows, say
from .workspaces import Slug

app = typer.Typer(help="The audit log: what people did, chained so that no change goes unseen.", no_args_is_help=True)

MAX_DETAILS = 200  # characters of the details in the table


@app.command("list")
def list_(
    slug: Slug,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many of the latest entries.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List who did what by console, command line or API, oldest entry first; refused attempts too."""
    with database() as db:
        entries = admin.list_audit(db, slug, limit=limit)
    print_rows(
        reversed(entries),
        {
            "#": lambda e: str(e.sequence),
            "When": lambda e: moment(e.at),
            "Who": lambda e: e.actor_name or e.actor,
            "By": lambda e: e.channel,
            "Did": lambda e: Text(e.action, "yellow" if e.outcome is Outcome.REFUSED else "bold"),
            "To": lambda e: e.target,
            "With": _details,
        },
        as_json=as_json,
        empty=f"Nothing has been done in {slug} yet.",
    )


@app.command()
def verify(
    slug: Annotated[
        str | None, typer.Argument(metavar="SLUG", help="The workspace; all of them if left out.", show_default=False)
    ] = None,
    anchor: Annotated[
        str | None,
        typer.Option(metavar="NUMBER:HASH", help="An entry as it was printed here before; it must still be there."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check that no entry was changed, removed or put in; exit status 1 and the first broken entry if one was."""
    with database() as db:
        checks = admin.verify_audit(db, slug, None if anchor is None else admin.parse_anchor(anchor))
    print_rows(
        checks,
        {
            "Workspace": lambda c: c.workspace,
            "Entries": lambda c: str(c.entries),
            "Cut before": lambda c: str(c.cut + 1) if c.cut else None,
            "Chain": _verdict,
            "Anchor": lambda c: f"{c.sequence}:{c.hash}" if c.sequence else None,
        },
        as_json=as_json,
        empty="There is no workspace yet; make one with: entrant workspace create",
    )
    if any(check.problem for check in checks):
        raise typer.Exit(1)


@app.command()
def export(slug: Slug) -> None:
    """Print the whole log as JSON, one entry a line, with all that its hashes are made of."""
    with database() as db:
        for line in admin.export_audit(db, slug):
            print_json_line(line)


@app.command()
def cut(
    slug: Slug,
    before: Annotated[
        datetime,
        typer.Option(metavar="DATE", formats=["%Y-%m-%d"], help="Remove the entries from before that day (UTC)."),
    ],
    as_json: AsJson = False,
) -> None:
    """Remove old entries; a signed anchor is left, from which the rest can still be verified. Export them first."""
    with database() as db:
        removed = admin.cut_audit(db, slug, timestamp(before.replace(tzinfo=UTC)))
    if as_json:
        print_json({"workspace": slug, "removed": removed})
    else:
        say(f"{removed} entries removed.")


def _verdict(check: AuditCheck) -> Text:
    return Text(check.problem, "bold red") if check.problem else Text("whole", "green")


def _details(entry: AuditView) -> str:
    shown = entry.detail or ""
    if entry.details:
        shown += (" " if shown else "") + msgspec.json.encode(entry.details).decode()
    return shown if len(shown) <= MAX_DETAILS else f"{shown[:MAX_DETAILS]}…"
