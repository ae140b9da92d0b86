"""What a run found, as a table on the terminal, as Markdown for docs/performance.md, and as JSON."""

from __future__ import annotations

import os
import platform
import re
import sqlite3
import subprocess
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from pathlib import Path

from rich.console import Console
from rich.table import Table

from entrant.scim.wire import Json

from .cycle import CycleLine
from .filters import Reads
from .large import LargeGroup
from .measure import Line
from .peers.line import PeerLine
from .targets import MEGABYTE, Results, Verdict, judge

CYCLES = ("target", "users", "groups", "cycle", "requests", "req/s", "CPU µs", "MB", "MB peak")
COLUMNS = ("", "req/s", "p50 ms", "p99 ms", "server µs", "database µs", "CPU x empty", "req/s x bare", "db CPU x bare")
MARKS = {True: "✓", False: "✗", None: "-"}
PACKAGES = ("uvicorn", "httptools", "uvloop", "msgspec", "psycopg")


def cells(line: Line) -> tuple[str, ...]:
    """A line of the main table."""
    figures = line.service
    has_database = bool(figures.database_cpu)
    return (
        line.case.title,
        f"{figures.rate:,.0f}",
        f"{figures.p50:.1f}",
        f"{figures.p99:.1f}",
        f"{figures.server_cpu:.0f}",
        f"{figures.database_cpu:.0f}" if has_database else "-",
        f"{line.cpu_to_empty:.1f}",
        f"{line.rate_to_bare:.2f}",
        f"{line.database_to_bare:.2f}" if has_database else "-",
    )


def by_engine(lines: Iterable[Line]) -> dict[str, list[Line]]:
    """The lines of each engine, in order."""
    found: dict[str, list[Line]] = {}
    for line in lines:
        found.setdefault(line.engine, []).append(line)
    return found


def show(console: Console, results: Results) -> None:
    """Everything, to people."""
    table = Table(*COLUMNS, title="Entrant, req/s and processor time per request")
    for column in table.columns[1:]:
        column.justify = "right"
    for engine, lines in by_engine(results.lines).items():
        table.add_section()
        table.add_row(f"[bold]{engine}[/bold]")
        for line in lines:
            table.add_row(*cells(line))
    if results.lines:
        console.print(table)
    if results.cycles:
        console.print(cycle_table(results.cycles))
    for sentence in sentences(results):
        console.print(sentence, highlight=False)
    targets = Table("", "target", "measured", "", title="Targets")
    for verdict in judge(results):
        targets.add_row(verdict.number, verdict.wanted, verdict.seen, MARKS[verdict.reached])
    console.print(targets)


def cycle_cells(line: CycleLine) -> tuple[str, ...]:
    """A line of the table of cycles."""
    company, took = line.company, line.took
    sizes = (f"{company.users:,}", f"{company.groups:,}")
    memory = (f"{took.before / MEGABYTE:.0f}", f"{took.peak / MEGABYTE:.0f}")
    return (line.target, *sizes, line.cycle, f"{took.requests:,}", f"{line.rate:,.0f}", f"{line.cpu:,.0f}", *memory)


def cycle_table(lines: Iterable[CycleLine]) -> Table:
    """What cycles cost the emulator, to people."""
    table = Table(*CYCLES, title="The emulator: cycles, and its own processor time per request")
    for line in lines:
        table.add_row(*cycle_cells(line))
    return table


def sentences(results: Results) -> list[str]:
    """What does not fit the table."""
    return [
        *map(large_group, results.large_groups),
        *map(reads, results.reads),
        *(
            f"{s.engine}: first answer {s.seconds:.2f} s after the start, {s.memory / MEGABYTE:.0f} MB idle"
            for s in results.starts
        ),
        *map(peer, results.peers),
    ]


