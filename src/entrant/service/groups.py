"""What SCIM does to groups: create, fill, rename, empty, delete, with the roles that follow (product.md §§3, 4)."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from entrant.scim.errors import NotFound
from entrant.scim.projection import project
from entrant.scim.resource import replace as replace_resource
from entrant.scim.schema import Resource
from entrant.store import groups, memberships, roles, rules, workspaces
from entrant.workspace.edits import EMPTY, MemberEdit, edit_of, settle, split_members
from entrant.workspace.errors import NameTaken, RoleReserved, UnknownMember
from entrant.workspace.model import Group, Role
from entrant.workspace.roles import rule_of

from .call import Answer, Apply, Call, version_of
from .choosing import chooser
from .ids import new_id
from .messages import patched, read_operations, read_resource
from .present import MEMBERS_PER_PAGE, location, member_item, resource
from .record import attribute_changes, membership_changes
from .room import count_in


def get(call: Call, group_id: str) -> Group:
    """The group with that id, without its members; raises NotFound."""
    group = groups.find(call.tx, call.workspace.id, group_id)
    if group is None:
        raise NotFound(f"there is no group with the id {group_id[:100]}")
    call.about(group.id, group.doc)
    return group


def create(call: Call) -> Apply:
    """`POST /Groups`, with or without members (product.md 3.1, 4.2)."""
    doc = read_resource(call, call.groups)
    edit = edit_of(doc.pop("members", []))

    def apply() -> Answer:
        call.resource_name = doc["displayName"]
        _require_free(call, None, doc["displayName"])
        group_id, now = new_id(), call.tx.now
        role = _role_of(call, group_id, doc)
        group = Group(group_id, role, 0, call.revision, now, now, doc)
        if role is not None:
            _require_one_role(call, group, role, edit)
        count_in(call.tx, call.workspace, call.limits, groups=1)
        groups.insert(call.tx, call.workspace.id, group)
        call.about(group.id, doc)
        call.changes += attribute_changes({}, doc)
        return _answer(call, 201, _edit_members(call, group, group, edit))

    return apply


def replace_(call: Call, resource_id: str) -> Apply:
    """`PUT /Groups/{id}`: the members are those that are sent, none if none are (RFC 7644 §3.5.1)."""
    sent = read_resource(call, call.groups)
    edit = MemberEdit(clear=True).then(edit_of(sent.pop("members", [])))

    def apply() -> Answer:
        group = get(call, resource_id)
        call.require_version(group.revision)
        return _answer(call, 200, _save(call, group, replace_resource(group.doc, sent, call.groups), edit))

    return apply


def patch(call: Call, resource_id: str) -> Apply:
    """`PATCH /Groups/{id}`: 204, since the answer would otherwise carry all members (entra-client 9.13)."""
    steps, operations = split_members(read_operations(call, call.groups), call.tolerances.policy.unknown)

    def apply() -> Answer:
        group = get(call, resource_id)
        call.require_version(group.revision)
        edit = settle(steps, chooser(call, group, steps))
        doc = patched(call, call.groups, operations, group.doc) if operations else group.doc
        saved = _save(call, group, doc, edit)
        if call.read_projection().attributes:
            return _answer(call, 200, saved)
        return Answer(204, None, {"etag": version_of(saved.revision)})

    return apply


def delete(call: Call, resource_id: str) -> Apply:
    """`DELETE /Groups/{id}`: no user goes with it, but the role it gave does (product.md 3.5, 4.3)."""

    def apply() -> Answer:
        tx, workspace = call.tx, call.workspace
        group = get(call, resource_id)
        call.require_version(group.revision)
        if group.role is not None:
            groups.set_role(tx, workspace.id, group.id, None)
            roles.recompute_group(tx, workspace.id, group.id)
        groups.delete(tx, workspace.id, group.id, call.revision)
        workspaces.count(tx, workspace.id, groups=-1)
        call.changes += attribute_changes(group.doc, {})
        return Answer(204, None, {})

    return apply


def _save(call: Call, before: Group, doc: Resource, edit: MemberEdit) -> Group:
    """Write a group's new document and members with all that follows; what changes nothing writes nothing."""
    call.about(before.id, doc)
    renamed = doc["displayName"] != before.doc["displayName"]
    if renamed:
        _require_free(call, before.id, doc["displayName"])
    role = _role_of(call, before.id, doc) if renamed else before.role
    if role is not None:
        _require_one_role(call, before, role, edit)
    after = before
    if doc != before.doc:
        after = replace(before, doc=doc, role=role, revision=call.revision, modified=call.tx.now)
        groups.update(call.tx, call.workspace.id, after)
        call.changes += attribute_changes(before.doc, doc)
    return _edit_members(call, before, after, edit)


