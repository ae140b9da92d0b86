"""What the clock has told is kept in the database: no process tells an earlier time (decision 0022)."""

from __future__ import annotations

from entrant.db.engine import Database, Tx, timestamp
from entrant.store import settings

NOW, STEADY = "clock_now", "clock_steady"
"""The settings that say how far the clock has come, by its readings of the same names."""
KEEP_SECONDS = 10.0  # between two times that a server keeps what its clock tells, and hears what those of others told


def join_time(database: Database) -> None:
    """Let the clock of this process tell no time before what is kept."""
    kept = database.read(_kept)
    if kept is not None:
        database.clock.join(*kept)


def keep_time(database: Database) -> None:
    """The same, and keep what the clock of this process tells."""
    join_time(database)
    steady = timestamp(database.clock.steady())

    def work(tx: Tx) -> None:
        settings.raise_to(tx, NOW, tx.now)
        settings.raise_to(tx, STEADY, steady)

    database.write("clock", work)


def _kept(tx: Tx) -> tuple[str, str] | None:
    now, steady = settings.find(tx, NOW), settings.find(tx, STEADY)
    return None if now is None or steady is None else (now, steady)
