"""What stands before every route: the limit per source address, and counting, logging and tracing what is answered.

Each is skipped where it is not configured, so that a request costs no more than is asked for.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from entrant.http.asgi import Message, Receive, Scope, Send
from entrant.scim.errors import TooManyRequests
from entrant.scim.wire import Response
from entrant.service.perform import error_response

from .access_log import write_line
from .answer import send_response
from .gate import Gate
from .headers import read_headers, read_request_id
from .metrics import Metrics, route_of
from .traces import Tracer

Edge: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]
"""What serves requests of some routes."""

Refuse: TypeAlias = Callable[[Scope, int], Response]
"""The answer to who may come again only after so many seconds, in the form that the routes have."""

TOO_OFTEN = "this address sends more requests than it may; repeat this one after the time in Retry-After"


def refuse(_scope: Scope, wait: int) -> Response:
    """A refusal in the form of SCIM (RFC 7644 §3.12)."""
    return error_response(TooManyRequests(TOO_OFTEN, wait))


@dataclass(frozen=True, slots=True)
class Part:
    """What serves the paths that pass a test, and how it says that somebody asks too often."""

    serves: Callable[[str], bool]
    edge: Edge
    refuse: Refuse = refuse


class Front:
    """Serves HTTP requests by the first of `parts` that serves the path; the last one serves every path."""

    def __init__(
        self,
        parts: Sequence[Part],
        gate: Gate,
        metrics: Metrics,
        tracer: Tracer | None,
        *,
        access_log: bool,
    ) -> None:
        self._parts = parts
        self._gate, self._metrics, self._tracer = gate, metrics, tracer
        self._access_log = access_log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request (ASGI, scope type `http`)."""
        began = time.monotonic()
        status, size, request_id = 0, 0, ""

        async def watch(message: Message) -> None:
            nonlocal status, size, request_id
            if message["type"] == "http.response.start":
                status = message["status"]
                if self._access_log:
                    request_id = next((v.decode("ascii") for n, v in message["headers"] if n == b"x-request-id"), "")
            else:
                size += len(message.get("body", b""))
            await send(message)

        path: str = scope["raw_path"].decode("ascii", "replace")
        route = route_of(path)
        if self._tracer is None:
            await self._serve(path, scope, receive, watch, began)
        else:
            with self._tracer.span(scope, route) as set_status:
                await self._serve(path, scope, receive, watch, began)
                set_status(status)
        seconds = time.monotonic() - began
        if status:  # else the client left before it had an answer
            self._metrics.count(route, scope["method"], status, seconds)
        if self._access_log:
            write_line(scope, route, status, size, seconds, request_id, self._gate.source(scope))

    async def _serve(self, path: str, scope: Scope, receive: Receive, send: Send, began: float) -> None:
        for part in self._parts:
            if part.serves(path):
                break
        wait = self._gate.wait(scope, began)
        if not wait:
            await part.edge(scope, receive, send)
            return
        # 429, without having read the body.
        request_id = read_request_id(read_headers(scope["headers"]))
        await send_response(part.refuse(scope, wait), request_id, receive, send, head=scope["method"] == "HEAD")
