"""A machine whose clocks a test sets, with a process of the service on it."""

from __future__ import annotations

from dataclasses import dataclass, field

from entrant.db import Clock, open_database
from entrant.db.clock import SECOND
from entrant.db.engine import Database
from entrant.service.timekeeping import join_time, keep_time
from entrant.store import MIGRATIONS

START = 1_790_000_000 * SECOND


@dataclass
class Machine:
    """Its two clocks, and a process on it. `real` is the true time, in nanoseconds since 1970."""

    url: str
    real: int = START
    wrong: int = 0
    booted: int = START
    database: Database = field(init=False)

    def __post_init__(self) -> None:
        self._open()

    def _open(self) -> None:
        clock = Clock(lambda: self.real + self.wrong, lambda: self.real - self.booted)
        self.database = open_database(self.url, MIGRATIONS, clock=clock)
        join_time(self.database)

    def restart(self) -> None:
        """End the process and boot: the clock that does not jump begins again at nothing."""
        keep_time(self.database)
        self.database.close()
        self.booted = self.real
        self._open()
