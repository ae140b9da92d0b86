"""`entrant entra start`, `stop`, `restart` and `sync`: an application's cycles."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Annotated

import typer
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.text import Text

from entrant.cli.output import AsJson, console, moment, print_json, say
from entrant.entra.engine.job import Counters, CycleState
from entrant.entra.engine.restart import parse_reset
from entrant.entra.jobs import operations
from entrant.entra.jobs.operations import Watch
from entrant.entra.jobs.provisioner import Provisioner
from entrant.entra.jobs.schedule import Happened, advance
from entrant.entra.jobs.views import Execution
from entrant.entra.model import Outcome, Status
from entrant.entra.store import DEFAULT_DATABASE
from entrant.entra.store.log import Logged, Query
from entrant.scim.wire import Json

from .log import entries_of, entry_text, reason_lines
from .opening import App, DatabaseUrl, emulator, find_app, job_id_of, parse_time

POLL_SECONDS = 0.5
MAX_FAILURES = 20  # that a summary shows; the log has them all
PAST = {
    "create": "created",
    "update": "updated",
    "disable": "disabled",
    "delete": "deleted",
    "skip": "skipped",
}
STYLES = {
    CycleState.SUCCEEDED: "green",
    CycleState.ENTRY_LEVEL_ERRORS: "yellow",
    CycleState.FAILED: "bold red",
}
SHOWN = tuple(PAST)
STATES = {
    CycleState.SUCCEEDED: "succeeded",
    CycleState.ENTRY_LEVEL_ERRORS: "ended with failures",
    CycleState.FAILED: "failed",
}


def add_to(root: typer.Typer) -> None:
    """Add the commands to `entrant entra`."""
    root.command()(start)
    root.command()(stop)
    root.command()(restart)
    root.command()(sync)


def start(app: App, database: DatabaseUrl = DEFAULT_DATABASE, as_json: AsJson = False) -> None:
    """Start provisioning: a cycle now, and one every 40 minutes of the emulator's clock while it is served."""
    with emulator(database) as p:
        operations.start(p, job_id_of(p, app))
        _print_state(p, app, "Provisioning is started", as_json=as_json)


def stop(app: App, database: DatabaseUrl = DEFAULT_DATABASE, as_json: AsJson = False) -> None:
    """Stop provisioning: a running cycle ends, no other begins; nothing is forgotten."""
    with emulator(database) as p:
        operations.pause(p, job_id_of(p, app))
        _print_state(p, app, "Provisioning is stopped", as_json=as_json)


def restart(
    app: App,
    reset: Annotated[
        str,
        typer.Option(
            metavar="SCOPES",
            help="What is cleared: Full, or some of Watermark, Escrows, QuarantineState, ConnectorDataStore and "
            "ForceDeletes, joined by commas. Left out: the first three.",
        ),
    ] = "",
    allow_deletes: Annotated[
        bool, typer.Option("--allow-deletes", help="Clear nothing; let the deletions through that were held back.")
    ] = False,
    database: DatabaseUrl = DEFAULT_DATABASE,
    as_json: AsJson = False,
) -> None:
    """Restart provisioning with an initial cycle; what was provisioned stays linked unless SCOPES say otherwise."""
    with emulator(database) as p:
        job_id = job_id_of(p, app)
        if allow_deletes:
            operations.allow_deletes(p, job_id)
        else:
            operations.restart(p, job_id, parse_reset(reset))
        _print_state(p, app, "Provisioning is restarted", as_json=as_json)


def sync(
    app: App,
    wind: Annotated[
        str | None,
        typer.Option(
            "--advance",
            metavar="TIME",
            help="Wind the clock forward instead of waiting: 40m, 24h, 30d; what falls due runs.",
        ),
    ] = None,
    follow: Annotated[
        bool,
        typer.Option("--follow", help="Print each entry of the log as it comes; wait for a cycle that runs already."),
    ] = False,
    database: DatabaseUrl = DEFAULT_DATABASE,
    as_json: AsJson = False,
) -> None:
    """Run a cycle now and wait for its end. Exit status 1 if the cycle failed as a whole."""
    with emulator(database) as p:
        job_id = job_id_of(p, app)
        ran = _advance(p, job_id, wind) if wind else []
        if not ran:
            ran = [_run(p, job_id, follow=follow, quiet=as_json)]
        if as_json:
            print_json(summary(ran))
        else:
            _print_summary(p, ran)
        if ran[-1].state is CycleState.FAILED:
            raise typer.Exit(1)


