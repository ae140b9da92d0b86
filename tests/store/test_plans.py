"""Looking somebody up does not read the workspace (product.md 9.3): every equality that providers ask has an index."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from urllib.parse import quote_plus

import psycopg
import pytest

from entrant.db.engine import Database
from entrant.scim.schema import ENTERPRISE_URN
from entrant.scim.wire import Response
from entrant.service import admin
from tests.support.cost import cost, trace
from tests.support.idp import Idp
from tests.support.workspaces import NewWorkspace, new_workspace

USERS = 3_000
OTHERS = 8_000  # workspaces with one user each
FEW = {"sqlite": 2_000, "postgresql": 150}
"""Steps or buffers. A look at a group of thirty takes the most; a scan of USERS rows takes 15,000 or 350."""
SMALL = f"""INSERT INTO member (workspace, id, source, active, user_name_key, revision, created, modified, doc)
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {OTHERS})
    SELECT 'small' || i, 'user' || i, 'provisioned', 1, 'user', 1, '', '', '{{}}' FROM n;
INSERT INTO groups (workspace, id, display_key, revision, created, modified, doc)
    SELECT workspace, 'g' || id, 'group', 1, '', '', '{{}}' FROM member WHERE workspace LIKE 'small%';
INSERT INTO membership (workspace, group_id, member_id, kind)
    SELECT workspace, 'g' || id, id, 'User' FROM member WHERE workspace LIKE 'small%'"""
BADGE = "urn:example:params:scim:schemas:extension:badge:2.0:User"
SCHEMA = {"id": BADGE, "name": "Badge", "attributes": [{"name": "number", "type": "string"}]}


def execute(url: str, script: str) -> None:
    """Run statements that the service knows nothing of."""
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as file:
            file.executescript(script)
    else:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(script.encode())


@pytest.fixture(scope="module")
def full(module_database: Database, module_url: str) -> NewWorkspace:
    """A workspace of USERS users, each in one of a hundred groups, beside OTHERS of one user each."""
    workspace = new_workspace(module_database)
    execute(module_url, SMALL)
    admin.add_schema(module_database, workspace.slug, SCHEMA)
    idp = workspace.idp
    for start in range(0, USERS, 1_000):
        operations = [
            {"method": "POST", "path": "/Users", "bulkId": str(n), "data": {
                "userName": f"user{n}", "displayName": f"Name {n}", "externalId": f"ext{n}",
                "emails": [{"value": f"user{n}@x.y", "type": "work"}],
                "phoneNumbers": [{"value": f"+{n}", "type": "mobile"}],
                ENTERPRISE_URN: {"employeeNumber": str(n)}, BADGE: {"number": f"B{n}"},
            }}
            for n in range(start, start + 1_000)
        ]  # fmt: skip
        answer = idp.request("POST", "/Bulk", {"Operations": operations}).json()
        ids = [o["location"].rpartition("/")[2] for o in answer["Operations"]]
        for n in range(0, 1_000, 30):
            idp.group(f"Group {start + n}", *ids[n : n + 30])
    if module_database.name == "postgresql":
        execute(module_url, "VACUUM ANALYZE")
    return workspace


def test_lookups_cost_little(full: NewWorkspace, module_database: Database, module_url: str) -> None:
    """Entra-client 22.9 and the filters of other providers."""
    user = full.idp.find("/Users", 'userName eq "user2000"')[0]["id"]
    group = full.idp.find("/Groups", 'displayName eq "group 1030"')[0]["id"]
    lookups = [
        ("/Users", 'userName eq "USER2000"', 1),
        ("/Users", 'userName eq "nobody"', 0),
        ("/Users", 'externalId eq "ext2000"', 1),
        ("/Users", 'displayName eq "name 2000"', 1),
        ("/Users", 'emails[type eq "work"].value eq "User2000@x.y"', 1),
        ("/Users", 'emails.value eq "user2000@x.y"', 1),
        ("/Users", 'emails eq "user2000@x.y"', 1),
        ("/Users", 'phoneNumbers[type eq "mobile"].value eq "+2000"', 1),
        ("/Users", f'{ENTERPRISE_URN}:employeeNumber eq "2000"', 1),
        ("/Users", f'{BADGE}:number eq "b2000"', 1),
        ("/Users", f'id eq "{user}"', 1),
        ("/Users", f'id eq "{user}" and active eq true', 1),
        ("/Users", f'id eq "{user}" and manager eq "x"', 0),
        ("/Users", 'userName sw "user200"', 11),
        ("/Users", f'groups.value eq "{group}" and userName sw "user103"', 10),
        ("/Users", 'userName eq "user2000" or externalId eq "ext1999"', 2),
        ("/Users", 'emails eq "user2000@x.y" or userName sw "user1999" or displayName eq "none"', 2),
        ("/Users", '(userName eq "user2000" or externalId eq "ext1999") and active eq true', 2),
        ("/Users", '(userName eq "user2000" and title pr) or (externalId eq "ext1999" and active eq true)', 1),
        ("/Users", 'emails[value eq "user2000@x.y" or value sw "user1999"]', 2),
        ("/Users", f'id eq "{user}" or groups.value eq "none"', 1),
        ("/Users", " or ".join(f'{("userName", "externalId")[n % 2]} eq "none{n}"' for n in range(20)), 0),
        ("/Groups", 'displayName eq "group 1030"', 1),
        ("/Groups", f'displayName eq "group 1060" or members.value eq "{user}"', 2),
        ("/Groups", 'externalId eq "none"', 0),
        ("/Groups", f'members.value eq "{user}"', 1),
        ("/Groups", f'members[value eq "{user}"]', 1),
        ("/Groups", f'id eq "{group}" and members eq "{user}"', 0),
    ]
    for endpoint, filter_, expected in lookups:
        path = f"{endpoint}?attributes=id&filter={quote_plus(filter_)}"
        assert full.idp.get(path).json()["totalResults"] == expected, filter_
        for paging in ("", "&count=0", "&startIndex=2", "&cursor="):  # a page, a count, a later page, a walk
            statements = trace(full, lambda idp, path=path + paging: idp.get(path))  # type: ignore[misc]
            assert cost(module_database, module_url, statements) <= FEW[module_database.name], path + paging


def test_a_page_costs_no_more_far_behind_when_walked_by_cursor(
    full: NewWorkspace, module_database: Database, module_url: str
) -> None:
    """Product 5.4."""
    costs, cursor = [], ""
    for _ in range(10):
        path = f"/Users?attributes=id&count=100&cursor={quote_plus(cursor)}"
        cursor = full.idp.get(path).json()["nextCursor"]
        costs.append(cost(module_database, module_url, trace(full, lambda idp, path=path: idp.get(path))))  # type: ignore[misc]

    assert max(costs) <= 2 * min(costs) + 20


def test_changes_cost_little(full: NewWorkspace, module_database: Database, module_url: str) -> None:
    """Also of a group that holds the whole workspace, on a database that has many others."""
    idp = full.idp
    users = [user["id"] for user in idp.get("/Users?count=1000").json()["Resources"]]
    everyone = idp.group("Everyone", *users)
    changes: list[Callable[[Idp], Response]] = [
        lambda idp: idp.post_user("new", emails=[{"value": "new@x.y", "type": "work"}]),
        lambda idp: idp.patch(f"/Users/{users[0]}", {"op": "Replace", "path": "title", "value": "Dr."}),
        lambda idp: idp.patch(f"/Users/{users[1]}", {"op": "Replace", "path": "userName", "value": "renamed"}),
        lambda idp: idp.set_active(users[2], active=False),
        lambda idp: idp.set_active(users[2], active=True),
        lambda idp: idp.remove(everyone, users[3]),
        lambda idp: idp.add(everyone, users[3]),
        lambda idp: idp.rename(everyone, "All"),
        lambda idp: idp.request("DELETE", f"/Users/{users[4]}"),
    ]

    costs = []
    for change in changes:
        again = [s for s in trace(full, change) if not s.sql.startswith("INSERT INTO member (")]  # has been done
        costs.append(cost(module_database, module_url, again))

    assert max(costs) <= FEW[module_database.name], costs
