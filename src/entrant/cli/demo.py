"""`entrant demo`: a service of its own, an emulated company that provisions its people into it, and what came of it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec
from rich.text import Text

from entrant.config import Config
from entrant.demo.company import found_company
from entrant.demo.story import Picture, Story, Told
from entrant.entra.jobs.views import Execution
from entrant.entra.model import Exchange, LogEntry, Status
from entrant.entra.store import open_tenant
from entrant.service import admin
from entrant.service.admin import NewConnection
from entrant.service.opening import open_for_command

from .entra.log import STYLES
from .entra.opening import VARIABLE, provisioner_of
from .members import GROUP_COLUMNS, MEMBER_COLUMNS
from .output import console, print_rows, say

SLUG = "demo"
FOUNDER = "founder@example.com"
GUEST = "you@example.com"
"""Who may look around in the console when the story is over; the founder is gone by then."""
STARTED = "listens on "
SHOWN = 12  # entries of a cycle that are shown; a whole company's would fill the screen


@dataclass(frozen=True, slots=True)
class Demo:
    """What runs: the service in a process of its own, and the database of the emulator."""

    url: str
    config: Config
    tenant: str
    """The URL of the emulator's database."""


def play(*, stay: bool) -> int:
    """Start a service, tell the story, show the result; 0 if everything was as expected, else 1.

    With `stay` the service and the emulator are kept until Ctrl-C.
    """
    with tempfile.TemporaryDirectory(prefix="entrant-demo-") as folder, running_service(Path(folder)) as demo:
        connection = _make_workspace(demo)
        mistakes = _tell(demo, connection)
        _show_result(demo.config)
        if stay:
            _stay(demo, connection)
    return 1 if mistakes else 0


@contextmanager
def running_service(folder: Path) -> Iterator[Demo]:
    """The real server on a SQLite file in the folder, on a port that is free; stopped at the end."""
    config = Config(database=f"sqlite:///{folder / 'entrant.db'}")
    with _process({**config.to_environment(), "ENTRANT_PUBLIC_URL": ""}, "serve", "--port", "0") as url:
        yield Demo(url, replace(config, public_url=url), f"sqlite:///{folder / 'entra.db'}")


