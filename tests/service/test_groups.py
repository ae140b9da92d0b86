"""Groups over SCIM and the roles they carry, by product.md sections 3 and 4, on both engines."""

from __future__ import annotations

import pytest

from entrant.db.engine import Database
from entrant.scim.wire import Json
from entrant.service import admin
from entrant.workspace.roles import parse_rule
from tests.support.idp import GROUP, Idp
from tests.support.workspaces import NewWorkspace, new_workspace


@pytest.fixture
def acme(database: Database) -> NewWorkspace:
    """A workspace with an admin by hand, who is never in the way."""
    workspace = new_workspace(database)
    admin.invite(database, workspace.slug, "root@example.com", "admin")
    return workspace


@pytest.fixture
def idp(acme: NewWorkspace) -> Idp:
    """Its provider."""
    return acme.idp


def roles(workspace: NewWorkspace) -> dict[str, str | None]:
    """The roles of the provisioned members, by userName."""
    members = admin.list_members(workspace.database, workspace.slug, all_=True)
    return {m.user_name: m.role for m in members if m.source == "provisioned"}


def group_role(workspace: NewWorkspace, name: str) -> str | None:
    """The role that a group gives."""
    return next(g.role for g in admin.list_groups(workspace.database, workspace.slug) if g.display_name == name)


def test_a_group_is_created_empty_filled_renamed_emptied_deleted(idp: Idp) -> None:
    """Product 3.1, 3.5."""
    ada, ben = idp.user("ada"), idp.user("ben")
    group = idp.group('Staff / «Ω» "quoted"')

    assert idp.add(group, ada, ben).status == 204
    assert idp.members(group) == {ada, ben}
    assert idp.rename(group, "Crew").status == 204
    assert idp.members(group) == {ada, ben}
    assert idp.get(f"/Groups/{group}").json()["displayName"] == "Crew"
    assert idp.patch(f"/Groups/{group}", {"op": "remove", "path": "members"}).status == 204
    assert idp.members(group) == set()
    assert idp.request("DELETE", f"/Groups/{group}").status == 204
    assert idp.get(f"/Groups/{group}").status == 404
    assert idp.get(f"/Users/{ada}").status == 200


def test_groups_hold_groups(idp: Idp) -> None:
    ada = idp.user("ada")
    inner = idp.group("Inner", ada)
    outer = idp.group("Outer", inner)

    shown = idp.get(f"/Groups/{outer}").json()["members"]
    assert [(m["value"], m["type"]) for m in shown] == [(inner, "Group")]
    assert shown[0]["$ref"].endswith(f"/Groups/{inner}")
    idp.request("DELETE", f"/Groups/{inner}")
    assert idp.members(outer) == set()


def test_adding_twice_and_removing_the_absent_change_nothing(idp: Idp) -> None:
    """Product 3.2."""
    ada, ben = idp.user("ada"), idp.user("ben")
    group = idp.group("Staff", ada)
    before = idp.get(f"/Groups/{group}").json()

    assert idp.add(group, ada).status == 204
    assert idp.remove(group, ben).status == 204
    assert idp.remove(group, "no such id").status == 204

    assert idp.get(f"/Groups/{group}").json() == before


@pytest.mark.parametrize("way", ["patch", "put", "post"])
def test_an_unknown_member_is_named_and_nothing_is_applied(idp: Idp, way: str) -> None:
    """Product 3.3."""
    ada = idp.user("ada")
    group = idp.group("Staff")
    members = [{"value": ada}, {"value": "no-such-id"}]
    response = {
        "patch": lambda: idp.patch(
            f"/Groups/{group}",
            {"op": "replace", "path": "displayName", "value": "Changed"},
            {"op": "add", "path": "members", "value": members},
        ),
        "put": lambda: idp.request("PUT", f"/Groups/{group}", {"displayName": "Changed", "members": members}),
        "post": lambda: idp.request("POST", "/Groups", {"displayName": "Changed", "members": members}),
    }[way]()

    assert response.status == 400
    assert response.json()["scimType"] == "invalidValue"
    assert "no-such-id" in response.json()["detail"]
    assert idp.members(group) == set()
    assert idp.find("/Groups", 'displayName eq "Changed"') == []


