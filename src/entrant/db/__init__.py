"""How a statement is run. `open_database` is the way in."""

from __future__ import annotations

from importlib.resources.abc import Traversable

from .clock import Clock
from .database import WRITERS, QueuedDatabase
from .engine import Database, DatabaseError

__all__ = ["Clock", "Database", "DatabaseError", "open_database"]

SQLITE = "sqlite:///"
POSTGRES = ("postgresql://", "postgres://")

# Held to the end of a migration's transaction, so that processes that start together take turns
_TURN = "SELECT pg_advisory_xact_lock(7236873)"
_DOMAINS = tuple(
    f"""DO $$ BEGIN
        CREATE DOMAIN {name} AS TEXT COLLATE "C";
    EXCEPTION WHEN duplicate_object THEN NULL; END $$"""
    for name in ("key_text", "utc_text")
)


def open_database(url: str, migrations: Traversable, *, serving: bool = False, clock: Clock | None = None) -> Database:
    """Open a database by URL: `sqlite:///path` (four slashes for an absolute one) or `postgresql://…`.

    Nothing is connected before it is needed. `serving` claims a SQLite file for this process and raises `InUse` if
    another server has it. Raises DatabaseError for any other URL.
    """
    if url.startswith(SQLITE):
        from .sqlite import Lock, SqliteSession  # noqa: PLC0415  only the driver that is used is loaded

        path = url.removeprefix(SQLITE)
        lock = Lock(path) if serving else None
        return QueuedDatabase(
            "sqlite",
            lambda _: SqliteSession(path),
            migrations,
            prepare=(),
            writers=1,
            within=True,
            release=lock.release if lock else lambda: None,
            upkeep=None,
            clock=clock or Clock(),
        )
    if url.startswith(POSTGRES):
        from .postgres import GROWTH, PostgresSession  # noqa: PLC0415  only the driver that is used is loaded

        return QueuedDatabase(
            "postgresql",
            lambda time_limit: PostgresSession(url, time_limit=time_limit),
            migrations,
            prepare=(_TURN, *_DOMAINS),
            writers=WRITERS,
            within=False,
            release=lambda: None,
            upkeep=GROWTH,
            clock=clock or Clock(),
        )
    raise DatabaseError("the database URL must start with sqlite:/// or postgresql://")
