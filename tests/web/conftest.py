"""A real server around a scripted service, on a port of its own."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
import uvicorn

from entrant.db.engine import Cancel
from entrant.http.asgi import Receive, Scope, Send
from entrant.http.protocol import BoundedProtocol
from entrant.scim.wire import Request, Response
from entrant.service.access import Visit
from entrant.web.health import Health
from entrant.web.scim_edge import ScimEdge
from tests.web.server import MAX_BODY, STRANGE, Serve, Server, Submit


@dataclass(frozen=True)
class Scripted:
    """A service that lets everybody in, each to a workspace of its own, whose id is the path."""

    submit: Submit

    def receive(self, request: Request) -> Visit | Response:
        owner = None if request.path == STRANGE else request.path
        return Visit(
            request,
            "acme",
            request.path,
            None,
            digest="digest",
            connection=owner,
            owner=owner,
            expected=False,
            request_id="",
        )

    def serve(self, visit: Visit, reply: Callable[[Response], None]) -> Cancel:
        return self.submit(visit.request, reply) or (lambda: None)


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Start a server for a `submit` function; `why_not` is what readiness asks."""
    running: list[tuple[uvicorn.Server, threading.Thread]] = []

    def start(
        submit: Submit,
        why_not: Callable[[], str | None] = lambda: None,
        protocol: type[BoundedProtocol] = BoundedProtocol,
    ) -> Server:
        edge = ScimEdge(Scripted(submit), Health(why_not), lambda _: None, MAX_BODY)

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            await edge(scope, receive, send)

        config = uvicorn.Config(
            app, http=protocol, loop="uvloop", lifespan="off", log_config=None, access_log=False, ws="none"
        )
        server = uvicorn.Server(config)
        listener = socket.create_server(("127.0.0.1", 0))
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        running.append((server, thread))
        while not server.started:
            time.sleep(0.005)
        return Server(listener.getsockname()[1])

    yield start
    for server, thread in running:
        server.should_exit = server.force_exit = True
        thread.join(10)
