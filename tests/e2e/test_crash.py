"""`kill -9` under write load: what was answered is there, the rest wholly or not at all (product.md 9.1)."""

from __future__ import annotations

import random
import threading
import time

import httpx
import pytest

from tests.support.idp import Idp
from tests.support.server import Serving, entrant_json, serving

CRASHES = 20
WRITERS = 6


class Writer(threading.Thread):
    """Creates users in pairs, puts both into a group by one PATCH, and remembers what was answered."""

    def __init__(self, server: Serving, base: str, token: str, group: str, name: str) -> None:
        super().__init__()
        self.idp = Idp(server.handler(), base, token)
        self.group = group
        self.prefix = name
        self.created: dict[str, str] = {}
        self.joined: set[str] = set()
        self.pairs: list[tuple[str, str]] = []
        self.wrong: list[int] = []

    def run(self) -> None:
        """Write until the server is gone."""
        try:
            for n in range(1_000_000):
                pair = self._create(f"{self.prefix}-{n}a"), self._create(f"{self.prefix}-{n}b")
                self.pairs.append(pair)
                answer = self.idp.add(self.group, *pair)
                self._note(answer.status, 204)
                self.joined |= set(pair)
        except httpx.TransportError:
            pass  # killed

    def _create(self, name: str) -> str:
        answer = self.idp.post_user(name)
        self._note(answer.status, 201)
        user: str = answer.json()["id"]
        self.created[name] = user
        return user

    def _note(self, status: int, expected: int) -> None:
        if status != expected:
            self.wrong.append(status)


@pytest.mark.timeout(600)
def test_every_answered_write_survives_and_no_request_is_half_applied(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENTRANT_CONNECTION_RATE", "0")  # as fast as the machine can
    entrant_json(database_url, "workspace", "create", "acme", "--name", "Acme", "--admin", "root@example.com")
    token = entrant_json(database_url, "connection", "create", "acme", "--provider", "entra")["token"]
    base = "/scim/v2/acme"
    created: dict[str, str] = {}
    joined: set[str] = set()
    pairs: list[tuple[str, str]] = []
    with serving(database_url) as server:
        group = Idp(server.handler(), base, token).group("Everybody")

    for crash in range(CRASHES):
        with serving(database_url) as server:
            writers = [Writer(server, base, token, group, f"c{crash}w{n}") for n in range(WRITERS)]
            for writer in writers:
                writer.start()
            time.sleep(random.uniform(0.1, 0.5))
            server.process.kill()
            for writer in writers:
                writer.join(30)
        for writer in writers:
            assert writer.wrong == []
            created |= writer.created
            joined |= writer.joined
            pairs += writer.pairs

    with serving(database_url) as server:
        idp = Idp(server.handler(), base, token)
        members, there = idp.members(group), set[str]()
        start = 1
        while page := idp.get(f"/Users?attributes=id&count=1000&startIndex={start}").json()["Resources"]:
            there |= {user["id"] for user in page}
            start += len(page)
        total = idp.get("/Users?count=0").json()["totalResults"]
        count = entrant_json(database_url, "groups", "acme")[0]["memberCount"]
        log = entrant_json(database_url, "log", "acme", "--limit", "1000")

    assert len(created) > CRASHES * 5, "there was a load"
    assert set(created.values()) <= there
    assert joined <= members
    assert [pair for pair in pairs if (pair[0] in members) != (pair[1] in members)] == []
    assert total == len(there)
    assert count == len(members) <= len(there)
    logged = {entry["resourceId"] for entry in log if entry["operation"] == "POST /Users"}
    assert logged <= there
