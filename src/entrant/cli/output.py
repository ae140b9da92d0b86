"""What commands print: tables for people, JSON for scripts."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, TypeAlias, TypeVar

import msgspec
import typer
from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from entrant.scim.wire import Json
from entrant.ui.text import visible

T = TypeVar("T")

AsJson: TypeAlias = Annotated[bool, typer.Option("--json", help="Print JSON for scripts instead of text for people.")]
Columns: TypeAlias = Mapping[str, Callable[[T], Text | str | None]]
"""The cells of a row, by the title of their column; None is an empty cell."""

ROLE_STYLES = {"admin": "bold magenta", "member": "cyan"}


def say(text: str = "", *, stderr: bool = False) -> None:
    """Print text for people immediately. What it quotes may be anybody's: no terminal obeys it."""
    print(visible(text), file=sys.stderr if stderr else sys.stdout, flush=True)


def print_json(value: object) -> None:
    """One JSON document, indented. A `Struct` is written by its names for the wire."""
    print(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())


def print_json_line(value: object) -> None:
    """One JSON document on one line, seen at once by whoever follows."""
    print(msgspec.json.encode(value).decode(), flush=True)


def print_rows(rows: Iterable[T], columns: Columns[T], *, as_json: bool, empty: str) -> None:
    """Rows as a table, or as a JSON array written while they are read; `empty` is said where there are none."""
    if as_json:
        _print_array(rows)
        return
    table = Table(box=None, header_style="bold", pad_edge=False)
    for title in columns:
        table.add_column(title, overflow="fold")
    for row in rows:
        table.add_row(*(cell(row) or "" for cell in columns.values()))
    console().print(table if table.row_count else empty)


def print_facts(facts: Mapping[str, Text | str | None]) -> None:
    """Facts about one thing, a line each."""
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    for name, fact in facts.items():
        table.add_row(name, fact or "")
    console().print(table)


class SafeConsole(Console):
    """A console whose styles are ours alone: control characters in what is printed are shown, not obeyed."""

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """Segments in which nothing but the console's own is a control code."""
        for segment in super().render(renderable, options):
            yield segment if segment.control else Segment(visible(segment.text), segment.style)


def console(*, stderr: bool = False) -> Console:
    """Standard output or error, whose width is a terminal's, or unbounded where no one looks."""
    stream = sys.stderr if stderr else sys.stdout
    return SafeConsole(highlight=False, markup=False, width=None if stream.isatty() else 500, stderr=stderr)


def role_cell(role: str | None) -> Text:
    """A role, coloured."""
    return Text(role or "—", ROLE_STYLES.get(role or "", "dim"))


def moment(at: str | None) -> str:
    """A time as people read it: UTC to the second."""
    return "never" if at is None else f"{at[:19].replace('T', ' ')} UTC"


def yes_no(value: Json) -> str:
    """A flag."""
    return "yes" if value else "no"


def _print_array(rows: Iterable[object]) -> None:
    opening = "["
    for row in rows:
        print(f"{opening}\n  {msgspec.json.encode(row).decode()}", end="")
        opening = ","
    print("[]" if opening == "[" else "\n]")
