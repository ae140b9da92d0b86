"""`entrant demo`: a service of its own, a conversation with it, and what came of it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
from rich.text import Text

from entrant.config import Config
from entrant.demo.conversation import END_GROUPS, END_ROLES, FOUNDER, Conversation
from entrant.demo.entra import Entra
from entrant.demo.talk import Exchange, Talk
from entrant.scim.wire import Handler, Request, Response, drive
from entrant.service import admin
from entrant.service.admin import GroupView, MemberView, NewConnection
from entrant.service.opening import open_for_command

from .members import GROUP_COLUMNS, MEMBER_COLUMNS
from .output import console, print_rows

SLUG = "demo"
PURPOSE_WIDTH = 34
STARTED = "listens on "
TIMEOUT_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Service:
    """A service that runs in a process of its own."""

    url: str
    config: Config


def play(*, stay: bool) -> int:
    """Start a service, play the conversation, show the result; 0 if everything was as expected, else 1.

    With `stay` the service is kept until Ctrl-C.
    """
    with tempfile.TemporaryDirectory(prefix="entrant-demo-") as folder, running_service(Path(folder)) as service:
        connection = _make_workspace(service.config)
        wrong = _converse(service, connection) + _show_result(service.config)
        if stay:
            _stay(service, connection)
    return 1 if wrong else 0


@contextmanager
def running_service(folder: Path) -> Iterator[Service]:
    """The real server on a SQLite file in the folder, on a port that is free; stopped at the end."""
    config = Config(database=f"sqlite:///{folder / 'entrant.db'}")
    environment = {**os.environ, **config.to_environment(), "ENTRANT_PUBLIC_URL": ""}
    command = [sys.executable, "-m", "entrant", "serve", "--port", "0"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603  ourselves
        try:
            line = process.stdout.readline() if process.stdout else ""
            url = line.partition(STARTED)[2].strip()
            yield Service(url, replace(config, public_url=url))
        finally:
            process.terminate()


def http_handler(url: str, client: httpx.Client) -> Handler:
    """Send requests over the network with exactly the headers they have."""

    def send(request: Request) -> Response:
        address = f"{url}{request.path}{'?' + request.query if request.query else ''}"
        # Made by hand, because the client would add an Accept and a User-Agent header, which Entra does not send.
        answer = client.send(
            httpx.Request(request.method, address, headers=dict(request.headers), content=request.body or None)
        )
        return Response(answer.status_code, dict(answer.headers), answer.content)

    return send


def _make_workspace(config: Config) -> NewConnection:
    db = open_for_command(config)
    try:
        admin.create_workspace(db, SLUG, "Demo", FOUNDER.name)
        return admin.create_connection(db, SLUG, "entra")
    finally:
        db.close()


def _converse(service: Service, connection: NewConnection) -> int:
    """Hold the conversation, a line for each exchange; how many went another way than expected."""
    wrong = 0

    def note(exchange: Exchange) -> None:
        nonlocal wrong
        wrong += exchange.wrong is not None
        console().print(_line(exchange), soft_wrap=True)

    console().print(Text(f"Entra speaks to {service.url}/scim/v2/{SLUG}\n", "bold"), soft_wrap=True)
    entra = Entra(f"/scim/v2/{SLUG}", connection.token)
    conversation = Conversation(entra, Talk(note), new_guid=lambda: str(uuid.uuid4()))
    with httpx.Client(timeout=TIMEOUT_SECONDS) as client:
        drive(conversation.whole(), http_handler(service.url, client))
    return wrong


def _line(exchange: Exchange) -> Text:
    """An exchange in one line: right or wrong, step, status, what it is about, the request, what the answer says."""
    right = exchange.wrong is None
    return Text.assemble(
        ("✓ " if right else "✗ ", "green" if right else "bold red"),
        (f"{exchange.flow:<5}", "dim"),
        (f"{exchange.status}  ", "green" if exchange.status < 400 else "yellow"),  # noqa: PLR2004  refusals begin here
        (f"{exchange.purpose:<{PURPOSE_WIDTH}} ", "bold"),
        exchange.line,
        (f"  → {exchange.outcome}" if exchange.outcome else "", "dim"),
        (f"  {exchange.wrong}" if exchange.wrong else "", "bold red"),
    )


def _show_result(config: Config) -> int:
    """Show members and groups; how many things are not as the conversation should have left them."""
    db = open_for_command(config)
    try:
        members, groups = list(admin.list_members(db, SLUG, all_=True)), list(admin.list_groups(db, SLUG))
    finally:
        db.close()
    print()
    print_rows(members, MEMBER_COLUMNS, as_json=False, empty="no members")
    print()
    print_rows(groups, GROUP_COLUMNS, as_json=False, empty="no groups")
    print()
    complaints = _complaints(members, groups)
    for complaint in complaints:
        console().print(Text(f"✗ {complaint}", "bold red"))
    if not complaints:
        console().print(Text("✓ Members, roles and groups are as they should be.", "green"))
    return len(complaints)


def _complaints(members: list[MemberView], groups: list[GroupView]) -> list[str]:
    roles = {member.user_name: member.role for member in members}
    shown = {group.display_name: (group.role, group.member_count) for group in groups}
    return [
        *(["the members or their roles are not as expected"] if roles != END_ROLES else []),
        *(["the groups, their roles or sizes are not as expected"] if shown != END_GROUPS else []),
    ]


def _console_link(config: Config) -> str:
    """What follows the service's address in a set-up link for an admin whom the conversation has left."""
    db = open_for_command(config)
    try:
        someone = next(member for member in admin.list_members(db, SLUG) if member.role == "admin")
        return admin.create_setup_link(db, SLUG, someone.id).path
    finally:
        db.close()


def _stay(service: Service, connection: NewConnection) -> None:
    """Keep the service up and say how to look around in it."""
    base_url = f"{service.url}/scim/v2/{SLUG}"
    entrant = f"ENTRANT_DATABASE={service.config.database} {Path(sys.argv[0]).resolve()}"
    print(f"""
The service is still running. Its SCIM Base Connector URL and token:
  {base_url}
  {connection.token}

Its console, by this link for an admin, who chooses a password first:
  {service.url}{_console_link(service.config)}

Look into it from another terminal:
  curl -H 'Authorization: Bearer {connection.token}' '{base_url}/Users?count=5'
  {entrant} members {SLUG} --all
  {entrant} log {SLUG} --failed

Ctrl-C ends it and removes its data.""")
    try:
        signal.pause()
    except KeyboardInterrupt:
        print()
