"""What every command of the emulator begins with: its database, and what else is needed to run its jobs."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Annotated, TypeAlias

import typer

from entrant.config import ConfigError, parse_database
from entrant.db import Database
from entrant.entra.directory import finding
from entrant.entra.jobs import operations
from entrant.entra.jobs.provisioner import Provisioner
from entrant.entra.jobs.secrets import open_vault
from entrant.entra.jobs.tokens import PUBLIC_LOGIN
from entrant.entra.model import ServicePrincipal
from entrant.entra.store import open_tenant, tenant

VARIABLE = "ENTRANT_ENTRA_DATABASE"
LOGIN_VARIABLE = "ENTRANT_ENTRA_LOGIN_URL"
UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}

DatabaseUrl: TypeAlias = Annotated[
    str,
    typer.Option(
        "--database",
        envvar=VARIABLE,
        metavar="URL",
        help="The emulator's database: sqlite:///path or postgresql://…",
    ),
]
App: TypeAlias = Annotated[str, typer.Argument(metavar="APP", help="The application: its name or id.")]


@contextmanager
def tenant_database(url: str) -> Iterator[Database]:
    """The emulator's database, open for the time of a command about the directory alone; DatabaseError, ConfigError."""
    db = open_tenant(parse_database("--database", url))
    try:
        yield db
    finally:
        db.close()


@contextmanager
def emulator(url: str) -> Iterator[Provisioner]:
    """The emulator on a database, open for the time of a command; raises DatabaseError, EntraError, ConfigError."""
    with tenant_database(url) as db:
        yield provisioner_of(db, url)


def provisioner_of(db: Database, url: str) -> Provisioner:
    """What operations on jobs need, for a database that is open."""
    tenant_id = db.read(lambda tx: tenant.get(tx).id)
    login_url = os.environ.get(LOGIN_VARIABLE, "").rstrip("/") or PUBLIC_LOGIN
    return Provisioner(db, open_vault(url, os.environ), tenant_id, login_url)


def parse_time(text: str) -> timedelta:
    """Read `40m`, `24h` or `30d`; raises ConfigError."""
    number, unit = text[:-1], text[-1:]
    if not (number.isascii() and number.isdigit() and len(number) <= 6 and unit in UNITS):  # noqa: PLR2004  see below
        # Six digits of any unit are more than two thousand years, and few enough for a timedelta.
        raise ConfigError(f'"{text}" is not a time; write it as 40m, 24h or 30d')
    return timedelta(**{UNITS[unit]: int(number)})


def find_app(p: Provisioner, name: str) -> ServicePrincipal:
    """An application by its name or id; raises NotFound, or Conflict if several have that name."""
    return p.db.read(lambda tx: finding.get_app(tx, name))


def job_id_of(p: Provisioner, app: str) -> str:
    """The id of the job of an application; raises NotFound."""
    return operations.job_of(p, find_app(p, app).id).id
