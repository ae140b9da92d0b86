"""Opening the database of a process, in the form that this version needs (docs/decisions/0008-migrations.md)."""

from __future__ import annotations

import logging

from entrant.config import Config
from entrant.db import open_database
from entrant.db.engine import Database, DatabaseError
from entrant.store import MIGRATIONS, isolation, settings, workspaces

from .timekeeping import join_time, keep_time

logger = logging.getLogger(__name__)

NO_WALL = (
    "the database role of Entrant is a superuser or has BYPASSRLS, so row-level security does not bind it; "
    "let an ordinary role own the database and its tables"
)
NO_SLUG = ""
"""No workspace has this slug: looking for it reads one index and finds nothing."""


class NotMigrated(DatabaseError):
    """The database is older than this version, and other processes may be using it."""


PUBLIC_URL = "public_url"
"""The setting by which a server tells the commands where providers reach it."""


def open_for_service(config: Config) -> Database:
    """The database for a server, which claims a SQLite file for itself. Raises DatabaseError."""
    database = _up_to_date(open_database(config.database, MIGRATIONS, serving=True))
    if warning := wall_is_missing(database):
        logger.warning("%s", warning)
    keep_time(database)
    if database.read(lambda tx: settings.find(tx, PUBLIC_URL)) != config.public_url:
        database.write(PUBLIC_URL, lambda tx: settings.put(tx, PUBLIC_URL, config.public_url))
    return database


def open_for_command(config: Config) -> Database:
    """The database for short transactions beside a server. Raises DatabaseError."""
    return _up_to_date(open_database(config.database, MIGRATIONS))


def public_url(database: Database, config: Config) -> str:
    """Where providers reach the service: as configured, else as the server that was last started here said."""
    if config.public_url != Config().public_url:
        return config.public_url
    return database.read(lambda tx: settings.find(tx, PUBLIC_URL)) or config.public_url


def migrate(config: Config) -> tuple[list[str], str | None]:
    """Apply the migrations that are missing; their names, and what `wall_is_missing` says. Raises DatabaseError."""
    database = open_database(config.database, MIGRATIONS)
    try:
        return database.migrate(), wall_is_missing(database)
    finally:
        database.close()


def wall_is_missing(database: Database) -> str | None:
    """Why PostgreSQL does not keep workspaces apart beneath our own queries, in a sentence; None if it does."""
    return NO_WALL if database.read(isolation.bypassed) else None


def why_not_ready(database: Database) -> str | None:
    """Why requests cannot be served now, in a sentence; None if they can. The migrations were there at the start."""
    try:
        database.read(lambda tx: workspaces.find(tx, NO_SLUG))
    except DatabaseError:
        return "the database does not answer"
    return None


def _up_to_date(database: Database) -> Database:
    """The database, migrated if it is a file of our own; closed if it cannot be used."""
    try:
        if database.name == "sqlite":
            database.migrate()
        elif missing := database.pending():
            raise NotMigrated(f"the database lacks {', '.join(missing)}; run: entrant migrate")
        join_time(database)
    except DatabaseError:
        database.close()
        raise
    return database
