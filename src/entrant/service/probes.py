"""Knowing a test of a connection: a look for a user whose userName is a new GUID (entra-client 4.1, 4.6)."""

from __future__ import annotations

import re

from entrant.db.engine import Tx
from entrant.store import traffic

from .access import Visit
from .call import Call

_SPACE, _QUOTE = r"(?:\+|%20)", r"(?:%22|\")"
_GUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_PROBE = re.compile(rf"(?:^|&)filter=userName{_SPACE}eq{_SPACE}{_QUOTE}{_GUID}{_QUOTE}(?:&|$)", re.IGNORECASE)


def is_probe(visit: Visit) -> bool:
    """Whether that is a test of the connection."""
    query = visit.request.query
    return "filter=" in query and visit.path.lower() == "/users" and _PROBE.search(query) is not None


def note_probe(call: Call, visit: Visit, tx: Tx) -> None:
    """Remember that a test has arrived and was answered."""
    traffic.note_probe(tx, call.workspace.id, call.access.connection.id, visit.operation)
