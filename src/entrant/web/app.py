"""One server process: the service on a database, and what it does beside its requests."""

from __future__ import annotations

import asyncio
import logging
from functools import partial

from entrant.config import Config
from entrant.db.engine import Database, DatabaseError
from entrant.service.admin import purge_log
from entrant.service.opening import why_not_ready
from entrant.service.scim import Service

from .asgi import Receive, Scope, Send
from .health import Health
from .scim_edge import ScimEdge

logger = logging.getLogger(__name__)

PURGE_SECONDS = 3600.0  # between two looks for log entries that are too old; any number of processes may look


class Application:
    """The ASGI application. Owns the database that it is given: closes it when the server stops."""

    def __init__(self, database: Database, config: Config) -> None:
        self._database = database
        self._config = config
        self._edge = ScimEdge(
            Service(database, config).submit, Health(partial(why_not_ready, database)), config.max_body
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request, or begin and end with the server (ASGI, scope types `http` and `lifespan`)."""
        if scope["type"] == "http":
            await self._edge(scope, receive, send)
        else:
            await self._live(receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        housekeeping = asyncio.create_task(self._keep_house())
        await send({"type": "lifespan.startup.complete"})
        await receive()
        housekeeping.cancel()
        await asyncio.to_thread(self._database.close)
        await send({"type": "lifespan.shutdown.complete"})

    async def _keep_house(self) -> None:
        """Forget what is older than the log is kept."""
        while True:
            try:
                await asyncio.to_thread(purge_log, self._database, self._config.log_days)
            except DatabaseError as failure:
                logger.warning("old entries of the provisioning log were not removed, next try in an hour: %s", failure)
            await asyncio.sleep(PURGE_SECONDS)
