"""The command `entrant`: all its commands, and how their failures are told."""

from __future__ import annotations

import sys

import typer

from entrant.config import ConfigError
from entrant.db.engine import DatabaseError
from entrant.entra.model import EntraError
from entrant.workspace.errors import DomainError

from . import audit, check, connections, credentials, entra, guard, log, members, rules, schemas, server, workspaces

app = typer.Typer(
    name="entrant",
    help="SCIM 2.0 provisioning of workspaces from Microsoft Entra ID and other identity providers.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
server.add_to(app)
app.add_typer(workspaces.app, name="workspace")
app.add_typer(rules.app, name="rules")
app.add_typer(connections.app, name="connection")
credentials.add_to(connections.app)
app.add_typer(members.app, name="member")
app.add_typer(schemas.app, name="schema")
app.add_typer(guard.app, name="guard")
app.add_typer(audit.app, name="audit")
app.add_typer(entra.app, name="entra")
members.add_to(app)
log.add_to(app)
check.add_to(app)


def main() -> None:
    """Run the command of this process's arguments; exit status 1 if it was refused or failed, 2 if not understood."""
    try:
        app()
    except (DomainError, EntraError, ConfigError, DatabaseError) as refused:
        print(sentence(refused), file=sys.stderr)
        sys.exit(1)


def sentence(refused: Exception) -> str:
    """What an error says, as one line that begins with a capital and ends with a full stop."""
    text = " ".join(str(refused).split()) or type(refused).__name__
    return f"{text[0].upper()}{text[1:]}{'' if text.endswith(('.', '!', '?')) else '.'}"
