"""Pages of users and groups: filtered, sorted, by index or by cursor (RFC 7644 §3.4.2, RFC 9865).

The statements are put together from fixed parts and from what `where.py` compiles; every value is a parameter.
Unless something else is asked for, resources come in the order of their ids, which is that of their creation.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Generic, TypeVar

import msgspec

from entrant.db.engine import Lane, Later, Row, Tx
from entrant.scim.errors import InvalidFilter, InvalidValue
from entrant.scim.filter import Scalar
from entrant.scim.listing import Cursor, ListQuery
from entrant.scim.schema import ResourceType
from entrant.workspace.model import Group, Member, Workspace

from . import groups, members, memberships
from .where import Where, compile_where, sort_expression

Item = TypeVar("Item", Member, Group)
DEEP = 1_000  # resources to skip or to count; more are no work for the fast lane
LARGE = 150  # resources on a page of the fast lane
EVERYTHING = Where("(1 = 1)", {}, indexed=True)


class Page(msgspec.Struct, Generic[Item], frozen=True):
    """The resources of a page, how many there are on all pages, and the cursor to the next one, if any."""

    rows: list[Item]
    total: int
    next: Cursor | None


def find_users(
    tx: Tx, workspace: Workspace, type_: ResourceType, query: ListQuery, after: Cursor | None, places: int | None = None
) -> Page[Member]:
    """A page of provisioned users, with the groups of those who are in no more than `places`, if that is given.

    Raises InvalidFilter, InvalidValue, and Later if it is work for the slow lane.
    """
    # Not "= 'provisioned'": SQLite would prefer the index on sources, which has the order of ids, to an attribute's.
    scope = _Scope("member m", "m.workspace = :workspace AND m.source <> 'local'", workspace.user_count)
    from_row = partial(members.from_row, groups=places)
    return _Finder(tx, workspace.id, type_, query, scope, from_row, places).page(after)


def find_groups(
    tx: Tx, workspace: Workspace, type_: ResourceType, query: ListQuery, after: Cursor | None
) -> Page[Group]:
    """A page of groups; raises like `find_users`."""
    scope = _Scope("groups m", "m.workspace = :workspace", workspace.group_count)
    return _Finder(tx, workspace.id, type_, query, scope, groups.from_row).page(after)


class _Scope(msgspec.Struct, frozen=True):
    """The rows that SCIM can see: a table with alias `m`, a condition, and how many there are."""

    table: str
    condition: str
    total: int


class _Finder(Generic[Item]):
    def __init__(
        self,
        tx: Tx,
        workspace_id: str,
        type_: ResourceType,
        query: ListQuery,
        scope: _Scope,
        from_row: Callable[[Row], Item],
        places: int | None = None,
    ) -> None:
        self._tx, self._query, self._scope = tx, query, scope
        self._places = places
        self._from_row: Callable[[Row], Item] = from_row
        self._where = EVERYTHING if query.filter is None else compile_where(query.filter, type_, tx.engine)
        self._sort = None if query.sort_by is None else _sort(query, type_, tx.engine)
        large = query.start_index > DEEP or query.count > LARGE
        if tx.lane is Lane.FAST and (large or not self._where.indexed or (self._sort and query.filter is None)):
            raise Later
        self._parameters: dict[str, Scalar | None] = {"workspace": workspace_id, **self._where.parameters}

    def page(self, after: Cursor | None) -> Page[Item]:
        """The page, and the total: a counter, what was found if that is all, or a count."""
        query = self._query
        rows = self._rows(after) if query.count else []
        more = len(rows) > query.count
        rows = rows[: query.count]
        last = rows[-1] if more and query.cursor is not None else None
        following = None if last is None else Cursor(_plain(last["sort_key"]), last["id"])
        whole = query.count and not more and after is None and (rows or query.start_index == 1)
        total = query.start_index - 1 + len(rows) if whole and query.filter is not None else self._total()
        return Page([self._from_row(row) for row in rows], total, following)

    def _total(self) -> int:
        if self._query.filter is None:
            return self._scope.total
        matching = f"FROM {self._scope.table} WHERE {self._scope.condition} AND {self._where.sql}"
        if self._tx.lane is Lane.FAST:
            sql = f"SELECT COUNT(*) AS total FROM (SELECT 1 {matching} LIMIT :most) found"
            row = self._tx.one(sql, **self._parameters, most=DEEP + 1)
            if row and row["total"] > DEEP:
                raise Later
        else:
            row = self._tx.one(f"SELECT COUNT(*) AS total {matching}", **self._parameters)
        return int(row["total"]) if row else 0

    def _rows(self, after: Cursor | None) -> list[Row]:
        """One row more than the page has, to know whether there is another page."""
        key = self._sort or "NULL"
        condition = f"{self._scope.condition} AND {self._where.sql}"
        parameters = {**self._parameters, "most": self._query.count + 1}
        if after is not None:
            condition += f" AND {self._beyond(after, parameters)}"
        skip = 0 if self._query.cursor is not None else self._query.start_index - 1
        order, table = self._order(), self._scope.table
        places = ""
        if self._places is not None:
            places = f", {memberships.places_column(self._tx.engine)}"
            parameters["places"] = self._places + 1
        if not skip and (not places or (self._sort is None and self._query.filter is None)):
            sql = f"SELECT m.*, {key} AS sort_key{places} FROM {table} WHERE {condition} ORDER BY {order} LIMIT :most"
            return self._tx.all(sql, **parameters)
        if not skip:
            # SQLite reads all columns of what it has yet to sort, which is all that a filter finds: first the page.
            page = f"SELECT m.*, {key} AS sort_key FROM {table} WHERE {condition} ORDER BY {order} LIMIT :most"
            return self._tx.all(f"SELECT m.*{places} FROM ({page}) m ORDER BY {order}", **parameters)
        # Skipped rows are counted off in the index alone; a document is read only for those that are shown.
        sql = (
            f"SELECT m.*, {key} AS sort_key{places} FROM {table} WHERE m.workspace = :workspace AND m.id IN "
            f"(SELECT m.id FROM {table} WHERE {condition} ORDER BY {order} LIMIT :most OFFSET :skip) ORDER BY {order}"
        )
        return self._tx.all(sql, **parameters, skip=skip)

    def _order(self) -> str:
        """Ascending puts the absent last, descending first (RFC 7644 §3.4.2.3); the id settles ties."""
        direction = "DESC" if self._query.descending else "ASC"
        if self._sort is None:
            return "m.id ASC"
        return (
            f"CASE WHEN {self._sort} IS NULL THEN 1 ELSE 0 END {direction}, {self._sort} {direction}, m.id {direction}"
        )

    def _beyond(self, after: Cursor, parameters: dict[str, Scalar | None]) -> str:
        """The rows that come after a cursor, in the order of `_order`."""
        parameters["after"] = after.id
        if self._sort is None:
            return "m.id > :after"
        sign, key = "<" if self._query.descending else ">", self._sort
        if after.sort_key is None:
            tie = f"({key} IS NULL AND m.id {sign} :after)"
            return f"({key} IS NOT NULL OR {tie})" if self._query.descending else tie
        parameters["sort_key"] = after.sort_key
        sought = "CAST(:sort_key AS TEXT)" if isinstance(after.sort_key, str) else ":sort_key"
        absent = "" if self._query.descending else f" OR {key} IS NULL"
        return f"({key} {sign} {sought} OR ({key} = {sought} AND m.id {sign} :after){absent})"


def _sort(query: ListQuery, type_: ResourceType, engine: str) -> str | None:
    if query.sort_by is None:
        return None
    try:
        return sort_expression(query.sort_by, type_, engine)
    except InvalidFilter as exc:
        raise InvalidValue(f"sortBy: {exc.detail}") from exc


def _plain(value: object) -> str | float | None:
    """A sort key as JSON can hold it; PostgreSQL gives numbers as decimals."""
    return value if value is None or isinstance(value, str) else float(str(value))