def summary(ran: Sequence[Execution]) -> Json:
    """What cycles came to, as JSON; of several the sums, and the id and state of the last."""
    totals = [each.counters for each in ran]
    counts = {name: sum(getattr(each, name) for each in totals) for name in SHOWN}
    counts["fail"] = sum(each.escrowed_raw for each in totals)
    requests = sum(each.requests for each in totals)
    return {"cycleId": ran[-1].id, "state": ran[-1].state, "counts": counts, "requests": requests}


def _advance(p: Provisioner, job_id: str, wind: str) -> list[Execution]:
    """The cycles of this job that fell due on the way."""
    happened: list[Happened] = []
    advance(p, parse_time(wind), happened.append)
    return [each.execution for each in happened if each.job_id == job_id and each.execution is not None]


def _run(p: Provisioner, job_id: str, *, follow: bool, quiet: bool) -> Execution:
    """A cycle, with a progress bar on standard error if somebody looks there."""
    out, err = console(), console(stderr=True)

    def outcome(outcome: Outcome) -> None:
        for entry in outcome.entries:
            out.print(entry_text(entry), soft_wrap=True)

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=30),
        TextColumn("{task.fields[counts]}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=err, transient=True, disable=quiet or not err.is_terminal) as bars:
        task = bars.add_task("probe", total=None, counts="")

        def progress(phase: str, counters: Counters, total: int | None) -> None:
            bars.update(
                task,
                description=f"{phase:<8}",
                counts=_counts_text(counters),
                total=None if total is None else max(total, counters.imported),
                completed=counters.imported,
            )

        watch = Watch(progress, outcome) if follow and not quiet else Watch(progress)
        while True:
            try:
                return operations.run_cycle(p, job_id, watch)
            except operations.Running:
                if not follow:
                    raise
                bars.update(task, description="waiting ")
                time.sleep(POLL_SECONDS)


def _counts_text(counters: Counters) -> str:
    done = [f"{getattr(counters, name):,} {PAST[name]}" for name in SHOWN if getattr(counters, name)]
    failed = [f"{counters.escrowed_raw:,} failed"] if counters.escrowed_raw else []
    return ", ".join([f"{counters.imported:,} objects", *done, *failed])


def _print_summary(p: Provisioner, ran: Sequence[Execution]) -> None:
    shown, last = summary(ran), ran[-1]
    out = console()
    counts = shown["counts"]
    parts = [f"{counts[name]:,} {PAST[name]}" for name in SHOWN] + [f"{counts['fail']:,} failed"]
    kind = f"{len(ran)} cycles" if len(ran) > 1 else "Initial cycle" if last.initial else "Incremental cycle"
    state = last.state or CycleState.FAILED
    out.print(
        Text.assemble(
            (f"{kind}: ", "bold"),
            (STATES[state], STYLES[state]),
            f"  {', '.join(parts)}; {shown['requests']:,} requests",
        ),
        soft_wrap=True,
    )
    if last.error is not None:
        out.print(Text(f"  {last.error.code}: {last.error.message}", "red"), soft_wrap=True)
    failures = [entry for each in ran for entry in _failures(p, each)]
    for logged in failures[:MAX_FAILURES]:
        out.print(Text.assemble("  ", entry_text(logged.entry)), soft_wrap=True)
        for line in reason_lines(logged.entry):
            out.print(Text(f"      {line}", "dim"), soft_wrap=True)
    if len(failures) > MAX_FAILURES:
        out.print(Text("  … the others are in the log: entrant entra log APP --failed", "dim"), soft_wrap=True)


def _failures(p: Provisioner, execution: Execution) -> list[Logged]:
    if not execution.counters.escrowed_raw:
        return []
    query = Query(cycle=execution.id, statuses=(Status.FAILURE,))
    return list(entries_of(p, query, MAX_FAILURES + 1))


def _print_state(p: Provisioner, app: str, sentence: str, *, as_json: bool) -> None:
    """What a job's state is after it was changed."""
    job = operations.job_of(p, find_app(p, app).id)
    if as_json:
        print_json({"jobId": job.id, "status": job.status, "schedule": job.schedule, "nextRun": job.next_run})
        return
    if job.running is not None:
        say(f"{sentence}; a cycle that runs now comes to its end.")
    elif job.next_run is not None:
        say(f"{sentence}; the next cycle is due {moment(job.next_run)}.")
    else:
        say(f"{sentence}.")
