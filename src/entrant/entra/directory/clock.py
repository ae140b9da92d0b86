"""What the emulator's clock shows (entra-client 23.1.3). Jobs move it, since they run what falls due on the way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from entrant.db.engine import Database, Tx
from entrant.entra.store import clock


@dataclass(frozen=True, slots=True)
class Clock:
    """What a clock shows."""

    now: str
    manual: bool
    """Whether it stands still until it is moved."""
    ahead: float
    """Seconds by which it is ahead of real time."""


def show(database: Database) -> Clock:
    """The clock now."""

    def work(tx: Tx) -> Clock:
        now = clock.now(tx)
        ahead = datetime.fromisoformat(now) - datetime.fromisoformat(tx.now)
        return Clock(now, clock.state(tx).manual, ahead.total_seconds())

    return database.read(work)
