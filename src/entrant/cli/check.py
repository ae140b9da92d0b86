"""`entrant check`: what any SCIM endpoint does under Entra's flows, Microsoft's gallery checks and profiles of SCIM."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from entrant.config import ConfigError
from entrant.entra.check.catalogue import checks_of
from entrant.entra.check.model import Check, Outcome, Report, Result
from entrant.entra.check.options import Federated, OAuth, Options, Profile, Provider
from entrant.entra.check.report import TITLES, html, json_of, junit
from entrant.entra.check.runner import Runner

from .output import AsJson, console, print_json

CHECK_TOKEN, CHECK_SECRET = "ENTRANT_CHECK_TOKEN", "ENTRANT_CHECK_CLIENT_SECRET"
STYLES = {Result.PASSED: "green", Result.FAILED: "bold red", Result.WARNING: "yellow", Result.SKIPPED: "dim"}
SHOWN = 2  # exchanges of a check; the HTML page has them all
INTERRUPTED = 130  # as shells say of a program that ended by SIGINT


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(check)


def check(
    base_url: Annotated[
        str, typer.Argument(metavar="BASE_URL", help="The SCIM base URL: https://app.example/scim/v2.")
    ],
    token: Annotated[
        str, typer.Option(metavar="TOKEN", envvar=CHECK_TOKEN, help="The bearer token; none if left out.")
    ] = "",
    provider: Annotated[Provider, typer.Option(help="What the endpoint is expected to be fit for.")] = Provider.ENTRA,
    profile: Annotated[
        list[Profile] | None,
        typer.Option(metavar="ipsie|interop", help="Report a profile point by point too. May be repeated."),
    ] = None,
    only: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Run this check or suite alone. May be repeated.")
    ] = None,
    list_: Annotated[bool, typer.Option("--list", help="List the checks of such a run, and run none.")] = False,
    timeout: Annotated[float, typer.Option(min=0.1, max=600, help="Seconds to wait for an answer.")] = 30,
    oauth_token_endpoint: Annotated[str, typer.Option(metavar="URL", help="The OAuth token endpoint.")] = "",
    client_id: Annotated[str, typer.Option(metavar="ID", help="OAuth: the client's id.")] = "",
    client_secret: Annotated[
        str, typer.Option(metavar="SECRET", envvar=CHECK_SECRET, help="OAuth: the client's secret.")
    ] = "",
    oauth_scope: Annotated[str, typer.Option(metavar="SCOPE", help="OAuth: the scope, if one is asked for.")] = "",
    federated_token_endpoint: Annotated[
        str, typer.Option(metavar="URL", help="Federation: where an assertion is exchanged.")
    ] = "",
    federated_client_id: Annotated[str, typer.Option(metavar="ID", help="Federation: the client's id.")] = "",
    assertion: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Federation: a file with an assertion (JWT) that is valid now.")
    ] = None,
    as_json: AsJson = False,
    junit_file: Annotated[Path | None, typer.Option("--junit", metavar="FILE", help="Write JUnit XML too.")] = None,
    html_file: Annotated[Path | None, typer.Option("--html", metavar="FILE", help="Write an HTML page too.")] = None,
) -> None:
    """Check a SCIM endpoint: Entra's flows F1 to F28 in both dialects, Microsoft's 25 gallery checks, and more.

    Users and groups whose names begin with `check-` and six digits are made there and deleted again; nothing else is
    touched. Exit status 1 if a mandatory check failed.
    """
    options = Options(
        base_url,
        token,
        provider,
        tuple(profile or ()),
        tuple(only or ()),
        timeout,
        _oauth(oauth_token_endpoint, client_id, client_secret, oauth_scope),
        _federated(federated_token_endpoint, federated_client_id, assertion),
    )
    checks = checks_of(options)
    if list_:
        _print_list(checks, as_json=as_json)
        return
    for file in (junit_file, html_file):
        if file is not None:
            _write(file, "")  # what cannot be written is better known before a run than after it
    report = _run(options, checks, quiet=as_json)
    for file, text in ((junit_file, junit), (html_file, html)):
        if file is not None:
            _write(file, text(report))
    if as_json:
        print_json(json_of(report))
    else:
        _print(report)
    if report.interrupted:
        raise typer.Exit(INTERRUPTED)
    if report.failed:
        raise typer.Exit(1)


def _oauth(endpoint: str, client_id: str, client_secret: str, scope: str) -> OAuth | None:
    given = (endpoint, client_id, client_secret)
    if not any((*given, scope)):
        return None
    if not all(given):
        raise ConfigError("give --oauth-token-endpoint, --client-id and --client-secret together")
    _require_url("--oauth-token-endpoint", endpoint)
    return OAuth(endpoint, client_id, client_secret, scope)


def _federated(endpoint: str, client_id: str, assertion: Path | None) -> Federated | None:
    if not endpoint and not client_id and assertion is None:
        return None
    if not endpoint or not client_id or assertion is None:
        raise ConfigError("give --federated-token-endpoint, --federated-client-id and --assertion together")
    _require_url("--federated-token-endpoint", endpoint)
    try:
        return Federated(endpoint, client_id, assertion.read_text("ascii").strip())
    except (OSError, UnicodeDecodeError) as exc:
        raise ConfigError(f"the file {assertion} with the assertion cannot be read") from exc


def _require_url(option: str, text: str) -> None:
    if not text.startswith(("http://", "https://")):
        raise ConfigError(f"{option} is no http or https URL")


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, "utf-8")
    except OSError as exc:
        raise ConfigError(f"the report cannot be written to {file}: {exc.strerror}") from exc


def _run(options: Options, checks: tuple[Check, ...], *, quiet: bool) -> Report:
    """With a progress bar on standard error if somebody looks there. SIGTERM is an interruption too: it cleans up."""
    err = console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(bar_width=30), MofNCompleteColumn())
    with Progress(
        *columns, TimeElapsedColumn(), console=err, transient=True, disable=quiet or not err.is_terminal
    ) as bars:
        task = bars.add_task("", total=len(checks))

        def watch(place: int, check: Check | None, outcome: Outcome | None) -> None:
            if outcome is None:
                bars.update(task, completed=place, description=check.name if check else "cleaning up")
            elif not bars.disable and outcome.result in {Result.FAILED, Result.WARNING}:
                bars.console.print(Text.assemble((f"{outcome.result} ", STYLES[outcome.result]), outcome.check.name))

        before = signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            return Runner(options, checks, watch).run()
        finally:
            signal.signal(signal.SIGTERM, before)


def _print_list(checks: tuple[Check, ...], *, as_json: bool) -> None:
    if as_json:
        print_json(
            [
                {"name": c.name, "suite": c.suite, "statement": c.statement, "title": c.title, "optional": c.optional}
                for c in checks
            ]
        )
        return
    table = Table(box=None, header_style="bold", pad_edge=False)
    for title in ("Suite", "Name", "What is checked", "Where it is said"):
        table.add_column(title, overflow="fold")
    for each in checks:
        table.add_row(each.suite, each.name, each.title + (" (optional)" if each.optional else ""), each.statement)
    console().print(table)


def _print(report: Report) -> None:
    out = console()
    out.print(_table(report.outcomes))
    for each in report.outcomes:
        if each.result is not Result.PASSED:
            _print_why(out, each)
    counts = ", ".join(f"{count} {result.lower()}" for result, count in report.count().items() if count)
    out.print(Text(f"\n{counts or 'Nothing was checked'}.", "bold"))
    for note in report.notes:
        out.print(note, soft_wrap=True)
    if report.interrupted:
        out.print("The run was interrupted.")
    if report.left:
        out.print(Text(f"{len(report.left)} could not be deleted; delete them by hand:", "bold red"))
        for line in report.left:
            out.print(f"  {line}")


def _table(outcomes: tuple[Outcome, ...]) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for title in ("Result", "Check", "What is checked"):
        table.add_column(title, overflow="fold")
    suite = ""
    for each in outcomes:
        if each.check.suite != suite:
            suite = each.check.suite
            table.add_row("", Text(TITLES[each.check.suite], "bold"), "")
        table.add_row(Text(each.result, STYLES[each.result]), each.check.name, each.check.title)
    return table


def _print_why(out: Console, outcome: Outcome) -> None:
    """Why a check did not pass, what would come next, and the last of what was said."""
    name = outcome.check.name
    out.print(
        Text.assemble("\n", (outcome.result, STYLES[outcome.result]), " ", (name, "bold"), f": {outcome.reason}"),
        soft_wrap=True,
    )
    if outcome.next_step:
        out.print(Text(f"  What Entra would do next: {outcome.next_step}", "dim"), soft_wrap=True)
    for said in outcome.exchanges[-SHOWN:]:
        out.print(Text(f"  {said.method} {said.target} → {said.status or 'no answer'}", "dim"), soft_wrap=True)
