"""The provisioning log (entra-client 21.1): appended with what it tells of, read newest first by key, purged by age.

A page is read along one index. Where it has further filters, it looks at no more than `WINDOW` entries and says how far
it has looked, so that a log of a million entries is never gone through for one page.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import msgspec

from entrant.db.engine import Row, Tx, Value
from entrant.db.queries import load
from entrant.entra.model import LogEntry
from entrant.scim.fold import fold

from . import like
from .ids import sortable_id

_SQL = load(__package__, "log")
WINDOW = 10_000  # entries that one filtered page looks at: some ten milliseconds


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
    application: str = ""
    """The name of the service principal; empty if it was removed since."""


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


@dataclass(frozen=True, slots=True)
class LogPage:
    """Entries, newest first; fewer than were asked for, or none, if there are few among those that were looked at."""

    entries: tuple[Logged, ...]
    next: tuple[str, str] | None
    """`before` of the next page; None if this is the last."""


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


def page(tx: Tx, query: Query) -> LogPage:
    """A page of entries."""
    index, filters = _conditions(query)
    end: tuple[str, str] | None = None
    if filters.texts:
        row = tx.one(f"{_SQL['window']} {index} {_SQL['window_end']}", skipped=WINDOW - 1, **index.parameters)
        if row is not None:
            end = row["at"], row["id"]
            index.add("(at, id) >= (:end_at, :end_id)", end_at=row["at"], end_id=row["id"])
    where = _Conditions([*index.texts, *filters.texts], index.parameters | filters.parameters)
    rows = tx.all(f"{_SQL['page']} {where} {_SQL['newest_first']}", most=query.most, **where.parameters)
    found = tuple(map(_logged, rows))
    return LogPage(found, (found[-1].at, found[-1].id) if len(found) == query.most else end)


def find(tx: Tx, id: str) -> Logged | None:
    """One entry."""
    row = tx.one(_SQL["find"], id=id)
    return None if row is None else _logged(row)


def purge(tx: Tx, before: str) -> int:
    """Remove what is older than a time; how many entries that were."""
    return tx.changed(_SQL["purge"], before=before)


def clear(tx: Tx, job: str) -> None:
    """Remove the entries of a job."""
    tx.run(_SQL["clear"], job=job)


@dataclass(slots=True)
class _Conditions:
    """Conditions of our own text, and their parameters."""

    texts: list[str] = field(default_factory=list)
    parameters: dict[str, Value] = field(default_factory=dict)

    def add(self, text: str, **parameters: Value) -> None:
        self.texts.append(text)
        self.parameters |= parameters

    def __str__(self) -> str:
        return f"WHERE {' AND '.join(self.texts)}" if self.texts else ""


def _conditions(query: Query) -> tuple[_Conditions, _Conditions]:
    """What is asked for: first what one index answers, the time among it; then what is looked at entry by entry."""
    equal = {
        "change_id": query.change_id,
        "source_id": query.source_id,
        "cycle": query.cycle,
        "job": query.job,
        "service_principal": query.service_principal,
    }
    index, filters = _Conditions(), _Conditions()
    asked = [column for column, value in equal.items() if value is not None]
    leading = next((column for column in INDEXED if column in asked), None)
    for column in asked:
        (index if column == leading else filters).add(f"{column} = :{column}", **{column: equal[column]})
    for column, values in (("action", query.actions), ("status", query.statuses)):
        if column == "status" and leading == "job" and len(values) == 1:
            index.add("status = :status", status=fold(values[0]))
        elif values:
            filters.add(f"{column} IN :{column}", **{column: [fold(value) for value in values]})
    if query.properties:
        texts = [like.containing(f"\n{name}\n") for name in query.properties]
        patterns: dict[str, Value] = {f"property_{'x' * n}": text for n, text in enumerate(texts)}
        filters.add(f"({' OR '.join(f'properties LIKE :{name} ESCAPE {ESCAPE}' for name in patterns)})", **patterns)
    if query.since is not None:
        index.add("at >= :since", since=query.since)
    if query.until is not None:
        index.add("at < :until", until=query.until)
    if query.before is not None:
        index.add("(at, id) < (:before_at, :before_id)", before_at=query.before[0], before_id=query.before[1])
    return index, filters


INDEXED = ("change_id", "source_id", "cycle", "job")
"""Columns with an index that goes on with the time; what has fewest entries comes first."""
ESCAPE = "'\\'"


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
        row["application"] or "",
    )
