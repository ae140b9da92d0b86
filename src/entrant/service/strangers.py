"""Calls with wrong credentials: in the logs, but never so often that a stranger could fill the disk.

Of each hour the first ten have an entry of the provisioning log, and of all that follow each that makes the count a
power of ten. Those powers, the first call included, are also in the audit log. So a flood of a million leaves 16
entries and seven, and both logs say how large it was to within a factor of ten.
"""

from __future__ import annotations

from entrant.db.engine import Tx
from entrant.scim.wire import Json
from entrant.store import audit, log, workspaces
from entrant.workspace.audit import Actor, Channel, Deed
from entrant.workspace.model import LogEntry, Outcome, Workspace

LOGGED_EACH_HOUR = 10
STRANGER = Actor(Channel.SCIM, "stranger")


def note(tx: Tx, workspace: Workspace, entry: LogEntry) -> None:
    """Count a call that was refused for its credentials; keep what the log shall have of it."""
    # Locked first: whoever holds the workspace elsewhere may be about to count a stranger too.
    workspaces.lock(tx, workspace.id)
    calls = audit.count_stranger(tx, workspace.id)
    landmark = set(str(calls)[1:]) <= {"0"} and str(calls)[0] == "1"
    if calls <= LOGGED_EACH_HOUR or landmark:
        log.append(tx, workspace.id, entry)
    if landmark:
        details: dict[str, Json] = {"callsThisHour": calls, "operation": entry.operation, "requestId": entry.request_id}
        audit.append(tx, workspace.id, STRANGER, Deed("access.refused", None, details), Outcome.REFUSED, entry.detail)
