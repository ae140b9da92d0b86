"""Members: listed, invited, given a role by hand, deactivated, invited again (product.md §§2, 4)."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from entrant.db.engine import Database, Lane, Tx
from entrant.scim.schemas import USER
from entrant.service.ids import new_id
from entrant.store import groups, members, memberships, roles
from entrant.workspace.audit import Deed
from entrant.workspace.errors import InvalidSetting, NameTaken, NoSuch, RoleFromGroup
from entrant.workspace.model import Group, Member, Role, Source

from .edit import PAGE, Edit, current_actor, get_workspace, pages, write
from .views import MemberView

MAX_EMAIL = 320  # characters: RFC 5321 §4.5.3.1, 64 before the @ and 255 after it


def list_members(database: Database, slug: str, *, all_: bool = False) -> Iterator[MemberView]:
    """The members, in the order in which they came; those who were deprovisioned only if `all_`."""

    def fetch(after: str) -> list[MemberView]:
        def work(tx: Tx) -> list[MemberView]:
            workspace = get_workspace(tx, slug)
            return [MemberView.of(m) for m in members.page(tx, workspace.id, everyone=all_, after=after, most=PAGE)]

        return database.read(work, Lane.SLOW, slug)

    return pages(fetch, lambda view: view.id)


def invite(database: Database, slug: str, email: str, role: str | None = None) -> MemberView:
    """A member by hand, active at once; `role` None leaves them the workspace's default."""
    chosen = None if role is None else _read_role(role)
    deed = Deed("member.invite", None, {"email": email, "role": chosen})
    return write(database, slug, deed, lambda edit: MemberView.of(insert_local(edit, email, chosen)))


def insert_local(edit: Edit, email: str, role: Role | None) -> Member:
    """Insert a member whom no provider has sent; their e-mail address is their userName."""
    if not email.strip("@").count("@") or len(email) > MAX_EMAIL or not email.isprintable() or " " in email:
        raise InvalidSetting(f'"{email}" is not an e-mail address')
    tx, workspace = edit.tx, edit.workspace
    if members.find_by_user_name(tx, workspace.id, email) is not None:
        raise NameTaken(f'userName "{email}" is in use by another member')
    member = Member(
        id=new_id(),
        source=Source.LOCAL,
        active=True,
        reinvited=False,
        hand_role=role,
        role=role or workspace.default_role,
        revision=edit.revision,
        created=tx.now,
        modified=tx.now,
        doc={
            "schemas": [USER.schema.id],
            "userName": email,
            "active": True,
            "emails": [{"value": email, "type": "work", "primary": True}],
        },
    )
    members.insert(tx, workspace.id, member, edit.users, changes=edit.member_changes)
    edit.note(member.id)
    return member


def set_role(database: Database, slug: str, member: str, role: str) -> MemberView:
    """Give a member, named by id or userName, a role by hand; raises RoleFromGroup while a role group decides."""
    chosen = _read_role(role)

    def change(edit: Edit) -> MemberView:
        before = get_member(edit, member)
        group = _role_group(edit, before)
        if group is not None:
            raise RoleFromGroup(
                f'{before.doc["userName"]} has the role {group.role} from the group "{group.doc["displayName"]}"; '
                "remove the member from that group first, in the identity provider"
            )
        _set_state(edit, before, replace(before, hand_role=chosen))
        roles.recompute(edit.tx, edit.workspace.id, [before.id])
        return MemberView.of(get_member(edit, before.id))

    return write(database, slug, Deed("member.role", member, {"role": chosen}), change)


def deactivate(database: Database, slug: str, member: str) -> MemberView:
    """Take a member out of the workspace, as a provider does with `active: false` (product.md 2.4).

    No provider brings them back until they are re-invited, whoever deactivated them first (2.7).
    """
    actor = current_actor()

    def change(edit: Edit) -> MemberView:
        before = get_member(edit, member)
        after = replace(before, active=False, reinvited=False, role=None, deactivated_by=actor.id)
        if not before.active:
            _set_state(edit, before, after)
            return MemberView.of(after)
        return MemberView.of(_save(edit, before, after))

    return write(database, slug, Deed("member.deactivate", member), change)


def reinvite(database: Database, slug: str, member: str) -> MemberView:
    """Let a deprovisioned member return: at once if by hand, else when the provider says so (product.md 2.5)."""

    def change(edit: Edit) -> MemberView:
        tx, workspace = edit.tx, edit.workspace
        before = get_member(edit, member)
        if before.active:
            raise InvalidSetting(f"{before.doc['userName']} is active and needs no new invitation")
        if before.source is Source.PROVISIONED:
            _set_state(edit, before, replace(before, reinvited=True))
        else:
            _save(edit, before, replace(before, active=True, deactivated_by=None))
            roles.recompute(tx, workspace.id, [before.id])
        return MemberView.of(get_member(edit, before.id))

    return write(database, slug, Deed("member.reinvite", member), change)


def protect(database: Database, slug: str, member: str) -> MemberView:
    """Let no provider change an admin (product.md 2.8); another admin must ask for it. Raises InvalidSetting."""
    actor = current_actor()

    def change(edit: Edit) -> MemberView:
        before = get_member(edit, member)
        if before.role is not Role.ADMIN:
            raise InvalidSetting(f"{before.doc['userName']} is not an admin; only admins can be protected")
        if before.id == actor.id:
            raise InvalidSetting("Another admin must protect you: ask one of them")
        _set_state(edit, before, replace(before, protected=True))
        return MemberView.of(get_member(edit, before.id))

    return write(database, slug, Deed("member.protect", member), change)


def unprotect(database: Database, slug: str, member: str) -> MemberView:
    """Let providers change a protected admin again."""

    def change(edit: Edit) -> MemberView:
        before = get_member(edit, member)
        _set_state(edit, before, replace(before, protected=False))
        return MemberView.of(get_member(edit, before.id))

    return write(database, slug, Deed("member.unprotect", member), change)


def _set_state(edit: Edit, before: Member, after: Member) -> None:
    """Write what SCIM does not show of a member."""
    members.update_state(edit.tx, edit.workspace.id, after, before, changes=edit.member_changes)


def _save(edit: Edit, before: Member, after: Member) -> Member:
    """Write a member whose activity has changed, which SCIM shows: a new version."""
    doc = {**after.doc, "active": after.active}
    saved = replace(after, revision=edit.revision, modified=edit.tx.now, doc=doc)
    members.update(edit.tx, edit.workspace.id, saved, edit.users, before, changes=edit.member_changes)
    return saved


def get_member(edit: Edit, name: str) -> Member:
    """The member with that id or userName; raises NoSuch."""
    tx, workspace = edit.tx, edit.workspace
    found = members.find(tx, workspace.id, name) or members.find_by_user_name(tx, workspace.id, name)
    if found is None:
        raise NoSuch(f'There is no member "{name}" in {workspace.slug}; use an id or a userName of its list of members')
    edit.note(found.id, userName=found.doc["userName"])
    return found


def _role_group(edit: Edit, member: Member) -> Group | None:
    """A role group that the member is in directly, or None."""
    tx, workspace_id = edit.tx, edit.workspace.id
    for group_id, _ in memberships.groups_of(tx, workspace_id, [member.id]).get(member.id, []):
        group = groups.find(tx, workspace_id, group_id)
        if group is not None and group.role is not None:
            return group
    return None


def _read_role(text: str) -> Role:
    if text not in set(Role):
        raise InvalidSetting(f'"{text}" is not a role; use {" or ".join(Role)}')
    return Role(text)
