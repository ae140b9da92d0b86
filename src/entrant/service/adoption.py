"""A provider that asks to adopt an admin waits until an administrator has approved exactly that (product.md 2.7).

Held like a mass change, with which it shares its table, its pages and its commands. An approval is for one member and
for all that they would be: whoever asks with another attribute needs another.
"""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256

import msgspec

from entrant.db.engine import timestamp
from entrant.scim import errors
from entrant.scim.errors import ScimError
from entrant.store import audit, guard
from entrant.store.guard import Place
from entrant.workspace.audit import Deed
from entrant.workspace.changes import identity, touches_admin
from entrant.workspace.codes import Code
from entrant.workspace.guard import Change, Held, HeldState, Loss
from entrant.workspace.model import Member, Outcome

from .call import Call
from .guard import REMEMBERED
from .ids import new_id
from .people import MAX_ADDRESSES


class AdoptionHeld(Held):
    """A provider asks to adopt an admin."""

    code = Code.ADOPTION_HELD


class Asker(msgspec.Struct, frozen=True, array_like=True):
    """Who asks for whom. Its JSON is the scope of the held change, so that each pair is held by itself."""

    member: str
    user_name: str
    external_id: str | None
    addresses: tuple[str, ...] = ()
    """The e-mail addresses that the member would have."""
    digest: str = ""
    """Of all that the member would be: an approval is for exactly that."""

    @classmethod
    def read(cls, scope: str) -> Asker:
        """The asker in the scope of a held adoption."""
        return msgspec.json.decode(scope, type=cls)

    def __str__(self) -> str:
        known = [f"externalId {self.external_id}"] if self.external_id is not None else []
        known += [f"e-mail {', '.join(self.addresses)}"] if self.addresses else []
        return f'"{self.user_name}"' + (f" ({'; '.join(known)})" if known else "")


def require(call: Call) -> None:
    """Raise AdoptionHeld if the write adopts an admin and that has not been approved; an approval is used up."""
    for change in call.member_changes:
        before, after = change.before, change.after
        if change.adopts and before is not None and after is not None and touches_admin(change, call.role_changes):
            _require(call, before, after)


def hold(call: Call, held: AdoptionHeld) -> ScimError:
    """Write down what is held, once it has been undone; the answer."""
    tx, workspace_id, loss = call.tx, call.workspace.id, held.loss
    place, since = _place(call, loss.scope), _since(call)
    states = guard.decided(tx, place, loss.subjects, since).get(loss.subjects[0], set())
    if HeldState.REJECTED in states:
        return errors.Forbidden(f"an administrator has rejected this change: {held.detail}").coded(Code.REJECTED)
    guard.forget(tx, workspace_id, since)
    held_id = new_id()
    if guard.hold(tx, place, loss, held_id):
        asker = Asker.read(loss.scope)
        details = {"member": asker.member, "userName": asker.user_name, "externalId": asker.external_id}
        deed = Deed("adoption.hold", held_id, details)
        audit.append(tx, workspace_id, call.actor, deed, Outcome.REFUSED, held.detail)
    return errors.Conflict(
        f"{held.detail}. An administrator must approve this in the console, or with: "
        f"entrant guard approve {call.workspace.slug}"
    ).coded(held.code)


def _require(call: Call, before: Member, after: Member) -> None:
    user_name, addresses = identity(after.doc)
    digest = sha256(msgspec.json.encode(after.doc, order="deterministic")).hexdigest()
    asker = Asker(before.id, user_name, after.doc.get("externalId"), tuple(sorted(addresses))[:MAX_ADDRESSES], digest)
    scope = msgspec.json.encode(asker).decode()
    place, subjects = _place(call, scope), (before.id,)
    if HeldState.APPROVED in guard.decided(call.tx, place, subjects, _since(call)).get(before.id, set()):
        guard.consume(call.tx, place, subjects)
        return
    loss = Loss(Change.ADOPTION, subjects, 1, scope=scope)
    raise AdoptionHeld(loss, f'{asker} asks to adopt the admin "{before.doc["userName"]}"')


def _place(call: Call, scope: str) -> Place:
    return Place(call.workspace.id, call.access.connection.id, Change.ADOPTION, scope)


def _since(call: Call) -> str:
    return timestamp(datetime.fromisoformat(call.tx.now) - REMEMBERED)
