"""The provisioning log: what was asked, what became of it, what it changed (product.md 6.4, 8.1)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from entrant.db.engine import Database
from entrant.scim.wire import Json
from entrant.service import admin
from entrant.service.admin import LogView
from tests.support.idp import USER
from tests.support.workspaces import NewWorkspace, new_workspace


@pytest.fixture
def acme(database: Database) -> NewWorkspace:
    """A workspace provisioned by Entra."""
    return new_workspace(database)


def last(workspace: NewWorkspace) -> LogView:
    """The latest entry."""
    return admin.list_log(workspace.database, workspace.slug, limit=1)[0]


def test_a_write_is_logged_attribute_by_attribute(acme: NewWorkspace) -> None:
    ada = acme.idp.user("ada", title="Clerk", name={"givenName": "Ada"})
    acme.idp.group("Admins", ada)
    acme.idp.patch(
        f"/Users/{ada}",
        {"op": "Replace", "path": "title", "value": "Head"},
        {"op": "Add", "path": "name.familyName", "value": "L"},
    )

    entry = last(acme)
    assert (entry.operation, entry.outcome, entry.status) == (f"PATCH /Users/{ada}", "done", 200)
    assert (entry.resource_type, entry.resource_id, entry.resource_name) == ("User", ada, "ada")
    assert list(entry.changes) == [
        {"attribute": "title", "before": "Clerk", "after": "Head"},
        {"attribute": "name", "before": {"givenName": "Ada"}, "after": {"givenName": "Ada", "familyName": "L"}},
    ]
    assert entry.tolerances == ("op_in_any_case",)
    assert entry.body["Operations"][0]["value"] == "Head"
    assert entry.connection is not None


def test_a_membership_change_is_logged_with_the_roles_it_changed(acme: NewWorkspace) -> None:
    ada, ben = acme.idp.user("ada"), acme.idp.user("ben")
    group = acme.idp.group("Admins", ada)

    acme.idp.add(group, ada, ben)

    assert list(last(acme).changes) == [
        {"added": [ben]},
        {"member": ben, "userName": "ben", "roleBefore": "member", "roleAfter": "admin"},
    ]


def test_of_many_changes_of_roles_the_first_are_logged_and_the_number_of_the_others(
    acme: NewWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What renaming a role group leaves in the log does not grow with the group."""
    users = [acme.idp.user(f"user{n}") for n in range(5)]
    group = acme.idp.group("Plain", *users)
    monkeypatch.setattr("entrant.service.record.MAX_LOGGED_IDS", 3)

    acme.idp.patch(f"/Groups/{group}", {"op": "Replace", "path": "displayName", "value": "Admins"})

    changes = last(acme).changes
    assert [change["attribute"] for change in changes if "attribute" in change] == ["displayName"]
    assert len([change for change in changes if "roleAfter" in change]) == 3
    assert {"moreRoles": 2} in changes


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "scim_type"),
    [
        ("POST", "/Users", {"schemas": [USER]}, 400, "invalidValue"),
        ("POST", "/Users", {"userName": "taken"}, 409, "uniqueness"),
        ("PATCH", "/Users/none", {"Operations": [{"op": "remove", "path": "title"}]}, 404, None),
        ("DELETE", "/Groups/none", None, 404, None),
        ("GET", "/Users/none", None, 404, None),
        ("GET", "/Users?filter=nope+eq+1", None, 400, "invalidFilter"),
        ("GET", "/Nothing", None, 404, None),
        ("PUT", "/Users", {"userName": "x"}, 405, None),
        ("GET", "/Me", None, 501, None),
        ("POST", "/Bulk", {}, 400, "invalidSyntax"),
    ],
)
def test_every_refusal_is_logged(
    acme: NewWorkspace, method: str, path: str, body: Json, status: int, scim_type: str | None
) -> None:
    acme.idp.user("taken")

    response = acme.idp.request(method, path, body, x_request_id="a-request-of-mine")

    assert response.status == status
    entry = last(acme)
    assert (entry.operation, entry.outcome, entry.status) == (f"{method} {path}", "refused", status)
    assert entry.scim_type == scim_type == response.json().get("scimType")
    assert entry.detail == response.json()["detail"]
    assert entry.request_id == "a-request-of-mine"
    assert entry.changes == ()


