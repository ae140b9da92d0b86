"""Users by Graph (graph-surface 3.2, 9.2, 9.3)."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from tests.entra.graph.client import EVENTUAL, ORIGIN, Client, user_body

FULL = {
    "accountEnabled": True,
    "displayName": "la-user@contoso.com",
    "mailNickname": "la-user",
    "userPrincipalName": "la-user@contoso.com",
    "givenName": "Ann",
    "surname": "O'Neil",
    "jobTitle": "Engineer",
    "department": "R&D",
    "companyName": "Contoso",
    "businessPhones": ["+1 425 555 0100"],
    "mobilePhone": "+1 425 555 0101",
    "officeLocation": "18/2111",
    "preferredLanguage": "en-US",
    "employeeId": "4711",
    "employeeType": "Employee",
    "streetAddress": "One Way",
    "city": "Redmond",
    "state": "WA",
    "country": "US",
    "postalCode": "98052",
    "usageLocation": "US",
    "mail": "la-user@contoso.com",
    "otherMails": ["other@contoso.com"],
    "faxNumber": "+1 425 555 0102",
    "userType": "Member",
    "employeeOrgData": {"division": "D", "costCenter": "C"},
}
PASSWORD = {"forceChangePasswordNextSignIn": "True", "password": "xWwvJ]6NMw+bWH-d"}


def test_the_user_of_the_acceptance_test_is_created_and_kept_as_sent(graph: Client) -> None:
    """U1 of graph-surface 3.2; surprise 6 of §8: a Boolean written as text."""
    made = graph.post("users", {"@odata.type": "#microsoft.graph.user", **FULL, "passwordProfile": PASSWORD})

    assert made["userPrincipalName"] == "la-user@contoso.com"
    assert "department" not in made
    shown = graph.get(f"users/{made['id']}?$select={','.join(FULL)}")
    assert {name: shown[name] for name in FULL} == FULL
    assert graph.get(f"users/{made['id']}?$select=passwordProfile")["passwordProfile"] is None


def test_a_creation_is_answered_with_the_default_properties_and_its_address(graph: Client) -> None:
    response = graph.send("POST", "users", user_body("ann"))

    made = response.json()
    assert response.status == 201
    assert response.headers["location"] == f"{ORIGIN}/v1.0/users/{made['id']}"
    assert made == {
        "@odata.context": f"{ORIGIN}/v1.0/$metadata#users/$entity",
        "businessPhones": [],
        "displayName": "Ann",
        "givenName": None,
        "id": made["id"],
        "jobTitle": None,
        "mail": None,
        "mobilePhone": None,
        "officeLocation": None,
        "preferredLanguage": None,
        "surname": None,
        "userPrincipalName": "ann@contoso.com",
    }


def test_whoever_does_not_want_to_see_what_was_made_gets_nothing(graph: Client) -> None:
    response = graph.send("POST", "users", user_body("ann"), prefer="return=minimal")

    assert (response.status, response.read()) == (204, b"")
    assert response.headers["location"].startswith(f"{ORIGIN}/v1.0/users/")


@pytest.mark.parametrize(
    "missing", ["accountEnabled", "displayName", "mailNickname", "userPrincipalName", "passwordProfile"]
)
def test_a_user_needs_five_properties(graph: Client, missing: str) -> None:
    body = {name: value for name, value in user_body("ann").items() if name != missing}

    status, code, message = graph.error("POST", "users", body)

    assert (status, code) == (400, "Request_BadRequest")
    assert missing in message


@pytest.mark.parametrize(
    "change",
    [
        {"accountEnabled": "maybe"},
        {"businessPhones": ["1", "2"]},
        {"businessPhones": "1"},
        {"displayName": ["x"]},
        {"nickname": "x"},
        {"userPrincipalName": "no address"},
    ],
)
def test_values_of_the_wrong_form_are_refused(graph: Client, change: dict[str, object]) -> None:
    ann = graph.user("ann")

    assert graph.error("POST", "users", {**user_body("bob"), **change})[:2] == (400, "Request_BadRequest")
    assert graph.error("PATCH", f"users/{ann['id']}", change)[:2] == (400, "Request_BadRequest")


def test_a_taken_upn_is_an_object_conflict(graph: Client) -> None:
    graph.user("ann")

    response = graph.send("POST", "users", user_body("ann"))

    error = response.json()["error"]
    assert (response.status, error["code"]) == (400, "Request_BadRequest")
    assert error["details"][0]["code"] == "ObjectConflict"


def test_an_update_changes_the_upn_and_null_clears(graph: Client) -> None:
    """U2 of graph-surface 3.2: the UPN itself is changed."""
    ann = graph.user("ann", jobTitle="Engineer")

    graph.change(
        "PATCH",
        f"users/{ann['id']}",
        {
            "@odata.type": "#microsoft.graph.user",
            "userPrincipalName": "updated-ann@contoso.com",
            "jobTitle": None,
            "accountEnabled": False,
            "passwordProfile": {"forceChangePasswordNextSignIn": True, "password": "x"},
        },
    )

    shown = graph.get("users/updated-ann@contoso.com?$select=id,jobTitle,accountEnabled")
    assert (shown["id"], shown["jobTitle"], shown["accountEnabled"]) == (ann["id"], None, False)
    assert graph.error("GET", "users/ann@contoso.com")[0] == 404


def test_users_are_addressed_by_id_or_upn_in_any_case(graph: Client) -> None:
    ann = graph.user("ann")
    guest = graph.user("guest", userPrincipalName="guest_x.com#EXT#@contoso.com")

    for name in (ann["id"], ann["id"].upper(), "ANN@contoso.com", "ann%40contoso.com"):
        assert graph.get(f"users/{name}")["id"] == ann["id"]
    assert graph.get(f"users('{ann['id']}')")["id"] == ann["id"]
    assert graph.get(f"users/{quote('guest_x.com#EXT#@contoso.com')}")["id"] == guest["id"]


def test_a_user_that_is_not_there_is_not_found(graph: Client) -> None:
    group = graph.group("Sales")

    for name in ("not-found", "0ad1a5b2-5f0d-4c4e-9c39-000000000001", group["id"]):
        status, code, message = graph.error("GET", f"users/{name}")
        assert (status, code) == (404, "Request_ResourceNotFound")
        assert message.startswith(f"Resource '{name}' does not exist")


def test_clean_up_at_odd_addresses_is_some_client_error(graph: Client) -> None:
    """Graph-surface 3.3."""
    for path in ("users/", "users/not-found", "groups/", "groups/x/appRoleAssignments/"):
        assert 400 <= graph.send("DELETE", path).status < 500


def test_a_deleted_user_is_in_the_recycle_bin_until_restored_or_purged(graph: Client) -> None:
    """U3, U4 of graph-surface 3.2, and 9.5."""
    ann, bob = graph.user("ann"), graph.user("bob")
    graph.change("DELETE", f"users/{ann['id']}")
    graph.change("DELETE", f"users/{bob['id']}")

    assert graph.values("users") == []
    for cast in ("microsoft.graph.user", "graph.user"):
        assert {user["id"] for user in graph.values(f"directory/deletedItems/{cast}")} == {ann["id"], bob["id"]}
    deleted = graph.get(f"directory/deletedItems/{ann['id']}")
    assert deleted["@odata.type"] == "#microsoft.graph.user"
    assert deleted["userPrincipalName"] == ann["id"].replace("-", "") + "ann@contoso.com"
    restored = graph.post(f"directory/deletedItems/{ann['id']}/restore", status=200)
    assert (restored["id"], restored["userPrincipalName"]) == (ann["id"], "ann@contoso.com")
    graph.change("DELETE", f"directory/deletedItems/{bob['id']}")
    assert graph.error("GET", f"directory/deletedItems/{bob['id']}")[:2] == (404, "Request_ResourceNotFound")
    assert [user["id"] for user in graph.values("users")] == [ann["id"]]


def test_a_user_whose_upn_was_taken_cannot_be_restored(graph: Client) -> None:
    ann = graph.user("ann")
    graph.change("DELETE", f"users/{ann['id']}")
    graph.user("ann")

    status, code, _ = graph.error("POST", f"directory/deletedItems/{ann['id']}/restore")

    assert (status, code) == (400, "Request_BadRequest")


def test_what_is_not_deleted_is_not_in_the_recycle_bin(graph: Client) -> None:
    ann = graph.user("ann")

    for method, path in (("GET", ""), ("DELETE", ""), ("POST", "/restore")):
        assert graph.error(method, f"directory/deletedItems/{ann['id']}{path}")[0] == 404


def test_a_manager_is_set_replaced_and_removed(graph: Client) -> None:
    """U5, U6 of graph-surface 3.2: `@odata.id` may name any host."""
    ann, bob, eve = graph.user("ann"), graph.user("bob"), graph.user("eve")
    there = f"users/{ann['id']}/manager"
    assert graph.error("GET", there)[:2] == (404, "Request_ResourceNotFound")
    assert graph.error("DELETE", f"{there}/$ref")[0] == 404

    for manager, address in ((bob, "https://graph.microsoft.com/v1.0/users/"), (eve, "directoryObjects/")):
        graph.change("PUT", f"{there}/$ref", {"@odata.id": f"{address}{manager['id']}"})
        shown = graph.get(f"{there}?$select=id,displayName")
        assert (shown["@odata.type"], shown["id"]) == ("#microsoft.graph.user", manager["id"])

    assert graph.get(f"{there}/$ref")["@odata.id"].endswith(f"/directoryObjects/{eve['id']}")
    assert [user["id"] for user in graph.values(f"users/{eve['id']}/directReports")] == [ann["id"]]
    expanded = graph.get(f"users/{ann['id']}?$expand=manager($select=id,displayName)")
    assert expanded["manager"]["displayName"] == "Eve"
    graph.change("DELETE", f"{there}/$ref")
    assert graph.error("GET", there)[0] == 404
    assert graph.error("PUT", f"{there}/$ref", {"@odata.id": "users/0ad1a5b2-5f0d-4c4e-9c39-000000000001"})[0] == 404
    assert graph.error("PUT", f"{there}/$ref", {})[0] == 400


def test_a_manager_can_be_named_when_a_user_is_made(graph: Client) -> None:
    eve = graph.user("eve")

    ann = graph.user("ann", **{"manager@odata.bind": f"https://graph.microsoft.com/v1.0/users/{eve['id']}"})

    assert graph.get(f"users/{ann['id']}/manager")["id"] == eve["id"]


def test_pages_follow_each_other_by_a_link_that_keeps_the_options(graph: Client) -> None:
    names = [graph.user()["displayName"] for _ in range(5)]

    first = graph.get("users?$top=2&$select=displayName")
    everyone = graph.values("users?$top=2&$select=displayName")

    assert first["@odata.nextLink"].startswith(f"{ORIGIN}/v1.0/users?$top=2&$select=displayName&$skiptoken=")
    assert [user["displayName"] for user in everyone] == names
    assert set(everyone[0]) == {"displayName", "id"}


def test_a_page_that_ends_with_the_last_user_has_no_link(graph: Client) -> None:
    graph.user()
    graph.user()

    assert "@odata.nextLink" not in graph.get("users?$top=2")


@pytest.mark.parametrize("token", ["x", "bm9uc2Vuc2U", "W10", "WyJ4IixbIjEiXV0", "%ff", "WzEsMl0"])
def test_a_token_that_was_not_made_here_is_refused(graph: Client, token: str) -> None:
    for path in ("users", "users/delta", "groups/delta", "auditLogs/provisioning"):
        assert graph.error("GET", f"{path}?$skiptoken={token}")[:2] == (400, "BadRequest")


def test_a_token_of_another_query_is_refused(graph: Client) -> None:
    for _ in range(3):
        graph.user()
    token = graph.get("users?$top=1")["@odata.nextLink"].rpartition("=")[2]

    assert graph.error("GET", f"users?$top=1&$orderby=displayName&$skiptoken={token}")[0] == 400


def test_an_order_pages_through_everyone_once(graph: Client) -> None:
    for name in ("dora", "ann", "carl", "bob", "ann2"):
        graph.user(name, department="B" if name < "b" else "A")

    by_name = graph.values("users?$orderby=displayName%20desc&$top=2")
    by_department = graph.values("users?$orderby=department,displayName&$top=2&$count=true", **EVENTUAL)

    assert [user["displayName"] for user in by_name] == ["Dora", "Carl", "Bob", "Ann2", "Ann"]
    assert [user["displayName"] for user in by_department] == ["Bob", "Carl", "Dora", "Ann", "Ann2"]


@pytest.mark.parametrize(
    ("filter_", "found"),
    [
        ("userPrincipalName eq 'ANN@contoso.com'", ["ann"]),
        ("displayName eq 'ann'", ["ann"]),
        ("displayName in ('Ann','Bob')", ["ann", "bob"]),
        ("mailNickname eq 'bob' and accountEnabled eq true", ["bob"]),
        ("mailNickname eq 'bob' and accountEnabled eq false", []),
        ("userPrincipalName eq 'ann@contoso.com' or userPrincipalName eq 'bob@contoso.com'", ["ann", "bob"]),
        ("mail eq 'eve@contoso.com' or displayName eq 'Ann'", ["ann", "eve"]),
        ("startsWith(displayName,'a')", ["ann"]),
        ("department eq 'Sales'", ["bob"]),
        ("employeeOrgData/division eq 'D'", ["eve"]),
        ("createdDateTime ge 2020-01-01T00:00:00Z", ["ann", "bob", "eve"]),
        ("createdDateTime le 2020-01-01T00:00:00Z", []),
    ],
)
def test_filters_find_users(graph: Client, filter_: str, found: list[str]) -> None:
    graph.user("ann")
    graph.user("bob", department="Sales")
    graph.user("eve", mail="eve@contoso.com", employeeOrgData={"division": "D"})

    users = graph.values(f"users?$filter={quote(filter_)}&$top=1")

    assert [user["displayName"].lower() for user in users] == found


def test_counts_are_advanced_queries(graph: Client) -> None:
    for _ in range(3):
        graph.user(department="Sales")
    graph.user()

    assert graph.error("GET", "users?$count=true")[1] == "Request_UnsupportedQuery"
    assert graph.error("GET", "users/$count")[1] == "Request_UnsupportedQuery"
    page = graph.get("users?$count=true&$top=1&$filter=department eq 'Sales'", **EVENTUAL)
    assert (page["@odata.count"], len(page["value"])) == (3, 1)
    response = graph.send("GET", "users/$count", **EVENTUAL)
    assert (response.read(), response.headers["content-type"]) == (b"4", "text/plain;charset=utf-8")
    assert graph.send("GET", "users/$count?$filter=department ne 'Sales'", **EVENTUAL).read() == b"1"


def test_search_finds_words_of_names(graph: Client) -> None:
    graph.user("ann", displayName="Ann Marie Smith")
    graph.user("bob", displayName="Bob Smithers")

    found = graph.values('users?$search="displayName:smith" AND "displayName:ann"', **EVENTUAL)

    assert [user["displayName"] for user in found] == ["Ann Marie Smith"]


def test_directory_extensions_can_be_set_and_selected(graph: Client) -> None:
    name = f"extension_{'0' * 32}_costCenter"
    ann = graph.user("ann", **{name: "4711"})

    assert graph.get(f"users/{ann['id']}?$select={name}")[name] == "4711"
    assert [user["id"] for user in graph.values(f"users?$filter={name} eq '4711'")] == [ann["id"]]


def test_a_round_of_delta_begins_with_everyone_and_goes_on_with_changes(graph: Client) -> None:
    """Graph-surface 9.2."""
    ann, bob, eve = graph.user("ann"), graph.user("bob"), graph.user("eve")
    first = graph.get("users/delta?$top=2&$select=displayName")
    last = graph.get(first["@odata.nextLink"])
    link = last["@odata.deltaLink"].replace("$top=2&", "")
    assert [user["id"] for user in first["value"] + last["value"]] == [ann["id"], bob["id"], eve["id"]]

    graph.change("PATCH", f"users/{bob['id']}", {"displayName": "Robert"})
    graph.change("DELETE", f"users/{ann['id']}")
    graph.change("DELETE", f"users/{eve['id']}")
    graph.change("DELETE", f"directory/deletedItems/{eve['id']}")
    changes = graph.get(link)

    assert changes["value"] == [
        {"displayName": "Robert", "id": bob["id"]},
        {"id": ann["id"], "@removed": {"reason": "changed"}},
        {"id": eve["id"], "@removed": {"reason": "deleted"}},
    ]
    assert graph.get(changes["@odata.deltaLink"])["value"] == []


def test_delta_can_begin_now(graph: Client) -> None:
    graph.user("ann")
    link = graph.get("users/delta()?$deltatoken=latest")["@odata.deltaLink"]

    bob = graph.user("bob")

    assert [user["id"] for user in graph.get(link)["value"]] == [bob["id"]]
