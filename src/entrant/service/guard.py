"""The mass-change guard at work: what a SCIM write has done is counted, and held beyond the limit.

It looks when the write is done and the last-admin rule has been kept, under the workspace's lock, so that two writes
that race are counted one after the other. Writes that take nothing away cost nothing. Its time is `Tx.steady`, which
neither goes back nor follows a wall clock that jumps (product.md 9.9).
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from entrant.db.engine import timestamp
from entrant.scim import errors
from entrant.scim.errors import ScimError
from entrant.store import audit, connections, guard
from entrant.store.guard import Place
from entrant.workspace.audit import NOBODY, Deed
from entrant.workspace.changes import Changes
from entrant.workspace.codes import Code
from entrant.workspace.guard import INITIAL_FILL, STEPS, Change, Guard, Held, HeldState, Loss, Window
from entrant.workspace.losses import Lost, losses
from entrant.workspace.model import Outcome

from .call import Call
from .ids import new_id

MAX_SUBJECTS = 5_000  # ids that are held one by one; a larger request is held as one set
RETRY_SECONDS = 600  # until the provider shall ask again
REMEMBERED = timedelta(days=7)  # that a decision holds, and a held change that is not sent again is shown
TOGETHER = ""  # the scope of the removals from all small groups


def require(call: Call, changes: Changes) -> None:
    """Raise Held if what a write has changed goes beyond the limits and has not been approved."""
    if _filling(call):
        return
    lost = [loss for loss in losses(changes) if call.guard.limit(loss.change) is not None]
    if lost:
        _Counting(call, lost).require()
    if changes.deleted_groups:
        guard.forget_windows(call.tx, call.workspace.id, sorted(changes.deleted_groups))


def hold(call: Call, held: Held) -> ScimError:
    """Write down what is held, once it has been undone; the answer."""
    tx, workspace_id = call.tx, call.workspace.id
    since = _before(call, REMEMBERED)
    for loss, _ in held.parts:
        said = guard.decided(tx, _place(call, loss), loss.subjects, since)
        if any(HeldState.REJECTED in states for states in said.values()):
            return errors.Forbidden(f"an administrator has rejected this change: {held.detail}").coded(Code.REJECTED)
    guard.forget(tx, workspace_id, since)
    for loss, detail in held.parts:
        held_id = new_id()
        if guard.hold(tx, _place(call, loss), loss, held_id):
            deed = Deed("guard.hold", held_id, {"change": loss.change, "group": loss.scope_name})
            audit.append(tx, workspace_id, NOBODY, deed, Outcome.REFUSED, detail)
    return errors.Unavailable(
        f"held back: {held.detail}. An administrator approves or rejects it in the console, or with: "
        f"entrant guard approve {call.workspace.slug}",
        RETRY_SECONDS,
    ).coded(Code.HELD)


def _filling(call: Call) -> bool:
    """Whether this write is of the connection's initial fill; notes when that begins."""
    connection = call.access.connection
    if connection.first_write is None:
        connections.begin_fill(call.tx, call.workspace.id, connection.id)
        return True
    end = timestamp(datetime.fromisoformat(connection.first_write) + INITIAL_FILL)
    return call.tx.steady < end


