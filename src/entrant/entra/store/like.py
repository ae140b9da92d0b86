"""Texts as patterns of LIKE. The escape character of statements that use them is a backslash."""

from __future__ import annotations

from entrant.scim.fold import fold


def containing(text: str) -> str:
    """The pattern of folded texts that have this one in them, whatever its case; nothing in it is a wildcard."""
    escaped = fold(text).replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"
