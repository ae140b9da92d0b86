"""From bytes to visits and from replies to bytes, and what holds for every page: who may see it, and which forms count.

Pages may wait for the database or for another server, so they run on threads of their own; SCIM never waits for them.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TypeAlias
from urllib.parse import parse_qsl, quote, urlsplit

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Route, Router

from entrant.config import Config
from entrant.db.engine import Database
from entrant.http.asgi import Message, Receive, Scope, Send
from entrant.http.body import Disconnected, read_body
from entrant.scim import wire
from entrant.scim.errors import PayloadTooLarge
from entrant.scim.text import fault
from entrant.ui import Pages, assets
from entrant.ui.headers import SECURITY
from entrant.web.calls import Calls
from entrant.web.headers import read_request_id
from entrant.web.leaving import leaving
from entrant.web.threads import Busy, Share, Shares, Threads

from .cookies import read_cookies
from .guard import answer
from .render import message
from .routes import PAGES, Page
from .visit import SESSION_COOKIE, VISITOR_COOKIE, Reply, Site, Visit

ROOT = "/console"
ASSETS = "-"  # no workspace has that slug
MAX_FORM = 262_144  # bytes of a form: a hundred role rules are a quarter of it
MAX_FIELDS = 1_000  # of a form or a query
THREADS = 8
MAX_OF_A_WORKSPACE = 4  # threads at a time; the same of a source, for pages of those who are not signed in
MAX_UNKNOWN = 6  # threads at a time for all who are not signed in: a password takes long to check
RETRY_SECONDS = 5
KEPT_FOR_EVER = "public, max-age=31536000, immutable"  # the address of an asset changes with its content

Source: TypeAlias = Callable[[Scope], str | None]
"""The address that a request comes from."""


def is_console(path: str) -> bool:
    """Whether a path is the console's."""
    return path == ROOT or path.startswith(f"{ROOT}/")


