"""The provisioning log: read, followed, and cleared of what is old."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from entrant.db.engine import Database, Tx, timestamp
from entrant.store import log, traffic
from entrant.workspace.model import LogEntry, Outcome, Workspace

from .edit import PAGE, pages, read
from .views import LogView

STRAGGLERS = timedelta(seconds=10)
"""How far back a follower looks: an entry has its id when it is made, and is seen when its transaction is committed."""


def list_log(database: Database, slug: str, *, failed: bool = False, limit: int = 100) -> list[LogView]:
    """The latest entries, oldest first; only those that were refused or failed if `failed`."""

    def look(tx: Tx, workspace: Workspace) -> list[LogEntry]:
        return log.newest(tx, workspace.id, failed=failed, most=limit)

    return [LogView.of(entry) for entry in reversed(read(database, slug, look))]


def follow_log(database: Database, slug: str, *, failed: bool = False, limit: int = 100) -> Iterator[list[LogView]]:
    """Without end: first the latest entries, then at each step what has come since; all oldest first."""
    recent = _recent(database, slug)
    latest = list_log(database, slug, failed=failed, limit=limit)
    yield latest
    seen = {entry.id for entry in recent} | {entry.id for entry in latest}
    while True:
        recent = _recent(database, slug)
        new = [entry for entry in recent if entry.id not in seen]
        seen = {entry.id for entry in recent}
        yield [LogView.of(entry) for entry in new if not failed or entry.outcome is not Outcome.DONE]


def purge_log(database: Database, days: int) -> int:
    """Remove the entries of all workspaces that are older; how many those were."""
    before = timestamp(database.clock.steady() - timedelta(days=days))

    def work(tx: Tx) -> int:
        tx.everywhere()
        traffic.purge(tx, before)
        return log.purge(tx, before)

    return database.write("log", work)


def _recent(database: Database, slug: str) -> list[LogEntry]:
    """Every entry made within `STRAGGLERS`, oldest first."""

    def look(tx: Tx, workspace: Workspace) -> list[LogEntry]:
        return list(pages(lambda after: log.following(tx, workspace.id, after or start, PAGE), lambda entry: entry.id))

    start = _first_id(database.clock.steady() - STRAGGLERS)
    return read(database, slug, look)


def _first_id(moment: datetime) -> str:
    """What sorts before every UUIDv7 of that millisecond and after all of earlier ones."""
    digits = f"{int(moment.timestamp() * 1000):012x}"
    return f"{digits[:8]}-{digits[8:]}"
