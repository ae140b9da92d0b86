"""The cursors of this database: made and read with keys that all its processes share (RFC 9865, decision 0023).

A cursor names its key: `ID.…`. A key that has been replaced reads its cursors until they have expired.
"""

from __future__ import annotations

import time

from msgspec.structs import replace

from entrant.db.engine import Database, Tx
from entrant.scim.errors import InvalidCursor
from entrant.scim.listing import Cursor, ListQuery, decode_cursor, encode_cursor
from entrant.scim.schema import ResourceType
from entrant.store import keys
from entrant.store.keys import Key, Purpose

from .call import Call

REFRESH_SECONDS = 60.0  # after which a process looks whether another key makes cursors now
FIRST = "00000000"
"""The key of cursors that were made before there could be several, and name none."""


class Cursors:
    """Seals what a cursor says to the workspace, the resource type and the query it was made for."""

    def __init__(self, database: Database) -> None:
        database.write("settings", lambda tx: keys.current(tx, Purpose.CURSORS))
        self._ring: list[Key] = []
        self._looked = 0.0

    def write(self, call: Call, type_: ResourceType, query: ListQuery, after: Cursor) -> str:
        """The text of a cursor that goes on after `after`."""
        key = self._keys(call.tx)[0]
        return f"{key.id}.{encode_cursor(key.secret or b'', _scope(call, type_), query, after, call.tx.now)}"

    def read(self, call: Call, type_: ResourceType, query: ListQuery) -> Cursor | None:
        """Where the query's cursor says to go on; None at the first page. Raises InvalidCursor or ExpiredCursor."""
        if not query.cursor:
            return None
        named, _, text = query.cursor.rpartition(".")
        key = self._find(call.tx, named or FIRST)
        return decode_cursor(key, _scope(call, type_), replace(query, cursor=text), call.tx.now)

    def _find(self, tx: Tx, key_id: str) -> bytes:
        for fresh in (False, True):
            for key in self._keys(tx, fresh=fresh):
                if key.id == key_id and key.secret is not None:
                    return key.secret
        raise InvalidCursor("this is not a cursor, or its key is gone; begin again with an empty cursor")

    def _keys(self, tx: Tx, *, fresh: bool = False) -> list[Key]:
        """The keys, as they were within `REFRESH_SECONDS`."""
        if fresh or not self._ring or time.monotonic() - self._looked > REFRESH_SECONDS:
            self._ring, self._looked = keys.ring(tx, Purpose.CURSORS), time.monotonic()
        return self._ring


def _scope(call: Call, type_: ResourceType) -> str:
    return f"{call.workspace.id}{type_.endpoint}"