def _edit_members(call: Call, before: Group, after: Group, edit: MemberEdit) -> Group:
    """Apply an edit to the members of a group whose row is written, then settle the roles of all it concerns."""
    tx, workspace = call.tx, call.workspace
    removed, added = _apply(call, after.id, edit)
    if added or removed:
        delta = len(added) - len(removed)
        after = replace(after, member_count=after.member_count + delta, revision=call.revision, modified=tx.now)
        groups.touch(tx, workspace.id, after.id, revision=after.revision, modified=after.modified, member_delta=delta)
        call.changes += membership_changes(added, removed)
    if after.role is not before.role:
        if after.role is not None and (clash := roles.conflict_in_group(tx, workspace.id, after.id, after.role)):
            raise RoleReserved(*clash)
        roles.recompute_group(tx, workspace.id, after.id)
        roles.recompute(tx, workspace.id, sorted(removed))
    elif after.role is not None and (added or removed):
        roles.recompute(tx, workspace.id, sorted(added | removed))
    return after


def _apply(call: Call, group_id: str, edit: MemberEdit) -> tuple[set[str], set[str]]:
    """The ids that an edit removed and added; raises UnknownMember (product.md 3.2, 3.3)."""
    if edit == EMPTY:
        return set(), set()
    tx, workspace_id, wanted = call.tx, call.workspace.id, sorted(edit.add)
    removed: set[str] = set()
    if edit.clear:
        removed = memberships.clear(tx, workspace_id, group_id, keep=wanted)
    elif edit.remove:
        removed = memberships.remove(tx, workspace_id, group_id, sorted(edit.remove))
    added = memberships.add(tx, workspace_id, group_id, wanted) if wanted else set()
    if missing := [member_id for member_id in wanted if member_id not in added]:
        known = memberships.known(tx, workspace_id, missing)
        if unknown := [member_id for member_id in missing if member_id not in known]:
            raise UnknownMember(f'members: there is no user or group with the id "{unknown[0]}"')
    return removed, added


def _require_one_role(call: Call, group: Group, role: Role, edit: MemberEdit) -> None:
    """Raise RoleReserved if a user to be added is in a role group of another role (product.md 4.4)."""
    if edit.add and (clash := roles.conflict(call.tx, call.workspace.id, role, sorted(edit.add), group.id)):
        raise RoleReserved(*clash)


def _role_of(call: Call, group_id: str, doc: Resource) -> Role | None:
    """The role that a group's new name gives. The log marks a rule that matches only inside a longer word."""
    name = doc["displayName"]
    rule = rule_of(rules.list_rules(call.tx, call.workspace.id), group_id, name)
    if rule is None:
        return None
    if rule.is_inside_a_word(name):
        call.changes.append({"rule": str(rule), "insideWord": name})
    return rule.role


def _require_free(call: Call, group_id: str | None, display_name: str) -> None:
    """Raise NameTaken if another group has that displayName (product.md 3.4)."""
    other = groups.find_by_display_name(call.tx, call.workspace.id, display_name)
    if other is not None and other.id != group_id:
        raise NameTaken(f'displayName "{display_name}" is in use by another group')


def _answer(call: Call, status: int, group: Group) -> Answer:
    headers = {"etag": version_of(group.revision), "location": location(call.base_url, call.groups, group.id)}
    projection = call.read_projection()
    whole = resource(call.base_url, call.groups, group)
    if group.member_count and projection.wants("members"):
        whole["members"] = [member_item(call.base_url, *member) for member in _members(call, group.id)]
    return Answer(status, project(whole, call.groups, projection), headers)


def _members(call: Call, group_id: str) -> Iterator[tuple[str, str]]:
    """All members, page by page; as many as the request has sent or asked for."""
    after = None
    while page := memberships.members(call.tx, call.workspace.id, group_id, after, MEMBERS_PER_PAGE):
        yield from page
        after = page[-1][0]
