"""Groups by Graph (graph-surface 3.3, 9.4)."""

from __future__ import annotations

import pytest

from entrant.entra.graph import delta
from tests.entra.graph.client import EVENTUAL, ORIGIN, Client

HOST = "https://graph.microsoft.com/v1.0/users"


def test_the_group_of_the_acceptance_test_is_created(graph: Client) -> None:
    """G1 of graph-surface 3.3: the display name holds parentheses."""
    made = graph.group(
        "LACreateGroup-(1a2b3c4d)", description="A test", groupTypes=[], isAssignableToRole=False, visibility="Private"
    )

    assert made["displayName"] == "LACreateGroup-(1a2b3c4d)"
    assert (made["description"], made["securityEnabled"], made["mailEnabled"]) == ("A test", True, False)
    assert (made["groupTypes"], made["visibility"], made["isAssignableToRole"]) == ([], "Private", False)
    assert graph.get("groups?$filter=displayName eq 'LACreateGroup-(1a2b3c4d)'")["value"][0]["id"] == made["id"]


@pytest.mark.parametrize("missing", ["displayName", "mailEnabled", "mailNickname", "securityEnabled"])
def test_a_group_needs_four_properties(graph: Client, missing: str) -> None:
    body = {"displayName": "Sales", "mailEnabled": False, "mailNickname": "sales", "securityEnabled": True}
    del body[missing]

    status, code, message = graph.error("POST", "groups", body)

    assert (status, code) == (400, "Request_BadRequest")
    assert missing in message


def test_a_group_is_changed_and_deleted(graph: Client) -> None:
    """G2, G3 of graph-surface 3.3."""
    sales = graph.group("Sales")

    graph.change("PATCH", f"groups/{sales['id']}", {"displayName": "Sales-Modified", "description": "New"})
    assert graph.get(f"groups/{sales['id']}?$select=displayName")["displayName"] == "Sales-Modified"
    graph.change("DELETE", f"groups/{sales['id']}")

    assert graph.error("GET", f"groups/{sales['id']}")[:2] == (404, "Request_ResourceNotFound")


def test_members_come_and_go(graph: Client) -> None:
    """G8, G9 of graph-surface 3.3, and 9.4: a reference may name any host and either collection."""
    sales, inner, ann = graph.group("Sales"), graph.group("Inner"), graph.user("ann")
    there = f"groups/{sales['id']}/members"

    graph.change("POST", f"{there}/$ref", {"@odata.id": f"{HOST}/{ann['id']}"})
    graph.change("POST", f"{there}/$ref", {"@odata.id": f"https://elsewhere/v1.0/directoryObjects/{inner['id']}"})

    assert {(each["@odata.type"], each["id"]) for each in graph.values(f"{there}?$top=1")} == {
        ("#microsoft.graph.user", ann["id"]),
        ("#microsoft.graph.group", inner["id"]),
    }
    (user,) = graph.values(f"{there}/graph.user?$select=displayName")
    assert user == {"displayName": "Ann", "id": ann["id"]}
    assert graph.send("GET", f"{there}/$count", **EVENTUAL).read() == b"2"
    status, code, message = graph.error("POST", f"{there}/$ref", {"@odata.id": f"{HOST}/{ann['id']}"})
    assert (status, code) == (400, "Request_BadRequest")
    assert message.startswith("One or more added object references already exist")
    graph.change("DELETE", f"{there}/{ann['id']}/$ref")
    assert graph.error("DELETE", f"{there}/{ann['id']}/$ref")[:2] == (404, "Request_ResourceNotFound")
    assert [each["@odata.id"] for each in graph.values(f"{there}/$ref")] == [
        f"{ORIGIN}/v1.0/directoryObjects/{inner['id']}"
    ]


def test_an_unknown_member_is_not_found(graph: Client) -> None:
    sales = graph.group("Sales")
    nobody = "0ad1a5b2-5f0d-4c4e-9c39-000000000001"

    assert graph.error("POST", f"groups/{sales['id']}/members/$ref", {"@odata.id": f"{HOST}/{nobody}"})[0] == 404
    assert graph.error("POST", f"groups/{sales['id']}/members/$ref", {})[0] == 400


def test_members_can_be_named_with_the_group(graph: Client) -> None:
    users = [graph.user()["id"] for _ in range(3)]

    sales = graph.group("Sales", **{"members@odata.bind": [f"{HOST}/{id_}" for id_ in users[:2]]})
    graph.change("PATCH", f"groups/{sales['id']}", {"members@odata.bind": [f"{HOST}/{users[2]}"]})

    assert {each["id"] for each in graph.values(f"groups/{sales['id']}/members")} == set(users)
    many = {"members@odata.bind": [f"{HOST}/{users[0]}"] * 21}
    assert graph.error("PATCH", f"groups/{sales['id']}", many)[0] == 400


