"""The calls of Microsoft's gallery workflow, in order, against emulator and service together (graph-surface §3, §5)."""

from __future__ import annotations

import msgspec
import pytest

from tests.entra.graph.gallery import ENTERPRISE, HOST, Gallery

pytestmark = pytest.mark.parametrize("tenant_url", ["sqlite"], indirect=True)  # both engines: test_synchronization.py


def test_initialization_finds_the_job_its_schema_and_a_role(gallery: Gallery) -> None:
    """I1 to I5, and what §4 demands of the schema."""
    graph, there = gallery.graph, gallery.synchronization

    job = graph.get(f"{there}/jobs")["value"][0]["id"]
    settings = graph.get(f"{there}/jobs/{job}")["synchronizationJobSettings"]
    schema = graph.get(f"{there}/jobs/{job}/schema")
    roles = graph.get(f"servicePrincipals/{gallery.principal}?$select=appRoles")["appRoles"]

    assert job == gallery.job
    assert [each for each in settings if each["name"].lower() == "patchbodyformat"] == []
    assert [directory["name"] for directory in schema["directories"]].count("Microsoft Entra ID") == 1
    mappings = schema["synchronizationRules"][0]["objectMappings"]
    assert ENTERPRISE in {mapping["targetObjectName"] for mapping in mappings}
    assert any("group" in each["targetObjectName"].lower() and each["enabled"] for each in mappings)
    assert not has_null(schema)
    assert "user" in {role["displayName"].lower() for role in roles}


def has_null(value: object) -> bool:
    """Whether there is a null anywhere: surprise 15 of §8."""
    if isinstance(value, dict):
        return any(has_null(each) for each in value.values())
    return any(has_null(each) for each in value) if isinstance(value, list) else value is None


def test_a_user_is_created_updated_disabled_deleted_and_purged(gallery: Gallery) -> None:
    """Create_User, Update_User, Disable_User, Delete_User."""
    graph = gallery.graph
    ann = gallery.user("ann")

    gallery.cycle()
    created = gallery.succeeded(ann, "Create")
    assert created["provisioningAction"] == "create"
    scim = gallery.scim_user("ann@contoso.com")
    assert created["targetIdentity"]["id"] == scim["id"]

    graph.change("PATCH", f"users/{ann}", {"userPrincipalName": "updated-ann@contoso.com", "jobTitle": "Engineer"})
    gallery.cycle()
    gallery.succeeded(ann, "Update", swapped=True)
    updated = gallery.target(f"/Users/{scim['id']}").json()
    assert (updated["userName"], updated["title"]) == ("updated-ann@contoso.com", "Engineer")

    graph.change("PATCH", f"users/{ann}", {"accountEnabled": False})
    gallery.cycle()
    gallery.succeeded(ann, "Disable")
    assert gallery.target(f"/Users/{scim['id']}").json()["active"] is False

    graph.change("PATCH", f"users/{ann}", {"accountEnabled": True})
    gallery.cycle()
    graph.change("DELETE", f"users/{ann}")
    gallery.cycle()
    graph.change("DELETE", f"directory/deletedItems/{ann}")
    gallery.cycle()
    gallery.succeeded(ann, "Delete")
    assert gallery.target(f"/Users/{scim['id']}").status_code == 404


def test_a_manager_is_set_changed_and_removed(gallery: Gallery) -> None:
    """User_Update_Manager; surprise 8 of §8: the first modified property is the manager's id in the target."""
    graph = gallery.graph
    ann, bob, eve = (gallery.user(name) for name in ("ann", "bob", "eve"))
    gallery.cycle()
    start = "2020-01-02T03:04:05.1234567Z"
    more = (
        f"activityDateTime ge {start} and modifiedProperties/any(p: p/displayName eq 'manager' or "
        f"p/displayName eq '{ENTERPRISE}:manager')"
    )

    for manager in (bob, eve):
        graph.change("PUT", f"users/{ann}/manager/$ref", {"@odata.id": f"{HOST}/users/{manager}"})
        gallery.cycle()
        entry = gallery.succeeded(ann, "Update", more)
        name = "bob" if manager == bob else "eve"
        scim = gallery.scim_user(f"{name}@contoso.com")["id"]
        assert entry["modifiedProperties"][0]["newValue"] == scim
        assert gallery.scim_user("ann@contoso.com")[ENTERPRISE]["manager"]["value"] == scim

    graph.change("DELETE", f"users/{ann}/manager/$ref")
    gallery.cycle()
    entry = gallery.succeeded(ann, "Update", more)
    assert entry["modifiedProperties"][0]["newValue"] in {None, "", "null"}
    assert not gallery.scim_user("ann@contoso.com").get(ENTERPRISE, {}).get("manager")


