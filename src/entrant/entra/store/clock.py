"""The emulator's clock: real time with an offset, or one that stands still until it is moved (entra-client 23.1.3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from entrant.db.engine import Tx, timestamp

from . import tenant

_SETTING = "clock"


@dataclass(frozen=True, slots=True)
class ClockState:
    """How the time is found."""

    manual: bool = False
    at: str = ""
    """The time of a manual clock."""
    offset: float = 0.0
    """Seconds by which a real clock is ahead of real time."""


def state(tx: Tx) -> ClockState:
    """How the clock is set."""
    text = tenant.setting(tx, _SETTING)
    return ClockState() if text is None else msgspec.json.decode(text, type=ClockState)


def now(tx: Tx) -> str:
    """The time by the emulator's clock."""
    set_to = state(tx)
    if set_to.manual:
        return set_to.at
    return moved(tx.now, timedelta(seconds=set_to.offset)) if set_to.offset else tx.now


def save(tx: Tx, to: ClockState) -> None:
    """Set the clock."""
    tenant.set_setting(tx, _SETTING, msgspec.json.encode(to).decode())


def moved(at: str, by: timedelta) -> str:
    """A time so much later."""
    return timestamp(datetime.fromisoformat(at) + by)
