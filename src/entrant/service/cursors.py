"""The cursors of this database: made and read with one secret that all its processes share (RFC 9865)."""

from __future__ import annotations

from entrant.db.engine import Database
from entrant.scim.listing import Cursor, ListQuery, decode_cursor, encode_cursor
from entrant.scim.schema import ResourceType
from entrant.store import settings

from .call import Call


class Cursors:
    """Seals what a cursor says to the workspace, the resource type and the query it was made for."""

    def __init__(self, database: Database) -> None:
        self._key = database.write("settings", lambda tx: settings.secret(tx, "cursor"))

    def write(self, call: Call, type_: ResourceType, query: ListQuery, after: Cursor) -> str:
        """The text of a cursor that goes on after `after`."""
        return encode_cursor(self._key, _scope(call, type_), query, after, call.tx.now)

    def read(self, call: Call, type_: ResourceType, query: ListQuery) -> Cursor | None:
        """Where the query's cursor says to go on; None at the first page. Raises InvalidCursor or ExpiredCursor."""
        return decode_cursor(self._key, _scope(call, type_), query, call.tx.now) if query.cursor else None


def _scope(call: Call, type_: ResourceType) -> str:
    return f"{call.workspace.id}{type_.endpoint}"
