"""The time of every database which is open in this process, as a test lets it pass."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest

from entrant.db import Clock
from entrant.db.engine import timestamp


@dataclass
class PassingTime:
    """How much of it has passed beyond what really has."""

    ahead: timedelta = timedelta()

    def wait(self, **by: float) -> None:
        """Let time pass, as `timedelta` takes it: `hours=1`."""
        self.ahead += timedelta(**by)


def set_up(monkeypatch: pytest.MonkeyPatch) -> PassingTime:
    """Let the clocks of databases tell such a time."""
    clock, now, steady = PassingTime(), Clock.now, Clock.steady
    monkeypatch.setattr(Clock, "now", lambda self: timestamp(datetime.fromisoformat(now(self)) + clock.ahead))
    monkeypatch.setattr(Clock, "steady", lambda self: steady(self) + clock.ahead)
    return clock
