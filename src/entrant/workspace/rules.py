"""The one invariant, checked at the end of every write (product.md 4.5)."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from .errors import LastAdmin
from .model import Role, RoleChange


def require_an_admin(changes: Iterable[RoleChange], has_admin: Callable[[], bool]) -> None:
    """Raise LastAdmin if a write took the role of an admin and left nobody with it.

    `changes` are all changes of effective roles that the write made; every write that can change one reports
    it. A write that took nobody's admin role cannot have removed the last one, so only the others ask
    `has_admin`, which looks at the state about to be committed.
    """
    lost = any(change.before is Role.ADMIN and change.after is not Role.ADMIN for change in changes)
    if lost and not has_admin():
        raise LastAdmin