def test_a_user_is_disabled_and_restored_with_the_assignment(gallery: Gallery) -> None:
    """Restore_User; surprise 10 of §8: the id in the target stays."""
    ann = gallery.user("ann", assigned=False)
    assignment = gallery.assign("users", ann)
    gallery.cycle()
    before = gallery.scim_user("ann@contoso.com")

    gallery.unassign(assignment)
    gallery.cycle()
    gallery.succeeded(ann, "(provisioningAction eq 'Disable')")
    gallery.succeeded(ann, "(provisioningAction eq 'Disable' or provisioningAction eq 'Delete')")
    assert gallery.scim_user("ann@contoso.com")["active"] is False

    gallery.assign("users", ann)
    gallery.cycle()
    gallery.succeeded(ann)
    after = gallery.scim_user("ann@contoso.com")
    assert (after["id"], after["active"]) == (before["id"], True)


def test_a_user_and_a_group_are_provisioned_on_demand(gallery: Gallery) -> None:
    """POD_User, POD_Group."""
    ann = gallery.user("ann")
    sales = gallery.graph.group("LAPod-(1a2b)")["id"]
    assignment = gallery.assign("groups", sales)

    for id_, kind in ((ann, "User"), (sales, "Group")):
        answer = gallery.on_demand(id_, kind)
        assert msgspec.json.decode(answer["key"])["result"] == "Success"
        value = msgspec.json.decode(answer["value"])
        assert value["action"] == "create"
        assert value["statusInfo"]["status"] == "success"
        assert value["provisioningSteps"] != []
        gallery.succeeded(id_, "create")

    assert gallery.scim_user("ann@contoso.com")["active"] is True
    assert len(gallery.find("/Groups", 'displayName eq "LAPod-(1a2b)"')) == 1
    gallery.graph.change("DELETE", f"groups/{sales}/appRoleAssignments/{assignment}")


def test_a_group_is_created_renamed_and_deleted(gallery: Gallery) -> None:
    """Create_Group, Update_Group, Delete_Group."""
    graph = gallery.graph
    sales = graph.group("LACreateGroup-(1a2b3c4d)")["id"]
    body = {"principalId": sales, "resourceId": gallery.principal, "appRoleId": gallery.role}
    graph.post(f"servicePrincipals/{gallery.principal}/appRoleAssignedTo", body)

    gallery.cycle()
    gallery.succeeded(sales, "Create")
    (scim,) = gallery.find("/Groups", 'displayName eq "LACreateGroup-(1a2b3c4d)"')
    graph.change("PATCH", f"groups/{sales}", {"displayName": "LACreateGroup-Modified", "description": "New"})
    gallery.cycle()
    gallery.succeeded(sales, "Update")
    assert [each["id"] for each in gallery.find("/Groups", 'displayName eq "LACreateGroup-Modified"')] == [scim["id"]]

    graph.change("DELETE", f"groups/{sales}")
    gallery.cycle()
    gallery.succeeded(sales, "Delete")
    assert gallery.find("/Groups", 'displayName eq "LACreateGroup-Modified"') == []


def test_a_group_goes_and_comes_back_with_its_assignment(gallery: Gallery) -> None:
    """Restore_Group: Create, Delete, Create."""
    sales = gallery.graph.group("Sales")["id"]
    assignment = gallery.assign("groups", sales)
    gallery.cycle()
    first = gallery.succeeded(sales, "Create")["activityDateTime"]

    gallery.unassign(assignment)
    gallery.cycle()
    gallery.succeeded(sales, "Delete")
    assert gallery.find("/Groups", 'displayName eq "Sales"') == []
    gallery.assign("groups", sales)
    gallery.cycle()

    assert gallery.succeeded(sales, "Create")["activityDateTime"] > first
    assert len(gallery.find("/Groups", 'displayName eq "Sales"')) == 1


def test_members_are_added_and_removed(gallery: Gallery) -> None:
    """Group_Update_Add_Member, Group_Update_Remove_Member: membership is looked at too (surprise 9 of §8).

    The member is in the group before the first export, and there must be an Update with `members` all the same.
    """
    graph = gallery.graph
    ann, sales = gallery.user("ann"), graph.group("Sales")["id"]
    gallery.assign("groups", sales)
    graph.change("POST", f"groups/{sales}/members/$ref", {"@odata.id": f"{HOST}/users/{ann}"})
    members = "modifiedProperties/any(p: p/displayName eq 'members')"

    gallery.cycle()
    gallery.succeeded(sales, "Create")
    added = gallery.succeeded(sales, "Update", members)["modifiedProperties"][0]
    assert (bool(added["oldValue"]), bool(added["newValue"])) == (False, True)
    scim = gallery.scim_user("ann@contoso.com")["id"]
    (group,) = gallery.find("/Groups", 'displayName eq "Sales"')
    assert [member["value"] for member in group["members"]] == [scim]

    graph.change("DELETE", f"groups/{sales}/members/{ann}/$ref")
    gallery.cycle()
    removed = gallery.succeeded(sales, "Update", members)["modifiedProperties"][0]
    assert (bool(removed["oldValue"]), bool(removed["newValue"])) == (True, False)
    (group,) = gallery.find("/Groups", 'displayName eq "Sales"')
    assert group.get("members", []) == []
