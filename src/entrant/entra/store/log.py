"""The provisioning log (entra-client 21.1): appended with what it tells of, read newest first by key, purged by age."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from entrant.db.engine import Row, Tx, Value
from entrant.db.queries import load
from entrant.entra.model import LogEntry
from entrant.scim.fold import fold

from .ids import sortable_id

_SQL = load(__package__, "log")


@dataclass(frozen=True, slots=True)
class Where:
    """What wrote an entry: a job's cycle, or a provision on demand."""

    job: str
    service_principal: str
    cycle: str


@dataclass(frozen=True, slots=True)
class Logged:
    """An entry as it is stored."""

    id: str
    at: str
    job: str
    service_principal: str
    cycle: str
    change_id: str
    milliseconds: int
    entry: LogEntry


@dataclass(frozen=True, slots=True)
class Query:
    """Which entries, newest first. What is None or empty does not filter."""

    job: str | None = None
    service_principal: str | None = None
    source_id: str | None = None
    cycle: str | None = None
    change_id: str | None = None
    actions: tuple[str, ...] = ()
    """Any of these, whatever their case (graph-surface 3.5)."""
    statuses: tuple[str, ...] = ()
    since: str | None = None
    """Not before this time; and before the next one."""
    until: str | None = None
    properties: tuple[str, ...] = ()
    """Entries that changed any of these target attributes."""
    before: tuple[str, str] | None = None
    """The time and id of the last entry of the page before."""
    most: int = 50


def append(tx: Tx, where: Where, change_id: str, at: str, entry: LogEntry) -> None:
    """Add an entry at the end of the transaction. Entries of one change of an object bear the same `change_id`."""
    tx.later(
        _SQL["append"],
        id=sortable_id(),
        at=at,
        job=where.job,
        service_principal=where.service_principal,
        cycle=where.cycle,
        change_id=change_id,
        action=fold(entry.action),
        status=fold(entry.status),
        source_id=entry.source_id,
        milliseconds=sum(exchange.milliseconds for exchange in entry.exchanges),
        properties="".join(f"\n{fold(each.name)}\n" for each in entry.modified),
        doc=msgspec.json.encode(entry).decode(),
    )


def page(tx: Tx, query: Query) -> list[Logged]:
    """Entries, newest first."""
    conditions, parameters = _conditions(query)
    where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
    statement = " ".join((_SQL["page"], where, _SQL["newest_first"]))
    return [_logged(row) for row in tx.all(statement, most=query.most, **parameters)]


def find(tx: Tx, id: str) -> Logged | None:
    """One entry."""
    row = tx.one(_SQL["find"], id=id)
    return None if row is None else _logged(row)


def purge(tx: Tx, before: str) -> int:
    """Remove what is older than a time; how many entries that were."""
    return tx.run(_SQL["purge"], before=before)


def clear(tx: Tx, job: str) -> None:
    """Remove the entries of a job."""
    tx.run(_SQL["clear"], job=job)


def _conditions(query: Query) -> tuple[list[str], dict[str, Value]]:
    """What is asked for as conditions of our own text, and their parameters."""
    equal = {
        "job": query.job,
        "service_principal": query.service_principal,
        "source_id": query.source_id,
        "cycle": query.cycle,
        "change_id": query.change_id,
    }
    conditions = [f"{column} = :{column}" for column, value in equal.items() if value is not None]
    parameters: dict[str, Value] = {column: value for column, value in equal.items() if value is not None}
    for column, values in (("action", query.actions), ("status", query.statuses)):
        if values:
            conditions.append(f"{column} IN :{column}")
            parameters[column] = [fold(value) for value in values]
    for name, condition, value in (("since", "at >= :since", query.since), ("until", "at < :until", query.until)):
        if value is not None:
            conditions.append(condition)
            parameters[name] = value
    if query.properties:
        patterns = {f"property_{'x' * n}": _pattern(name) for n, name in enumerate(query.properties)}
        conditions.append(f"({' OR '.join(f'properties LIKE :{name} ESCAPE {ESCAPE}' for name in patterns)})")
        parameters.update(patterns)
    if query.before is not None:
        conditions.append("(at, id) < (:before_at, :before_id)")
        parameters["before_at"], parameters["before_id"] = query.before
    return conditions, parameters


ESCAPE = "'\\'"


def _pattern(name: str) -> str:
    text = fold(name).replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%\n{text}\n%"


def _logged(row: Row) -> Logged:
    return Logged(
        row["id"],
        row["at"],
        row["job"],
        row["service_principal"],
        row["cycle"],
        row["change_id"],
        int(row["milliseconds"]),
        msgspec.json.decode(row["doc"], type=LogEntry),
    )
