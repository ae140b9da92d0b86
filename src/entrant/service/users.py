"""What SCIM does to users: create, adopt, update, deprovision, return, delete (product.md §2; RFC 7644 §3.3-3.6)."""

from __future__ import annotations

from msgspec.structs import replace

from entrant.scim.errors import NotFound
from entrant.scim.fold import fold
from entrant.scim.projection import Projection, project
from entrant.scim.resource import distinct
from entrant.scim.resource import replace as replace_resource
from entrant.scim.schema import Resource
from entrant.store import members, roles, workspaces
from entrant.workspace.errors import NameTaken, ReturnRefused
from entrant.workspace.model import Member, Provider, Reactivation, Source

from .call import Answer, Apply, Call, version_of
from .ids import new_id
from .messages import patched, read_operations, read_resource
from .present import groups_to_read, location, resource
from .record import attribute_changes
from .room import count_in

WORK = "work"  # the type of the e-mail address by which a member who was invited by hand is known


def get(call: Call, user_id: str, groups: int | None = None) -> Member:
    """The provisioned member with that id; raises NotFound. Local members are no SCIM resources.

    With their groups, if they are in no more than that number.
    """
    member = members.find(call.tx, call.workspace.id, user_id, groups)
    if member is None or member.source is Source.LOCAL:
        raise NotFound(f"there is no user with the id {user_id[:100]}")
    call.about(member.id, member.doc)
    return member


def create(call: Call) -> Apply:
    """`POST /Users`: a new member, a local one adopted, or an inactive one returned (product.md 2.1, 2.2, 2.5)."""
    doc = read_resource(call, call.users)
    doc.setdefault("active", True)
    projection, groups = _shown(call)

    def apply() -> Answer:
        call.resource_name = doc["userName"]
        found = _claimant(call, doc)
        if found is None:
            return _answer(call, 201, _insert(call, doc), projection)
        saved = _take_over(call, found, doc)
        if groups is not None and found.source is Source.PROVISIONED:
            saved = get(call, saved.id, groups)
        return _answer(call, 201, saved, projection)

    return apply


def replace_(call: Call, resource_id: str) -> Apply:
    """`PUT /Users/{id}` (RFC 7644 §3.5.1)."""
    sent = read_resource(call, call.users)
    projection, groups = _shown(call)

    def apply() -> Answer:
        member = get(call, resource_id, groups)
        sent.setdefault("active", member.active)
        call.require_version(member.revision)
        saved = _save(call, member, replace_resource(member.doc, sent, call.users))
        return _answer(call, 200, saved, projection)

    return apply


def patch(call: Call, resource_id: str) -> Apply:
    """`PATCH /Users/{id}` (RFC 7644 §3.5.2)."""
    operations = read_operations(call, call.users)
    projection, groups = _shown(call)

    def apply() -> Answer:
        member = get(call, resource_id, groups)
        call.require_version(member.revision)
        saved = _save(call, member, patched(call, call.users, operations, member.doc))
        return _answer(call, 200, saved, projection)

    return apply


def delete(call: Call, resource_id: str) -> Apply:
    """`DELETE /Users/{id}`: gone for good, userName free again (product.md 2.4)."""

    def apply() -> Answer:
        member = get(call, resource_id)
        call.require_version(member.revision)
        members.delete(call.tx, call.workspace.id, member, call.revision, changes=call.member_changes)
        workspaces.count(call.tx, call.workspace.id, users=-1)
        call.changes += attribute_changes(member.doc, {})
        return Answer(204, None, {})

    return apply


def _claimant(call: Call, doc: Resource) -> Member | None:
    """The member that a POST of `doc` takes over, or None; raises NameTaken if it may not."""
    workspace = call.workspace
    addresses = [
        email["value"]
        for email in doc.get("emails", ())
        if email.get("value") and email.get("type", WORK).lower() == WORK
    ]
    claimed = members.find_claimed(call.tx, workspace.id, doc["userName"], addresses, doc.get("externalId"))
    taken = next((member for member in claimed if fold(member.doc["userName"]) == fold(doc["userName"])), None)
    if taken is not None:
        returns = taken.source is Source.PROVISIONED and not taken.active and not call.strict
        if returns or (taken.source is Source.LOCAL and workspace.adoption):
            return taken
        raise NameTaken(f'userName "{doc["userName"]}" is in use by another member')
    local = [member for member in claimed if member.source is Source.LOCAL]
    if not local:
        return _earlier(call, claimed)
    if len(local) == 1 and workspace.adoption:
        return local[0]
    raise NameTaken(f"an e-mail address of {doc['userName']} belongs to a member who was invited by hand")


