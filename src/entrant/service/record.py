"""The provisioning log: what a request was, what became of it, and what it changed (product.md 8.1)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from entrant.db.engine import Tx
from entrant.scim.errors import ScimError
from entrant.scim.schema import Resource
from entrant.scim.wire import Json
from entrant.store import connections
from entrant.workspace.model import LogEntry, Outcome, RoleChange

from .access import Visit
from .call import Call
from .ids import new_id
from .redact import loggable_body, redacted_text

MAX_LOGGED_IDS = 1_000  # ids of one membership change, and changes of roles; the rest is logged by its number
MAX_CHANGE = 16_384  # bytes of one change of an attribute
MAX_CHANGES = 262_144  # bytes of all changes of one entry
MAX_OPERATION = MAX_DETAIL = 2_000  # characters
MAX_LEFT_OUT = 20  # names of attributes that were left out; the rest is logged by its number
MAX_NAME = 200  # characters of such a name
MAX_STRANGE_OPERATION = 200  # characters of the request line of a caller who was not let in


def describe(visit: Visit, call: Call | None, status: int, now: str, refusal: ScimError | None = None) -> LogEntry:
    """The log entry of a request that was answered with `status`; `call` is None if it was not let in."""
    done = refusal is None and call is not None
    body = visit.request.body
    return LogEntry(
        id=new_id(),
        at=now,
        request_id=visit.request_id,
        connection=call.access.connection.id if call else None,
        operation=visit.operation[: MAX_OPERATION if call else MAX_STRANGE_OPERATION],
        resource_type=_resource_type(visit.path),
        resource_id=call.resource_id if call else None,
        resource_name=call.resource_name if call else None,
        outcome=Outcome.DONE if done else Outcome.REFUSED,
        status=status,
        scim_type=refusal.scim_type if refusal else None,
        code=refusal.code if refusal else None,
        detail=redacted_text(refusal.detail)[:MAX_DETAIL] if refusal else None,
        tolerances=tuple(dict.fromkeys(call.used)) if call else (),
        changes=_changes(call) if call and done else (),
        # A stranger is not given the room to keep something in our log.
        body=loggable_body(body, refused=not done)
        if call or not body
        else {"omitted": f"{len(body)} bytes of a caller who was not let in"},
    )


def _resource_type(path: str) -> str | None:
    """`User` or `Group` where the path says so."""
    head = path.strip("/").partition("/")[0]
    return {"users": "User", "groups": "Group"}.get(head.lower())


def note_contact(call: Call, tx: Tx) -> None:
    """Remember on the connection that it was used, and what it needed (product.md 1.3, 6.4)."""
    connection, workspace_id = call.access.connection, call.workspace.id
    if call.used:
        connections.count_tolerances(tx, workspace_id, connection.id, sorted(set(call.used)))
    if call.contact_is_old or call.spelling not in (None, connection.last_spelling):
        connections.touch(tx, workspace_id, call.access, call.spelling or connection.last_spelling)


def attribute_changes(before: Resource, after: Resource) -> list[Json]:
    """One `{"attribute", "before", "after"}` for each top-level or extension attribute that differs."""
    names = [name for name in {**before, **after} if name != "schemas"]
    changes: list[Json] = []
    for name in names:
        old, new = before.get(name), after.get(name)
        if old == new:
            continue
        if name.startswith("urn:"):
            inner = attribute_changes(old or {}, new or {})
            changes.extend({**change, "attribute": f"{name}:{change['attribute']}"} for change in inner)
        else:
            changes.append({"attribute": name, "before": old, "after": new})
    return changes


def _changes(call: Call) -> tuple[Json, ...]:
    """What a request changed: of a long value its length, and of very many changes how many more there are."""
    changes = [*call.changes, *role_changes(call.role_changes), *left_out(call.dropped)]
    shown: list[Json] = []
    room = MAX_CHANGES
    for change in changes:
        length = len(msgspec.json.encode(change))
        long = length > MAX_CHANGE and "attribute" in change
        room -= MAX_NAME if long else length
        if room < 0:
            return (*shown, {"moreChanges": len(changes) - len(shown)})
        shown.append({"attribute": change["attribute"], "omitted": f"{length} bytes"} if long else change)
    return tuple(shown)


def membership_changes(added: Iterable[str], removed: Iterable[str]) -> list[Json]:
    """`{"added": ids}` and `{"removed": ids}`, each only if there are any."""
    return [_ids(verb, sorted(ids)) for verb, ids in (("added", added), ("removed", removed)) if ids]


def left_out(names: Iterable[str]) -> list[Json]:
    """`{"dropped": names}`: the attributes of a request that had no effect, if there are any."""
    distinct = list(dict.fromkeys(names))
    if not distinct:
        return []
    shown: dict[str, Json] = {"dropped": [redacted_text(name)[:MAX_NAME] for name in distinct[:MAX_LEFT_OUT]]}
    return [shown if len(distinct) <= MAX_LEFT_OUT else {**shown, "more": len(distinct) - MAX_LEFT_OUT}]


def _ids(verb: str, ids: list[str]) -> Json:
    shown: dict[str, Json] = {verb: ids[:MAX_LOGGED_IDS]}
    return shown if len(ids) <= MAX_LOGGED_IDS else {**shown, "more": len(ids) - MAX_LOGGED_IDS}


def role_changes(changes: Sequence[RoleChange]) -> list[Json]:
    """The form of LogEntry.changes for changes of effective roles: the first ones, and how many more there were."""
    shown: list[Json] = [
        {"member": c.member, "userName": c.user_name, "roleBefore": c.before, "roleAfter": c.after}
        for c in changes[:MAX_LOGGED_IDS]
    ]
    return shown if len(changes) <= MAX_LOGGED_IDS else [*shown, {"moreRoles": len(changes) - MAX_LOGGED_IDS}]
