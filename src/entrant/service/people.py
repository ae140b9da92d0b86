"""Nobody becomes somebody else: the rules about people at the end of every write (product.md 2.7, 2.8, 4.7).

They are derived from what the store recorded while it wrote (workspace/changes.py), not from the request, so that they
hold for every way by which a member can be changed: PATCH, PUT, POST, DELETE, Bulk, groups, console, command line.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from entrant.db.engine import Tx
from entrant.scim.wire import Json
from entrant.store import audit, members, roles, sessions
from entrant.workspace.audit import Actor, Deed
from entrant.workspace.changes import MemberChange, identity, touches_admin, were_admins
from entrant.workspace.errors import Protected, ReturnRefused
from entrant.workspace.model import Role, RoleChange

from .record import role_changes

MAX_SHOWN = 100  # changes that one entry of the audit log shows; it says how many more there were
MAX_ADDRESSES = 20  # e-mail addresses of one member that it shows


def require(tx: Tx, workspace_id: str, changes: Sequence[MemberChange], role_changes_: Sequence[RoleChange]) -> None:
    """Raise Protected or ReturnRefused for what no provider may do. One statement if an admin loses the role."""
    for change in changes:
        before = change.before
        if before is None:
            continue
        name = before.doc["userName"]
        if before.protected:
            raise Protected(name)
        if before.deactivated_by is None or before.reinvited:
            continue
        if change.returns:
            raise ReturnRefused(
                f"{name} was deactivated by an administrator: an administrator must re-invite this member first"
            )
        if change.after is not None and change.after.doc["userName"] != name:
            raise ReturnRefused(
                f"{name} was deactivated by an administrator, and keeps this userName until an administrator "
                "re-invites them: under another they could return as somebody new"
            )
    lost = were_admins(role_changes_)
    protected = members.protected(tx, workspace_id, lost) if lost else None
    if protected is not None:
        raise Protected(protected)


def note_provider(
    tx: Tx,
    workspace_id: str,
    actor: Actor,
    target: str | None,
    request: dict[str, Json],
    changes: Sequence[MemberChange],
    role_changes_: Sequence[RoleChange],
) -> None:
    """Put into the audit log which roles and admins' identities a provider's write changed: at most one entry.

    The first role of a new member is in the provisioning log alone, unless it is that of an admin: nothing changed.
    """
    new = {change.after.id for change in changes if change.before is None and change.after is not None}
    changed = [c for c in role_changes_ if c.member not in new or c.after is Role.ADMIN]
    details = {**_shown("roles", role_changes(changed)), **end_renamed(tx, workspace_id, changes, role_changes_)}
    if details:
        audit.append(tx, workspace_id, actor, Deed("member.change", target, {**request, **details}))


def end_renamed(
    tx: Tx, workspace_id: str, changes: Sequence[MemberChange], role_changes_: Sequence[RoleChange]
) -> dict[str, Json]:
    """End the console sessions of admins who were renamed; what the audit log says of these and of adopted ones."""
    found = [
        change
        for change in changes
        if (change.renames or change.adopts) and _is_admin(tx, workspace_id, change, role_changes_)
    ]
    renamed = [change.before.id for change in found if change.renames and change.before is not None]
    if renamed:
        sessions.end_all(tx, workspace_id, renamed)
    return _shown("identities", [_identity(change) for change in found])


def end_protection(tx: Tx, workspace_id: str, role_changes_: Iterable[RoleChange]) -> dict[str, Json]:
    """Only admins are protected: take it from those whose role an administrator took; what the audit log says."""
    lost = were_admins(role_changes_)
    ended: list[Json] = list(members.end_protection(tx, workspace_id, lost)) if lost else []
    return _shown("unprotected", ended)


def _is_admin(tx: Tx, workspace_id: str, change: MemberChange, role_changes_: Sequence[RoleChange]) -> bool:
    """Whether the member is an admin before or after, or would be if they were active."""
    if touches_admin(change, role_changes_):
        return True
    before = change.before
    return before is not None and not before.active and roles.would_be_admin(tx, workspace_id, before.id)


def _identity(change: MemberChange) -> Json:
    entry: dict[str, Json] = {}
    for name, side in (("before", change.before), ("after", change.after)):
        if side is not None:
            user_name, addresses = identity(side.doc)
            emails = sorted(addresses)[:MAX_ADDRESSES]
            entry |= {"member": side.id, name: {"userName": user_name, "emails": emails, "source": side.source}}
    return entry


def _shown(name: str, entries: list[Json]) -> dict[str, Json]:
    """The first entries under a name, and how many more there are."""
    if not entries:
        return {}
    more = len(entries) - MAX_SHOWN
    rest: dict[str, Json] = {f"more{name[0].upper()}{name[1:]}": more} if more > 0 else {}
    return {name: entries[:MAX_SHOWN], **rest}
