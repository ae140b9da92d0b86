"""Enterprise applications and assignments by Graph (graph-surface 3.1, 3.2, 3.3, 9.6)."""

from __future__ import annotations

import pytest

from tests.entra.graph.client import EVENTUAL, Client

NOBODY = "0ad1a5b2-5f0d-4c4e-9c39-000000000001"
NO_ROLE = "00000000-0000-0000-0000-000000000000"


def test_an_application_is_made_from_a_template(graph: Client) -> None:
    template = "8adf8e6e-67b2-4cf2-a259-e3dc5476c621"
    made = graph.post(f"applicationTemplates/{template}/instantiate", {"displayName": "Entrant"})

    application, principal = made["application"], made["servicePrincipal"]
    assert (application["displayName"], principal["displayName"]) == ("Entrant", "Entrant")
    assert application["appId"] == principal["appId"]
    assert [role["displayName"] for role in principal["appRoles"]] == ["User", "msiam_access"]
    assert graph.get(f"applications/{application['id']}")["appId"] == principal["appId"]
    assert graph.get(f"applicationTemplates/{template}")["id"] == template
    for other in ("2e388773-2016-40c0-a06e-743486cef3bf", template):
        assert other in {each["id"] for each in graph.values("applicationTemplates")}
    assert graph.error("POST", f"applicationTemplates/{NOBODY}/instantiate", {"displayName": "x"})[0] == 404
    assert graph.error("POST", f"applicationTemplates/{template}/instantiate", {})[0] == 400


def test_the_roles_of_an_application_are_selected(graph: Client) -> None:
    """I5 of graph-surface 3.1."""
    application = graph.application()

    shown = graph.get(f"servicePrincipals/{application['id']}?$select=appRoles")

    assert set(shown) == {"@odata.context", "appRoles", "id"}
    assert shown["appRoles"][0] == {
        "allowedMemberTypes": ["User"],
        "description": "User",
        "displayName": "User",
        "id": "18d14569-c3bd-439b-9a66-3a2aee01d14f",
        "isEnabled": True,
        "origin": "Application",
        "value": None,
    }


def test_an_application_is_addressed_by_id_or_app_id(graph: Client) -> None:
    made = graph.application()

    for key in (f"/{made['id']}", f"('{made['id']}')", f"(appId='{made['appId']}')", f"(appId=%27{made['appId']}%27)"):
        assert graph.get(f"servicePrincipals{key}")["id"] == made["id"]
    assert graph.error("GET", f"servicePrincipals/{made['appId']}")[0] == 404
    assert graph.error("GET", f"servicePrincipals(appId='{made['id']}')")[0] == 404
    assert graph.error("GET", "servicePrincipals(nickname='x')")[0] == 400
    found = graph.values(f"servicePrincipals?$filter=appId eq '{made['appId']}'")
    assert [each["id"] for each in found] == [made["id"]]
    assert graph.send("GET", "servicePrincipals/$count", **EVENTUAL).read() == b"1"


def test_roles_and_name_of_an_application_are_changed(graph: Client) -> None:
    made = graph.application()
    role = {"id": NOBODY, "displayName": "Admin", "value": "admin", "allowedMemberTypes": ["User"], "isEnabled": True}

    graph.change("PATCH", f"servicePrincipals/{made['id']}", {"displayName": "New", "appRoles": [role]})

    shown = graph.get(f"servicePrincipals/{made['id']}")
    assert shown["displayName"] == "New"
    assert [(each["id"], each["value"]) for each in shown["appRoles"]] == [(NOBODY, "admin")]
    wrong: list[list[object]] = [
        [{}],
        ["x"],
        [{**role, "id": "x"}],
        [{**role, "isEnabled": "x"}],
        [{**role, "value": 1}],
    ]
    for roles in wrong:
        assert graph.error("PATCH", f"servicePrincipals/{made['id']}", {"appRoles": roles})[0] == 400


