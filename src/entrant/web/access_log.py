"""One line of the server's log for each request: nothing in it names a person.

The path is the route's template; of a query, the names of its parameters remain, because a filter may name people. The
source address is not in it either.
"""

from __future__ import annotations

import logging
import re

from entrant.http.asgi import Scope

logger = logging.getLogger("entrant.access")

MAX_NAMES = 10  # of parameters that are shown
NAME = re.compile(r"[A-Za-z][A-Za-z0-9]{0,31}")
"""The name of a parameter that SCIM, Entra or OAuth could have; anything else is shown as `?`."""


def write_line(
    scope: Scope, route: str, status: int, size: int, seconds: float, request_id: str, source: str | None
) -> None:
    """Log one answered request; a status of 0 is a client that left before the answer. `source` is not written."""
    query = redacted(scope["query_string"].decode("ascii", "replace"))
    line = f"{scope['method']} {route}{'?' + query if query else ''} {status}"
    facts = {
        "request_id": request_id,
        "method": scope["method"],
        "route": route,
        "query": query,
        "status": status,
        "bytes": size,
        "milliseconds": round(seconds * 1000, 3),
    }
    logger.info(
        "%s %d bytes %.1f ms", line, size, seconds * 1000, extra={"facts": facts, "source": source or "unknown"}
    )


def redacted(query: str) -> str:
    """A query whose values are not shown."""
    parts = query.split("&", MAX_NAMES)[:MAX_NAMES] if query else []
    names = (part.partition("=")[0] for part in parts)
    return "&".join(f"{name if NAME.fullmatch(name) else '?'}=…" for name in names)
