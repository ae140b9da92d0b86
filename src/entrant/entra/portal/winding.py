"""Winding the clock behind the pages, which ask how far it has come."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass, field
from datetime import timedelta

from entrant.db import DatabaseError
from entrant.entra.jobs.driver import Stopped
from entrant.entra.jobs.provisioner import Provisioner
from entrant.entra.jobs.schedule import Happened, advance
from entrant.entra.model import Conflict, EntraError

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Winding:
    """A clock on its way. Written by one thread, read by pages."""

    by: timedelta
    happened: list[Happened] = field(default_factory=list)
    problem: str | None = None
    ended: threading.Event = field(default_factory=threading.Event)


class Winder:
    """Winds the clock of an emulator, once at a time."""

    def __init__(self, p: Provisioner) -> None:
        self._p = p
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self.last: Winding | None = None

    def wind(self, by: timedelta) -> Winding:
        """Begin; raises Conflict while the clock is on its way."""
        with self._lock:
            if self.last is not None and not self.last.ended.is_set():
                raise Conflict("the clock is being wound forward already; wait until it has arrived")
            self.last = Winding(by)
        threading.Thread(target=self._wind, args=(self.last,), name="clock", daemon=True).start()
        return self.last

    def close(self) -> None:
        """Let the clock stop where it is."""
        self._stop.set()

    def _wind(self, winding: Winding) -> None:
        try:
            advance(self._p, winding.by, winding.happened.append, self._stop)
        except (EntraError, DatabaseError, Stopped) as problem:
            logger.warning("the clock stopped on its way: %s", problem)
            winding.problem = str(problem) or "the emulator ends"
        finally:
            winding.ended.set()
