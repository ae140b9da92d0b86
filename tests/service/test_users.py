"""Users over SCIM, by product.md section 2, on both engines."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from entrant.db.engine import Database
from entrant.scim.wire import Json, Request, Response
from entrant.service import admin
from tests.support.idp import ENTERPRISE, USER, Idp
from tests.support.workspaces import NewWorkspace, new_workspace

WHOLE: dict[str, Json] = {
    "externalId": "ext-1",
    "displayName": "Ada Ö. Lovelace",
    "name": {"givenName": "Ada", "familyName": "Lovelace", "formatted": "Ada Lovelace"},
    "emails": [{"value": "no address at all", "type": "work", "primary": True}, {"value": "ada@home", "type": "home"}],
    "phoneNumbers": [{"value": "+49 (0)30/12 34", "type": "work"}],
    "addresses": [{"type": "work", "streetAddress": "1 Straße\nHof", "country": "DE"}],
    "title": "Countess",
    "locale": "en-GB",
    ENTERPRISE: {"department": "Engines", "employeeNumber": "0042", "manager": {"value": "someone"}},
}


@pytest.fixture
def acme(database: Database) -> NewWorkspace:
    """A workspace without members, provisioned by Entra."""
    return new_workspace(database)


@pytest.fixture
def idp(acme: NewWorkspace) -> Idp:
    """Its provider."""
    return acme.idp


def row(workspace: NewWorkspace, user_name: str) -> admin.MemberView:
    """A member as the administrator sees them."""
    return next(
        m for m in admin.list_members(workspace.database, workspace.slug, all_=True) if m.user_name == user_name
    )


def test_a_created_user_comes_back_as_sent(idp: Idp) -> None:
    """Product 2.1, 2.3; entra-client 22.40: no format is imposed on anything."""
    response = idp.post_user("Ada@Example.com", **WHOLE)

    assert response.status == 201
    created = response.json()
    assert response.headers["location"] == created["meta"]["location"]
    assert response.headers["etag"] == created["meta"]["version"]
    assert {name: created[name] for name in WHOLE} == WHOLE
    assert created["userName"] == "Ada@Example.com"
    assert created["active"] is True
    assert created["schemas"] == [USER, ENTERPRISE]
    assert created["meta"]["resourceType"] == "User"
    assert idp.get(f"/Users/{created['id']}").json() == created


@pytest.mark.parametrize("name", ["ada@example.com", "ADA@EXAMPLE.COM"])
def test_a_user_name_is_taken_without_regard_to_case(idp: Idp, name: str) -> None:
    idp.user("Ada@Example.com")

    response = idp.post_user(name)

    assert response.status == 409
    assert response.json()["scimType"] == "uniqueness"


def test_a_user_name_is_taken_for_put_and_patch_too(idp: Idp) -> None:
    idp.user("ada")
    ben = idp.user("ben")

    put = idp.request("PUT", f"/Users/{ben}", {"schemas": [USER], "userName": "ADA"})
    patch = idp.patch(f"/Users/{ben}", {"op": "replace", "path": "userName", "value": "Ada"})

    for response in (put, patch):
        assert response.status == 409
        assert response.json()["scimType"] == "uniqueness"
    assert idp.patch(f"/Users/{ben}", {"op": "replace", "path": "userName", "value": "BEN"}).status == 200


def test_e_mail_addresses_need_not_be_unique(idp: Idp) -> None:
    """Product 2.3."""
    same = [{"value": "team@example.com", "type": "work"}]

    assert idp.post_user("ada", emails=same).status == idp.post_user("ben", emails=same).status == 201


def test_put_replaces_and_omitted_attributes_go(idp: Idp) -> None:
    """RFC 7644 §3.5.1."""
    ada = idp.user("ada", **WHOLE)

    response = idp.request("PUT", f"/Users/{ada}", {"schemas": [USER], "userName": "ada", "title": "Lady"})

    assert response.status == 200
    replaced = response.json()
    assert replaced["title"] == "Lady"
    assert not {"displayName", "emails", ENTERPRISE} & set(replaced)
    assert replaced["active"] is True
    assert idp.find("/Users", 'externalId eq "ext-1"') == []


def test_deprovisioning_takes_access_and_role_and_keeps_the_resource(acme: NewWorkspace) -> None:
    """Product 2.4."""
    idp = acme.idp
    ada = idp.user("ada")
    group = idp.group("Staff members", ada)

    assert idp.set_active(ada, active=False).status == 200

    assert idp.get(f"/Users/{ada}").json()["active"] is False
    assert [u["active"] for u in idp.find("/Users", 'userName eq "ada"')] == [False]
    assert idp.members(group) == {ada}
    assert (row(acme, "ada").active, row(acme, "ada").role) == (False, None)
    assert list(admin.list_members(acme.database, acme.slug)) == []


def test_return_restores_id_groups_and_role(acme: NewWorkspace) -> None:
    """Product 2.5."""
    idp = acme.idp
    ada = idp.user("ada")
    group = idp.group("LocalStack-Admin", ada)
    idp.user("other admin")
    admin.set_role(acme.database, acme.slug, "other admin", "admin")
    idp.set_active(ada, active=False)

    assert idp.set_active(ada, active=True).status == 200

    assert (row(acme, "ada").active, row(acme, "ada").role) == (True, "admin")
    assert idp.members(group) == {ada}


@pytest.mark.parametrize(("provider", "status"), [("entra", 201), ("okta", 201), ("generic", 201), ("strict", 409)])
def test_a_post_for_an_inactive_user_returns_them(database: Database, provider: str, status: int) -> None:
    """Product 2.5: same id, with the attributes sent; 409 on a strict connection only."""
    idp = new_workspace(database, provider).idp
    ada = idp.user("ada", title="before")
    idp.patch(f"/Users/{ada}", {"op": "replace", "path": "active", "value": False})

    response = idp.post_user("ADA", title="after")

    assert response.status == status
    if status == 201:
        returned = response.json()
        assert (returned["id"], returned["title"], returned["userName"]) == (ada, "after", "ADA")
        assert returned["active"] is True
    else:
        assert response.json()["scimType"] == "uniqueness"


@pytest.mark.parametrize("way", ["patch", "put", "post"])
def test_where_re_invitation_is_asked_a_return_is_refused_until_then(acme: NewWorkspace, way: str) -> None:
    """Product 2.5."""
    idp = acme.idp
    admin.set_reactivation(acme.database, acme.slug, "reinvite")
    ada = idp.user("ada")
    idp.set_active(ada, active=False)
    body = {"schemas": [USER], "userName": "ada", "active": True}
    send: Callable[[], Response] = {
        "patch": lambda: idp.set_active(ada, active=True),
        "put": lambda: idp.request("PUT", f"/Users/{ada}", body),
        "post": lambda: idp.request("POST", "/Users", body),
    }[way]

    refused = send()
    assert refused.status == 403
    assert "invit" in refused.json()["detail"]
    assert row(acme, "ada").active is False

    admin.reinvite(acme.database, acme.slug, "ada")
    assert send().status in {200, 201}
    assert row(acme, "ada").active is True

    idp.set_active(ada, active=False)
    assert send().status == 403, "one invitation is good for one return"


@pytest.mark.parametrize("by", ["userName", "work e-mail"])
def test_a_member_invited_by_hand_is_adopted(acme: NewWorkspace, by: str) -> None:
    """Product 2.2: same id, now provisioned, nothing lost."""
    invited = admin.invite(acme.database, acme.slug, "ada@example.com", "admin")
    assert acme.idp.get(f"/Users/{invited.id}").status == 404, "until then no SCIM resource"
    assert acme.idp.find("/Users", 'userName eq "ada@example.com"') == []

    name = "ADA@example.com" if by == "userName" else "al"
    emails = [{"value": "Ada@Example.com", "type": "work"}]
    assert acme.idp.post_user(name, title="Lady", emails=emails).status == 409, "an admin: product 2.7"
    admin.approve_held(acme.database, acme.slug)
    response = acme.idp.post_user(name, title="Lady", emails=emails)

    assert response.status == 201
    assert response.json()["id"] == invited.id
    member = row(acme, name)
    assert (member.source, member.role, member.active) == ("provisioned", "admin", True)
    assert len(acme.idp.find("/Users", f'id eq "{invited.id}"')) == 1


def test_a_home_address_adopts_nobody(acme: NewWorkspace) -> None:
    invited = admin.invite(acme.database, acme.slug, "ada@example.com")

    created = acme.idp.user("al", emails=[{"value": "ada@example.com", "type": "home"}])

    assert created != invited.id


@pytest.mark.parametrize("name", ["ada@example.com", "al"])
def test_without_adoption_an_invited_member_is_in_the_way(acme: NewWorkspace, name: str) -> None:
    """Product 2.2."""
    admin.invite(acme.database, acme.slug, "ada@example.com")
    admin.set_adoption(acme.database, acme.slug, adoption=False)

    response = acme.idp.post_user(name, emails=[{"value": "ada@example.com", "type": "work"}])

    assert response.status == 409
    assert response.json()["scimType"] == "uniqueness"
    assert row(acme, "ada@example.com").source == "local"


def test_delete_is_for_good_and_frees_the_name(idp: Idp) -> None:
    """Product 2.4."""
    ada = idp.user("ada")
    group = idp.group("Staff", ada)

    assert idp.request("DELETE", f"/Users/{ada}").status == 204

    assert idp.get(f"/Users/{ada}").status == 404
    assert idp.request("DELETE", f"/Users/{ada}").status == 404
    assert idp.members(group) == set()
    assert idp.user("ada") != ada


def test_new_members_have_the_default_role(acme: NewWorkspace) -> None:
    """Product 2.6."""
    acme.idp.user("first")
    admin.set_default_role(acme.database, acme.slug, "admin")
    acme.idp.user("second")

    assert (row(acme, "first").role, row(acme, "second").role) == ("admin", "admin")


@pytest.mark.parametrize(("path", "password"), [("/Users", "hunter2-post"), ("patch", "hunter2-patch")])
def test_a_password_is_dropped_unread_and_never_logged(acme: NewWorkspace, path: str, password: str) -> None:
    """Product 6.3."""
    ada = acme.idp.user("ada")

    if path == "patch":
        response = acme.idp.patch(f"/Users/{ada}", {"op": "replace", "path": "password", "value": password})
    else:
        response = acme.idp.post_user("ben", password=password)

    assert response.status in {200, 201}
    assert password not in response.read().decode()
    assert password not in repr(admin.list_log(acme.database, acme.slug))


def test_if_match_and_if_none_match(idp: Idp) -> None:
    """Product 5.6; RFC 7644 §3.14."""
    ada = idp.user("ada")
    first = idp.get(f"/Users/{ada}").headers["etag"]

    assert idp.get(f"/Users/{ada}", if_none_match=first).status == 304
    change = {"schemas": [USER], "userName": "ada", "title": "new"}
    assert idp.request("PUT", f"/Users/{ada}", change, if_match=first).status == 200
    stale = idp.request("PUT", f"/Users/{ada}", change | {"title": "newer"}, if_match=first)
    assert stale.status == 412
    assert idp.request("DELETE", f"/Users/{ada}", if_match=first).status == 412
    assert idp.get(f"/Users/{ada}", if_none_match=first).status == 200
    assert idp.request("DELETE", f"/Users/{ada}", if_match="*").status == 204


def test_a_request_that_changes_nothing_leaves_the_version(idp: Idp) -> None:
    """Product 9.1; entra-client 22.24."""
    ada = idp.user("ada", title="Lady")
    before = idp.get(f"/Users/{ada}").json()

    assert idp.patch(f"/Users/{ada}", {"op": "Replace", "path": "title", "value": "Lady"}).status == 200
    assert idp.request("PUT", f"/Users/{ada}", before).status == 200

    assert idp.get(f"/Users/{ada}").json() == before


@pytest.mark.parametrize(
    ("body", "status", "scim_type"),
    [
        (b"", 400, "invalidSyntax"),
        (b"{", 400, "invalidSyntax"),
        (b"[]", 400, "invalidSyntax"),
        (b"{}", 400, "invalidValue"),
        (b'{"userName": ""}', 400, "invalidValue"),
        (b'{"userName": true}', 400, "invalidValue"),
        (b'{"userName": "a\\u0000b"}', 400, "invalidValue"),
        (b'{"userName": "a", "emails": [{"primary": true}, {"value": "y", "primary": true}]}', 400, "invalidValue"),
        (b'{"userName": "\xff"}', 400, "invalidSyntax"),
        (b"[" * 5000, 400, "invalidSyntax"),
    ],
)  # fmt: skip
def test_bad_bodies_are_refused_with_a_reason(acme: NewWorkspace, body: bytes, status: int, scim_type: str) -> None:
    """Product 5.7, 9.5."""
    headers = {"authorization": f"Bearer {acme.idp.token}", "content-type": "application/scim+json"}
    response = acme.idp.send(Request("POST", f"{acme.idp.base}/Users", "", headers, body))

    assert (response.status, response.json()["scimType"]) == (status, scim_type)
    assert response.json()["detail"]


def test_a_body_that_is_not_declared_as_json_is_refused(idp: Idp) -> None:
    response = idp.request("POST", "/Users", {"userName": "ada"}, content_type="text/plain")

    assert response.status == 415
