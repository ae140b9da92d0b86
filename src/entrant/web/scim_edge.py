"""From bytes to `Request` and from `Response` to bytes: a bare ASGI callable around the SCIM service.

Everything else, authentication and routing included, is the service's. No framework stands between, because that would
cost as much as serving the request.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import TypeAlias

from entrant.http.asgi import Receive, Scope, Send
from entrant.http.body import Disconnected, read_body
from entrant.scim.errors import PayloadTooLarge
from entrant.scim.wire import Request, Response
from entrant.service.perform import error_response

from .answer import send_response
from .headers import read_headers, read_request_id
from .health import HEALTH, READINESS, Health
from .mailbox import Mailbox

Submit: TypeAlias = Callable[[Request, Callable[[Response], None]], None]
"""`Service.submit`: serve a request, and call back once, on any thread."""


class ScimEdge:
    """Serves HTTP requests on one event loop: SCIM by `submit`, and the two questions of `health`."""

    def __init__(self, submit: Submit, health: Health, max_body: int) -> None:
        self._submit = submit
        self._health = health
        self._max_body = max_body
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
        except PayloadTooLarge as refusal:
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
        has_body = "content-length" in headers or "transfer-encoding" in headers
        request = Request(
            method="GET" if method == "HEAD" else method,
            path=path,
            query=scope["query_string"].decode("utf-8", "replace"),
            headers=headers,
            body=await read_body(headers, receive, self._max_body) if has_body else b"",
        )
        loop = asyncio.get_running_loop()
        if self._mailbox is None:
            self._mailbox = Mailbox(loop)
        answer: asyncio.Future[Response] = loop.create_future()
        self._submit(request, partial(self._mailbox.put, answer))
        return await answer
