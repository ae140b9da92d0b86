"""Calls with wrong credentials: in the logs, but never so often that a stranger could fill the disk.

Of each hour the first ten have an entry of the provisioning log, and of all that follow each that makes the count a
power of ten. Those powers, the first call included, are also in the audit log. So a flood of a million leaves 16
entries and seven, and both logs say how large it was to within a factor of ten.

A call to a workspace that does not exist is counted too, in none: refusing it must take as long (Product 9.11).
"""

from __future__ import annotations

from entrant.db.engine import Tx
from entrant.scim.wire import Json
from entrant.store import audit, log, workspaces
from entrant.workspace.audit import Actor, Channel, Deed
from entrant.workspace.model import LogEntry, Outcome, Workspace

LOGGED_EACH_HOUR = 10
NOWHERE = ""
"""The workspace of what names none that exists."""
STRANGER = Actor(Channel.SCIM, "stranger")


def note_sign_in(tx: Tx, workspace: Workspace | None) -> None:
    """Count somebody who did not know an address and password of the console."""
    _count(tx, workspace, {"operation": "console sign-in"}, "the e-mail address or the password was not right")


def note(tx: Tx, workspace: Workspace | None, entry: LogEntry) -> None:
    """Count a call that was refused for its credentials; keep what the logs shall have of it."""
    about: dict[str, Json] = {"operation": entry.operation, "requestId": entry.request_id}
    calls = _count(tx, workspace, about, entry.detail)
    if workspace is not None and (calls <= LOGGED_EACH_HOUR or _is_landmark(calls)):
        log.append(tx, workspace.id, entry)


def _count(tx: Tx, workspace: Workspace | None, about: dict[str, Json], detail: str | None) -> int:
    """How many strangers there have been in this hour; the audit log has the landmarks."""
    if workspace is None:
        workspaces.lock_nothing(tx)
        return audit.count_stranger(tx, NOWHERE)
    # Locked first: whoever holds the workspace elsewhere may be about to count a stranger too.
    workspaces.lock(tx, workspace.id)
    calls = audit.count_stranger(tx, workspace.id)
    if _is_landmark(calls):
        deed = Deed("access.refused", None, {"callsThisHour": calls, **about})
        audit.append(tx, workspace.id, STRANGER, deed, Outcome.REFUSED, detail)
    return calls


def _is_landmark(calls: int) -> bool:
    """Whether it is 1, 10, 100 and so on."""
    return str(calls).strip("0") == "1"
