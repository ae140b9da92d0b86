"""How much a workspace may have (Product 9.7): what is beyond is refused with a sentence, and changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from entrant.config import Config
from entrant.db.engine import Database
from entrant.scim.wire import Response
from entrant.service import admin
from entrant.service.room import Limits
from entrant.service.scim import Service
from entrant.workspace.errors import WorkspaceFull
from tests.support.idp import Idp
from tests.support.workspaces import NewWorkspace, new_workspace

MOST = 3


@pytest.fixture
def acme(database: Database) -> NewWorkspace:
    made = new_workspace(database)
    service = Service(database, Config(max_users=MOST, max_groups=MOST))
    return replace(made, idp=replace(made.idp, send=service.handle))


CREATE: list[Callable[[Idp, int], Response]] = [
    lambda idp, n: idp.post_user(f"user{n}@acme.example"),
    lambda idp, n: idp.post_group(f"Group {n}"),
]


@pytest.mark.parametrize("create", CREATE, ids=["users", "groups"])
def test_one_more_is_refused_and_one_less_makes_room(
    acme: NewWorkspace, create: Callable[[Idp, int], Response]
) -> None:
    made = [create(acme.idp, n) for n in range(MOST)]
    refused = create(acme.idp, MOST)
    assert [each.status for each in made] == [201] * MOST
    assert (refused.status, "limit of 3" in refused.json()["detail"]) == (403, True)
    location = made[0].json()["meta"]["location"].partition("/scim/v2/")[2].partition("/")[2]

    assert acme.idp.request("DELETE", f"/{location}").status == 204
    assert create(acme.idp, MOST).status == 201
    assert create(acme.idp, MOST + 1).status == 403


def test_operations_of_one_bulk_request_are_counted_together(acme: NewWorkspace) -> None:
    operations = [
        {"method": "POST", "path": "/Users", "bulkId": str(n), "data": {"userName": f"user{n}@acme.example"}}
        for n in range(MOST + 2)
    ]

    answer = acme.idp.request("POST", "/Bulk", {"Operations": operations})

    assert [each["status"] for each in answer.json()["Operations"]] == ["201"] * MOST + ["403"] * 2
    assert acme.idp.get("/Users").json()["totalResults"] == MOST


def test_a_workspace_has_a_bounded_number_of_connections(acme: NewWorkspace) -> None:
    """And an administrator says how many."""
    most = Limits.of(Config(max_connections=2))
    admin.create_connection(acme.database, acme.slug, "okta", most)

    with pytest.raises(WorkspaceFull, match="limit of 2 SCIM connections"):
        admin.create_connection(acme.database, acme.slug, "okta", most)


def test_a_workspace_has_a_bounded_number_of_schemas(acme: NewWorkspace) -> None:
    def add(n: int) -> None:
        attributes = [{"name": "level", "type": "string", "multiValued": False}]
        schema = {"id": f"urn:acme:params:{n}", "name": f"Schema {n}", "attributes": attributes}
        admin.add_schema(acme.database, acme.slug, schema, Limits.of(Config(max_schemas=2)))

    add(1)
    add(2)

    with pytest.raises(WorkspaceFull, match="limit of 2 custom schemas"):
        add(3)
