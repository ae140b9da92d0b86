"""From bytes to `Request` and from `Response` to bytes: one ASGI application in front of the emulator's handlers.

Each handler answers below a prefix. Handlers are synchronous and may take their time: they run on threads.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from starlette.applications import Starlette
from starlette.concurrency import iterate_in_threadpool
from starlette.requests import Request as HttpRequest
from starlette.responses import JSONResponse, StreamingResponse
from starlette.responses import Response as HttpResponse
from starlette.routing import Route

from entrant.db import DatabaseError
from entrant.http.asgi import Receive, Scope, Send
from entrant.http.body import Disconnected, read_body
from entrant.scim.errors import PayloadTooLarge
from entrant.scim.wire import Handler, Request, Response

logger = logging.getLogger(__name__)

MAX_BODY = 33_554_432  # 32 MiB; a schema with all its mappings has less than one, an import of 100,000 users about 20
THREADS = 16  # handlers that run at the same time
SCHEME = ":scheme"  # as HTTP/2 spells it (RFC 9113 §8.3.1): no client's header can have a colon in its name
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


@dataclass(frozen=True, slots=True)
class Mount:
    """A handler, and the paths it answers. `prefix` matches whole segments; `*` in it stands for any one of them."""

    prefix: str
    handler: Handler

    def matches(self, segments: Sequence[str]) -> bool:
        """Whether a path, split at its slashes, is below the prefix."""
        wanted = [segment for segment in self.prefix.split("/") if segment]
        return len(segments) >= len(wanted) and all(
            want in {"*", have} for want, have in zip(wanted, segments, strict=False)
        )


def application(mounts: Sequence[Mount], max_body: int = MAX_BODY) -> Starlette:
    """The application; the first mount that matches answers.

    A HEAD request is a GET to handlers. By the header SCHEME they are told `http` or `https`.
    """
    pool = ThreadPoolExecutor(THREADS, thread_name_prefix="handler")

    async def serve(http: HttpRequest) -> HttpResponse:
        headers = {**dict(http.headers), SCHEME: http.scope["scheme"]}
        try:
            body = await read_body(headers, http.receive, max_body)
        except Disconnected:
            return HttpResponse(status_code=400)  # to nobody
        except PayloadTooLarge:
            too_long = {"error": {"code": "RequestEntityTooLarge", "message": f"at most {max_body:,} bytes, please"}}
            return JSONResponse(too_long, 413, {"connection": "close"})
        raw_path: bytes = http.scope["raw_path"]
        path = raw_path.decode("ascii", "replace")
        segments = path.split("/")[1:]
        mount = next((each for each in mounts if each.matches(segments)), None)
        if mount is None:
            return JSONResponse({"error": {"code": "NotFound", "message": f"nothing is at {path}"}}, 404)
        raw_query: bytes = http.scope["query_string"]
        method = "GET" if http.method == "HEAD" else http.method
        request = Request(method, path, raw_query.decode("ascii", "replace"), headers, body)
        answer = await asyncio.get_running_loop().run_in_executor(pool, partial(_handle, mount.handler, request))
        return _to_http(answer)

    async def alive(_: HttpRequest) -> HttpResponse:
        return JSONResponse({"status": "ok"})

    return Starlette(routes=[Route("/healthz", alive), Route("/{path:path}", serve, methods=METHODS)])


def _handle(handler: Handler, request: Request) -> Response:
    """A handler's answer; a database that cannot be used is 503 here, for all of them."""
    try:
        return handler(request)
    except DatabaseError:
        logger.exception("%s %s", request.method, request.path)
        body = b'{"error": {"code": "ServiceUnavailable", "message": "The database is not available."}}'
        return Response(503, {"content-type": "application/json", "retry-after": "1"}, body)


class _Stream(StreamingResponse):
    """A body that is made while it is sent, and whose making ends with the connection."""

    def __init__(self, chunks: Iterator[bytes], status: int, headers: dict[str, str]) -> None:
        super().__init__(iterate_in_threadpool(chunks), status, headers)
        self._chunks = chunks

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            if isinstance(self._chunks, Generator):  # else it would go on waiting, with all that it holds
                self._chunks.close()


def _to_http(answer: Response) -> HttpResponse:
    headers = dict(answer.headers)
    if isinstance(answer.body, bytes):
        return HttpResponse(answer.body, answer.status, headers)
    return _Stream(iter(answer.body), answer.status, headers)
