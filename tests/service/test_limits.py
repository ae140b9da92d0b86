"""Token buckets: how often a key may ask, in whatever order keys ask, in bounded memory."""

from __future__ import annotations

import secrets
import threading

import msgspec
import pytest

from entrant.config import Config
from entrant.db.engine import Database, Tx
from entrant.scim.wire import Request, Response
from entrant.service import admin, limits
from entrant.service.access import Visit
from entrant.service.limits import BURST_SECONDS, Buckets
from entrant.service.scim import Service
from entrant.workspace.tokens import make_token
from tests.support.idp import USER, Idp
from tests.support.workspaces import new_workspace


def taken(buckets: Buckets, key: str, now: float, most: int = 10_000) -> int:
    """How many requests a key may send at once."""
    return next(n for n in range(most) if buckets.wait(key, now))


def test_five_seconds_worth_may_come_at_once_and_then_the_rate() -> None:
    buckets = Buckets(10)

    assert taken(buckets, "a", 1000.0) == 10 * BURST_SECONDS
    assert taken(buckets, "a", 1000.5) == 5
    assert taken(buckets, "a", 1003.5) == 30
    assert taken(buckets, "a", 2000.0) == 10 * BURST_SECONDS


def test_who_comes_back_when_told_is_let_in() -> None:
    buckets = Buckets(0.5)
    taken(buckets, "a", 1000.0)

    wait = buckets.wait("a", 1000.0)

    assert wait == 1
    assert buckets.wait("a", 1000.0 + wait) == 0


def test_one_keys_flood_does_not_touch_anothers_bucket() -> None:
    buckets = Buckets(10)
    for _ in range(1_000):
        buckets.wait("flood", 1000.0)

    assert taken(buckets, "calm", 1000.0) == 10 * BURST_SECONDS


def test_memory_is_bounded_and_a_flooder_is_not_forgotten_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_KEYS", 100)
    buckets = Buckets(10)
    taken(buckets, "flood", 1000.0)
    for n in range(300):
        buckets.wait(f"other {n}", 1000.0 + n)
        buckets.wait("flood", 1000.0 + n)
        taken(buckets, "flood", 1000.0 + n)

        assert len(buckets._full) <= 100
    assert buckets.wait("flood", 1299.0) > 0


@pytest.fixture
def limited(database: Database) -> Service:
    """A service that lets a connection send one request per second, five at once."""
    return Service(database, Config(), Buckets(1))


def test_a_connection_beyond_its_limit_is_429_until_it_waits_and_others_go_on(limited: Service) -> None:
    flood, calm = new_workspace(limited._database), new_workspace(limited._database)
    flooding = Idp(limited.handle, flood.idp.base, flood.idp.token)
    calmly = Idp(limited.handle, calm.idp.base, calm.idp.token)

    statuses = [flooding.get("/Users").status for _ in range(10)]

    assert statuses[0] == 200
    assert statuses[-1] == 429
    refused = flooding.get("/Users")
    assert int(refused.headers["retry-after"]) >= 1
    assert refused.json()["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"]
    assert refused.json()["status"] == "429"
    assert [calmly.get("/Users").status for _ in range(4)] == [200] * 4


def test_a_token_that_opens_nothing_has_no_bucket(limited: Service) -> None:
    """So that nobody uses up the limit of a connection whose token they do not have."""
    workspace = new_workspace(limited._database)
    rightly = Idp(limited.handle, workspace.idp.base, workspace.idp.token)
    wrongly = Idp(limited.handle, workspace.idp.base, make_token(secrets.token_bytes))

    assert {wrongly.get("/Users").status for _ in range(20)} == {401}
    assert rightly.get("/Users").status == 200


def test_a_request_is_its_tokens_workspaces_whatever_its_address_says(limited: Service) -> None:
    """So that nobody takes the turns of a workspace whose token they do not have."""
    mine, theirs = new_workspace(limited._database), new_workspace(limited._database)

    def owner(token: str, base: str) -> str | None:
        """Whose a request with that token to that address is taken for."""
        visit = limited.receive(Request("GET", f"{base}/Users", "", {"authorization": f"Bearer {token}"}))
        assert isinstance(visit, Visit)
        return visit.owner

    before = owner(mine.idp.token, mine.idp.base)
    for each in (mine, theirs):
        Idp(limited.handle, each.idp.base, each.idp.token).get("/Users")
    here, astray = owner(mine.idp.token, mine.idp.base), owner(mine.idp.token, theirs.idp.base)

    assert before is None
    assert here is not None
    assert astray == here != owner(theirs.idp.token, theirs.idp.base)


def test_two_tokens_of_one_connection_share_its_bucket(limited: Service) -> None:
    workspace = new_workspace(limited._database)
    second = admin.rotate_token(limited._database, workspace.slug, None, admin.connections.MAX_OVERLAP).token
    one, other = (Idp(limited.handle, workspace.idp.base, token) for token in (workspace.idp.token, second))
    for _ in range(10):
        one.get("/Users")

    assert [other.get("/Users").status for _ in range(2)] == [200, 429]  # the first tells whose token it is


def test_what_is_beyond_the_limit_is_answered_without_the_database(limited: Service) -> None:
    """So that a flood of one connection takes nothing from the others."""
    workspace = new_workspace(limited._database)
    idp = Idp(limited.handle, workspace.idp.base, workspace.idp.token)
    idp.get("/Users")
    go_on, held = threading.Event(), threading.Event()

    def hold(_: Tx) -> None:
        held.set()
        go_on.wait(30)

    answers: list[Response] = []
    refusals: list[int] = []
    limited._database.submit_write(workspace.slug, hold, lambda _result, _failure: None)
    held.wait(30)
    headers = {"authorization": f"Bearer {idp.token}", "content-type": "application/scim+json"}
    for n in range(10):
        body = msgspec.json.encode({"schemas": [USER], "userName": f"user{n}"})
        visit = limited.receive(Request("POST", f"{idp.base}/Users", "", headers, body))
        if isinstance(visit, Response):
            refusals.append(visit.status)
        else:
            limited.serve(visit, answers.append)
    while_held = list(answers)
    go_on.set()

    assert while_held == []
    assert refusals
    assert set(refusals) == {429}
