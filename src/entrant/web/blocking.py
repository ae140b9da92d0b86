"""Serving a handler that may wait: each request on a thread of a small pool, so that the event loop never does.

For what is rare and slow beside SCIM: tokens, whose handler may wait for another server.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

from entrant.http.asgi import Receive, Scope, Send
from entrant.http.body import Disconnected, read_body
from entrant.scim.errors import PayloadTooLarge
from entrant.scim.wire import Handler, Request, Response

from .answer import send_response
from .headers import read_headers, read_request_id

THREADS = 8


class BlockingEdge:
    """Serves HTTP requests by a handler that may wait. `max_body` is in bytes."""

    def __init__(self, handler: Handler, max_body: int) -> None:
        self._handler = handler
        self._max_body = max_body
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="blocking")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request (ASGI, scope type `http`)."""
        headers = read_headers(scope["headers"])
        request_id = read_request_id(headers)
        method: str = scope["method"]
        try:
            body = await read_body(headers, receive, self._max_body)
        except Disconnected:
            return
        except PayloadTooLarge:
            response = Response(413, {"connection": "close"})
        else:
            request = Request(
                method="GET" if method == "HEAD" else method,
                path=scope["raw_path"].decode("ascii", "replace"),
                query=scope["query_string"].decode("utf-8", "replace"),
                headers=headers,
                body=body,
            )
            response = await asyncio.get_running_loop().run_in_executor(self._threads, self._handler, request)
        await send_response(response, request_id, receive, send, head=method == "HEAD")

    def close(self) -> None:
        """Let what waits end, and take no more."""
        self._threads.shutdown(wait=False, cancel_futures=True)