@pytest.mark.parametrize("way", ["post", "put", "patch"])
def test_a_display_name_is_unique_without_case(idp: Idp, way: str) -> None:
    """Product 3.4."""
    idp.group("Straße")
    other = idp.group("Other")
    response = {
        "post": lambda: idp.post_group("STRASSE"),
        "put": lambda: idp.request("PUT", f"/Groups/{other}", {"schemas": [GROUP], "displayName": "strasse"}),
        "patch": lambda: idp.rename(other, "STRASSE"),
    }[way]()

    assert response.status == 409
    assert response.json()["scimType"] == "uniqueness"


@pytest.mark.parametrize("provider", ["entra", "okta", "generic", "strict"])
@pytest.mark.parametrize("op", ["remove", "Remove"])
def test_removing_members_by_a_list_of_values_leaves_the_others(database: Database, provider: str, op: str) -> None:
    """Product 5.3: under every connection kind and in both dialects."""
    idp = new_workspace(database, provider).idp
    ada, ben, cleo = idp.user("ada"), idp.user("ben"), idp.user("cleo")
    group = idp.group("Staff", ada, ben, cleo)

    by_list = idp.patch(f"/Groups/{group}", {"op": op, "path": "members", "value": [{"value": ada}]})

    if provider == "strict" and op == "Remove":
        assert by_list.status == 400
        assert idp.members(group) == {ada, ben, cleo}
        return
    assert by_list.status == 204
    assert idp.members(group) == {ben, cleo}
    assert idp.patch(f"/Groups/{group}", {"op": op, "path": f'members[value eq "{ben}"]'}).status == 204
    assert idp.members(group) == {cleo}


@pytest.mark.parametrize("value", [[], [{"value": "unknown"}], [{}], None])
def test_a_remove_that_names_nobody_removes_nobody_or_is_refused(idp: Idp, value: Json) -> None:
    """Product 5.3: an empty list is no wish to empty the group."""
    ada = idp.user("ada")
    group = idp.group("Staff", ada)

    response = idp.patch(f"/Groups/{group}", {"op": "remove", "path": "members", "value": value})

    assert response.status in {204, 400}
    assert idp.members(group) == (set() if value is None else {ada})


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("LocalStack-Admin", "admin"),
        ("LocalStack-Admins-Prod", "admin"),
        ("XD5-XD5-LA1000_AuthLocalstackAdmin", "admin"),
        ("aDMINs and members", "admin"),
        ("Team MEMBERS", "member"),
        ("Engineering", None),
    ],
)
def test_names_identify_role_groups(acme: NewWorkspace, name: str, role: str | None) -> None:
    """Product 4.1, 4.2."""
    ada = acme.idp.user("ada")

    acme.idp.group(name, ada)

    assert group_role(acme, name) == role
    assert roles(acme) == {"ada": role or "member"}


def test_a_rename_takes_the_role_along(acme: NewWorkspace) -> None:
    """Product 4.2."""
    ada = acme.idp.user("ada")
    group = acme.idp.group("Crew", ada)

    acme.idp.rename(group, "Crew Admins")
    assert roles(acme) == {"ada": "admin"}
    acme.idp.rename(group, "Crew")
    assert roles(acme) == {"ada": "member"}


def test_a_group_in_a_role_group_gives_its_users_nothing(acme: NewWorkspace) -> None:
    """Product 4.3."""
    ada = acme.idp.user("ada")
    inner = acme.idp.group("Crew", ada)
    acme.idp.group("Admins", inner)

    assert roles(acme) == {"ada": "member"}


