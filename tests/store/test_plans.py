"""Looking somebody up does not read the workspace (product.md 9.3): every equality that providers ask has an index."""

from __future__ import annotations

from urllib.parse import quote_plus

import psycopg
import pytest

from entrant.db.engine import Database
from entrant.scim.schema import ENTERPRISE_URN
from entrant.service import admin
from tests.support.cost import cost, trace
from tests.support.workspaces import NewWorkspace, new_workspace

USERS = 3_000
FEW = {
    "sqlite": 2_000,
    "postgresql": 100,
}  # steps or buffers; a scan takes ten times that
BADGE = "urn:example:params:scim:schemas:extension:badge:2.0:User"
SCHEMA = {"id": BADGE, "name": "Badge", "attributes": [{"name": "number", "type": "string"}]}


@pytest.fixture(scope="module")
def full(module_database: Database, module_url: str) -> NewWorkspace:
    """A workspace of USERS users, each in one of a hundred groups."""
    workspace = new_workspace(module_database)
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
        with psycopg.connect(module_url, autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE")
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
        ("/Groups", 'displayName eq "group 1030"', 1),
        ("/Groups", 'externalId eq "none"', 0),
        ("/Groups", f'members.value eq "{user}"', 1),
        ("/Groups", f'members[value eq "{user}"]', 1),
        ("/Groups", f'id eq "{group}" and members eq "{user}"', 0),
    ]
    if module_database.name == "postgresql":  # SQLite walks through the workspace, within the time limit of a read
        lookups.append(("/Users", 'userName eq "user2000" or externalId eq "ext1999"', 2))
    for endpoint, filter_, expected in lookups:
        path = f"{endpoint}?attributes=id&filter={quote_plus(filter_)}"
        assert full.idp.get(path).json()["totalResults"] == expected, filter_
        statements = trace(full, lambda idp, path=path: idp.get(path))  # type: ignore[misc]
        assert cost(module_database, module_url, statements) <= FEW[module_database.name], filter_


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
