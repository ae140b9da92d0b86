"""Reading resources: one, a page, a search, over one type or both (RFC 7644 §3.4)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import TypeAlias

from msgspec.structs import replace

from entrant.db.engine import Database, Lane, Tx
from entrant.scim.errors import InvalidFilter, InvalidValue
from entrant.scim.listing import Cursor, ListQuery, list_head
from entrant.scim.projection import Projection
from entrant.scim.schema import ResourceType
from entrant.scim.schemas import MAX_PLACES
from entrant.scim.wire import CONTENT_TYPE, Json, Response
from entrant.store import memberships
from entrant.store.listing import Page, find_groups, find_users
from entrant.workspace.model import Group, Member, Workspace

from . import groups, users
from .call import Call, names_version, version_of
from .cursors import Cursors
from .messages import read_filter
from .present import MEMBERS_PER_PAGE, Fetch, group_chunks, groups_to_read, list_chunks, user_bytes

Item: TypeAlias = Member | Group


def get_one(call: Call, database: Database, type_: ResourceType, resource_id: str, projection: Projection) -> Response:
    """`GET /{type}/{id}`: 200, or 304 if `If-None-Match` names its version (RFC 7644 §3.4.1, §3.14)."""
    item: Item
    if type_ is call.users:
        item = users.get(call, resource_id, groups_to_read(projection))
    else:
        item = groups.get(call, resource_id)
    headers = {"content-type": CONTENT_TYPE, "etag": version_of(item.revision)}
    known = call.request.headers.get("if-none-match")
    if known is not None and names_version(known, item.revision):
        return Response(304, {"etag": headers["etag"]})
    return Response(200, headers, _body(call, database, [item], projection, lambda items: next(iter(items))))


def get_list(call: Call, database: Database, cursors: Cursors, type_: ResourceType, query: ListQuery) -> Response:
    """`GET /{type}` and `POST /{type}/.search`: a ListResponse, empty if nothing matches (RFC 7644 §3.4.2)."""
    query = _tolerated(call, type_, query)
    page = _find(call, type_, query, cursors.read(call, type_, query))
    upcoming = None if page.next is None else cursors.write(call, type_, query, page.next)
    head = list_head(query, total=page.total, returned=len(page.rows), next_cursor=upcoming)
    return _list_response(call, database, head, [*page.rows], query.projection)


def search_all(call: Call, database: Database, query: ListQuery) -> Response:
    """`POST /.search`: users, then groups, in one list (RFC 7644 §3.4.3).

    An attribute that only one of the types has matches nothing of the other; one that neither has is an error.
    """
    if query.cursor is not None or query.sort_by is not None:
        raise InvalidValue("cursors and sortBy work on one resource type: search /Users or /Groups")
    rows: list[Item] = []
    total = 0
    errors: list[InvalidFilter] = []
    for type_ in (call.users, call.groups):
        rest = replace(query, start_index=max(1, query.start_index - total), count=query.count - len(rows))
        try:
            page = _find(call, type_, _tolerated(call, type_, rest), None)
        except InvalidFilter as exc:
            errors.append(exc)
            continue
        rows += page.rows
        total += page.total
    if len(errors) > 1:
        raise errors[0]
    head = list_head(query, total=total, returned=len(rows), next_cursor=None)
    return _list_response(call, database, head, rows, query.projection)


def _tolerated(call: Call, type_: ResourceType, query: ListQuery) -> ListQuery:
    return query if query.filter is None else replace(query, filter=read_filter(call, type_, query.filter))


def _find(call: Call, type_: ResourceType, query: ListQuery, after: Cursor | None) -> Page[Member] | Page[Group]:
    if type_ is call.users:
        return find_users(call.tx, call.workspace, type_, query, after, groups_to_read(query.projection))
    return find_groups(call.tx, call.workspace, type_, query, after)


def _list_response(call: Call, database: Database, head: Json, rows: list[Item], projection: Projection) -> Response:
    rows = _within_bound(rows, projection)
    body = _body(call, database, rows, projection, lambda items: list_chunks(head, items))
    return Response(200, {"content-type": CONTENT_TYPE}, body)


def _within_bound(rows: list[Item], projection: Projection) -> list[Item]:
    """The rows; users without their groups if these are too many between them and nobody asked for them."""
    if projection.attributes or sum(len(row.groups or ()) for row in rows if isinstance(row, Member)) <= MAX_PLACES:
        return rows
    return [replace(row, groups=None) if isinstance(row, Member) else row for row in rows]


def _body(
    call: Call,
    database: Database,
    items: Sequence[Item],
    projection: Projection,
    frame: Callable[[Iterable[Iterable[bytes]]], Iterable[bytes]],
) -> bytes | Iterator[bytes]:
    """The items as JSON within `frame`: in one piece, or chunk by chunk if they have many members between them.

    Chunks are read in transactions of their own while the body is sent, so that neither memory nor a snapshot is
    held for a slow reader; a member who is there throughout is in the list, whatever else changes meanwhile.
    """
    with_members = projection.wants("members")
    many = with_members and sum(i.member_count for i in items if isinstance(i, Group)) > MEMBERS_PER_PAGE
    fetch_here = partial(_fetch, call.tx, call.workspace.id)
    fetch = partial(_fetch_anew, database, call.workspace) if many else fetch_here
    chunks = frame(
        (user_bytes(call.base_url, call.users, item, projection),)
        if isinstance(item, Member)
        else group_chunks(call.base_url, call.groups, item, projection, fetch if with_members else None)
        for item in items
    )
    return iter(chunks) if many else b"".join(chunks)


def _fetch(tx: Tx, workspace_id: str, group_id: str, after: str | None) -> list[tuple[str, str]]:
    return memberships.members(tx, workspace_id, group_id, after, MEMBERS_PER_PAGE)


def _fetch_anew(database: Database, workspace: Workspace, group_id: str, after: str | None) -> list[tuple[str, str]]:
    return database.read(lambda tx: _fetch(tx, workspace.id, group_id, after), Lane.SLOW, workspace.slug)


__all__ = ["Fetch", "get_list", "get_one", "search_all"]