@pytest.mark.parametrize("way", ["patch", "put", "post", "rename"])
@pytest.mark.parametrize("active", [True, False])
def test_nobody_is_in_role_groups_of_two_roles(acme: NewWorkspace, way: str, active: bool) -> None:  # noqa: FBT001
    """Product 4.4: whatever the way in, inactive users too; the detail names the user and the group."""
    idp = acme.idp
    ada = idp.user("ada")
    admins = idp.group("Admins", ada)
    idp.set_active(ada, active=active)
    members = idp.group("Members")
    plain = idp.group("Plain", ada)
    value = [{"value": ada}]

    def send() -> tuple[int, str]:
        response = {
            "patch": lambda: idp.add(members, ada),
            "put": lambda: idp.request("PUT", f"/Groups/{members}", {"displayName": "Members", "members": value}),
            "post": lambda: idp.request("POST", "/Groups", {"displayName": "New members", "members": value}),
            "rename": lambda: idp.rename(plain, "Plain members"),
        }[way]()
        return response.status, response.json()["detail"] if response.status >= 400 else ""

    status, detail = send()
    assert status == 409
    assert '"ada"' in detail
    assert '"Admins"' in detail

    assert idp.remove(admins, ada).status == 204
    assert send()[0] < 300, "once the removal has arrived, the same request succeeds"
    assert roles(acme) == {"ada": "member" if active else None}


def test_several_role_groups_of_one_role_are_fine(acme: NewWorkspace) -> None:
    """Product 4.4."""
    ada = acme.idp.user("ada")
    first, second = acme.idp.group("Admins A", ada), acme.idp.group("Admins B", ada)

    acme.idp.remove(first, ada)
    assert roles(acme) == {"ada": "admin"}
    acme.idp.remove(second, ada)
    assert roles(acme) == {"ada": "member"}


def test_new_rules_hold_for_groups_that_are_there(acme: NewWorkspace) -> None:
    """Product 4.1, 4.4."""
    ada = acme.idp.user("ada")
    acme.idp.group("Bosses", ada)

    admin.set_rules(acme.database, acme.slug, [parse_rule("equals:BOSSES=admin"), parse_rule("prefix:x=member")])

    assert roles(acme) == {"ada": "admin"}
    assert group_role(acme, "Bosses") == "admin"


def test_put_without_members_empties_the_group(idp: Idp) -> None:
    """RFC 7644 §3.5.1."""
    group = idp.group("Staff", idp.user("ada"))

    response = idp.request("PUT", f"/Groups/{group}", {"schemas": [GROUP], "displayName": "Staff"})

    assert response.status == 200
    assert idp.members(group) == set()


def test_a_patch_that_asks_for_attributes_is_answered_with_them(idp: Idp) -> None:
    """RFC 7644 §3.5.2."""
    ada = idp.user("ada")
    group = idp.group("Staff")

    response = idp.patch(
        f"/Groups/{group}?attributes=members.value", {"op": "add", "path": "members", "value": [{"value": ada}]}
    )

    assert response.status == 200
    assert response.json()["members"] == [{"value": ada}]


def test_members_are_returned_unless_excluded(idp: Idp) -> None:
    """Entra-client 22.11, 22.41."""
    ada = idp.user("ada")
    group = idp.group("Staff", ada)

    for path in (f"/Groups/{group}", "/Groups", "/Groups?filter=displayName+eq+%22staff%22"):
        answer = idp.get(path).json()
        assert [m["value"] for m in (answer.get("Resources") or [answer])[0]["members"]] == [ada]
        joint = "&" if "?" in path else "?"
        lean = idp.get(f"{path}{joint}excludedAttributes=members").json()
        assert "members" not in (lean.get("Resources") or [lean])[0]


def test_a_large_membership_is_added_and_removed_in_one_request(idp: Idp) -> None:
    """Entra-client 22.35."""
    operations = [
        {"method": "POST", "path": "/Users", "bulkId": str(n), "data": {"userName": f"u{n}"}} for n in range(1000)
    ]
    answer = idp.request("POST", "/Bulk", {"Operations": operations}).json()
    ids = [o["location"].rpartition("/")[2] for o in answer["Operations"]]
    group = idp.group("Members of all")

    assert idp.add(group, *ids).status == 204
    assert idp.members(group) == set(ids)
    assert idp.remove(group, *ids[1:]).status == 204
    assert idp.members(group) == {ids[0]}
