"""The mass-change guard as an administrator sees it: what is held and why, approved, rejected, and the limits."""

from __future__ import annotations

from datetime import datetime

from entrant.db.engine import Database, Tx, timestamp
from entrant.service.adoption import Asker
from entrant.service.guard import MAX_SUBJECTS, REMEMBERED
from entrant.service.ids import new_id
from entrant.store import groups, guard
from entrant.store.guard import HeldChange
from entrant.workspace.audit import Deed
from entrant.workspace.errors import NoSuch
from entrant.workspace.guard import Change, HeldState
from entrant.workspace.model import Workspace

from .connections import get_connection
from .edit import Edit, current_actor, read, write
from .views import GuardView, HeldMember, HeldView

MAX_DIGITS = 9  # of a position
NOTED = 100  # of those whom a decision concerns, in the audit log


def show_guard(database: Database, slug: str, connection_id: str | None = None) -> GuardView:
    """The limits of a connection. None is the only one."""

    def look(tx: Tx, workspace: Workspace) -> GuardView:
        return GuardView.of(get_connection(tx, workspace, connection_id))

    return read(database, slug, look)


def set_guard(database: Database, slug: str, connection_id: str | None, name: str, value: str) -> GuardView:
    """Change one limit, as `Guard.set` reads it; what has been counted so far counts no more."""

    def change(edit: Edit) -> GuardView:
        connection = get_connection(edit.tx, edit.workspace, connection_id)
        changed = connection.guard.set(name, value)
        edit.note(connection.id, before=connection.guard.to_json(), after=changed.to_json())
        guard.set_guard(edit.tx, edit.workspace.id, connection.id, changed)
        return GuardView.of(get_connection(edit.tx, edit.workspace, connection.id))

    return write(database, slug, Deed("guard.set", connection_id, {name: value}), change)


def list_held(database: Database, slug: str, *, waiting: bool = False, names: int = MAX_SUBJECTS) -> list[HeldView]:
    """The changes that were sent or decided within the last week, oldest first; only those that wait if `waiting`.

    Of those whom each concerns the first `names` are listed.
    """

    def look(tx: Tx, workspace: Workspace) -> list[HeldView]:
        held = guard.list_held(tx, workspace.id, _since(tx))
        return [_view(tx, workspace, h, names) for h in held if not waiting or h.state is HeldState.WAITING]

    return read(database, slug, look)


def show_held(database: Database, slug: str, held_id: str | None = None) -> HeldView:
    """One of them with all whom it concerns now, however its id was when it was listed. None is the only that waits."""
    return read(database, slug, lambda tx, workspace: _view(tx, workspace, _get_held(tx, workspace, held_id)[0]))


def approve_held(database: Database, slug: str, held_id: str | None = None) -> HeldView:
    """Let the provider's next attempt through, once, for exactly those whom the view with that id concerned.

    Whom the change got since that view waits on. None is the only one that waits, with all whom it concerns now.
    """
    return _decide(database, slug, held_id, HeldState.APPROVED)


def reject_held(database: Database, slug: str, held_id: str | None = None) -> HeldView:
    """Refuse the change with 403, for a week, for exactly those whom the view with that id concerned."""
    return _decide(database, slug, held_id, HeldState.REJECTED)


def _decide(database: Database, slug: str, held_id: str | None, state: HeldState) -> HeldView:
    actor = current_actor()

    def change(edit: Edit) -> HeldView:
        tx, workspace = edit.tx, edit.workspace
        held, shown = _get_held(tx, workspace, held_id)
        _, last = guard.extent(tx, workspace.id, held.id)
        if shown is not None and shown < last:
            guard.split(tx, workspace.id, held.id, shown, new_id())
        before = _view(tx, workspace, held)
        names = [member.name or member.id for member in before.members[:NOTED]]
        edit.note(held.id, change=held.place.change, group=before.group, count=before.count, members=names)
        if before.asker is not None:
            edit.note(asker=before.asker)
        guard.decide(tx, workspace.id, held.id, state, actor.name or actor.id)
        return _view(tx, workspace, _get_held(tx, workspace, before.id)[0])

    verb = "guard.approve" if state is HeldState.APPROVED else "guard.reject"
    return write(database, slug, Deed(verb, held_id), change)


def _get_held(tx: Tx, workspace: Workspace, shown: str | None) -> tuple[HeldChange, int | None]:
    """The held change that was shown with that id, whatever its state, and the last position that was shown.

    None is the only one that waits. Raises NoSuch.
    """
    known = guard.list_held(tx, workspace.id, _since(tx))
    if shown is not None:
        held_id, _, position = shown.partition(".")
        found = next((held for held in known if held.id == held_id), None)
        if found is None or not (position.isascii() and position.isdigit() and len(position) <= MAX_DIGITS):
            raise NoSuch(f"{workspace.slug} has no held change {shown[:100]}; see: entrant guard list {workspace.slug}")
        return found, int(position)
    waiting = [held for held in known if held.state is HeldState.WAITING]
    if not waiting:
        raise NoSuch(f"No change of {workspace.slug} waits for a decision")
    if len(waiting) > 1:
        ids = ", ".join(_view(tx, workspace, held, 0).id for held in waiting)
        raise NoSuch(f"{workspace.slug} has {len(waiting)} held changes; say which by its id: {ids}")
    return waiting[0], None


def _view(tx: Tx, workspace: Workspace, held: HeldChange, names: int = MAX_SUBJECTS) -> HeldView:
    """As it is now. Its id says whom it lists: what is decided by that id concerns nobody who is added later."""
    subjects = guard.subjects(tx, workspace.id, held.id, names)
    count, last = guard.extent(tx, workspace.id, held.id)
    adoption = held.place.change is Change.ADOPTION
    group = groups.find(tx, workspace.id, held.place.scope) if held.place.scope and not adoption else None
    return HeldView(
        id=f"{held.id}.{last}",
        connection=held.place.connection,
        change=held.place.change,
        group=group.doc["displayName"] if group else None,
        state=held.state,
        count=count,
        members=tuple(HeldMember(s.id, s.name) for s in subjects),
        first=held.first,
        last=held.last,
        decided_by=held.decided_by,
        asker=str(Asker.read(held.place.scope)) if adoption else None,
    )


def _since(tx: Tx) -> str:
    return timestamp(datetime.fromisoformat(tx.now) - REMEMBERED)
