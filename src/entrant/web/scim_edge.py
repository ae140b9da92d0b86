"""From bytes to `Request` and from `Response` to bytes: a bare ASGI callable around the SCIM service.

Everything else, authentication and routing included, is the service's. No framework stands between, because that would
cost as much as serving the request.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Protocol

from msgspec.structs import replace

from entrant.db.engine import Cancel
from entrant.http.asgi import Receive, Scope, Send
from entrant.http.body import Disconnected, read_body
from entrant.http.room import MAX_HELD, Room
from entrant.scim.errors import PayloadTooLarge, Unavailable
from entrant.scim.wire import Request, Response
from entrant.service.access import Visit
from entrant.service.perform import error_response

from .answer import send_response
from .headers import read_headers, read_request_id
from .health import HEALTH, READINESS, Health
from .leaving import leaving
from .mailbox import Mailbox
from .turns import Turns


class Scim(Protocol):
    """What is asked of `service.scim.Service`."""

    def receive(self, request: Request) -> Visit | Response:
        """Who asks, before the body is there; or the answer, if that is enough to know it."""

    def serve(self, visit: Visit, reply: Callable[[Response], None]) -> Cancel:
        """Serve a request, and call back once, on any thread; what to call when nobody waits any more."""


class ScimEdge:
    """Serves HTTP requests on one event loop: SCIM by the service, and the two questions of `health`."""

    def __init__(self, service: Scim, health: Health, source: Callable[[Scope], str | None], max_body: int) -> None:
        self._service = service
        self._health = health
        self._source = source
        self._max_body = max_body
        self._known, self._strangers = (Room(max(MAX_HELD, max_body)) for _ in range(2))
        self._mailbox: Mailbox | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request (ASGI, scope type `http`)."""
        headers = read_headers(scope["headers"])
        request_id = read_request_id(headers)
        method: str = scope["method"]
        path: str = scope["raw_path"].decode("ascii", "replace")
        try:
            response = await self._answer(method, path, scope, headers, receive)
        except Disconnected:
            return
        except (PayloadTooLarge, Unavailable) as refusal:  # with the rest of the body under way
            response = error_response(refusal)
            response = Response(response.status, {**response.headers, "connection": "close"}, response.body)
        await send_response(response, request_id, receive, send, head=method == "HEAD")

    async def _answer(
        self, method: str, path: str, scope: Scope, headers: dict[str, str], receive: Receive
    ) -> Response:
        if path == HEALTH:
            return self._health.alive()
        if path == READINESS:
            return await self._health.ready()
        visit = self._service.receive(
            Request(
                method="GET" if method == "HEAD" else method,
                path=path,
                query=scope["query_string"].decode("utf-8", "replace"),
                headers=headers,
            )
        )
        if isinstance(visit, Response):
            return visit
        if headers.get("content-length", "0") == "0" and "transfer-encoding" not in headers:
            return await self._by_turns(visit, scope, receive)
        # Nobody takes the room of those who have a token by sending without one.
        room = self._strangers if visit.connection is None else self._known
        with room.hold() as hold:
            body = await read_body(headers, receive, self._max_body, hold)
            visit = replace(visit, request=replace(visit.request, body=body))
            return await self._by_turns(visit, scope, receive)

    async def _by_turns(self, visit: Visit, scope: Scope, receive: Receive) -> Response:
        """Serve it when it is the turn of its token's workspace; a stranger's, when that of where it comes from.

        Raises Disconnected, and cancels what has been begun, if the client leaves before the answer is there.
        """
        loop = asyncio.get_running_loop()
        if self._mailbox is None:
            self._mailbox = Mailbox(loop)
            self._turns = Turns(loop)
        key = f"from {self._source(scope)}" if visit.owner is None else visit.owner
        with leaving(receive, loop):
            await self._turns.take(key)
            try:
                answer: asyncio.Future[Response] = loop.create_future()
                cancel = self._service.serve(visit, partial(self._mailbox.put, answer))
                try:
                    return await answer
                except asyncio.CancelledError:
                    cancel()
                    raise
            finally:
                self._turns.give(key)
