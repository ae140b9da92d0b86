"""The console as a browser meets it: the real application on a port, a workspace, and clients that are signed in."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest
import uvicorn

from entrant.config import Config, Switch
from entrant.db import open_database
from entrant.service import admin
from entrant.service.scim import Service
from entrant.store import MIGRATIONS
from entrant.web.app import Application
from tests.support.idp import Idp
from tests.web.console.browser import Browser, Desk

ADMIN = "owner@acme.example"


@pytest.fixture
def desks(database_url: str) -> Iterator[Callable[..., Desk]]:
    """Start the console on the test's database; keywords are settings."""
    running: list[tuple[uvicorn.Server, threading.Thread]] = []
    made: list[Desk] = []

    def start(**settings: str) -> Desk:
        database, own = open_database(database_url, MIGRATIONS), open_database(database_url, MIGRATIONS)
        listener = socket.create_server(("127.0.0.1", 0))
        here = f"http://127.0.0.1:{listener.getsockname()[1]}"
        public = settings.get("public_url", here)
        config = Config(database=database_url, public_url=public, private_issuers=Switch.ON)
        server = uvicorn.Server(
            uvicorn.Config(Application(own, config), lifespan="on", log_config=None, ws="none", proxy_headers=False)
        )
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        running.append((server, thread))
        while not server.started:
            time.sleep(0.005)
        admin.create_workspace(database, "acme", "Acme Inc.", ADMIN)
        token = admin.create_connection(database, "acme", "entra").token
        idp = Idp(Service(database, Config()).handle, "/scim/v2/acme", token)
        made.append(Desk(here, database, "acme", ADMIN, idp))
        return made[-1]

    yield start
    for desk in made:
        for client in desk.clients:
            client.close()
        desk.database.close()
    for server, thread in running:
        server.should_exit = True
        thread.join(10)


@pytest.fixture
def desk(desks: Callable[..., Desk]) -> Desk:
    """The console with a workspace `acme`, whose admin is ADMIN, connected to Entra."""
    return desks()


@pytest.fixture
def owner(desk: Desk) -> Browser:
    """A browser in which the admin is signed in."""
    return desk.browser(ADMIN)
