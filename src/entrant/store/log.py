"""The provisioning log (product.md 8.1): appended in the transaction that it tells of, read by key, purged by age."""

from __future__ import annotations

import msgspec
from msgspec.structs import replace

from entrant.db.engine import Row, Tx
from entrant.db.queries import load
from entrant.workspace.model import LogEntry, Outcome

from . import traffic

_SQL = load(__package__, "log")
LAST = "~"  # sorts after every id


WHOLE_REFUSALS = 1_000  # of one workspace in an hour that are all kept
ONE_IN = 100  # of those that follow


def append(tx: Tx, workspace_id: str, entry: LogEntry) -> None:
    """Add an entry at the end of the transaction, and count it.

    Of refusals beyond `WHOLE_REFUSALS` in an hour one in a hundred is kept, which says so: a provider that repeats what
    is refused must not fill the disk (product 9.10).
    """
    traffic.count(tx, workspace_id, entry.at, refused=entry.outcome is not Outcome.DONE)
    if entry.outcome is not Outcome.DONE:
        refused = traffic.refused_before(tx, workspace_id, entry.at)
        if refused >= WHOLE_REFUSALS:
            if refused % ONE_IN:
                return
            note = f"{entry.detail or ''} ({ONE_IN - 1} refusals before this one are not listed)"
            entry = replace(entry, detail=note.strip())
    tx.later(
        _SQL["append"],
        workspace=workspace_id,
        id=entry.id,
        at=entry.at,
        request_id=entry.request_id,
        connection=entry.connection,
        operation=entry.operation,
        resource_type=entry.resource_type,
        resource_id=entry.resource_id,
        resource_name=entry.resource_name,
        outcome=entry.outcome,
        status=entry.status,
        scim_type=entry.scim_type,
        code=entry.code,
        detail=entry.detail,
        tolerances=_text(entry.tolerances),
        changes=_text(entry.changes),
        body=None if entry.body is None else _text(entry.body),
    )


def newest(tx: Tx, workspace_id: str, *, failed: bool, before: str = LAST, most: int = 100) -> list[LogEntry]:
    """Entries before the one with that id, newest first; only those that were not done if `failed`."""
    sql = _SQL["newest_refused" if failed else "newest"]
    return [from_row(row) for row in tx.all(sql, workspace=workspace_id, before=before, most=most)]


def following(tx: Tx, workspace_id: str, after: str, most: int = 100) -> list[LogEntry]:
    """Entries after the one with that id, oldest first."""
    return [from_row(row) for row in tx.all(_SQL["following"], workspace=workspace_id, after=after, most=most)]


def about(tx: Tx, workspace_id: str, resource_id: str) -> list[LogEntry]:
    """All entries about a resource, oldest first."""
    return [from_row(row) for row in tx.all(_SQL["about"], workspace=workspace_id, resource=resource_id)]


def erase(tx: Tx, workspace_id: str, entry: LogEntry) -> None:
    """Put an entry that has lost the values of a person in the place of what it was."""
    tx.run(
        _SQL["erase"],
        workspace=workspace_id,
        id=entry.id,
        operation=entry.operation,
        resource_id=entry.resource_id,
        resource_name=entry.resource_name,
        detail=entry.detail,
        changes=_text(entry.changes),
        body=None if entry.body is None else _text(entry.body),
    )


def purge(tx: Tx, before: str) -> int:
    """Remove what is older than a time; how many entries that were."""
    return tx.changed(_SQL["purge"], before=before)


def _text(value: object) -> str:
    return msgspec.json.encode(value).decode()


def from_row(row: Row) -> LogEntry:
    """A row of the table as a value."""
    return LogEntry(
        id=row["id"],
        at=row["at"],
        request_id=row["request_id"],
        connection=row["connection"],
        operation=row["operation"],
        resource_type=row["resource_type"],
        resource_id=row["resource_id"],
        resource_name=row["resource_name"],
        outcome=Outcome(row["outcome"]),
        status=row["status"],
        scim_type=row["scim_type"],
        code=row["code"],
        detail=row["detail"],
        tolerances=tuple(msgspec.json.decode(row["tolerances"])),
        changes=tuple(msgspec.json.decode(row["changes"])),
        body=None if row["body"] is None else msgspec.json.decode(row["body"]),
    )