def large_group(seen: LargeGroup) -> str:
    """One sentence on the large group."""
    return (
        f"{seen.engine}, group of {seen.members:,}: add one {seen.add_to_large:.2f} ms (empty group "
        f"{seen.add_to_empty:.2f}), read without members {seen.read_large:.2f} ms (a user {seen.read_user:.2f}), "
        f"1,000 in one PATCH {seen.add_thousand:.1f} ms, full list of {seen.full_size / MEGABYTE:.1f} MB "
        f"{seen.full_read:.0f} ms with at most {seen.growth / MEGABYTE:.1f} MB more memory"
    )


def reads(seen: Reads) -> str:
    """One sentence on filters and pages."""
    equality = ", ".join(f"{path.rpartition(':')[2]} {time:.2f}" for path, time in seen.equality.items())
    return (
        f"{seen.engine}, {seen.users:,} users, one client, ms: {equality}; cursor page {seen.cursor_page:.2f}, "
        f"page from the middle {seen.deep_page:.1f}, filter without an index {seen.scan:.0f}"
    )


def peer(seen: PeerLine) -> str:
    """One sentence on a case of a peer."""
    figures, where = seen.figures, "on PostgreSQL" if seen.durable else "in memory"
    if figures is None:
        return f"{seen.name}, {where}, {seen.title}: not measured, {seen.refused}"
    database = f", database {figures.database_cpu:.0f} µs" if seen.durable else ""
    return (
        f"{seen.name}, {where}, {seen.title}: {figures.rate:,.0f} req/s, p50 {figures.p50:.1f} ms, "
        f"p99 {figures.p99:.1f} ms, server {figures.server_cpu:.0f} µs{database}"
    )


def markdown(results: Results, conditions: str) -> str:
    """Everything, for docs/performance.md."""
    parts = [conditions]
    for engine, lines in by_engine(results.lines).items():
        parts.append(markdown_table((engine, *COLUMNS[1:]), map(cells, lines)))
    if results.cycles:
        parts.append(markdown_table(CYCLES, map(cycle_cells, results.cycles)))
    parts.append("\n".join(f"- {sentence}." for sentence in sentences(results)))
    rows = [(v.number, v.wanted, v.seen, MARKS[v.reached]) for v in judge(results)]
    parts.append(markdown_table(("", "target", "measured", ""), rows))
    return "\n\n".join(parts) + "\n"


def markdown_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; its first column is text, the others numbers or text alike."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def as_json(results: Results, conditions: str) -> Json:
    """Everything, for programs."""
    return {
        "conditions": conditions,
        "lines": [line_json(line) for line in results.lines],
        "largeGroups": list(results.large_groups),
        "reads": list(results.reads),
        "starts": list(results.starts),
        "peers": list(results.peers),
        "cycles": list(results.cycles),
        "targets": [verdict_json(verdict) for verdict in judge(results)],
    }


def line_json(line: Line) -> Json:
    """A line with its ratios."""
    return {
        "engine": line.engine,
        "case": line.case.key,
        "service": line.service,
        "empty": line.empty,
        "bare": line.bare,
        "cpuToEmpty": line.cpu_to_empty,
        "rateToBare": line.rate_to_bare,
        "databaseToBare": line.database_to_bare,
    }


def verdict_json(verdict: Verdict) -> Json:
    """A target and its verdict."""
    return {"number": verdict.number, "wanted": verdict.wanted, "seen": verdict.seen, "reached": verdict.reached}


def machine() -> str:
    """The machine and the versions, in one sentence."""
    model = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    memory = re.search(r"MemTotal:\s*(\d+)", Path("/proc/meminfo").read_text())
    postgres = subprocess.run(["psql", "--version"], capture_output=True, text=True, check=False).stdout.split()
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return (
        f"{model[1] if model else platform.machine()}, {os.cpu_count()} processors, "
        f"{int(memory[1]) / 1024**2 if memory else 0:.0f} GiB, Linux {platform.release()}, "
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, "
        f"PostgreSQL {postgres[2] if len(postgres) > 2 else 'unknown'}, {packages}"
    )