def test_what_was_undone_is_not_in_the_log_as_done(acme: NewWorkspace) -> None:
    """Product 4.5: a refusal at the end of a write leaves its entry and nothing else."""
    ada = acme.idp.user("ada")
    group = acme.idp.group("Admins", ada)

    acme.idp.request("DELETE", f"/Groups/{group}")

    entry = last(acme)
    assert (entry.outcome, entry.status, entry.detail) == ("refused", 409, "Cannot remove the last workspace admin")
    assert entry.resource_name == "Admins"
    assert acme.idp.members(group) == {ada}


def test_a_wrong_token_is_logged_without_it(acme: NewWorkspace) -> None:
    stranger = replace(acme.idp, token="scim-something-wrong")

    assert stranger.get("/Users").status == 401

    entry = last(acme)
    assert (entry.status, entry.connection) == (401, None)
    assert "something-wrong" not in repr(entry)


@pytest.mark.parametrize(
    "body",
    [
        {"userName": "x", "password": "hunter2"},
        {"userName": "x", "PassWord": "hunter2"},
        {"Operations": [{"op": "add", "path": "password", "value": "hunter2"}]},
        {"Operations": [{"op": "add", "value": {"password": "hunter2"}}]},
        {"Operations": [{"op": "add", "path": f"{USER}:password", "value": {"deep": "hunter2"}}]},
    ],
)
def test_no_secret_is_logged(acme: NewWorkspace, body: Json) -> None:
    """Product 6.3."""
    ada = acme.idp.user("ada")
    acme.idp.request(
        "PATCH" if "Operations" in body else "POST", f"/Users/{ada}" if "Operations" in body else "/Users", body
    )

    assert "hunter2" not in repr(last(acme))


def test_a_body_that_is_large_or_no_json_is_logged_by_its_length(acme: NewWorkspace) -> None:
    acme.idp.user("ada", title="x" * 60_000, nickName="y" * 60_000)

    assert "omitted" in last(acme).body


def test_lookups_leave_no_entry(acme: NewWorkspace) -> None:
    """Entra-client 22.6: the probe every forty minutes is no event."""
    before = last(acme) if admin.list_log(acme.database, acme.slug) else None

    acme.idp.find("/Users", 'userName eq "4b2f0b1e-5e0a-4a5b-a2a7-5c3e0c0f6a11"')

    assert (last(acme) if admin.list_log(acme.database, acme.slug) else None) == before


def test_a_provider_that_repeats_what_is_refused_does_not_fill_the_log(
    acme: NewWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Product 9.10: one in so many is kept, and says so; what is done is always there, alone and in a bulk request."""
    monkeypatch.setattr("entrant.store.log.WHOLE_REFUSALS", 5)
    monkeypatch.setattr("entrant.store.log.ONE_IN", 10)
    refused: Json = {"method": "POST", "path": "/Users", "bulkId": "x", "data": {"schemas": [USER]}}
    for _ in range(12):
        acme.idp.request("POST", "/Users", {"schemas": [USER]})
    acme.idp.request("POST", "/Bulk", {"Operations": [{**refused, "bulkId": str(n)} for n in range(20)]})
    ada = acme.idp.user("ada")

    entries = admin.list_log(acme.database, acme.slug, limit=1_000)

    kept = [entry for entry in entries if entry.outcome == "refused"]
    assert len(kept) == 5 + len([n for n in range(5, 32) if n % 10 == 0])
    assert [str(entry.detail).endswith("(9 refusals before this one are not listed)") for entry in kept[5:]] == [
        True
    ] * 3
    assert entries[-1].resource_id == ada


def test_what_was_refused_is_not_kept_whole(acme: NewWorkspace) -> None:
    """Product 9.10."""
    nicknames = {f"n{n}": "x" * 50 for n in range(400)}
    acme.idp.request("POST", "/Users", {"schemas": [USER], **nicknames})

    entry = last(acme)

    assert entry.status == 400
    assert str(entry.body["omitted"]).endswith("bytes")