def test_transitive_relations_go_to_any_depth(graph: Client) -> None:
    ann, bob = graph.user("ann"), graph.user("bob")
    inner = graph.group("Inner", **{"members@odata.bind": [f"{HOST}/{ann['id']}"]})
    outer = graph.group("Outer", **{"members@odata.bind": [f"{HOST}/{id_}" for id_ in (inner["id"], bob["id"])]})

    ids = {
        path: {each["id"] for each in graph.values(path)}
        for path in (
            f"groups/{outer['id']}/transitiveMembers",
            f"groups/{outer['id']}/transitiveMembers/microsoft.graph.user",
            f"users/{ann['id']}/memberOf",
            f"users/{ann['id']}/transitiveMemberOf",
            f"groups/{inner['id']}/memberOf",
        )
    }

    assert list(ids.values()) == [
        {inner["id"], ann["id"], bob["id"]},
        {ann["id"], bob["id"]},
        {inner["id"]},
        {inner["id"], outer["id"]},
        {outer["id"]},
    ]


def test_relations_are_expanded_within_the_entity(graph: Client) -> None:
    ann = graph.user("ann")
    sales = graph.group("Sales", **{"members@odata.bind": [f"{HOST}/{ann['id']}"]})

    group = graph.get(f"groups/{sales['id']}?$expand=members($select=id)&$select=id")
    (user,) = graph.values("users?$expand=memberOf&$select=id")

    assert [each["id"] for each in group["members"]] == [ann["id"]]
    assert [each["displayName"] for each in user["memberOf"]] == ["Sales"]


def test_objects_of_any_kind_are_found_by_their_ids(graph: Client) -> None:
    ann, sales = graph.user("ann"), graph.group("Sales")

    found = graph.post("directoryObjects/getByIds", {"ids": [ann["id"], sales["id"].upper(), "x"]}, status=200)
    only = graph.post("directoryObjects/getByIds", {"ids": [ann["id"], sales["id"]], "types": ["group"]}, status=200)

    assert {each["id"] for each in found["value"]} == {ann["id"], sales["id"]}
    assert [each["id"] for each in only["value"]] == [sales["id"]]
    assert graph.get(f"directoryObjects/{sales['id']}")["@odata.type"] == "#microsoft.graph.group"


def test_delta_tells_who_came_and_who_went(graph: Client) -> None:
    """Graph-surface 9.2: `members@delta`."""
    ann, bob, eve = graph.user("ann"), graph.user("bob"), graph.user("eve")
    sales = graph.group("Sales", **{"members@odata.bind": [f"{HOST}/{each['id']}" for each in (ann, bob)]})
    other = graph.group("Other")
    first = graph.get("groups/delta?$select=displayName,members")
    told = {group["id"]: {each["id"] for each in group.get("members@delta", [])} for group in first["value"]}
    assert told == {sales["id"]: {ann["id"], bob["id"]}, other["id"]: set()}

    graph.change("POST", f"groups/{sales['id']}/members/$ref", {"@odata.id": f"{HOST}/{eve['id']}"})
    graph.change("DELETE", f"groups/{sales['id']}/members/{ann['id']}/$ref")
    graph.change("DELETE", f"users/{bob['id']}")
    graph.change("DELETE", f"groups/{other['id']}")
    changes = graph.get(first["@odata.deltaLink"])["value"]

    assert {group["id"]: group.get("@removed") for group in changes} == {
        sales["id"]: None,
        other["id"]: {"reason": "deleted"},
    }
    (changed,) = [group for group in changes if group["id"] == sales["id"]]
    assert {each["id"]: "@removed" in each for each in changed["members@delta"]} == {
        eve["id"]: False,
        ann["id"]: True,
        bob["id"]: True,
    }


@pytest.mark.parametrize("size", [1, 100])
def test_a_group_with_many_members_comes_several_times(
    graph: Client, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr(delta, "MAX_MEMBERS", 2)
    users = {graph.user()["id"] for _ in range(5)}
    graph.group("Empty")
    sales = graph.group("Sales", **{"members@odata.bind": [f"{HOST}/{id_}" for id_ in users]})
    graph.group("Last")

    pieces = graph.values(f"groups/delta?$top={size}")

    mine = [piece["members@delta"] for piece in pieces if piece["id"] == sales["id"]]
    assert [len(piece) for piece in mine] == [2, 2, 1]
    assert {each["id"] for piece in mine for each in piece} == users
    assert [piece["displayName"] for piece in pieces if "displayName" in piece] == ["Empty", "Sales", "Last"]


@pytest.mark.parametrize("option", ["$orderby=displayName", "$filter=displayName eq 'x'", "$expand=members"])
def test_delta_has_no_other_options(graph: Client, option: str) -> None:
    assert graph.error("GET", f"groups/delta?{option}")[:2] == (400, "Request_UnsupportedQuery")


def test_delta_can_be_about_some_objects(graph: Client) -> None:
    sales, _ = graph.group("Sales"), graph.group("Other")

    found = graph.values(f"groups/delta?$filter=id eq '{sales['id']}'")

    assert [group["displayName"] for group in found] == ["Sales"]
