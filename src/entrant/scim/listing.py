"""Asking for lists and answering with them: index paging, cursors, sorting (RFC 7644 §3.4.2, §3.4.3; RFC 9865)."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta

import msgspec

from .errors import ExpiredCursor, InvalidCursor, InvalidPath, InvalidSyntax, InvalidValue
from .filter import Filter, Path
from .parser import parse_filter, parse_path
from .projection import PLAIN, Projection, parse_projection
from .resource import require_schemas
from .wire import Json

SCHEMA = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
SEARCH_SCHEMA = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"
DEFAULT_COUNT = 100  # resources on a page unless the client says otherwise
MAX_COUNT = 1_000  # resources on a page whatever the client says
MAX_START_INDEX = 2**53  # far above any list, and a number that every JSON reader can hold
CURSOR_LIFETIME = 3_600  # seconds; also published as `cursorTimeout`
_SEAL = 16  # bytes of HMAC-SHA-256 on a cursor


class ListQuery(msgspec.Struct, frozen=True):
    """A request for a list. `start_index` counts from 1; `count` is capped. `cursor` is None for index paging."""

    filter: Filter | None = None
    sort_by: Path | None = None
    descending: bool = False
    start_index: int = 1
    count: int = DEFAULT_COUNT
    cursor: str | None = None
    """The cursor to go on from; empty for the first page of a walk by cursor."""
    projection: Projection = PLAIN


class Cursor(msgspec.Struct, frozen=True):
    """The last resource of a page: what it was sorted by (None without sorting, or without a value), and its id."""

    sort_key: str | float | None
    id: str


def parse_list_query(parameters: Mapping[str, str], *, words: bool = False) -> ListQuery:
    """Read the query of a GET. Parameters that are not SCIM's are ignored (entra-client 22.5).

    `words`: text in the filter may come without quotes; it is read as a `Word`.
    """
    return _query(parameters, words=words)


def parse_search_request(message: Json, *, words: bool = False, strict: bool = False) -> ListQuery:
    """Read a SearchRequest (RFC 7644 §3.4.3), which needs its `schemas` if `strict`; raises InvalidSyntax."""
    if not isinstance(message, dict):
        raise InvalidSyntax("the body must be a SearchRequest")
    if strict:
        require_schemas(message, SEARCH_SCHEMA)
    return _query(message, words=words)


def _query(given: Mapping[str, Json], *, words: bool) -> ListQuery:
    cursor = _text(given, "cursor")
    if cursor is not None and given.get("startIndex") is not None:
        raise InvalidValue("ask for a cursor or for a startIndex, not for both")
    filter_, sort_by, order = _text(given, "filter"), _text(given, "sortBy"), _text(given, "sortOrder") or "ascending"
    if order.lower() not in {"ascending", "descending"}:
        raise InvalidValue("sortOrder is ascending or descending")
    return ListQuery(
        filter=None if filter_ is None else parse_filter(filter_, words=words),
        sort_by=_sort_path(sort_by) if sort_by else None,
        descending=order.lower() == "descending",
        start_index=min(max(1, _integer(given, "startIndex", 1)), MAX_START_INDEX),
        count=min(max(0, _integer(given, "count", DEFAULT_COUNT)), MAX_COUNT),
        cursor=cursor,
        projection=parse_projection(given.get("attributes"), given.get("excludedAttributes")),
    )


def _sort_path(text: str) -> Path:
    try:
        return parse_path(text)
    except InvalidPath as exc:
        raise InvalidValue(f"sortBy: {exc.detail}") from exc


def _text(given: Mapping[str, Json], name: str) -> str | None:
    value = given.get(name)
    if value is not None and not isinstance(value, str):
        raise InvalidValue(f"{name} must be a string")
    return value


def _integer(given: Mapping[str, Json], name: str, default: int) -> int:
    value = given.get(name)
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise InvalidValue(f"{name} must be a whole number")
    try:
        return int(value)
    except ValueError as exc:
        raise InvalidValue(f"{name} must be a whole number") from exc


def list_head(query: ListQuery, *, total: int, returned: int, next_cursor: str | None) -> Json:
    """A ListResponse without its `Resources`: `startIndex` for index paging, `nextCursor` while a walk goes on."""
    head: dict[str, Json] = {"schemas": [SCHEMA], "totalResults": total, "itemsPerPage": returned}
    if query.cursor is None:
        head["startIndex"] = query.start_index
    elif next_cursor is not None:
        head["nextCursor"] = next_cursor
    return head


def encode_cursor(key: bytes, scope: str, query: ListQuery, after: Cursor, now: str) -> str:
    """A cursor as text: sealed, dated, bound to `scope` (workspace and resource type), filter, order and page size."""
    expires = datetime.fromisoformat(now) + timedelta(seconds=CURSOR_LIFETIME)
    said = msgspec.json.encode([after.sort_key, after.id, int(expires.timestamp())])
    return base64.urlsafe_b64encode(_seal(key, scope, query, said) + said).decode().rstrip("=")


def decode_cursor(key: bytes, scope: str, query: ListQuery, now: str) -> Cursor:
    """What `query.cursor` says; raises InvalidCursor or ExpiredCursor (RFC 9865 §2.1)."""
    text = query.cursor or ""
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except ValueError as exc:
        raise InvalidCursor("this is not a cursor; take nextCursor from the page before") from exc
    seal, said = raw[:_SEAL], raw[_SEAL:]
    if not hmac.compare_digest(seal, _seal(key, scope, query, said)):
        raise InvalidCursor("this cursor belongs to another query; repeat filter, sorting and count as they were")
    sort_key, resource_id, expires = msgspec.json.decode(said)
    if datetime.fromisoformat(now).timestamp() > expires:
        raise ExpiredCursor("this cursor has expired; begin again with an empty cursor")
    return Cursor(sort_key, resource_id)


def _seal(key: bytes, scope: str, query: ListQuery, said: bytes) -> bytes:
    """Authenticates what a cursor says together with what it was said about."""
    about = [scope, str(query.filter or ""), str(query.sort_by or ""), query.descending, query.count]
    return hmac.digest(key, msgspec.json.encode(about) + b"\0" + said, hashlib.sha256)[:_SEAL]
