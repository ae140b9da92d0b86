"""Serving a handler that may wait, on threads, so that the event loop never does.

For what is rare and slow compared with SCIM: tokens, whose handler may wait for another server.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from entrant.http.asgi import Receive, Scope, Send
from entrant.http.body import Disconnected, read_body
from entrant.scim.errors import PayloadTooLarge
from entrant.scim.wire import Handler, Request, Response

from .answer import send_response
from .calls import Calls
from .headers import read_headers, read_request_id
from .leaving import leaving
from .threads import Busy, Share, Threads

THREADS = 8
MAX_OF_A_WORKSPACE = 4  # threads at a time
MAX_OF_A_SOURCE = 6  # threads at a time; a provider may send for all of its customers from one address


class BlockingEdge:
    """Serves HTTP requests by a handler that may wait. `max_body` is in bytes.

    `slug_of` is the workspace that a path names, `busy` the answer while too many wait or another server is too slow.
    """

    def __init__(
        self,
        handler: Handler,
        max_body: int,
        slug_of: Callable[[str], str],
        source: Callable[[Scope], str | None],
        outside: Threads,
        busy: Response,
    ) -> None:
        self._handler, self._max_body, self._busy = handler, max_body, busy
        self._slug_of, self._source = slug_of, source
        self._threads = Threads("blocking", THREADS)
        self._calls = Calls(self._threads, outside)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request (ASGI, scope type `http`)."""
        headers = read_headers(scope["headers"])
        request_id = read_request_id(headers)
        method: str = scope["method"]
        try:
            body = await read_body(headers, receive, self._max_body)
            request = Request(
                method="GET" if method == "HEAD" else method,
                path=scope["raw_path"].decode("ascii", "replace"),
                query=scope["query_string"].decode("utf-8", "replace"),
                headers=headers,
                body=body,
            )
            with leaving(receive, asyncio.get_running_loop()):
                response = await self._run(request, self._source(scope))
        except Disconnected:
            return
        except PayloadTooLarge:
            response = Response(413, {"connection": "close"})
        except (Busy, TimeoutError):
            response = self._busy
        await send_response(response, request_id, receive, send, head=method == "HEAD")

    async def _run(self, request: Request, source: str | None) -> Response:
        slug = self._slug_of(request.path)
        shares = (Share(f"at {slug}", MAX_OF_A_WORKSPACE), Share(f"from {source}", MAX_OF_A_SOURCE))
        return await self._calls.run(shares, slug, source, lambda: self._handler(request))

    def close(self) -> None:
        """Let what runs end, and take no more."""
        self._threads.close()
