"""The server's process: http and, if wanted, https, until a signal ends it."""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import uvicorn
from starlette.applications import Starlette

from entrant.http.places import Places, make_room
from entrant.http.protocol import BoundedProtocol
from entrant.http.sources import Sources

from .certificate import Certificate

KEEP_ALIVE_SECONDS = 75  # that a connection may rest between two requests
GRACE_SECONDS = 5  # that a request under way may take to end when the server stops
BACKLOG = 512  # connections that wait to be accepted


@dataclass(frozen=True, slots=True)
class Port:
    """A socket that listens, and the certificate for what comes there; None is plain http."""

    socket: socket.socket
    certificate: Certificate | None = None


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens; port 0 is any that is free. Raises OSError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=BACKLOG)


def run(application: Starlette, ports: list[Port], ready: Callable[[], None]) -> None:
    """Serve on all ports until SIGTERM or SIGINT, letting requests under way end. `ready`: they may come."""
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s", level=logging.WARNING)
    BoundedProtocol.places = Places(Sources(), make_room())
    asyncio.run(_serve(application, ports, ready))


class _Server(uvicorn.Server):
    """uvicorn's server, which leaves the signals to `_serve`: two of them would take them from each other."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture nothing."""
        yield


async def _serve(application: Starlette, ports: list[Port], ready: Callable[[], None]) -> None:
    servers = [_Server(_settings(application, port)) for port in ports]

    def stop() -> None:
        for server in servers:
            server.should_exit = True

    loop = asyncio.get_running_loop()
    for each in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(each, stop)
    serving = asyncio.gather(*(server.serve([port.socket]) for server, port in zip(servers, ports, strict=True)))
    ready()
    await serving


def _settings(application: Starlette, port: Port) -> uvicorn.Config:
    certificate = port.certificate
    return uvicorn.Config(
        application,
        http=BoundedProtocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=GRACE_SECONDS,
        ssl_certfile=str(certificate.chain) if certificate else None,
        ssl_keyfile=str(certificate.key) if certificate else None,
    )
