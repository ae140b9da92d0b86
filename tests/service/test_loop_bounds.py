"""Product 9.5, 9.7: on SQLite small reads are served on the event loop's own thread, and no large one ever is.

What is large is not known by its kind alone: a deep page, a large one, a filter that finds many, a group with many
members. A reply that comes on a thread of the slow lane was made there.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from queue import SimpleQueue
from urllib.parse import quote_plus

import pytest

from entrant.config import Config
from entrant.db import open_database
from entrant.db.engine import Database, Tx
from entrant.scim.wire import Json, Request, Response
from entrant.service.scim import Service
from entrant.store import MIGRATIONS
from tests.support.workspaces import NewWorkspace, new_workspace

USERS = 3_000
MEMBERS = 1_000
WAIT = 60  # seconds; only a failure waits for so long
MEMBER = (
    "INSERT INTO member (workspace, id, source, active, user_name_key, external_id, revision, created, modified, doc, role) "
    "SELECT w.id, :id, 'provisioned', 1, :id, :external_id, 1, :now, :now, :doc, 'member' FROM workspace w WHERE w.slug = :slug"
)
MEMBERSHIP = (
    "INSERT INTO membership (workspace, group_id, member_id, kind) "
    "SELECT w.id, :group_id, :id, 'User' FROM workspace w WHERE w.slug = :slug"
)


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    made = open_database(f"sqlite:///{tmp_path_factory.mktemp('loop') / 'entrant.db'}", MIGRATIONS)
    made.migrate()
    yield made
    made.close()


@pytest.fixture(scope="module")
def acme(database: Database) -> NewWorkspace:
    """A workspace with USERS users, half of whom have the same externalId, and a group of MEMBERS of them."""
    workspace = new_workspace(database)
    group, slug = workspace.idp.group("Everybody"), workspace.slug

    def work(tx: Tx) -> None:
        ids = [f"m{n:06}" for n in range(USERS)]
        rows = [
            {
                "id": id_,
                "slug": slug,
                "now": tx.now,
                "external_id": "same" if n % 2 else id_,
                "doc": json.dumps({"schemas": [], "userName": id_, "title": "x" * (600_000 if n == 0 else 10)}),
            }
            for n, id_ in enumerate(ids)
        ]
        tx.many(MEMBER, rows)
        tx.many(MEMBERSHIP, [{"id": id_, "slug": slug, "group_id": group} for id_ in ids[:MEMBERS]])
        tx.run("UPDATE groups SET member_count = :n WHERE id = :id", n=MEMBERS, id=group)
        tx.run("UPDATE workspace SET user_count = :n WHERE slug = :slug", n=USERS, slug=slug)

    database.write(slug, work)
    return workspace


def asked(acme: NewWorkspace, method: str, path: str, body: Json = None) -> tuple[Response, str]:
    """The answer, and the name of the thread that made it."""
    service = Service(acme.database, Config())
    path, _, query = path.partition("?")
    headers = {"authorization": f"Bearer {acme.idp.token}", "content-type": "application/scim+json"}
    content = b"" if body is None else json.dumps(body).encode()
    answers: SimpleQueue[tuple[Response, str]] = SimpleQueue()
    for _ in range(2):  # the first one tells the service what the token opens
        visit = service.receive(Request(method, f"/scim/v2/{acme.slug}{path}", query, headers, content))
        assert not isinstance(visit, Response)
        service.serve(visit, lambda answer: answers.put((answer, threading.current_thread().name)))
        answer = answers.get(timeout=WAIT)
    return answer


def filtered(text: str, rest: str = "") -> str:
    """A list of users by a filter."""
    return f"/Users?filter={quote_plus(text)}{rest}"


SMALL = [
    "/Users/m000007",
    "/Users?startIndex=5&count=100",
    filtered('userName eq "m000007"'),
    filtered('externalId eq "m000008"'),
    "/Users?count=0",
    "/Groups?excludedAttributes=members",
    "/ServiceProviderConfig",
]
LARGE = [
    "/Users?count=1000&startIndex=2",
    "/Users?startIndex=2900&count=1",
    "/Users?sortBy=userName",
    filtered('title eq "x"', "&count=1"),
    filtered('userName sw "m"', "&count=1"),
    filtered('externalId eq "same"', "&count=1"),
    filtered('userName sw "m"', "&count=0"),
    "/Groups",
    "/Users/m000000?attributes=title",
]


@pytest.mark.parametrize("path", SMALL)
def test_a_small_read_needs_no_other_thread(acme: NewWorkspace, path: str) -> None:
    answer, thread = asked(acme, "GET", path)

    assert answer.status == 200
    assert thread == threading.current_thread().name


@pytest.mark.parametrize("path", LARGE)
def test_a_large_read_leaves_the_thread_that_asks(acme: NewWorkspace, path: str) -> None:
    answer, thread = asked(acme, "GET", path)

    assert answer.status == 200
    assert thread.startswith("slow-reader")


@pytest.mark.parametrize("search", [{"count": 1000}, {"startIndex": 2900, "count": 1}])
@pytest.mark.parametrize("path", ["/.search", "/Users/.search"])
def test_so_does_a_large_search(acme: NewWorkspace, path: str, search: dict[str, int]) -> None:
    answer, thread = asked(acme, "POST", path, search)

    assert answer.status == 200
    assert len(answer.json()["Resources"]) == search["count"]
    assert thread.startswith("slow-reader")


def test_what_is_counted_is_all_that_is_found(acme: NewWorkspace) -> None:
    """A count that is cut off in the fast lane is made in the slow one."""
    totals = [
        asked(acme, "GET", filtered(text, "&count=1"))[0].json()["totalResults"]
        for text in ('externalId eq "same"', 'userName sw "m0000"', 'userName sw "m"')
    ]

    assert totals == [USERS // 2, 100, USERS]
