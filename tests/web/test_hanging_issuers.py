"""An issuer that hangs is felt by the workspace that trusts it, and by no other (Product 9.7)."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from entrant.config import Config, Switch
from entrant.db import open_database
from entrant.db.engine import Database
from entrant.service import admin
from entrant.service.oauth import fetch
from entrant.store import MIGRATIONS
from entrant.web import blocking, calls
from entrant.web.console import edge
from tests.support.application import application, migrated
from tests.support.issuer import new_key, sign
from tests.support.silent import silent_server

MANY = max(blocking.THREADS, edge.THREADS) * 3
LONG = 60.0


@dataclass(frozen=True)
class Service:
    """A service with two workspaces, `calm` and `hostile`. `flood` sends from addresses of its own."""

    url: str
    database: Database
    flood: ThreadPoolExecutor
    client: httpx.Client

    def form(self, slug: str, form: dict[str, str]) -> httpx.Response:
        return self.client.post(f"{self.url}/scim/oauth/{slug}/token", data=form)

    def page(self, path: str) -> httpx.Response:
        return self.client.get(f"{self.url}/console/{path}")


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    for module, name in ((fetch, "DEADLINE_SECONDS"), (fetch, "CONNECT_SECONDS"), (calls, "OUTSIDE_SECONDS")):
        monkeypatch.setattr(module, name, LONG)  # what hangs is ended by the test
    url = migrated(tmp_path)
    database = open_database(url, MIGRATIONS)
    for slug in ("calm", "hostile"):
        admin.create_workspace(database, slug, slug.title())
        admin.create_connection(database, slug, "entra")
    with (
        application(Config(database=url, private_issuers=Switch.ON)) as address,
        httpx.Client(timeout=LONG, limits=httpx.Limits(max_connections=None)) as client,
        ThreadPoolExecutor(MANY + 1) as flood,
    ):
        yield Service(address, database, flood, client)
    database.close()


def test_pages_of_a_neighbor_are_served_while_sign_ins_hang(service: Service) -> None:
    with silent_server() as issuer:
        admin.set_sign_in(service.database, "hostile", issuer, "client", "secret")
        hanging = [service.flood.submit(service.page, "hostile/sign-in/openid") for _ in range(MANY)]
        asked = [service.page(f"{slug}/sign-in").status_code for slug in ("calm", "hostile") * 5]

        assert asked == [200] * 10
        assert not any(each.done() for each in hanging)
    assert {each.result().status_code for each in hanging} <= {400, 503}


def test_tokens_of_a_neighbor_are_issued_while_keys_cannot_be_fetched(service: Service) -> None:
    made = admin.create_secret(service.database, "calm", None, service.url)
    secret = {"grant_type": "client_credentials", "client_id": made.client_id, "client_secret": made.client_secret}
    begun = threading.Semaphore(0)
    with silent_server(begun) as issuer:
        admin.federate(
            service.database, "hostile", None, service.url,
            issuer=issuer, audience="api://entrant", subject="app", private=True,
        )  # fmt: skip
        assertion = {
            "grant_type": "client_credentials",
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": sign(new_key("key"), {"iss": issuer, "sub": "app", "aud": "api://entrant"}),
        }
        first = service.flood.submit(service.form, "hostile", assertion)
        assert begun.acquire(timeout=LONG)
        others = [service.flood.submit(service.form, "hostile", assertion) for _ in range(MANY)]
        asked = [service.form("calm", secret).status_code for _ in range(5)]

        assert asked == [200] * 5
        assert not first.done()
    assert {each.result().status_code for each in (first, *others)} == {503}


def test_a_name_that_is_not_resolved_is_given_up(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """`getaddrinfo` cannot be stopped: the request is answered, and its thread counts until it ends."""
    resolved, real = threading.Event(), socket.getaddrinfo

    def stuck(host: str, port: int, family: int = 0, type: int = 0, proto: int = 0, flags: int = 0) -> list[Any]:
        if host != "stuck.example":
            return real(host, port, family, type, proto, flags)
        resolved.wait(LONG)
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", stuck)
    monkeypatch.setattr(calls, "OUTSIDE_SECONDS", 0.2)
    monkeypatch.setattr(calls, "GRACE_SECONDS", 0.1)
    admin.set_sign_in(service.database, "hostile", "https://stuck.example", "client", "secret")
    url = f"{service.url}/console/hostile/sign-in/openid"
    answers = [service.client.get(url) for _ in range(calls.MAX_OUTSIDE + 2)]
    resolved.set()

    assert {answer.status_code for answer in answers} == {503}
    assert "takes too long" in answers[0].text
