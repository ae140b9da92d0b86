"""What a write has done that the mass-change guard counts: the only place that says what that is (product.md 4.6)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from .changes import Changes
from .guard import Change
from .model import Role


@dataclass(frozen=True, slots=True)
class Lost:
    """Who has lost something, or for promotions got it, and since when each had it; None is long ago.

    `scope` is the id of the group that loses members, else empty.
    """

    change: Change
    since: Mapping[str, str | None]
    scope: str = ""


def losses(changes: Changes) -> Iterator[Lost]:
    """Those who lose access, the role admin or a place, and those who become admins, whatever the request was."""
    roles = changes.roles
    access = {c.member: c.access_since for c in roles if c.before is not None and c.after is None}
    demoted = {c.member: c.admin_since for c in roles if c.before is Role.ADMIN}
    promoted: dict[str, str | None] = {c.member: None for c in roles if c.after is Role.ADMIN}
    for change, people in (
        (Change.DEACTIVATIONS, access),
        (Change.DEMOTIONS, demoted),
        (Change.PROMOTIONS, promoted),
    ):
        if people:
            yield Lost(change, people)
    for group_id, places in changes.lost_places.items():
        yield Lost(Change.REMOVALS, places, group_id)
