"""What a request costs does not depend on the size of the group it is about (product.md 9.3).

Counted in the engine's own units: virtual machine steps on SQLite, buffers touched on PostgreSQL.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial

import psycopg
import pytest

from entrant.db.engine import Database, Tx
from entrant.scim.wire import Response
from tests.support.cost import cost, trace
from tests.support.idp import Idp
from tests.support.workspaces import NewWorkspace, new_workspace

LARGE = 100_000
MEMBER = (
    "INSERT INTO member (workspace, id, source, active, user_name_key, revision, created, modified, doc, role) "
    "SELECT w.id, :id, 'provisioned', 1, :id, 1, :now, :now, :doc, 'member' FROM workspace w WHERE w.slug = :slug"
)
MEMBERSHIP = (
    "INSERT INTO membership (workspace, group_id, member_id, kind) "
    "SELECT w.id, :group_id, :id, 'User' FROM workspace w WHERE w.slug = :slug"
)


@pytest.fixture(scope="module")
def acme(module_database: Database, module_url: str) -> NewWorkspace:
    """A workspace with an empty group and one of LARGE members, both role groups."""
    workspace = new_workspace(module_database)
    workspace.idp.group("Empty members")
    group = workspace.idp.group("Large members")
    slug = workspace.slug

    def work(tx: Tx) -> None:
        ids = [f"m{n:06}" for n in range(LARGE)]
        users = [{"id": i, "slug": slug, "now": tx.now, "doc": json.dumps({"schemas": [], "userName": i})} for i in ids]
        tx.many(MEMBER, users)
        tx.many(MEMBERSHIP, [{"id": i, "slug": slug, "group_id": group} for i in ids])
        tx.run("UPDATE groups SET member_count = :n WHERE id = :id", n=LARGE, id=group)

    module_database.write(slug, work)
    if module_database.name == "postgresql":
        with psycopg.connect(module_url, autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE")  # what the server does by itself after a minute
    return workspace


def test_a_membership_change_costs_the_same_in_a_group_of_100000(
    acme: NewWorkspace, module_database: Database, module_url: str
) -> None:
    user, other = acme.idp.user("new1"), acme.idp.user("new2")
    small, large = (acme.idp.find("/Groups", f'displayName eq "{n} members"')[0]["id"] for n in ("Empty", "Large"))

    def leave(idp: Idp, group: str) -> Response:
        return idp.patch(f"/Groups/{group}", {"op": "remove", "path": f'members[value eq "{user}"]'})

    def come(idp: Idp, group: str) -> Response:
        return idp.add(group, user, other)

    def measure(change: Callable[[Idp, str], Response], undo: Callable[[Idp, str], Response]) -> None:
        """Trace a change of both groups, undo it, and let its statements do their work once more."""
        to_small, to_large = (trace(acme, partial(lambda g, idp: change(idp, g), g)) for g in (small, large))
        for group in (small, large):
            undo(acme.idp, group)
        assert [s.sql for s in to_small] == [s.sql for s in to_large]
        cheap, dear = cost(module_database, module_url, to_small), cost(module_database, module_url, to_large)
        assert dear <= cheap * 1.5 + 20, (cheap, dear)

    measure(come, lambda idp, group: idp.remove(group, user, other))
    measure(leave, come)  # of somebody who is not there
    measure(leave, come)
    measure(come, come)  # of those who are there
    acme.idp.remove(large, user, other)  # the group is others' too


def test_a_group_without_its_members_is_read_without_touching_them(
    acme: NewWorkspace, module_database: Database, module_url: str
) -> None:
    """Product 3.1; entra-client 22.41."""
    group = acme.idp.find("/Groups", 'displayName eq "Large members"')[0]["id"]

    reads = [
        f"/Groups/{group}?excludedAttributes=members",
        f"/Groups/{group}?attributes=displayName",
        "/Groups?excludedAttributes=members&filter=displayName+eq+%22Large+members%22",
        "/Groups?excludedAttributes=members",
    ]
    for path in reads:
        statements = trace(acme, lambda idp, path=path: idp.get(path))  # type: ignore[misc]
        assert statements
        assert not [s.sql for s in statements if "membership" in s.sql]
        assert cost(module_database, module_url, statements) < 1_000


def test_the_whole_list_of_members_comes_in_pieces(acme: NewWorkspace) -> None:
    """Product 9.5: nothing holds all of it at once; yet it is one JSON document with each member once."""
    group = acme.idp.find("/Groups", 'displayName eq "Large members"')[0]["id"]

    response = acme.idp.get(f"/Groups/{group}")
    assert not isinstance(response.body, bytes)
    pieces = list(response.body)

    assert max(map(len, pieces)) < 1_000_000
    members = json.loads(b"".join(pieces))["members"]
    assert len({m["value"] for m in members}) == len(members) == LARGE