def test_one_assignment_is_seen_from_both_sides(graph: Client) -> None:
    """U7, G4 to G7 of graph-surface 3."""
    app, ann, sales = graph.application(), graph.user("ann"), graph.group("Sales")
    role = app["appRoles"][0]["id"]

    mine = graph.post(
        f"users/{ann['id']}/appRoleAssignments",
        {"principalId": ann["id"], "resourceId": app["id"], "appRoleId": role},
    )
    theirs = graph.post(
        f"servicePrincipals/{app['id']}/appRoleAssignedTo",
        {"principalId": sales["id"], "resourceId": app["id"], "appRoleId": role},
    )

    shown = {name: value for name, value in mine.items() if name not in {"@odata.context", "createdDateTime", "id"}}
    assert shown == {
        "deletedDateTime": None,
        "appRoleId": role,
        "principalDisplayName": "Ann",
        "principalId": ann["id"],
        "principalType": "User",
        "resourceDisplayName": "Entrant",
        "resourceId": app["id"],
    }
    assert theirs["principalType"] == "Group"
    assigned = graph.values(f"servicePrincipals/{app['id']}/appRoleAssignedTo?$top=1")
    assert {each["id"] for each in assigned} == {mine["id"], theirs["id"]}
    (of_ann,) = graph.values(f"users/{ann['id']}/appRoleAssignments?$filter=resourceId eq {app['id']}")
    assert of_ann["id"] == mine["id"]
    assert graph.values(f"users/{ann['id']}/appRoleAssignments?$filter=resourceId eq {NOBODY}") == []
    assert graph.get(f"users/{ann['id']}/appRoleAssignments/{mine['id']}")["id"] == mine["id"]
    graph.change("DELETE", f"groups/{sales['id']}/appRoleAssignments/{theirs['id']}")
    graph.change("DELETE", f"servicePrincipals/{app['id']}/appRoleAssignedTo/{mine['id']}")
    assert graph.values(f"servicePrincipals/{app['id']}/appRoleAssignedTo") == []
    assert graph.error("DELETE", f"users/{ann['id']}/appRoleAssignments/{mine['id']}")[0] == 404


def test_older_sets_of_the_acceptance_test_remove_by_another_address(graph: Client) -> None:
    """Graph-surface 3.3, sets 4.0 and 6.0."""
    app, sales = graph.application(), graph.group("Sales")
    body = {"principalId": sales["id"], "resourceId": app["id"], "appRoleId": app["appRoles"][0]["id"]}
    made = graph.post(f"groups/{sales['id']}/appRoleAssignments", body)

    graph.change("DELETE", f"servicePrincipals/{app['id']}/appRoleAssignments/{made['id']}")

    assert graph.values(f"groups/{sales['id']}/appRoleAssignments") == []


@pytest.mark.parametrize(
    ("change", "status", "says"),
    [
        ({"appRoleId": NOBODY}, 400, "Permission being assigned was not found on application"),
        ({"principalId": NOBODY}, 400, "do not name"),
        ({"resourceId": NOBODY}, 404, "does not exist"),
        ({"principalId": "x"}, 400, "must be a guid"),
        ({"resourceId": None}, 400, "resourceId"),
    ],
)
def test_what_cannot_be_assigned_is_refused(graph: Client, change: dict[str, str], status: int, says: str) -> None:
    app, ann = graph.application(), graph.user("ann")
    body = {"principalId": ann["id"], "resourceId": app["id"], "appRoleId": app["appRoles"][0]["id"], **change}

    got, _, message = graph.error("POST", f"users/{ann['id']}/appRoleAssignments", body)

    assert got == status
    assert says in message


def test_an_assignment_that_exists_is_refused(graph: Client) -> None:
    app, ann = graph.application(), graph.user("ann")
    body = {"principalId": ann["id"], "resourceId": app["id"]}
    made = graph.post(f"users/{ann['id']}/appRoleAssignments", body)
    assert made["appRoleId"] == NO_ROLE

    status, code, message = graph.error("POST", f"servicePrincipals/{app['id']}/appRoleAssignedTo", body)

    assert (status, code) == (400, "Request_BadRequest")
    assert message == "Permission being assigned already exists on the object"


def test_an_application_is_removed_with_its_assignments(graph: Client) -> None:
    app, ann = graph.application(), graph.user("ann")
    graph.post(f"users/{ann['id']}/appRoleAssignments", {"principalId": ann["id"], "resourceId": app["id"]})

    graph.change("DELETE", f"servicePrincipals/{app['id']}")

    assert graph.error("GET", f"servicePrincipals/{app['id']}")[0] == 404
    assert graph.values(f"users/{ann['id']}/appRoleAssignments") == []


def test_the_tenant_says_who_it_is(graph: Client) -> None:
    (organization,) = graph.values("organization")

    assert organization["id"] == graph.access.provisioner.tenant
    assert graph.get(f"organization/{organization['id']}")["displayName"] == "Contoso"
    assert [domain["name"] for domain in organization["verifiedDomains"]] == ["contoso.com"]


def test_a_registration_is_removed_with_its_enterprise_application(graph: Client) -> None:
    made = graph.application("Short-lived")
    found = graph.get(f"applications(appId='{made['appId']}')")
    graph.post(f"servicePrincipals/{made['id']}/synchronization/jobs", {"templateId": "scim"})

    graph.change("DELETE", f"applications/{found['id']}")

    for gone in (f"applications/{found['id']}", f"servicePrincipals/{made['id']}"):
        assert graph.error("GET", gone)[0] == 404
    assert graph.error("DELETE", f"applications/{found['id']}")[0] == 404
