"""The emulator's SQL: one module beside one `.sql` file per subject, the migrations, and how its database is opened."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from importlib.resources import files

from entrant.db import open_database
from entrant.db.engine import Database, DatabaseError, timestamp

from . import tenant

MIGRATIONS = files(__package__) / "migrations"
"""The folder that `open_database` wants."""
DEFAULT_DATABASE = "sqlite:///entra.db"


def open_tenant(url: str = DEFAULT_DATABASE, *, serving: bool = False) -> Database:
    """The database of an emulated tenant, in the form of this version; a new tenant if there is none. DatabaseError.

    It migrates itself on either engine: a tenant has no other users than the emulator's own processes.
    """
    database = open_database(url, MIGRATIONS, serving=serving)
    try:
        database.migrate()
        if database.read(tenant.find) is None:
            new, created = str(uuid.uuid4()), timestamp(datetime.now(UTC))
            database.write(tenant.KEY, lambda tx: tenant.create(tx, new, created))
    except DatabaseError:
        database.close()
        raise
    return database