def _earlier(call: Call, same: list[Member]) -> Member | None:
    """The one inactive member with the externalId of a new user: on an Okta connection they return (product.md 2.9).

    Okta creates whom it assigns again, under the name they have then. On others an externalId may be given to someone
    else, so that the log points at the earlier member and no more.
    """
    if len(same) != 1 or same[0].active:
        return None
    earlier = same[0]
    if call.access.connection.provider is Provider.OKTA:
        return earlier
    call.changes.append({"earlier": {"member": earlier.id, "userName": earlier.doc["userName"]}})
    return None


def _insert(call: Call, doc: Resource) -> Member:
    """A member who was not there before."""
    doc, now = distinct(doc), call.tx.now
    member = Member(
        id=new_id(),
        source=Source.PROVISIONED,
        active=doc["active"],
        reinvited=False,
        hand_role=None,
        role=call.workspace.default_role if doc["active"] else None,
        revision=call.revision,
        created=now,
        modified=now,
        doc=doc,
    )
    count_in(call.tx, call.workspace, call.limits, users=1)
    members.insert(call.tx, call.workspace.id, member, call.users, changes=call.member_changes)
    call.about(member.id, doc)
    call.changes += attribute_changes({}, doc)
    return member


def _take_over(call: Call, member: Member, doc: Resource) -> Member:
    """Adopt a local member, who keeps what the provider does not send, or let an inactive one return with `doc`."""
    if member.source is Source.LOCAL:
        merged = {**member.doc, **doc, "schemas": list(dict.fromkeys([*member.doc["schemas"], *doc["schemas"]]))}
        count_in(call.tx, call.workspace, call.limits, users=1)
        return _save(call, member, merged)
    return _save(call, member, doc)


def _save(call: Call, before: Member, doc: Resource) -> Member:
    """Write a member's new document with all that follows from it; a local member is adopted by that.

    What changes nothing writes nothing.

    A provider that takes `active` away has said nothing about it: the member stays as they are.
    """
    doc = distinct(doc)
    call.about(before.id, doc)
    active: bool = doc.get("active", before.active)
    if doc == before.doc and before.source is Source.PROVISIONED:
        return before
    tx, workspace = call.tx, call.workspace
    if doc["userName"] != before.doc["userName"]:
        _require_free(call, before.id, doc["userName"])
    returns = active and not before.active
    if returns and workspace.reactivation is Reactivation.REINVITE and not before.reinvited:
        raise ReturnRefused(
            f"{doc['userName']} was deprovisioned, and this workspace asks for a new invitation: "
            "an administrator must re-invite the member before they can return"
        )
    after = replace(
        before,
        source=Source.PROVISIONED,
        active=active,
        reinvited=before.reinvited and not returns,
        deactivated_by=None if returns else before.deactivated_by,
        role=before.role if active else None,
        revision=call.revision,
        modified=tx.now,
        doc=doc,
    )
    members.update(tx, workspace.id, after, call.users, before, changes=call.member_changes)
    call.changes += attribute_changes(before.doc, doc)
    if returns:
        roles.recompute(tx, workspace.id, [after.id])
    return after


def _require_free(call: Call, user_id: str, user_name: str) -> None:
    """Raise NameTaken if another member, of any source, has that userName."""
    other = members.find_by_user_name(call.tx, call.workspace.id, user_name)
    if other is not None and other.id != user_id:
        raise NameTaken(f'userName "{user_name}" is in use by another member')


def _shown(call: Call) -> tuple[Projection, int | None]:
    """Which attributes the answer of a write has, and how many groups to read for it, if any."""
    projection = call.read_projection()
    return projection, None if call.unseen else groups_to_read(projection, written=True)


def _answer(call: Call, status: int, member: Member, projection: Projection) -> Answer:
    headers = {"etag": version_of(member.revision), "location": location(call.base_url, call.users, member.id)}
    whole = resource(call.base_url, call.users, member)
    return Answer(status, project(whole, call.users, projection), headers)
