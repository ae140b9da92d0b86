"""How much a provider has asked, hour by hour, and when it last tested its connection."""

from __future__ import annotations

from dataclasses import dataclass

from entrant.db.engine import Tx
from entrant.db.queries import load

_SQL = load(__package__, "traffic")
HOUR = 13  # characters of a time that name its hour: `2026-11-24T16`


@dataclass(frozen=True, slots=True)
class Hour:
    """Entries of the provisioning log in one hour, and how many of them were refused or failed."""

    hour: str
    entries: int
    refused: int


@dataclass(frozen=True, slots=True)
class Probe:
    """A test of a connection that was answered with an empty list."""

    connection: str
    at: str
    operation: str


def count(tx: Tx, workspace_id: str, at: str, *, refused: bool) -> None:
    """Count an entry of the provisioning log; once per transaction and hour."""
    tx.add(_SQL["count"], {"workspace": workspace_id, "hour": at[:HOUR]}, entries=1, refused=int(refused))


def refused_before(tx: Tx, workspace_id: str, at: str) -> int:
    """How many entries of that hour were refused before this one, which is counted from now on.

    What this batch has counted is not in the database yet.
    """
    key = ("refused", workspace_id, at[:HOUR])
    if key not in tx.memo:
        row = tx.one(_SQL["refused"], workspace=workspace_id, hour=at[:HOUR])
        tx.memo[key] = 0 if row is None else int(row["refused"])
    before = int(tx.memo[key])
    tx.memo[key] = before + 1
    return before


def hours(tx: Tx, workspace_id: str, since: str) -> list[Hour]:
    """The hours with entries since the one of a time, oldest first."""
    rows = tx.all(_SQL["hours"], workspace=workspace_id, since=since[:HOUR])
    return [Hour(row["hour"], row["entries"], row["refused"]) for row in rows]


def purge(tx: Tx, before: str) -> int:
    """Remove the hours before that of a time; how many those were."""
    return tx.changed(_SQL["purge"], before=before[:HOUR])


def note_probe(tx: Tx, workspace_id: str, connection_id: str, operation: str) -> None:
    """Remember the last test of a connection."""
    tx.run(_SQL["note_probe"], workspace=workspace_id, connection=connection_id, now=tx.now, operation=operation)


def reword_probe(tx: Tx, workspace_id: str, connection_id: str, operation: str) -> None:
    """Let the last test of a connection say something else."""
    tx.run(_SQL["reword_probe"], workspace=workspace_id, connection=connection_id, operation=operation)


def probes(tx: Tx, workspace_id: str) -> dict[str, Probe]:
    """The last test of each connection, by its id."""
    rows = tx.all(_SQL["probes"], workspace=workspace_id)
    return {row["connection"]: Probe(row["connection"], row["at"], row["operation"]) for row in rows}
