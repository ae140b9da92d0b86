"""How often a request waits for PostgreSQL, and that what it asks ahead of its need changes no answer (decision 0021).

Product 1.3, 8.1, 9.2, 9.3.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import psycopg
import pytest

from entrant.db import open_database
from entrant.scim.wire import Response
from entrant.service import admin
from entrant.service.admin.views import LogView
from entrant.store import MIGRATIONS
from tests.support.databases import Pool
from tests.support.idp import Idp
from tests.support.workspaces import NewWorkspace, new_workspace


@pytest.fixture
def url(pool: Pool) -> Iterator[str]:
    """A migrated PostgreSQL database."""
    with pool.lent() as url:
        yield url


@pytest.fixture
def acme(url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[NewWorkspace]:
    """A workspace. What is done now and then beside the requests is not done here."""
    monkeypatch.setattr("entrant.db.database.UPKEEP_SECONDS", 1e9)
    monkeypatch.setattr("entrant.service.call.Call.contact_is_old", False)
    database = open_database(url, MIGRATIONS)
    yield new_workspace(database)
    database.close()


@dataclass(frozen=True)
class Ids:
    """Who and what there is: a user in a group, and one who is in none."""

    member: str
    newcomer: str
    group: str


Send = Callable[[Idp, Ids], Response]
RENAME = {"op": "replace", "path": "displayName", "value": "Ada"}
REQUESTS: dict[str, tuple[Send, int]] = {
    "a user": (lambda idp, ids: idp.get(f"/Users/{ids.member}"), 1),
    "a group": (lambda idp, ids: idp.get(f"/Groups/{ids.group}?excludedAttributes=members"), 1),
    "a user by name": (lambda idp, _: idp.get("/Users?filter=userName+eq+%22ada%22"), 2),
    "a change of a user": (lambda idp, ids: idp.patch(f"/Users/{ids.member}", RENAME), 2),
    "a new user": (lambda idp, _: idp.post_user("linus"), 3),
    "a user who joins": (lambda idp, ids: idp.add(ids.group, ids.newcomer), 3),
    "a user who leaves a group": (lambda idp, ids: idp.remove(ids.group, ids.member), 3),
    "the end of a user": (
        lambda idp, ids: idp.request("DELETE", f"/Users/{ids.member}"),
        3,
    ),  # a role ends: the audit log
}
"""A request of each kind, and for how many answers it waits, one after the other."""


@pytest.mark.parametrize(("send", "journeys"), REQUESTS.values(), ids=REQUESTS)
def test_a_request_waits_as_often_as_an_answer_depends_on_another(
    acme: NewWorkspace, waits: list[None], send: Send, journeys: int
) -> None:
    ids = Ids(acme.idp.user("ada"), acme.idp.user("grace"), acme.idp.group("Staff"))
    acme.idp.add(ids.group, ids.member)
    waits.clear()

    answer = send(acme.idp, ids)

    assert answer.status < 300, answer.read()
    assert len(waits) == journeys


def test_a_token_that_was_taken_back_opens_nothing_more(acme: NewWorkspace) -> None:
    """Product 1.3: at once, although what it opened is remembered."""
    user = acme.idp.user("ada")
    connection = admin.list_connections(acme.database, acme.slug)[0].id
    admin.set_enabled(acme.database, acme.slug, connection, enabled=False)

    answers = [
        acme.idp.get(f"/Users/{user}"),
        acme.idp.post_user("grace"),
        acme.idp.request("DELETE", f"/Users/{user}"),
    ]

    assert [answer.status for answer in answers] == [401] * 3
    assert [entry.status for entry in refused(acme)] == [401] * 3
    admin.set_enabled(acme.database, acme.slug, connection, enabled=True)
    assert acme.idp.get(f"/Users/{user}").status == 200
    assert acme.idp.find("/Users", 'userName eq "grace"') == []


def test_a_known_token_at_the_address_of_another_workspace_opens_nothing_and_is_logged_there(
    acme: NewWorkspace,
) -> None:
    """Product 1.2, 8.1, 9.2."""
    other = new_workspace(acme.database)
    theirs = other.idp.user("bob")
    acme.idp.user("ada")
    stray = Idp(acme.idp.send, other.idp.base, acme.idp.token)

    answers = [stray.get(f"/Users/{theirs}"), stray.request("DELETE", f"/Users/{theirs}"), stray.post_user("eve")]

    assert [answer.status for answer in answers] == [401] * 3
    assert [entry.status for entry in refused(other)] == [401] * 3
    assert refused(acme) == []
    assert other.idp.get(f"/Users/{theirs}").status == 200


def test_a_known_token_at_the_address_of_another_workspace_waits_for_no_lock_of_its_own(
    acme: NewWorkspace, url: str
) -> None:
    """Or its owner could hold up the writes of others, with which it shares a transaction."""
    other = new_workspace(acme.database)
    acme.idp.user("ada")
    stray = Idp(acme.idp.send, other.idp.base, acme.idp.token)

    with psycopg.connect(url) as holder, ThreadPoolExecutor(1) as thread:
        holder.execute("UPDATE workspace SET revision = revision WHERE slug = %s", [acme.slug])
        answer = thread.submit(stray.request, "DELETE", "/Users/1")
        try:
            assert answer.result(10).status == 401
        finally:
            holder.rollback()


def test_a_workspace_that_was_made_anew_under_the_same_address_is_not_the_old_one(acme: NewWorkspace) -> None:
    """What was remembered of the token is of the workspace that is gone; its call is logged in the new one."""
    acme.idp.user("ada")
    acme.database.write(acme.slug, lambda tx: tx.run("DELETE FROM workspace WHERE slug = :slug", slug=acme.slug))
    admin.create_workspace(acme.database, acme.slug, "Anew")

    answers = [acme.idp.get("/Users"), acme.idp.post_user("ada")]

    assert [answer.status for answer in answers] == [401] * 2
    assert [entry.status for entry in refused(acme)] == [401] * 2


def test_a_write_that_is_refused_before_it_begins_leaves_the_lock_to_the_next(acme: NewWorkspace) -> None:
    """The lock was asked for ahead and not used; nobody waits for it, and no version is given twice."""
    user = acme.idp.user("ada")
    versions = [acme.idp.get(f"/Users/{user}").json()["meta"]["version"]]
    for n in range(3):
        assert acme.idp.request("PATCH", f"/Users/{user}", {"nonsense": n}).status == 400
        acme.idp.patch(f"/Users/{user}", {"op": "replace", "path": "displayName", "value": f"Ada {n}"})
        versions.append(acme.idp.get(f"/Users/{user}").json()["meta"]["version"])

    assert len(set(versions)) == 4


def refused(workspace: NewWorkspace) -> list[LogView]:
    """The log's entries of calls that were refused."""
    return admin.list_log(workspace.database, workspace.slug, failed=True)
