"""How the directory is changed: the feed locked, a number taken, the change made, all or nothing."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from entrant.db.engine import Database, Tx
from entrant.entra.store import clock, tenant

T = TypeVar("T")


@dataclass(slots=True)
class Edit:
    """One write of the directory, while its transaction is open."""

    tx: Tx
    sequence: int
    """Its place in the change feed."""
    now: str
    """The time by the emulator's clock."""
    numbers: list[int]
    """Numbers for the objects that it creates, the last one first."""

    def next_number(self) -> int:
        """The number of an object that is created."""
        return self.numbers.pop()


def write(database: Database, change: Callable[[Edit], T], creates: int = 1) -> T:
    """Make one change, which creates at most so many objects, and wait until it is stored."""

    def work(tx: Tx) -> T:
        last = tenant.advance(tx, creates)
        return change(Edit(tx, last, clock.now(tx), list(range(last, last - creates, -1))))

    return database.write(tenant.KEY, work)


def new_id() -> str:
    """A lower-case guid."""
    return str(uuid.uuid4())
