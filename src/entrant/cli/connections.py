"""`entrant connection`: identity providers' access to a workspace."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import typer
from msgspec import Struct

from entrant.db.engine import Database
from entrant.service import admin
from entrant.service.admin import ConnectionView, NewConnection, TokenView
from entrant.service.opening import public_url
from entrant.service.room import Limits
from entrant.workspace.errors import InvalidSetting
from entrant.workspace.model import Provider

from .context import database, settings
from .output import AsJson, moment, print_facts, print_json, print_rows, say, yes_no
from .workspaces import Slug

app = typer.Typer(help="Connections: identity providers' access to a workspace.", no_args_is_help=True)

UNITS = {"s": "seconds", "m": "minutes", "h": "hours"}

Connection = Annotated[
    str | None,
    typer.Option("--connection", metavar="ID", help="Which connection, where the workspace has several."),
]


class ShownOnce(Struct, frozen=True, rename="camel"):
    """A connection as scripts see it when it has a new token."""

    id: str
    workspace: str
    provider: Provider
    base_url: str
    token: str
    expires_at: str | None


@app.command()
def create(
    slug: Slug,
    provider: Annotated[Provider, typer.Option(help="Whose deviations from the standard are tolerated.")],
    as_json: AsJson = False,
) -> None:
    """Make a connection and print its base URL and token. The token is not shown again."""
    with database() as db:
        _show_token(db, admin.create_connection(db, slug, provider, Limits.of(settings())), as_json=as_json)


@app.command("list")
def list_(slug: Slug, as_json: AsJson = False) -> None:
    """List the connections, their tokens and when they were last used."""
    with database() as db:
        _show(admin.list_connections(db, slug), as_json=as_json)


@app.command()
def disable(slug: Slug, connection: Connection = None, as_json: AsJson = False) -> None:
    """Refuse every request of a connection from now on; its data stay."""
    with database() as db:
        _show([admin.set_enabled(db, slug, connection, enabled=False)], as_json=as_json)


@app.command()
def enable(slug: Slug, connection: Connection = None, as_json: AsJson = False) -> None:
    """Let a connection in again, with the token it had."""
    with database() as db:
        _show([admin.set_enabled(db, slug, connection, enabled=True)], as_json=as_json)


@app.command()
def rotate(
    slug: Slug,
    connection: Connection = None,
    overlap: Annotated[
        str, typer.Option(metavar="TIME", help="How long the old token lives on: 30s, 10m, 1h, at most 24h.")
    ] = "0s",
    as_json: AsJson = False,
) -> None:
    """Print a new token; the old one dies at once, or after the overlap."""
    lasting = parse_duration(overlap)
    with database() as db:
        _show_token(db, admin.rotate_token(db, slug, connection, lasting), as_json=as_json)


def parse_duration(text: str) -> timedelta:
    """Read `30s`, `10m` or `1h`; raises InvalidSetting."""
    number, unit = text[:-1], text[-1:]
    if not (number.isascii() and number.isdigit() and len(number) <= 6 and unit in UNITS):  # noqa: PLR2004  see below
        # Six digits of any unit are far more than the longest overlap, and few enough for a timedelta.
        raise InvalidSetting(f'"{text}" is not a time; write it as 30s, 10m or 1h')
    return timedelta(**{UNITS[unit]: int(number)})


def _show_token(db: Database, made: NewConnection, *, as_json: bool) -> None:
    base_url = f"{public_url(db, settings())}/scim/v2/{made.workspace}"
    if as_json:
        print_json(ShownOnce(made.id, made.workspace, made.provider, base_url, made.token, made.expires_at))
        return
    print_facts(
        {
            "Connection": made.id,
            "Provider": made.provider,
            "SCIM Base Connector URL": base_url,
            "Bearer token": made.token,
        }
    )
    say("Keep the token now: it is stored as a digest only and cannot be shown again.")


def _show(connections: list[ConnectionView], *, as_json: bool) -> None:
    print_rows(
        connections,
        {
            "Connection": lambda c: c.id,
            "Provider": lambda c: c.provider,
            "Enabled": lambda c: yes_no(c.enabled),
            "Last contact": lambda c: moment(c.last_contact),
            "Dialect": lambda c: c.last_spelling,
            "Tokens": lambda c: "\n".join(map(_token, c.tokens)),
            "Tolerances used": lambda c: "\n".join(f"{name} ({uses})" for name, uses in c.tolerances.items()),
        },
        as_json=as_json,
        empty="There is no connection yet; make one with: entrant connection create",
    )


def _token(token: TokenView) -> str:
    return token.masked + (f" until {moment(token.expires_at)}" if token.expires_at else "")
