"""One server process: the service on a database, and what it does beside its requests."""

from __future__ import annotations

import asyncio
import logging
import os
from functools import partial

import msgspec

from entrant.config import Config, Switch
from entrant.db.engine import Database, DatabaseError
from entrant.http.asgi import Receive, Scope, Send
from entrant.scim.wire import Response
from entrant.service import openapi
from entrant.service.admin import (
    EndingView,
    finish_erasures,
    list_endings,
    purge_audit,
    purge_credentials,
    purge_keys,
    purge_log,
    warn_of_endings,
)
from entrant.service.limits import Buckets
from entrant.service.oauth import OAuth
from entrant.service.oauth.form import MAX_FORM
from entrant.service.opening import why_not_ready
from entrant.service.scim import Service
from entrant.service.sign_in import purge_sign_ins
from entrant.service.timekeeping import KEEP_SECONDS, keep_time

from .answer import send_response
from .blocking import BlockingEdge
from .calls import OUTSIDE_THREADS
from .console import Console, is_console
from .front import Front, Part
from .gate import Gate
from .headers import read_headers, read_request_id
from .health import Health
from .metrics import PATH as METRICS
from .metrics import Metrics, listen, shared
from .scim_edge import ScimEdge
from .threads import Threads
from .traces import open_tracer

logger = logging.getLogger(__name__)

PURGE_SECONDS = 3600.0  # between two looks for log entries that are too old; any number of processes may look
ENDINGS_SECONDS = 3600.0  # between two looks for credentials that end soon


class Application:
    """The ASGI application. Owns the database that it is given: closes it when the server stops."""

    def __init__(self, database: Database, config: Config) -> None:
        self._database = database
        self._config = config
        self._metrics = Metrics()
        self._tracer = open_tracer(os.environ)
        gate = Gate(config)
        self._outside = Threads("outside", OUTSIDE_THREADS)
        self._tokens = BlockingEdge(
            OAuth(database, config).handle, MAX_FORM, OAuth.slug_of, gate.source, self._outside, OAuth.busy()
        )
        service = Service(database, config, Buckets(config.connection_rate) if config.connection_rate else None)
        scim = ScimEdge(service, Health(partial(why_not_ready, database)), gate.source, config.max_body)
        self._description = msgspec.json.encode(openapi.document(config.public_url))
        self._console = Console(database, config, gate.source, self._outside)
        self._front = Front(
            [
                Part(is_scim, scim),
                Part(OAuth.serves, self._tokens),
                Part(is_metrics, self._show_metrics),
                Part(is_description, self._show_description),
                Part(is_console, self._console, self._console.refuse),
                Part(is_anything, scim),
            ],
            gate,
            self._metrics,
            self._tracer,
            access_log=config.access_log is Switch.ON,
        )
        if config.metrics_listen and not shared():
            listen(config.metrics_listen, self._metrics.registry())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request, or begin and end with the server (ASGI, scope types `http` and `lifespan`)."""
        if scope["type"] == "http":
            await self._front(scope, receive, send)
        else:
            await self._live(receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        housekeeping = [
            asyncio.create_task(work()) for work in (self._keep_house, self._watch_endings, self._keep_time)
        ]
        await send({"type": "lifespan.startup.complete"})
        await receive()
        for task in housekeeping:
            task.cancel()
        self._tokens.close()
        self._console.close()
        self._outside.close()
        await asyncio.to_thread(self._database.close)
        if self._tracer is not None:
            await asyncio.to_thread(self._tracer.close)
        await send({"type": "lifespan.shutdown.complete"})

    async def _keep_house(self) -> None:
        """Forget what is older than the log is kept."""
        while True:
            try:
                await asyncio.to_thread(purge_log, self._database, self._config.log_days)
                await asyncio.to_thread(purge_sign_ins, self._database)
                await asyncio.to_thread(purge_credentials, self._database)
                await asyncio.to_thread(purge_keys, self._database)
                await asyncio.to_thread(finish_erasures, self._database)
                await asyncio.to_thread(purge_audit, self._database, self._config.audit_days)
            except DatabaseError as failure:
                logger.warning("old entries of the provisioning log were not removed, next try in an hour: %s", failure)
            await asyncio.sleep(PURGE_SECONDS)

    async def _watch_endings(self) -> None:
        """Tell the log, once, and the metrics of tokens and client secrets that end soon."""
        while True:
            try:
                for end in await asyncio.to_thread(warn_of_endings, self._database):
                    _warn(end)
                self._metrics.set_endings(await asyncio.to_thread(list_endings, self._database))
            except DatabaseError as failure:
                logger.warning("what ends soon was not looked for, next try in an hour: %s", failure)
            await asyncio.sleep(ENDINGS_SECONDS)

    async def _keep_time(self) -> None:
        """Keep what the clock tells, and hear what those of other processes told."""
        while True:
            await asyncio.sleep(KEEP_SECONDS)
            try:
                await asyncio.to_thread(keep_time, self._database)
            except DatabaseError as failure:
                logger.warning("the time was not kept, next try in %d seconds: %s", KEEP_SECONDS, failure)

    async def _show_metrics(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = read_headers(scope["headers"])
        response = self._metrics.answer(self._config.metrics_token, headers.get("authorization", ""))
        await send_response(response, read_request_id(headers), receive, send, head=scope["method"] == "HEAD")

    async def _show_description(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = Response(200, {"content-type": "application/json"}, self._description)
        headers = read_headers(scope["headers"])
        await send_response(response, read_request_id(headers), receive, send, head=scope["method"] == "HEAD")


def is_description(path: str) -> bool:
    """Whether a path is that of the OpenAPI description."""
    return path == openapi.PATH


def is_scim(path: str) -> bool:
    """Whether a path is below the base URL of a workspace."""
    return path.startswith("/scim/v2/")


def is_anything(_path: str) -> bool:
    """What no other part serves: health, and what is nowhere."""
    return True


def is_metrics(path: str) -> bool:
    """Whether a path is that of the metrics."""
    return path == METRICS


def _warn(end: EndingView) -> None:
    what = {"token": "bearer token", "secret": "client secret"}[end.kind]
    logger.warning(
        "the %s %s of a connection of %s ends at %s and has no successor: at most %d days are left",
        what, end.shown, end.workspace, end.expires_at, end.days,
        extra={"facts": {name: getattr(end, name) for name in end.__struct_fields__}},
    )  # fmt: skip
