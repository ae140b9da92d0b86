"""What one write has changed, as the modules of the store that write it have recorded it.

What follows from a write (last admin, rules about people, mass-change guard, end of access, log) is derived from this
and from nothing else, so that a handler cannot forget to report a change.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec
from msgspec.structs import replace

from entrant.scim.schema import Resource

from .model import Member, Role, RoleChange, Source


class MemberChange(msgspec.Struct, frozen=True):
    """A member as they were before a statement and after it; None where they did not exist, or no longer do."""

    before: Member | None
    after: Member | None

    @property
    def adopts(self) -> bool:
        """Whether a local member becomes a provider's."""
        before, after = self.before, self.after
        return before is not None and after is not None and before.source is Source.LOCAL is not after.source

    @property
    def returns(self) -> bool:
        """Whether an inactive member becomes active."""
        return self.before is not None and self.after is not None and self.after.active and not self.before.active

    @property
    def renames(self) -> bool:
        """Whether the name or an address by which a member is known becomes another."""
        before, after = self.before, self.after
        return before is not None and after is not None and identity(before.doc) != identity(after.doc)


def identity(doc: Resource) -> tuple[str, frozenset[str]]:
    """What a member is known by: their userName and e-mail addresses, as they are written."""
    addresses = (email.get("value") for email in doc.get("emails") or ())
    return doc["userName"], frozenset(address for address in addresses if isinstance(address, str))


def were_admins(roles: Iterable[RoleChange]) -> list[str]:
    """The ids of those who lose the role of an admin."""
    return [change.member for change in roles if change.before is Role.ADMIN and change.after is not Role.ADMIN]


def touches_admin(change: MemberChange, roles: Sequence[RoleChange]) -> bool:
    """Whether the member of a change is an admin before or after the write that it belongs to."""
    sides = [side for side in (change.before, change.after) if side is not None]
    if any(Role.ADMIN in {side.role, side.hand_role} for side in sides):
        return True
    return any(each.member == sides[0].id and Role.ADMIN in {each.before, each.after} for each in roles)


class Changes:
    """Effective roles and places in groups: of each what was first and what is last."""

    __slots__ = ("_left", "_roles", "deleted_groups")

    def __init__(self) -> None:
        self._roles: dict[str, RoleChange] = {}
        self._left: dict[str, dict[str, str | None]] = {}
        self.deleted_groups: set[str] = set()

    def role(self, change: RoleChange) -> None:
        """A member has another effective role, or none any more."""
        first = self._roles.get(change.member)
        if first is not None:
            change = replace(first, user_name=change.user_name, after=change.after)
        self._roles[change.member] = change

    def call(self, member: str, pseudonym: str) -> None:
        """Call a member who is erased by another name."""
        if member in self._roles:
            self._roles[member] = replace(self._roles[member], member=pseudonym, user_name=pseudonym)

    def left(self, group_id: str, places: Iterable[tuple[str, str | None]]) -> None:
        """These have lost their place in a group, which they had since then."""
        self._left.setdefault(group_id, {}).update(places)

    def joined(self, group_id: str, ids: Iterable[str]) -> None:
        """These have a place in a group."""
        if left := self._left.get(group_id):
            for member_id in ids:
                left.pop(member_id, None)

    @property
    def roles(self) -> list[RoleChange]:
        """The effective roles that differ from those before the write; of members who were deleted too."""
        return [change for change in self._roles.values() if change.before is not change.after]

    @property
    def lost_places(self) -> Mapping[str, Mapping[str, str | None]]:
        """For each group those who have lost their place in it, and since when they had it (None is long ago)."""
        return {group_id: left for group_id, left in self._left.items() if left}
