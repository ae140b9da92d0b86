"""The server's processes: one on SQLite, one or more on PostgreSQL that share a socket and nothing else."""

from __future__ import annotations

import gc
import os
import shutil
import signal
import socket
import sys
from collections.abc import Callable
from types import FrameType

import uvicorn
from uvicorn.supervisors.multiprocess import Multiprocess

from entrant.config import Config, networks
from entrant.http.places import Places, make_room
from entrant.http.protocol import BoundedProtocol
from entrant.http.sources import Sources
from entrant.service.opening import open_for_service

from .app import Application
from .logs import set_up
from .metrics import listen as listen_for_metrics
from .metrics import share_between_processes, shared_registry

BACKLOG = 2048  # connections that wait to be accepted
KEEP_ALIVE_SECONDS = 75  # that a connection may rest between two requests
GARBAGE = 10_000  # objects that may be made and kept between two searches for cycles, of which there are few here
SWITCH_SECONDS = 0.0005  # that a thread keeps the interpreter while another waits for it; by default ten times as much
GRACE_SECONDS = 15  # that a request under way may take to end when the server stops


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens; port 0 is any that is free. Raises OSError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=BACKLOG)


def run(config: Config, listener: socket.socket, workers: int, ready: Callable[[], None]) -> None:
    """Serve until a signal ends it; `ready` is called when the database has been opened and requests may come."""
    _set_up(config)
    signal.signal(signal.SIGTERM, _end)  # uvicorn stops gracefully, then raises the signal again for us to see
    database = open_for_service(config)
    ready()
    if workers == 1:
        uvicorn.Server(_settings(_settled(Application(database, config)))).run([listener])
        return
    database.close()  # opened only to find out whether it can be: each worker opens it for itself
    os.environ.update(config.to_environment())
    folder = share_between_processes()
    if config.metrics_listen:
        listen_for_metrics(config.metrics_listen, shared_registry())
    try:
        Multiprocess(_settings("entrant.web.server:worker", workers), [listener]).run()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def worker() -> Application:
    """The application of one of several processes; its settings are in its environment."""
    config = Config.from_environment(os.environ)
    _set_up(config)
    return _settled(Application(open_for_service(config), config))


def _set_up(config: Config) -> None:
    """What a process does before anything else: say how it logs, how its threads take turns, and how many it serves."""
    set_up(config)
    sys.setswitchinterval(SWITCH_SECONDS)
    BoundedProtocol.places = Places(Sources(networks(config.trusted_proxies)), make_room())


def _settled(application: Application) -> Application:
    """The application, when what there is by now has been taken out of the search for cycles: it will stay."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE)
    return application


def _settings(application: Application | str, workers: int = 1) -> uvicorn.Config:
    """How uvicorn serves an application, or what a name as `module:function` makes in each worker."""
    return uvicorn.Config(
        application,
        factory=isinstance(application, str),
        workers=workers,
        http=BoundedProtocol,
        loop="uvloop",
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        proxy_headers=False,  # the gate reads them, and believes trusted proxies alone
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )


def _end(_signal: int, _frame: FrameType | None) -> None:
    sys.exit(0)