class Console:
    """The ASGI application of the console."""

    def __init__(self, database: Database, config: Config, source: Source, outside: Threads) -> None:
        root = urlsplit(config.public_url).path.rstrip("/") + ROOT
        pages = Pages("entrant.web.console", f"{root}/{ASSETS}/")
        self._site = Site(database, config, pages, root)
        self._source = source
        self._threads = Threads("console", THREADS)
        self._calls = Calls(self._threads, outside)
        self._router = Router(
            [
                Route(f"{ROOT}/{ASSETS}/{{name}}", self._asset),
                *(
                    Route(
                        f"{ROOT}{each.path}",
                        partial(self._serve, each),
                        methods=["GET", "POST"] if each.act else ["GET"],
                    )
                    for each in PAGES
                ),
            ],
            # Starlette would redirect to whatever host the request names; our own redirects name none.
            redirect_slashes=False,
            default=self._other,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request (ASGI, scope type `http`)."""
        await self._router(scope, receive, partial(_send_safely, send))

    def refuse(self, scope: Scope, wait: int) -> wire.Response:
        """The page for who may come again only after so many seconds."""
        when = "in a second" if wait == 1 else f"in {wait} seconds"
        text = f"More requests come from your network than the service answers. Try again {when}."
        reply = message(self._nobody(scope), 429, "Too many requests", text)
        return wire.Response(reply.status, {**reply.headers, "retry-after": str(wait)}, reply.body)

    def close(self) -> None:
        """Take no more."""
        self._threads.close()

    async def _other(self, scope: Scope, receive: Receive, send: Send) -> None:
        """A path that no page has: with a slash at its end, or without, it may be one."""
        path: str = scope["path"]
        other = path[:-1] if path.endswith("/") else f"{path}/"
        if any(route.matches({**scope, "path": other})[0] is Match.FULL for route in self._router.routes):
            query = scope["query_string"].decode("latin-1")
            address = self._site.root + quote(other.removeprefix(ROOT)) + (f"?{query}" if query else "")
            await Response(status_code=307, headers={"location": address})(scope, receive, send)
            return
        await self._router.not_found(scope, receive, send)

    async def _asset(self, request: Request) -> Response:
        found = assets.find(request.path_params["name"])
        if found is None:
            return Response("There is no such file", 404, media_type="text/plain")
        return Response(found.content, headers={"content-type": found.media_type, "cache-control": KEPT_FOR_EVER})

    async def _serve(self, page: Page, request: Request) -> Response:
        headers = dict(request.headers)
        try:
            body = await read_body(headers, request.receive, MAX_FORM)
        except PayloadTooLarge:
            text = f"A form has at most {MAX_FORM:,} bytes. Go back and enter less at once."
            return self._say(request.scope, 413, "The form is too long", text, {"connection": "close"})
        except Disconnected:
            return Response(status_code=400)
        try:
            visit = self._visit(request, read_request_id(headers))
        except ValueError:
            refused = _cannot_be_read(self._nobody(request.scope))
            return Response(refused.body, refused.status, refused.headers)
        work = partial(_answer, page, visit, body)
        try:
            with leaving(request.receive, asyncio.get_running_loop()):
                reply: Reply = await self._calls.run(_shares(visit), visit.slug, visit.address, work)
        except Disconnected:
            return Response(status_code=400)
        except (Busy, TimeoutError) as failure:
            return self._too_slow(request.scope, failure)
        response = Response(reply.body, reply.status, {**reply.headers, "x-request-id": visit.request_id})
        for line in reply.cookies:
            response.raw_headers.append((b"set-cookie", line.encode("latin-1")))
        return response

    def _say(self, scope: Scope, status: int, title: str, text: str, headers: dict[str, str]) -> Response:
        """A page that says one thing, for a request that is not looked at any further."""
        reply = message(self._nobody(scope), status, title, text)
        return Response(reply.body, reply.status, {**reply.headers, **headers})

    def _too_slow(self, scope: Scope, failure: Busy | TimeoutError) -> Response:
        if isinstance(failure, Busy):
            title, text = "Too many requests", "More pages are requested than the service can build. Try again later."
        else:
            title, text = "Signing in did not work", "The identity provider takes too long to answer. Try again later."
        return self._say(scope, 503, title, text, {"retry-after": str(RETRY_SECONDS)})

    def _nobody(self, scope: Scope) -> Visit:
        """A visit of whom nothing is known but the browser."""
        return self._visit(Request({**scope, "path": ROOT, "query_string": b"", "path_params": {}}), "")

    def _visit(self, request: Request, request_id: str) -> Visit:
        """What was asked, without the form; raises ValueError."""
        if "\0" in request.scope["path"]:
            raise ValueError("no database takes NUL")
        if fault([request.scope["path"]]) is not None:
            raise ValueError("the path is out of bounds")
        cookies = read_cookies(request.headers.getlist("cookie"))
        path: str = request.scope["path"]  # not of `request.url`, which is made of the Host that the request names
        return Visit(
            site=self._site,
            method="GET" if request.method == "HEAD" else request.method,
            path=path,
            slug=request.path_params.get("slug", ""),
            params=request.path_params,
            query=_fields(request.scope["query_string"].decode("latin-1")),
            form={},
            cookies=cookies,
            address=self._source(request.scope),
            secret=cookies.get(SESSION_COOKIE) or cookies.get(VISITOR_COOKIE) or secrets.token_urlsafe(32),
            request_id=request_id,
        )


def _answer(page: Page, visit: Visit, body: bytes) -> Reply:
    """What a visit with a form gets. A form of escapes alone would hold the event loop for too long."""
    try:
        form = _fields(body.decode())
    except ValueError:
        return _cannot_be_read(visit)
    return answer(page, replace(visit, form=form))


def _cannot_be_read(visit: Visit) -> Reply:
    text = "What your browser sent is not a form of this console. Go back, reload the page, and try again."
    return message(visit, 400, "The form cannot be read", text)


def _shares(visit: Visit) -> Shares:
    """Who a page is for: its workspace where a session shows it, else its source and any workspace that it names."""
    session = visit.cookies.get(SESSION_COOKIE)
    if session and visit.site.known.has(visit.slug, session):
        return (Share(f"of {visit.slug}", MAX_OF_A_WORKSPACE),)
    source = f"from {visit.address}"
    return (
        Share("unknown", MAX_UNKNOWN),
        Share(source, MAX_OF_A_WORKSPACE),
        Share(f"at {visit.slug}", MAX_OF_A_WORKSPACE),
    )


def _fields(text: str) -> dict[str, str]:
    """The fields of a form, without NUL, which no database takes; raises ValueError."""
    pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=MAX_FIELDS, encoding="utf-8", errors="strict")
    if fault(part for pair in pairs for part in pair) is not None:
        raise ValueError("a field is out of bounds")
    return {name: value.replace("\0", "").replace("\r\n", "\n") for name, value in pairs}


async def _send_safely(send: Send, message: Message) -> None:
    """Send with the headers of `ui.headers.SECURITY`, whatever is sent."""
    if message["type"] == "http.response.start":
        present = {name for name, _ in message["headers"]}
        more = [(n.encode(), v.encode()) for n, v in SECURITY.items() if n.encode() not in present]
        message = {**message, "headers": [*message["headers"], *more]}
    await send(message)
