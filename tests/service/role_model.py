"""Section 4 of product.md as plain Python: what every write must do to roles, with no database and no cleverness."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

LAST_ADMIN = "Cannot remove the last workspace admin"


def role_of(name: str) -> str | None:
    """The default role rules (4.1)."""
    folded = name.casefold()
    return next((role for role in ("admin", "member") if role in folded), None)


@dataclass(frozen=True)
class State:
    """Users by name with their activity, hand-set roles, groups by key with name and members."""

    users: dict[str, bool] = field(default_factory=dict)
    hand: dict[str, str] = field(default_factory=dict)
    groups: dict[str, tuple[str, frozenset[str]]] = field(default_factory=dict)

    def group_roles(self, user: str) -> set[str]:
        """The roles of the role groups that hold the user."""
        return {role for name, members in self.groups.values() if user in members and (role := role_of(name))}

    def role(self, user: str) -> str | None:
        """The effective role (4.3)."""
        if not self.users[user]:
            return None
        return next(iter(self.group_roles(user)), self.hand.get(user, "member"))

    def roles(self) -> dict[str, str | None]:
        """The effective role of everyone."""
        return {user: self.role(user) for user in self.users}

    def has_admin(self) -> bool:
        """Whether there is an active admin."""
        return "admin" in self.roles().values()

    def with_user(self, user: str, *, active: bool = True) -> State:
        """A user created, deprovisioned or returned."""
        return replace(self, users={**self.users, user: active})

    def without_user(self, user: str) -> State:
        """A user deleted."""
        groups = {key: (name, members - {user}) for key, (name, members) in self.groups.items()}
        return State({u: a for u, a in self.users.items() if u != user}, {**self.hand} | {user: "member"}, groups)

    def with_group(self, key: str, name: str, members: frozenset[str]) -> State:
        """A group created, renamed or edited."""
        return replace(self, groups={**self.groups, key: (name, members)})

    def without_group(self, key: str) -> State:
        """A group deleted."""
        return replace(self, groups={k: g for k, g in self.groups.items() if k != key})

    def with_hand_role(self, user: str, role: str) -> State:
        """A role set by hand."""
        return replace(self, hand={**self.hand, user: role})


def refusals(before: State, after: State) -> set[str]:
    """Why a write from `before` to `after` must be refused; empty if it must be accepted (4.4, 4.5)."""
    reasons = set()
    if any(len(after.group_roles(user)) > 1 for user in after.users):
        reasons.add("role conflict")
    if before.has_admin() and not after.has_admin():
        reasons.add(LAST_ADMIN)
    return reasons
