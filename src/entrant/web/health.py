"""Whether the process is up, and whether it can serve: for load balancers and service managers."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import msgspec

from entrant.scim.wire import Response

HEALTH, READINESS = "/healthz", "/readyz"
FRESH_SECONDS = 1.0  # a result is given again for that long, so that asking costs the database little
PATIENCE_SECONDS = 5.0  # a database that takes longer to answer is not ready


class Health:
    """Answers the two questions. `why_not` is asked on a thread; it returns a sentence, or None if all is well."""

    def __init__(self, why_not: Callable[[], str | None]) -> None:
        self._why_not = why_not
        self._check: asyncio.Task[str | None] | None = None
        self._until = 0.0

    def alive(self) -> Response:
        """The process is up: it answers."""
        return _answer(200, "ok")

    async def ready(self) -> Response:
        """The database answers and has all migrations; 503 otherwise."""
        if self._check is None or (self._check.done() and time.monotonic() > self._until):
            self._check = asyncio.create_task(asyncio.to_thread(self._why_not))
            self._until = time.monotonic() + FRESH_SECONDS
        try:
            # Shielded: the others who wait for the same check go on waiting.
            why_not = await asyncio.wait_for(asyncio.shield(self._check), PATIENCE_SECONDS)
        except TimeoutError:
            why_not = f"the database has not answered within {PATIENCE_SECONDS:.0f} seconds"
        return _answer(200, "ready") if why_not is None else _answer(503, "unavailable", why_not)


def _answer(status: int, word: str, detail: str | None = None) -> Response:
    message = {"status": word} if detail is None else {"status": word, "detail": detail}
    return Response(status, {"content-type": "application/json"}, msgspec.json.encode(message))
