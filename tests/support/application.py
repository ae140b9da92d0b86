"""The whole application on a port of its own, within the process of the test."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn

from entrant.config import Config
from entrant.db import open_database
from entrant.http.protocol import BoundedProtocol
from entrant.store import MIGRATIONS
from entrant.web.app import Application


@contextmanager
def application(config: Config) -> Iterator[str]:
    """The address of an application that serves the database of its settings."""
    app = Application(open_database(config.database, MIGRATIONS), config)
    settings = uvicorn.Config(
        app, http=BoundedProtocol, loop="uvloop", lifespan="on", log_config=None, access_log=False, ws="none",
        proxy_headers=False,
    )  # fmt: skip
    server = uvicorn.Server(settings)
    listener = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=server.run, args=([listener],))
    thread.start()
    try:
        while not server.started:
            time.sleep(0.005)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)


def migrated(folder: Path) -> str:
    """The URL of a migrated SQLite database."""
    url = f"sqlite:///{folder / 'entrant.db'}"
    database = open_database(url, MIGRATIONS)
    database.migrate()
    database.close()
    return url
