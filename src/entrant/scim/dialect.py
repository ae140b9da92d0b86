"""Which of Entra's two PATCH dialects a message shows (entra-client 8.3, 8.4)."""

from __future__ import annotations

from .wire import Json

ENTRA_CLASSIC = "entra"
ENTRA_FLAG = "entra aadOptscim062020"
_CAPITALIZED = frozenset({"Add", "Remove", "Replace"})


def spelling(message: Json) -> str | None:
    """The dialect of a PATCH message; None if it shows neither."""
    operations = message.get("Operations") if isinstance(message, dict) else None
    for operation in operations if isinstance(operations, list) else []:
        if isinstance(operation, dict):
            op, path, value = operation.get("op"), operation.get("path"), operation.get("value")
            if isinstance(op, str) and op in _CAPITALIZED:
                return ENTRA_CLASSIC
            flat = isinstance(value, dict) and path is None and any("." in key for key in value)
            single = op == "remove" and isinstance(path, str) and path.startswith("members[")
            if flat or single:
                return ENTRA_FLAG
    return None
