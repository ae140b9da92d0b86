"""The command `entrant`: all its commands, and how their failures are told."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import cache

import typer
from typer.main import get_command

from entrant.config import ConfigError
from entrant.db.engine import DatabaseError
from entrant.entra.model import EntraError
from entrant.ui.text import sentence
from entrant.workspace.errors import DomainError

from . import audit, connections, credentials, guard, keys, log, members, rules, schemas, server, workspaces
from .output import say


def build(word: str | None = None) -> typer.Typer:
    """The whole command; or what of it is needed where `word` is the first argument."""
    app = typer.Typer(
        name="entrant",
        help="SCIM 2.0 provisioning of workspaces from Microsoft Entra ID and other identity providers.",
        no_args_is_help=True,
        add_completion=True,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    _add_service(app)
    known = {info.name or "" for info in app.registered_groups}
    known |= {info.name or info.callback.__name__ for info in app.registered_commands if info.callback}
    if word not in known:
        _add_emulator(app)
    return app


def _add_service(app: typer.Typer) -> None:
    server.add_to(app)
    app.add_typer(workspaces.app, name="workspace")
    app.add_typer(rules.app, name="rules")
    app.add_typer(connections.app, name="connection")
    credentials.add_to(connections.app)
    app.add_typer(members.app, name="member")
    app.add_typer(schemas.app, name="schema")
    app.add_typer(guard.app, name="guard")
    app.add_typer(audit.app, name="audit")
    app.add_typer(keys.app, name="keys")
    members.add_to(app)
    log.add_to(app)


def _add_emulator(app: typer.Typer) -> None:
    from . import check, entra  # noqa: PLC0415  loading them takes longer than most commands

    app.add_typer(entra.app, name="entra")
    check.add_to(app)


@cache
def _program(word: str | None) -> Callable[..., object]:
    """What `build` makes, put together: that takes longer than most commands, so whoever runs several keeps it."""
    return get_command(build(word))


def main() -> None:
    """Run the command of this process's arguments; exit status 1 if it was refused or failed, 2 if not understood."""
    try:
        _program(sys.argv[1] if len(sys.argv) > 1 else None)()
    except (DomainError, EntraError, ConfigError, DatabaseError) as refused:
        say(_said(refused), stderr=True)
        sys.exit(1)
    except OSError as exc:  # a file, a folder or an address that this machine does not give
        say(_said(OSError(f"{exc.strerror or exc}: {exc.filename}" if exc.filename else exc)), stderr=True)
        sys.exit(1)


def _said(refused: Exception) -> str:
    """What an error says, on one line."""
    return sentence(" ".join(str(refused).split()) or type(refused).__name__)
