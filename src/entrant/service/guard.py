"""The mass-change guard at work: what a SCIM write takes away is counted, and held beyond the limit.

It looks when the write is done and the last-admin rule has been kept, under the workspace's lock, so that two writes
that race are counted one after the other. Writes that take nothing away cost nothing; others one statement.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from datetime import datetime, timedelta

from entrant.db.engine import timestamp
from entrant.scim import errors
from entrant.scim.errors import ScimError
from entrant.store import audit, guard
from entrant.store.guard import Counter, Place
from entrant.workspace.audit import NOBODY, Deed
from entrant.workspace.codes import Code
from entrant.workspace.guard import Change, Guard, Held, HeldState, Loss
from entrant.workspace.model import Group, Member, Outcome, Role

from .call import Call
from .ids import new_id

MAX_SUBJECTS = 1_000  # ids that are held one by one; a larger request is held as one set
RETRY_SECONDS = 600  # until the provider shall ask again
REMEMBERED = timedelta(days=7)  # that a decision holds, and a held change that is not sent again is shown


def lost_member(call: Call, member: Member) -> None:
    """Note that a member with access is losing it."""
    if call.guard.deactivations is not None and member.created <= _window_start(call):
        call.losses.append(Loss(Change.DEACTIVATIONS, (member.id,), 1))


def lost_places(call: Call, group: Group, removed: Collection[str]) -> None:
    """Note that these are being removed from a group."""
    if removed and call.guard.removals is not None and group.created <= _window_start(call):
        loss = Loss(
            Change.REMOVALS,
            subjects=_subjects(removed),
            weight=len(removed),
            scope=group.id,
            scope_name=group.doc["displayName"],
            base=group.member_count,
        )
        call.losses.append(loss)


def lost_group(call: Call, group: Group) -> None:
    """Note that a group is being deleted, with the places of all its members."""
    if group.member_count and call.guard.removals is not None and group.created <= _window_start(call):
        loss = Loss(
            Change.REMOVALS,
            subjects=(group.id,),
            weight=group.member_count,
            scope=group.id,
            scope_name=group.doc["displayName"],
            base=group.member_count,
            final=True,
        )
        call.losses.append(loss)


def require(call: Call) -> None:
    """Raise Held if what the call has noted goes beyond the limits and has not been approved."""
    for loss in (*call.losses, *_promotions(call)):
        _require(call, loss)


def hold(call: Call, held: Held) -> ScimError:
    """Write down what is held, once it has been undone; the answer."""
    tx, workspace_id, loss = call.tx, call.workspace.id, held.loss
    place = _place(call, loss)
    since = _before(call, REMEMBERED)
    said = guard.decided(tx, place, loss.subjects, since)
    if any(HeldState.REJECTED in states for states in said.values()):
        return errors.Forbidden(f"an administrator has rejected this change: {held.detail}").coded(Code.REJECTED)
    guard.forget(tx, workspace_id, since)
    held_id = new_id()
    if guard.hold(tx, place, loss, held_id):
        deed = Deed("guard.hold", held_id, {"change": loss.change, "group": loss.scope_name})
        audit.append(tx, workspace_id, NOBODY, deed, Outcome.REFUSED, held.detail)
    return errors.Unavailable(
        f"held back: {held.detail}. An administrator approves or rejects it in the console, or with: "
        f"entrant guard approve {call.workspace.slug}",
        RETRY_SECONDS,
    ).coded(Code.HELD)


def _require(call: Call, loss: Loss) -> None:
    settings, place = call.guard, _place(call, loss)
    moment = datetime.fromisoformat(call.tx.now).timestamp()
    bucket, elapsed = divmod(moment, settings.window)
    counter = guard.count(call.tx, place, int(bucket), loss.weight, loss.base)
    amount = _amount(counter, int(bucket), elapsed / settings.window)
    base = counter.base
    if base is None:
        # As few as that of the fewest members that are guarded are few of any number: nobody needs to be counted.
        few = settings.allows(loss.change, amount, settings.minimum)
        base = 0 if few else guard.count_base(call.tx, place, counter.recent)
    if not settings.allows(loss.change, amount, base):
        said = guard.decided(call.tx, place, loss.subjects, _before(call, REMEMBERED))
        if not all(HeldState.APPROVED in said.get(subject, ()) for subject in loss.subjects):
            raise Held(loss, _sentence(settings, loss, int(amount), base))
        guard.consume(call.tx, place, loss.subjects)
        guard.uncount(call.tx, place, loss.weight)
    if loss.final:
        guard.forget_count(call.tx, place)


def _promotions(call: Call) -> list[Loss]:
    """Those who become admins, but for members who are new."""
    if call.guard.promotions is None:
        return []
    ids = [c.member for c in call.role_changes if c.after is Role.ADMIN and c.before is not Role.ADMIN]
    old = guard.older(call.tx, call.workspace.id, ids, _window_start(call)) if ids else []
    return [Loss(Change.PROMOTIONS, _subjects(old), len(old), base=0)] if old else []


def _amount(counter: Counter, bucket: int, elapsed: float) -> float:
    """How much there was within the last window: all of this bucket, and of the one before what is not yet over."""
    if counter.bucket > bucket:  # the clock went back
        return counter.recent + counter.earlier
    return counter.recent + counter.earlier * (1 - elapsed)


def _sentence(settings: Guard, loss: Loss, amount: int, base: int) -> str:
    hours = settings.window / 3_600
    window = f"within {hours:g} {'hour' if hours == 1 else 'hours'}"
    limit = settings.limit(loss.change)
    match loss.change:
        case Change.DEACTIVATIONS:
            return f"{amount} of {base} members would lose access {window}, where {limit} % may"
        case Change.REMOVALS:
            return f'{amount} of {base} members would leave the group "{loss.scope_name}" {window}, where {limit} % may'
        case Change.PROMOTIONS:
            return f"{amount} members would become admins {window}, where {limit} may"
        case Change.ADOPTION:
            return "a provider asks to adopt an admin"  # service/adoption.py says who


def _subjects(ids: Collection[str]) -> tuple[str, ...]:
    """The ids, or one that stands for exactly this set if they are very many."""
    ordered = sorted(ids)
    if len(ordered) <= MAX_SUBJECTS:
        return tuple(ordered)
    return (f"set:{hashlib.sha256(' '.join(ordered).encode()).hexdigest()}",)


def _place(call: Call, loss: Loss) -> Place:
    return Place(call.workspace.id, call.access.connection.id, loss.change, loss.scope)


def _window_start(call: Call) -> str:
    return _before(call, timedelta(seconds=call.guard.window))


def _before(call: Call, ago: timedelta) -> str:
    return timestamp(datetime.fromisoformat(call.tx.now) - ago)