@dataclass(slots=True)
class _Counting:
    """The counting of one write. All windows are read at once, and written at once."""

    call: Call
    lost: Collection[Lost]
    windows: dict[tuple[Change, str], Window] = field(init=False)
    step: int = field(init=False)

    def __post_init__(self) -> None:
        call, scopes = self.call, sorted({TOGETHER, *(loss.scope for loss in self.lost)})
        self.windows = guard.windows(call.tx, call.workspace.id, call.access.connection.id, scopes)
        self.step = _step(call)

    def require(self) -> None:
        """Count what is within the limits; raise Held with all that is not and has not been approved."""
        call, approved = self.call, []
        held: list[tuple[Loss, str]] = []
        counted: dict[tuple[Change, str], Window] = {}
        for lost in self.lost:
            windows, why = self._count(lost)
            if why is None:
                counted |= windows
                self.windows |= windows
                continue
            loss = _loss(call, lost)
            said = guard.decided(call.tx, _place(call, loss), loss.subjects, _before(call, REMEMBERED))
            if all(HeldState.APPROVED in said.get(subject, ()) for subject in loss.subjects):
                approved.append(loss)
            else:
                held.append((loss, why))
        if held:
            raise Held(*held[0], tuple(held[1:]))
        for loss in approved:
            guard.consume(call.tx, _place(call, loss), loss.subjects)
        if counted:
            guard.save_windows(call.tx, call.workspace.id, call.access.connection.id, counted)

    def _count(self, lost: Lost) -> tuple[dict[tuple[Change, str], Window], str | None]:
        """The windows with what is lost, and why that is too much in one of them."""
        key, settings = (lost.change, lost.scope), self.call.guard
        window, why = self._look(lost, key, together=False)
        if lost.change is not Change.REMOVALS or why is not None:
            return {key: window}, why
        window = self._counted(window, key, settings.minimum)
        if (window.floor or 0) >= settings.minimum:
            return {key: window}, None
        all_small = lost.change, TOGETHER
        together, why = self._look(lost, all_small, together=True)
        return {key: window, all_small: together}, why

    def _look(self, lost: Lost, key: tuple[Change, str], *, together: bool) -> tuple[Window, str | None]:
        """One window with what is lost, and why it is too much."""
        settings, change = self.call.guard, lost.change
        window = self.windows.get(key, Window(self.step)).at(self.step)
        beginning = self._beginning(window)
        window = window.plus(len(lost.since), sum(since is None or since < beginning for since in lost.since.values()))
        if settings.free(change, window.amount, together=together):
            return window, None
        needed = max(settings.needed(change, window.amount), settings.minimum)
        window = self._counted(window, key, needed)
        base = window.floor or 0
        if settings.allows(change, window.amount, base, together=together):
            return window, None
        return window, _sentence(self.call, change, window.amount, base, together=together)

    def _counted(self, window: Window, key: tuple[Change, str], needed: int) -> Window:
        """The window with as many counted who were there at its beginning as decides whether there were so many.

        Twice as many are looked for, so that the next losses need not count again: what counting costs grows with
        what is lost, not with what there is (product.md 9.3).
        """
        if window.floor is not None and window.floor >= needed:
            return window
        tx, workspace_id, settings = self.call.tx, self.call.workspace.id, self.call.guard
        most, since = 2 * needed, self._beginning(window)
        match key:
            case Change.DEMOTIONS, _:
                found = guard.count_admins(tx, workspace_id, since, most)
            case Change.REMOVALS, "":
                found = guard.count_small_places(tx, workspace_id, settings.minimum, since, most)
            case Change.REMOVALS, group_id:
                found = guard.count_places(tx, workspace_id, group_id, since, most)
            case _:
                found = guard.count_members(tx, workspace_id, since, most)
        # Those who became admins are still there; all others who were lost are not among those who were found.
        lost = 0 if key[0] is Change.PROMOTIONS else window.old
        return replace(window, floor=found + lost)

    def _beginning(self, window: Window) -> str:
        return timestamp(datetime.fromtimestamp(window.beginning * (self.call.guard.window / STEPS), UTC))


def _step(call: Call) -> int:
    """The step of the window that is now."""
    return int(datetime.fromisoformat(call.tx.steady).timestamp() // (call.guard.window / STEPS))


def _loss(call: Call, lost: Lost) -> Loss:
    name = call.resource_name if lost.scope else None
    return Loss(lost.change, _subjects(lost.since), len(lost.since), lost.scope, name)


def _sentence(call: Call, change: Change, amount: int, base: int, *, together: bool) -> str:
    settings = call.guard
    within = f"within {_hours(settings)}"
    limit = settings.limit(change)
    match change:
        case Change.DEACTIVATIONS:
            return f"{amount} of {base} members would lose access {within}, where {limit} % may"
        case Change.REMOVALS if together:
            return (
                f"{amount} of {base} members of groups of fewer than {settings.minimum} would leave them {within}, "
                f"where {limit} % may"
            )
        case Change.REMOVALS:
            name = call.resource_name
            return f'{amount} of {base} members would leave the group "{name}" {within}, where {limit} % may'
        case Change.PROMOTIONS:
            return f"{amount} of {base} members would become admins {within}, where {limit} or {settings.share} % may"
        case Change.DEMOTIONS:
            return f"{amount} of {base} admins would lose that role {within}, where {limit} or {settings.share} % may"
        case Change.ADOPTION:
            return "a provider asks to adopt an admin"  # service/adoption.py says who


def _hours(settings: Guard) -> str:
    hours = settings.window / 3_600
    return f"{hours:g} {'hour' if hours == 1 else 'hours'}"


def _subjects(ids: Collection[str]) -> tuple[str, ...]:
    """The ids, or one that stands for exactly this set if they are very many."""
    ordered = sorted(ids)
    if len(ordered) <= MAX_SUBJECTS:
        return tuple(ordered)
    return (f"set:{hashlib.sha256(' '.join(ordered).encode()).hexdigest()}",)


def _place(call: Call, loss: Loss) -> Place:
    return Place(call.workspace.id, call.access.connection.id, loss.change, loss.scope)


def _before(call: Call, ago: timedelta) -> str:
    return timestamp(datetime.fromisoformat(call.tx.now) - ago)
