"""`entrant serve`, `migrate`, `demo` and `version`."""

from __future__ import annotations

from dataclasses import replace
from importlib.metadata import version as version_of
from typing import Annotated

import typer

from entrant.config import Config, ConfigError, parse_public_url, variable
from entrant.service.opening import migrate as migrate_database

from .context import settings
from .output import AsJson, print_json, say

MAX_WORKERS = 64


def add_to(root: typer.Typer) -> None:
    """Add the commands to the root."""
    root.command()(serve)
    root.command()(migrate)
    root.command()(demo)
    root.command()(version)


def serve(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port to listen on; 0 is any that is free.")] = 8000,
    workers: Annotated[
        int, typer.Option(min=1, max=MAX_WORKERS, help="Processes that share the port; only on PostgreSQL.")
    ] = 1,
    public_url: Annotated[
        str | None,
        typer.Option(
            envvar=variable("public_url"), help="Where providers reach the service, if not at this host and port."
        ),
    ] = None,
) -> None:
    """Serve SCIM until a signal ends it."""
    from entrant.web.server import listen, run  # noqa: PLC0415  the other commands need no server and no pages

    config = settings()
    if workers > 1 and config.database.startswith("sqlite:"):
        raise ConfigError("A SQLite file is served by one process; use --workers with PostgreSQL")
    try:
        listener = listen(host, port)
    except OSError as exc:
        raise ConfigError(f"{host} port {port} cannot be listened on: {exc.strerror}") from exc
    here = _url(host, listener.getsockname()[1])
    config = replace(config, public_url=parse_public_url("--public-url", public_url) if public_url else here)
    run(config, listener, workers, ready=lambda: _announce(here, config))


def migrate(as_json: AsJson = False) -> None:
    """Bring the database to the form that this version needs. Safe to run at any time, by several at once."""
    applied, warning = migrate_database(settings())
    if warning:
        say(f"Warning: {warning}.", stderr=True)
    if as_json:
        print_json({"applied": applied})
    else:
        say(f"Applied {', '.join(applied)}." if applied else "The database is up to date.")


def demo(
    once: Annotated[bool, typer.Option("--once", help="End when the conversation is over.")] = False,
) -> None:
    """Play an identity provider against a new service, and show what comes of it."""
    from .demo import play  # noqa: PLC0415  the emulator is loaded for it

    raise typer.Exit(play(stay=not once))


def version(as_json: AsJson = False) -> None:
    """Print the version."""
    number = version_of("entrant")
    if as_json:
        print_json({"version": number})
    else:
        say(f"entrant {number}")


def _announce(here: str, config: Config) -> None:
    say(f"Entrant {version_of('entrant')} listens on {here}")
    if config.public_url != here:
        say(f"Providers reach it at {config.public_url}")


def _url(host: str, port: int) -> str:
    """The address under which this machine reaches what listens there."""
    reachable = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  compared with, not listened on
    return f"http://[{reachable}]:{port}" if ":" in reachable else f"http://{reachable}:{port}"
