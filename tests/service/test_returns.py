"""Who returns by a POST, and what every answer for a user has (product.md 2.5, 2.9, 2.10; RFC 7643 §2.4)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrant.db.engine import Database
from entrant.scim.resource import distinct
from entrant.scim.wire import Json
from entrant.service import admin
from entrant.service.admin.views import LogView
from tests.support.workspaces import NewWorkspace, new_workspace


def gone(workspace: NewWorkspace, name: str = "old", **attributes: Json) -> str:
    """An inactive member; the id."""
    user = workspace.idp.user(name, **attributes)
    assert workspace.idp.patch(f"/Users/{user}", {"op": "replace", "path": "active", "value": False}).status == 200
    return user


def last(workspace: NewWorkspace) -> LogView:
    return admin.list_log(workspace.database, workspace.slug)[-1]


def test_okta_rehires_by_the_external_id_under_a_new_name(module_database: Database) -> None:
    """Product 2.9."""
    acme = new_workspace(module_database, "okta")
    old = gone(acme, externalId="00u1")

    answer = acme.idp.post_user("new", externalId="00u1")

    assert (answer.status, answer.json()["id"]) == (201, old)
    assert (answer.json()["userName"], answer.json()["active"]) == ("new", True)
    assert [u["id"] for u in acme.idp.find("/Users", 'externalId eq "00u1"')] == [old]


@pytest.mark.parametrize("provider", ["entra", "generic", "strict"])
def test_others_make_a_new_member_and_the_log_points_at_the_older_one(module_database: Database, provider: str) -> None:
    """Product 2.9."""
    acme = new_workspace(module_database, provider)
    old = gone(acme, externalId="00u1")

    new = acme.idp.user("new", externalId="00u1")

    assert new != old
    assert {"earlier": {"member": old, "userName": "old"}} in last(acme).changes


def test_an_external_id_of_two_or_of_an_active_member_rehires_nobody(module_database: Database) -> None:
    """Product 2.9: exactly one inactive member."""
    acme = new_workspace(module_database, "entra")
    okta = acme.connect("okta")
    two = {gone(acme, "a", externalId="x"), gone(acme, "b", externalId="x")}
    active = acme.idp.user("c", externalId="y")

    assert okta.user("d", externalId="x") not in two
    assert okta.user("e", externalId="y") != active


def test_a_rehire_asks_for_a_new_invitation_where_the_workspace_does(module_database: Database) -> None:
    """Product 2.5, 2.9."""
    acme = new_workspace(module_database, "okta")
    admin.set_reactivation(module_database, acme.slug, "reinvite")
    gone(acme, externalId="00u1")

    assert acme.idp.post_user("new", externalId="00u1").status == 403


@pytest.mark.parametrize(
    ("provider", "status"), [("entra", 201), ("okta", 201), ("generic", 201), ("strict", 409)], ids=str
)
def test_a_post_of_an_inactive_members_name_returns_them(module_database: Database, provider: str, status: int) -> None:
    """Product 2.5: the same id, but for a strict connection."""
    acme = new_workspace(module_database, provider)
    old = acme.idp.user("old")
    acme.idp.patch(f"/Users/{old}", {"op": "replace", "path": "active", "value": False})

    answer = acme.idp.post_user("OLD", title="Boss")

    assert answer.status == status
    if status == 201:
        assert (answer.json()["id"], answer.json()["active"], answer.json()["title"]) == (old, True, "Boss")


TAKEN_AWAY = (
    {"op": "remove", "path": "active"},
    {"op": "replace", "path": "active", "value": None},
    {"op": "add", "path": "active", "value": None},
    {"op": "replace", "value": {"active": None}},
    {"op": "replace", "path": "active", "value": ""},
)


@pytest.mark.parametrize("provider", ["entra", "okta", "generic", "strict"])
@pytest.mark.parametrize("active", [True, False])
def test_active_is_in_every_answer_whatever_was_taken_away(
    module_database: Database,
    provider: str,
    active: bool,  # noqa: FBT001
) -> None:
    """Product 2.10: PATCH of every form, PUT without it, GET, list, search."""
    acme = new_workspace(module_database, provider)
    user = acme.idp.user("ada")
    acme.idp.patch(f"/Users/{user}", {"op": "replace", "path": "active", "value": active})

    for operation in TAKEN_AWAY:
        answer = acme.idp.patch(f"/Users/{user}", operation)
        assert answer.status == 400 or answer.json()["active"] is active, operation
        assert acme.idp.get(f"/Users/{user}").json()["active"] is active
        found = acme.idp.find("/Users", f"active eq {str(active).lower()}")
        assert [u["active"] for u in found] == [active]
    put = acme.idp.request(
        "PUT", f"/Users/{user}", {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "ada"}
    )
    assert put.json()["active"] is active
    search = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"]}
    assert acme.idp.request("POST", "/.search", search).json()["Resources"][0]["active"] is active


ITEMS = st.lists(
    st.fixed_dictionaries(
        {"value": st.sampled_from("ab")}, optional={"type": st.sampled_from("wh"), "primary": st.booleans()}
    )
)


@given(ITEMS)
def test_each_type_and_value_is_stored_once(items: list[Json]) -> None:
    """RFC 7643 §2.4: no pair is lost, none is there twice, what was said of it last holds."""
    stored = distinct({"emails": items})["emails"]

    pairs = [(item.get("type"), item["value"]) for item in stored]
    assert pairs == list(dict.fromkeys((item.get("type"), item["value"]) for item in items))
    for pair, item in zip(pairs, stored, strict=True):
        said = [i["primary"] for i in items if (i.get("type"), i["value"]) == pair and "primary" in i]
        assert item.get("primary") == (said[-1] if said else None)
    assert distinct({"emails": stored}) == {"emails": stored}


def test_addresses_without_a_value_are_the_same_only_as_a_whole() -> None:
    same = {"type": "work", "locality": "Ulm"}
    other = {"type": "work", "locality": "Bonn"}

    assert distinct({"addresses": [same, other, dict(same)]}) == {"addresses": [same, other]}


def test_a_value_that_comes_again_in_every_way_is_stored_once(module_database: Database) -> None:
    """RFC 7643 §2.4, RFC 7644 §3.5.2.1: POST, PUT and PATCH."""
    acme = new_workspace(module_database)
    mail = {"type": "work", "value": "ada@x.example"}
    user = acme.idp.user("ada", emails=[mail, mail])
    before = acme.idp.get(f"/Users/{user}").json()

    again = acme.idp.patch(f"/Users/{user}", {"op": "add", "path": "emails", "value": [mail]})

    assert before["emails"] == [mail]
    assert again.json()["meta"]["version"] == before["meta"]["version"]
    body = {"schemas": before["schemas"], "userName": "ada", "emails": [mail, {**mail, "primary": True}]}
    assert acme.idp.request("PUT", f"/Users/{user}", body).json()["emails"] == [{**mail, "primary": True}]
