"""What a write changed of members, as the store recorded it: the rules about people are derived from this alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

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
