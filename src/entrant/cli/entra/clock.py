"""`entrant entra clock advance`: time passes, and what falls due on the way is done in order."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.text import Text

from entrant.cli.output import AsJson, console, moment, print_json, say
from entrant.entra.jobs.schedule import Happened, advance
from entrant.entra.store import DEFAULT_DATABASE
from entrant.scim.wire import Json

from .opening import DatabaseUrl, emulator, parse_time
from .running import STATES, summary


def add_to(clocks: typer.Typer) -> None:
    """Add the command to `entrant entra clock`."""
    clocks.command("advance")(advance_clock)


def advance_clock(
    by: Annotated[str, typer.Argument(metavar="TIME", help="How far: 40m, 24h, 30d.")],
    database: DatabaseUrl = DEFAULT_DATABASE,
    as_json: AsJson = False,
) -> None:
    """Wind the clock forward. Cycles, retries and purges that fall due on the way happen, each at its time."""
    happened: list[Happened] = []

    def told(one: Happened) -> None:
        happened.append(one)
        if not as_json:
            console().print(_line(one), soft_wrap=True)

    with emulator(database) as p:
        now = advance(p, parse_time(by), told)
    if as_json:
        print_json({"now": now, "happened": [_json(each) for each in happened]})
    else:
        say(f"It is {moment(now)}.")


def _line(one: Happened) -> Text:
    at = (moment(one.at), "dim")
    if one.execution is None or one.execution.state is None:
        return Text.assemble(at, f"  {one.purged:,} objects purged from the recycle bin")
    counts = summary([one.execution])["counts"]
    done = ", ".join(f"{name} {count:,}" for name, count in counts.items() if count) or "nothing to do"
    return Text.assemble(at, ("  cycle ", "bold"), STATES[one.execution.state], f"  {one.job_id}: {done}")


def _json(one: Happened) -> Json:
    if one.execution is None:
        return {"at": one.at, "purged": one.purged}
    return {"at": one.at, "jobId": one.job_id, **summary([one.execution])}
