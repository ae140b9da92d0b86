"""`entrant entra import` and `seed`: many users and groups at once."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from entrant.cli.output import AsJson, console, print_json, say
from entrant.entra import directory
from entrant.entra.store import DEFAULT_DATABASE

from .opening import DatabaseUrl, tenant_database

SHOWN = 50  # problems that are printed for people; --json has all of them


def add_to(root: typer.Typer) -> None:
    """Add the commands to `entrant entra`."""
    root.command("import")(import_)
    root.command()(seed)


def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV of Entra's bulk-create template, or Graph's JSON.")],
    database: DatabaseUrl = DEFAULT_DATABASE,
    as_json: AsJson = False,
) -> None:
    """Bring users and groups from a file into the directory; exit status 1 if any of them was refused."""
    with tenant_database(database) as db, _bar("Reading") as progress:
        told = directory.import_file(db, file, progress)
    if as_json:
        print_json(asdict(told))
    else:
        say(f"{told.users:,} users and {told.groups:,} groups added, {told.existing:,} were there already.")
        for problem in told.problems[:SHOWN]:
            console().print(f"line {problem.line}: {problem.name or '—'}: {problem.message}", style="red")
        if len(told.problems) > SHOWN:
            say(f"and {len(told.problems) - SHOWN:,} more; --json lists all.")
    if told.problems:
        raise typer.Exit(1)


def seed(
    people: Annotated[int, typer.Argument(metavar="N", min=1, max=1_000_000, help="How many people.")],
    number: Annotated[int, typer.Option("--number", help="Another number makes other people.")] = 1,
    database: DatabaseUrl = DEFAULT_DATABASE,
    as_json: AsJson = False,
) -> None:
    """Invent a company: people with departments and managers, groups, a nested group and two role groups."""
    with tenant_database(database) as db, _bar("Inventing") as progress:
        told = directory.seed(db, people, number=number, progress=progress)
    if as_json:
        print_json(asdict(told))
    else:
        say(f"{told.users:,} users and {told.groups:,} groups added, {told.existing:,} were there already.")
        say(f"Role groups: {told.admins} and {told.members}.")


@contextmanager
def _bar(title: str) -> Iterator[Callable[[int, int], None]]:
    """A progress bar, on a terminal only."""
    columns = TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn()
    with Progress(*columns, console=console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task(title)
        yield lambda done, whole: bar.update(task, completed=done, total=whole)
