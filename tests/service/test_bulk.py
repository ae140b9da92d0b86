"""Bulk requests against the service (RFC 7644 §3.7)."""

from __future__ import annotations

import pytest

from entrant.db.engine import Database
from entrant.scim.bulk import MAX_OPERATIONS
from entrant.scim.wire import Json
from entrant.service import admin
from tests.support.idp import ENTERPRISE, Idp
from tests.support.workspaces import NewWorkspace, new_workspace


@pytest.fixture
def acme(database: Database) -> NewWorkspace:
    """A workspace."""
    return new_workspace(database)


def bulk(idp: Idp, *operations: Json, **options: Json) -> list[Json]:
    """What became of each operation."""
    response = idp.request("POST", "/Bulk", {"Operations": list(operations), **options})
    assert response.status == 200, response.read()
    answers: list[Json] = response.json()["Operations"]
    return answers


def user(name: str, **data: Json) -> Json:
    """An operation that creates a user whose bulkId is their name."""
    return {"method": "POST", "path": "/Users", "bulkId": name, "data": {"userName": name, **data}}


def group(name: str, *members: str) -> Json:
    """An operation that creates a group whose bulkId is its name."""
    return {
        "method": "POST", "path": "/Groups", "bulkId": name,
        "data": {"displayName": name, "members": [{"value": member} for member in members]},
    }  # fmt: skip


def test_operations_are_answered_in_order_with_location_and_version(acme: NewWorkspace) -> None:
    answers = bulk(acme.idp, user("ada"), group("Staff", "bulkId:ada"))

    assert [(a["method"], a["bulkId"], a["status"]) for a in answers] == [
        ("POST", "ada", "201"),
        ("POST", "Staff", "201"),
    ]
    for answer in answers:
        resource = acme.idp.get(answer["location"].partition(acme.idp.base)[2]).json()
        assert resource["meta"]["version"] == answer["version"]
    assert [m["value"] for m in resource["members"]] == [answers[0]["location"].rpartition("/")[2]]


def test_references_forward_and_in_circles_are_resolved(acme: NewWorkspace) -> None:
    """RFC 7644 §3.7.1."""
    answers = bulk(
        acme.idp,
        group("Outer", "bulkId:Inner", "bulkId:ada"),
        group("Inner", "bulkId:Outer"),
        user("ada", **{ENTERPRISE: {"manager": {"value": "bulkId:ben"}}}),
        user("ben"),
        {"method": "PATCH", "path": "/Groups/bulkId:Inner", "data": {
            "Operations": [{"op": "add", "path": "members", "value": [{"value": "bulkId:ben"}]}]}},
    )  # fmt: skip

    assert [a["status"] for a in answers] == ["201", "201", "201", "201", "204"]
    ids = {a["bulkId"]: a["location"].rpartition("/")[2] for a in answers[:4]}
    assert acme.idp.members(ids["Outer"]) == {ids["Inner"], ids["ada"]}
    assert acme.idp.members(ids["Inner"]) == {ids["Outer"], ids["ben"]}
    manager = acme.idp.find("/Users", f'manager eq "{ids["ben"]}"')
    assert [m["userName"] for m in manager] == ["ada"]


def test_an_operation_that_fails_leaves_the_others(acme: NewWorkspace) -> None:
    answers = bulk(acme.idp, user("ada"), {**user("ada"), "bulkId": "again"}, user("ben"))

    assert [a["status"] for a in answers] == ["201", "409", "201"]
    assert answers[1]["response"]["scimType"] == "uniqueness"
    assert {u["userName"] for u in acme.idp.find("/Users", "userName pr")} == {"ada", "ben"}


def test_operations_in_a_circle_stand_or_fall_together(acme: NewWorkspace) -> None:
    acme.idp.group("B")

    answers = bulk(acme.idp, group("A", "bulkId:B"), group("B", "bulkId:A"), user("ada"))

    assert [a["status"] for a in answers] == ["409", "409", "201"]
    assert acme.idp.find("/Groups", 'displayName eq "A"') == []


def test_after_so_many_errors_nothing_more_is_done(acme: NewWorkspace) -> None:
    """RFC 7644 §3.7.3."""
    bad = {"method": "DELETE", "path": "/Users/none"}

    answers = bulk(acme.idp, user("ada"), bad, bad, user("ben"), failOnErrors=2)

    assert [a["status"] for a in answers] == ["201", "404", "404"]
    assert acme.idp.find("/Users", 'userName eq "ben"') == []


def test_an_unknown_reference_is_named(acme: NewWorkspace) -> None:
    answers = bulk(acme.idp, group("A", "bulkId:nobody"))

    assert answers[0]["status"] == "400"
    assert "bulkId:nobody" in answers[0]["response"]["detail"]


def test_versions_are_respected(acme: NewWorkspace) -> None:
    ada = acme.idp.user("ada")
    version = acme.idp.get(f"/Users/{ada}").json()["meta"]["version"]
    change = {"Operations": [{"op": "replace", "path": "title", "value": "T"}]}
    operation = {"method": "PATCH", "path": f"/Users/{ada}", "version": version, "data": change}

    assert [a["status"] for a in bulk(acme.idp, operation, operation | {"version": 'W/"0"'})] == ["200", "412"]


def test_the_last_admin_stays_in_bulk_too(acme: NewWorkspace) -> None:
    """Product 4.5."""
    ada = acme.idp.user("ada")
    admins = acme.idp.group("Admins", ada)

    answers = bulk(acme.idp, {"method": "DELETE", "path": f"/Groups/{admins}"}, user("ben"))

    assert [a["status"] for a in answers] == ["409", "201"]
    assert acme.idp.members(admins) == {ada}


def test_each_operation_has_its_log_entry(acme: NewWorkspace) -> None:
    bulk(acme.idp, user("ada"), {"method": "DELETE", "path": "/Users/none"})

    entries = admin.list_log(acme.database, acme.slug)
    assert [(e.operation, e.status) for e in entries] == [("POST /Users", 201), ("DELETE /Users/none", 404)]


@pytest.mark.parametrize(
    ("message", "status"),
    [
        (
            {"Operations": [{"method": "POST", "path": "/Users", "bulkId": str(n)} for n in range(MAX_OPERATIONS + 1)]},
            413,
        ),
        ({"Operations": [{"method": "GET", "path": "/Users"}]}, 400),
        ({"Operations": [user("a"), user("a")]}, 400),
        ({"Operations": [], "failOnErrors": -1}, 400),
        ({"Operations": {}}, 400),
        ([], 400),
    ],
)
def test_what_is_no_bulk_request_is_refused_as_a_whole(acme: NewWorkspace, message: Json, status: int) -> None:
    assert acme.idp.request("POST", "/Bulk", message).status == status


@pytest.mark.parametrize("path", ["/Bulk", "/Schemas", "/Me", "/nothing", "/Users/.search"])
def test_bulk_is_for_users_and_groups(acme: NewWorkspace, path: str) -> None:
    answers = bulk(acme.idp, {"method": "POST", "path": path, "bulkId": "x", "data": {}})

    assert answers[0]["status"] in {"400", "404", "405"}


def test_fail_on_errors_of_0_is_as_if_it_were_absent(acme: NewWorkspace) -> None:
    """Everything is tried, whatever fails (RFC 7644 §3.7.3)."""
    answers = bulk(acme.idp, user("ada"), {**user("ada"), "bulkId": "again"}, user("ben"), failOnErrors=0)

    assert [a["status"] for a in answers] == ["201", "409", "201"]
