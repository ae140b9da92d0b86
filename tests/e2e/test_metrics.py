"""Metrics of the real program: on an address of their own, and of several processes together."""

from __future__ import annotations

import re
import socket
from pathlib import Path

import httpx
import pytest

from tests.support.application import migrated
from tests.support.postgres import Cluster
from tests.support.server import serving

TOKEN = "metrics-token-of-the-tests"


def free_address() -> str:
    """An address of this machine that nothing listens on."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return f"127.0.0.1:{taken.getsockname()[1]}"


def unauthorized(text: str) -> int:
    """How many requests for users were answered 401."""
    found = re.search(r'^entrant_requests_total\{.*route="/Users",status="401"\} (\d+)', text, re.MULTILINE)
    return int(found[1]) if found else 0


def ask(url: str, times: int) -> None:
    """Send requests, each over a connection of its own, so that several processes get some."""
    for _ in range(times):
        assert httpx.get(f"{url}/scim/v2/acme/Users", timeout=60).status_code == 401


def test_metrics_have_an_address_of_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    address = free_address()
    monkeypatch.setenv("ENTRANT_METRICS_LISTEN", address)
    with serving(migrated(tmp_path)) as server:
        ask(server.url, 3)

        assert unauthorized(httpx.get(f"http://{address}/metrics").text) == 3
        assert httpx.get(f"{server.url}/metrics").status_code == 404


def test_processes_that_share_a_port_are_counted_together(postgres: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    address = free_address()
    monkeypatch.setenv("ENTRANT_METRICS_LISTEN", address)
    monkeypatch.setenv("ENTRANT_METRICS_TOKEN", TOKEN)
    url = postgres.create("entrant_template")
    with serving(url, "--workers", "2") as server:
        ask(server.url, 20)

        for where, headers in ((f"http://{address}", {}), (server.url, {"authorization": f"Bearer {TOKEN}"})):
            assert unauthorized(httpx.get(f"{where}/metrics", headers=headers, timeout=60).text) == 20
    postgres.drop(url)