@contextmanager
def _process(environment: Mapping[str, str], *command: str) -> Iterator[str]:
    """One of our own servers in a process of its own; the URL that it says it listens on."""
    with subprocess.Popen(  # noqa: S603  ourselves
        [sys.executable, "-m", "entrant", *command],
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            line = process.stdout.readline() if process.stdout else ""
            yield line.partition(STARTED)[2].strip()
        finally:
            process.terminate()


def _make_workspace(demo: Demo) -> NewConnection:
    """A workspace with its first admin and a connection."""
    db = open_for_command(demo.config)
    try:
        admin.create_workspace(db, SLUG, "Demo", FOUNDER)
        return admin.create_connection(db, SLUG, "entra")
    finally:
        db.close()


def _invite_guest(demo: Demo) -> str:
    """An admin for whoever looks around; the link by which they get into the console."""
    db = open_for_command(demo.config)
    try:
        admin.invite(db, SLUG, GUEST, "admin")
        return demo.url + admin.create_setup_link(db, SLUG, GUEST).path
    finally:
        db.close()


def _tell(demo: Demo, connection: NewConnection) -> int:
    """Tell the story; how many things were not as expected."""
    base_url = f"{demo.url}/scim/v2/{SLUG}"
    console().print(Text(f"An emulated Entra ID provisions {base_url}", "bold"), soft_wrap=True)
    tenant, service = open_tenant(demo.tenant), open_for_command(demo.config)
    try:
        company = found_company(provisioner_of(tenant, demo.tenant), base_url, connection.token)

        def look() -> Picture:
            members = admin.list_members(service, SLUG, all_=True)
            groups = admin.list_groups(service, SLUG)
            return Picture(
                {m.user_name: m.role for m in members if m.source == "provisioned"},
                {g.display_name: g.member_count for g in groups},
            )

        return Story(company, look, lambda: _dismiss(demo.config), _Teller().told()).tell()
    finally:
        tenant.close()
        service.close()


def _dismiss(config: Config) -> None:
    """Deactivate the admin who was made by hand."""
    db = open_for_command(config)
    try:
        admin.deactivate(db, SLUG, FOUNDER)
    finally:
        db.close()


class _Teller:
    """Prints the story: an entry of the provisioning log a line, with the requests that made it."""

    def __init__(self) -> None:
        self._entries = 0

    def told(self) -> Told:
        """The listener that a story wants."""
        return Told(self._chapter, self._entry, self._cycle, self._right, self._wrong)

    def _chapter(self, title: str) -> None:
        console().print(Text(f"\n{title}", "bold"), soft_wrap=True)

    def _entry(self, entry: LogEntry) -> None:
        self._entries += 1
        if self._entries <= SHOWN or entry.status is Status.FAILURE:
            console().print(_line(entry), soft_wrap=True)

    def _cycle(self, execution: Execution) -> None:
        more, c = self._entries - SHOWN, execution.counters
        if more > 0:
            console().print(Text(f"  … and {more} more", "dim"))
        self._entries = 0
        counts = {
            "created": c.create, "updated": c.update, "disabled": c.disable, "deleted": c.delete, "failed": c.fail,
        }  # fmt: skip
        done = ", ".join(f"{count} {word}" for word, count in counts.items() if count) or "nothing to do"
        console().print(Text(f"  cycle: {done}; {c.requests} requests", "dim"))

    def _right(self, sentence: str) -> None:
        console().print(Text.assemble(("  ✓ ", "green"), sentence), soft_wrap=True)

    def _wrong(self, sentence: str) -> None:
        console().print(Text.assemble(("  ✗ not so: ", "bold red"), sentence), soft_wrap=True)


def _line(entry: LogEntry) -> Text:
    """What was done with an object, by which requests, and what a refusal says."""
    refusal = _detail(entry.exchanges[-1]) if entry.status is Status.FAILURE and entry.exchanges else ""
    return Text.assemble(
        f"  {entry.action:<8} ",
        (f"{entry.status:<8}", STYLES[entry.status]),
        f" {entry.source_kind:<5} ",
        (f"{entry.source_name:<34}", "bold"),
        (" " + ", ".join(map(_exchange, entry.exchanges)), "dim"),
        (f"\n           → {refusal}" if refusal else "", "yellow"),
    )


def _detail(exchange: Exchange) -> str:
    """What an answer says of its refusal (RFC 7644 §3.12)."""
    try:
        error = msgspec.json.decode(exchange.answer, type=dict[str, object])
    except msgspec.DecodeError:
        return exchange.answer
    return str(error.get("detail", ""))


def _exchange(exchange: Exchange) -> str:
    """`PATCH /Users/01a2… 200`, without what all of them begin with."""
    path = exchange.target.partition(f"/{SLUG}")[2].partition("?")[0]
    kind, _, rest = path.removeprefix("/").partition("/")
    return f"{exchange.method} /{kind}{'/…' if rest else ''} {exchange.status or 'no answer'}"


def _show_result(config: Config) -> None:
    """The members and groups at the end."""
    db = open_for_command(config)
    try:
        members, groups = list(admin.list_members(db, SLUG, all_=True)), list(admin.list_groups(db, SLUG))
    finally:
        db.close()
    say()
    print_rows(members, MEMBER_COLUMNS, as_json=False, empty="no members")
    say()
    print_rows(groups, GROUP_COLUMNS, as_json=False, empty="no groups")


def _stay(demo: Demo, connection: NewConnection) -> None:
    """Keep the service up, start the emulator beside it, and say how to look around in both."""
    environment = {VARIABLE: demo.tenant}
    with _process(environment, "entra", "serve", "--port", "0", "--clock", "manual") as portal:
        base_url = f"{demo.url}/scim/v2/{SLUG}"
        entrant = f"ENTRANT_DATABASE={demo.config.database} {VARIABLE}={demo.tenant} {Path(sys.argv[0]).resolve()}"
        say(f"""
Both are still running.

  Console of the workspace   {demo.url}/console/
    set a password first     {_invite_guest(demo)}
  Portal of the emulator     {portal}/
  SCIM Base Connector URL    {base_url}
  Bearer token               {connection.token}

From another terminal:
  curl -H 'Authorization: Bearer {connection.token}' '{base_url}/Users?count=5'
  {entrant} log {SLUG} --failed
  {entrant} entra sync 'Entrant demo' --advance 40m

Ctrl-C ends both and removes their data.""")
        try:
            signal.pause()
        except KeyboardInterrupt:
            say()
