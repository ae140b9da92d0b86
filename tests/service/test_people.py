"""Nobody becomes somebody else: what a provider may not do to admins, whatever the way (product.md 2.7, 2.8, 4.7)."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec
import pytest

import entrant.store
from entrant.db.engine import Database
from entrant.scim.wire import Json, Request, Response
from entrant.service import admin
from entrant.service.admin import AuditView, acting
from entrant.store import members, sessions
from entrant.workspace.audit import Actor, Channel
from entrant.workspace.errors import InvalidSetting
from entrant.workspace.model import Member
from tests.support.idp import GROUP, USER, Idp
from tests.support.workspaces import NewWorkspace, new_workspace

BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
ROOT = Actor(Channel.CLI, "cli:root")
MAIL = "ada@corp.example"


@dataclass(frozen=True)
class Company:
    """A workspace with an admin by hand, and Ada, whom a role group makes an admin."""

    workspace: NewWorkspace
    idp: Idp
    ada: str
    group: str

    def member(self, member_id: str) -> Member | None:
        """A member as stored."""
        workspace = self.workspace_id()
        return self.workspace.database.read(lambda tx: members.find(tx, workspace, member_id))

    def workspace_id(self) -> str:
        row = self.workspace.database.read(
            lambda tx: tx.one("SELECT id FROM workspace WHERE slug = :slug", slug=self.workspace.slug)
        )
        assert row is not None
        return str(row["id"])

    def sign_in(self, member_id: str) -> None:
        """Begin a session of the console."""
        id_ = self.workspace_id()
        self.workspace.database.write(
            self.workspace.slug, lambda tx: sessions.insert(tx, id_, "digest", member_id, "password", None)
        )

    def signed_in(self) -> bool:
        """Whether that session goes on."""
        workspace = self.workspace_id()
        return self.workspace.database.read(lambda tx: sessions.find(tx, workspace, "digest")) is not None

    def roles(self) -> dict[str, str | None]:
        """The role of each member, inactive ones included."""
        return {m.id: m.role for m in admin.list_members(self.workspace.database, self.workspace.slug, all_=True)}

    def audit(self) -> list[AuditView]:
        """All entries, oldest first."""
        return admin.list_audit(self.workspace.database, self.workspace.slug, limit=1_000)[::-1]


def company(database: Database, provider: str = "okta") -> Company:
    """Ada is as she was provisioned long ago."""
    workspace = new_workspace(database, provider)
    admin.invite(database, workspace.slug, "root@corp.example", "admin")
    idp = workspace.idp
    emails = [{"type": "work", "value": MAIL}]
    ada = idp.user("ada", externalId="e1", displayName="Ada", emails=emails)
    group = idp.group("Admins", ada)
    return Company(workspace, idp, ada, group)


@pytest.fixture
def acme(module_database: Database) -> Company:
    return company(module_database)


def patch_user(*operations: Json) -> Callable[[Company, Idp], Response]:
    return lambda c, idp: idp.patch(f"/Users/{c.ada}", *operations)


def put_user(**attributes: Json) -> Callable[[Company, Idp], Response]:
    def send(c: Company, idp: Idp) -> Response:
        body = {"schemas": [USER], "userName": "ada", "externalId": "e1", "displayName": "Ada", **attributes}
        return idp.request("PUT", f"/Users/{c.ada}", body)

    return send


def patch_group(*operations: Json) -> Callable[[Company, Idp], Response]:
    return lambda c, idp: idp.patch(f"/Groups/{c.group}", *operations)


def put_group(name: str, *, members_: bool) -> Callable[[Company, Idp], Response]:
    def send(c: Company, idp: Idp) -> Response:
        held = [{"value": c.ada}] if members_ else []
        return idp.request("PUT", f"/Groups/{c.group}", {"schemas": [GROUP], "displayName": name, "members": held})

    return send


EMAILS = [{"type": "work", "value": "eve@evil.example"}]
RENAMES: dict[str, Callable[[Company, Idp], Response]] = {
    "PATCH userName": patch_user({"op": "replace", "path": "userName", "value": "eve"}),
    "PATCH userName without path": patch_user({"op": "replace", "value": {"userName": "eve"}}),
    "PATCH userName, another case": patch_user({"op": "replace", "path": "userName", "value": "ADA"}),
    "PATCH the e-mail": patch_user(
        {"op": "replace", "path": 'emails[type eq "work"].value', "value": "e@evil.example"}
    ),
    "PATCH one more e-mail": patch_user({"op": "add", "path": "emails", "value": [{"value": "eve@evil.example"}]}),
    "PATCH no e-mail": patch_user({"op": "remove", "path": "emails"}),
    "PUT userName": put_user(userName="eve", emails=[{"type": "work", "value": MAIL}]),
    "PUT the e-mail": put_user(emails=EMAILS),
}
LOSSES: dict[str, Callable[[Company, Idp], Response]] = {
    "PATCH active": patch_user({"op": "replace", "path": "active", "value": False}),
    "PUT active": put_user(active=False),
    "DELETE": lambda c, idp: idp.request("DELETE", f"/Users/{c.ada}"),
    "leave the role group": lambda c, idp: idp.remove(c.group, c.ada),
    "leave by filter": lambda c, idp: idp.patch(
        f"/Groups/{c.group}", {"op": "remove", "path": f'members[value eq "{c.ada}"]'}
    ),
    "replace the members": patch_group({"op": "replace", "path": "members", "value": []}),
    "PUT the group empty": put_group("Admins", members_=False),
    "rename the group": patch_group({"op": "replace", "path": "displayName", "value": "Crew"}),
    "rename the group to another role": patch_group({"op": "replace", "path": "displayName", "value": "Members"}),
    "PUT the group's name": put_group("Crew", members_=True),
    "DELETE the group": lambda c, idp: idp.request("DELETE", f"/Groups/{c.group}"),
}
PLAIN: dict[str, Callable[[Company, Idp], Response]] = {
    "PATCH another attribute": patch_user({"op": "replace", "path": "displayName", "value": "Eve"}),
    "PATCH externalId": patch_user({"op": "replace", "path": "externalId", "value": "e2"}),
    "PUT another attribute": put_user(title="Boss"),
}
WAYS = RENAMES | LOSSES | PLAIN


def by_bulk(idp: Idp) -> Idp:
    """The same provider, who sends every write as the one operation of a bulk request."""

    def send(request: Request) -> Response:
        path = request.path.removeprefix(idp.base)
        operation: dict[str, Json] = {"method": request.method, "path": path, "bulkId": "b"}
        if request.body:
            operation["data"] = msgspec.json.decode(request.body)
        whole = idp.request("POST", "/Bulk", {"schemas": [BULK], "Operations": [operation]})
        answer = whole.json()["Operations"][0]
        return Response(int(answer["status"]), {}, msgspec.json.encode(answer.get("response", {})))

    return replace(idp, send=send)


@pytest.fixture(params=["alone", "bulk"])
def sent(request: pytest.FixtureRequest) -> Callable[[Idp], Idp]:
    """How a write is sent: by itself, or within a bulk request."""
    return by_bulk if request.param == "bulk" else lambda idp: idp


@pytest.mark.parametrize("way", WAYS)
def test_no_way_changes_a_protected_admin(acme: Company, sent: Callable[[Idp], Idp], way: str) -> None:
    """Product 2.8: 409 that names the member; the same request is done once the protection is gone."""
    slug, database = acme.workspace.slug, acme.workspace.database
    admin.protect(database, slug, acme.ada)
    before = acme.member(acme.ada), acme.idp.members(acme.group)

    answer = WAYS[way](acme, sent(acme.idp))

    assert answer.status == 409, answer.read()
    assert '"ada" is a protected admin' in answer.json()["detail"]
    assert (acme.member(acme.ada), acme.idp.members(acme.group)) == before
    admin.unprotect(database, slug, acme.ada)
    assert WAYS[way](acme, sent(acme.idp)).status < 300


@pytest.mark.parametrize("way", RENAMES)
def test_a_rename_of_an_admin_is_audited_and_ends_their_sessions(
    acme: Company, sent: Callable[[Idp], Idp], way: str
) -> None:
    """Product 2.7, 4.7: with the connection that did it, what they were called and what they are called now."""
    acme.sign_in(acme.ada)
    known = len(acme.audit())

    assert RENAMES[way](acme, sent(acme.idp)).status < 300

    (entry,) = acme.audit()[known:]
    assert (entry.action, entry.channel, entry.target) == ("member.change", "scim", acme.ada)
    connection = admin.list_connections(acme.workspace.database, acme.workspace.slug)[0].id
    assert entry.actor == connection
    (identity,) = entry.details["identities"]
    assert identity["member"] == acme.ada
    assert (identity["before"]["userName"], identity["before"]["emails"]) == ("ada", [MAIL])
    now = acme.member(acme.ada)
    assert now is not None
    assert identity["after"]["userName"] == now.doc["userName"]
    assert identity["after"]["emails"] == sorted(email["value"] for email in now.doc.get("emails", ()))
    assert not acme.signed_in()


@pytest.mark.parametrize("way", PLAIN)
def test_what_is_no_rename_ends_no_session(acme: Company, way: str) -> None:
    acme.sign_in(acme.ada)
    known = len(acme.audit())

    put = put_user(title="Boss", emails=[{"type": "work", "value": MAIL}])
    assert (put if way.startswith("PUT") else PLAIN[way])(acme, acme.idp).status < 300

    assert acme.audit()[known:] == []
    assert acme.signed_in()


def test_a_rename_while_an_admin_is_inactive_is_audited_too(acme: Company) -> None:
    """Product 4.7: or three requests would do what one may not do unseen."""
    acme.idp.set_active(acme.ada, active=False)
    known = len(acme.audit())

    acme.idp.patch(f"/Users/{acme.ada}", {"op": "replace", "path": "userName", "value": "eve"})

    (entry,) = acme.audit()[known:]
    assert entry.details["identities"][0]["after"]["userName"] == "eve"


def test_a_return_under_other_addresses_is_audited(acme: Company) -> None:
    """Product 2.7: the POST of an inactive admin's userName with another e-mail address."""
    acme.idp.set_active(acme.ada, active=False)
    known = len(acme.audit())

    answer = acme.idp.post_user("ada", emails=EMAILS)

    assert (answer.status, answer.json()["id"]) == (201, acme.ada)
    (entry,) = acme.audit()[known:]
    assert entry.details["identities"][0]["after"]["emails"] == ["eve@evil.example"]
    assert [(r["roleBefore"], r["roleAfter"]) for r in entry.details["roles"]] == [(None, "admin")]


@pytest.mark.parametrize("way", WAYS)
def test_every_change_of_a_role_by_a_provider_is_audited(acme: Company, sent: Callable[[Idp], Idp], way: str) -> None:
    """Product 4.7: the audit log says exactly what a comparison of the roles before and after says."""
    before, known = acme.roles(), len(acme.audit())

    assert WAYS[way](acme, sent(acme.idp)).status < 300

    after = acme.roles()
    changed = {m: (role, after.get(m)) for m, role in before.items() if role != after.get(m)}
    told = {
        r["member"]: (r["roleBefore"], r["roleAfter"])
        for entry in acme.audit()[known:]
        for r in entry.details.get("roles", ())
    }
    assert told == changed


def test_a_large_role_group_that_is_renamed_is_one_bounded_entry(acme: Company) -> None:
    """Product 4.7, 9.10."""
    users = [acme.idp.user(f"user{n}") for n in range(130)]
    assert acme.idp.add(acme.group, *users).status < 300
    entries = acme.audit()

    assert acme.idp.rename(acme.group, "Crew").status < 300

    (entry,) = acme.audit()[len(entries) :]
    assert (len(entry.details["roles"]), entry.details["moreRoles"]) == (100, 31)


def test_a_first_fill_leaves_no_entry_for_each_user(acme: Company) -> None:
    known = len(acme.audit())

    acme.idp.user("grace")

    assert acme.audit()[known:] == []


@pytest.fixture(params=["userName", "e-mail"])
def adopt(request: pytest.FixtureRequest) -> Callable[[Idp, str, str], Response]:
    """A POST that adopts root@corp.example with a userName of its own choice where the e-mail decides."""

    def send(idp: Idp, external_id: str, name: str = "eve") -> Response:
        work = [{"type": "work", "value": "root@corp.example"}]
        if request.param == "e-mail":
            return idp.post_user(name, externalId=external_id, emails=work)
        return idp.post_user("Root@corp.example", externalId=external_id, emails=[{"value": f"{name}@evil.example"}])

    return send


def root(acme: Company) -> Member:
    views = admin.list_members(acme.workspace.database, acme.workspace.slug)
    found = acme.member(next(m.id for m in views if "root" in m.user_name.lower() or m.email == "root@corp.example"))
    assert found is not None
    return found


def test_adoption_of_an_admin_waits_for_an_approval_of_exactly_that(
    acme: Company, sent: Callable[[Idp], Idp], adopt: Callable[..., Response]
) -> None:
    """Product 2.7: 409 that says who asks for whom; once approved, the same request is done, and no other."""
    database, slug, before = acme.workspace.database, acme.workspace.slug, root(acme)
    idp = sent(acme.idp)

    answer = adopt(idp, "x1")

    assert answer.status == 409, answer.read()
    assert "(externalId x1; e-mail" in answer.json()["detail"]
    assert "asks to adopt the admin" in answer.json()["detail"]
    assert "root@corp.example" in answer.json()["detail"]
    assert root(acme) == before
    assert adopt(idp, "x2").status == 409
    first, second = admin.list_held(database, slug, waiting=True)
    assert (first.change, [m.id for m in first.members]) == ("adoption", [before.id])
    assert first.asker is not None
    assert "x1" in first.asker
    assert second.asker is not None
    assert "x2" in second.asker

    with acting(ROOT):
        admin.approve_held(database, slug, first.id)

    assert adopt(idp, "x2").status == 409
    acme.sign_in(before.id)
    done = adopt(idp, "x1")
    assert done.status == 201, done.read()
    saved = root(acme)
    assert (saved.id, saved.source, saved.role) == (before.id, "provisioned", "admin")
    assert not acme.signed_in()
    approved, changed = acme.audit()[-2:]
    assert (approved.action, approved.actor, approved.details["asker"]) == ("guard.approve", "cli:root", first.asker)
    assert changed.details["identities"][0]["after"]["source"] == "provisioned"


def test_an_approval_is_for_all_that_the_admin_would_be(acme: Company) -> None:
    """Product 2.7, 4.6: another address, or another name, was not shown."""
    assert acme.idp.post_user("root@corp.example").status == 409
    admin.approve_held(acme.workspace.database, acme.workspace.slug)

    evil = [{"type": "work", "value": "eve@evil.example"}]
    assert acme.idp.post_user("root@corp.example", emails=evil).status == 409
    assert acme.idp.post_user("root@corp.example", name={"givenName": "Eve"}).status == 409
    assert acme.idp.post_user("root@corp.example").status == 201


def test_whoever_was_deactivated_by_hand_does_not_return_under_the_name_that_became_free(acme: Company) -> None:
    """Product 2.7: renamed, they would leave their name to somebody new."""
    database, slug = acme.workspace.database, acme.workspace.slug
    gone = acme.idp.user("gone@corp.example")
    with acting(ROOT):
        admin.deactivate(database, slug, gone)

    renamed = acme.idp.patch(f"/Users/{gone}", {"op": "replace", "path": "userName", "value": "free@corp.example"})

    assert renamed.status == 403, renamed.read()
    assert "re-invites them" in renamed.json()["detail"]
    assert acme.idp.post_user("gone@corp.example").status == 403
    assert acme.idp.patch(f"/Users/{gone}", {"op": "replace", "path": "title", "value": "Left"}).status == 200


def test_another_name_needs_another_approval(acme: Company) -> None:
    """Product 2.7: the userName is part of what is approved."""
    work = [{"type": "work", "value": "root@corp.example"}]
    assert acme.idp.post_user("eve", emails=work).status == 409
    admin.approve_held(acme.workspace.database, acme.workspace.slug)

    assert acme.idp.post_user("mallory", emails=work).status == 409
    assert acme.idp.post_user("eve", emails=work).status == 201


def test_a_rejected_adoption_is_403(acme: Company, adopt: Callable[..., Response]) -> None:
    adopt(acme.idp, "x1")

    admin.reject_held(acme.workspace.database, acme.workspace.slug)

    assert adopt(acme.idp, "x1").status == 403
    assert root(acme).source == "local"


def test_adoption_of_a_protected_admin_is_not_even_held(acme: Company, adopt: Callable[..., Response]) -> None:
    """Product 2.8."""
    admin.protect(acme.workspace.database, acme.workspace.slug, root(acme).id)

    answer = adopt(acme.idp, "x1")

    assert answer.status == 409
    assert '"root@corp.example" is a protected admin' in answer.json()["detail"]
    assert admin.list_held(acme.workspace.database, acme.workspace.slug) == []


def test_adoption_of_a_member_without_a_role_of_power_is_not_held(acme: Company) -> None:
    """Product 2.2."""
    invited = admin.invite(acme.workspace.database, acme.workspace.slug, "ben@corp.example").id

    answer = acme.idp.post_user("ben@corp.example")

    assert (answer.status, answer.json()["id"]) == (201, invited)


def test_an_adoption_within_operations_that_refer_to_each_other_is_held(acme: Company) -> None:
    """Product 2.7: what is undone with the others is still there to be approved."""
    post = {"schemas": [USER], "userName": "root@corp.example"}
    user = {**post, "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"manager": {"value": "bulkId:b"}}}
    other = {**user, "userName": "boss"}
    other["urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"] = {"manager": {"value": "bulkId:a"}}
    operations = [
        {"method": "POST", "path": "/Users", "bulkId": "a", "data": user},
        {"method": "POST", "path": "/Users", "bulkId": "b", "data": other},
    ]

    answer = acme.idp.request("POST", "/Bulk", {"schemas": [BULK], "Operations": operations})

    assert {operation["status"] for operation in answer.json()["Operations"]} == {"409"}
    (held,) = admin.list_held(acme.workspace.database, acme.workspace.slug, waiting=True)
    assert held.change == "adoption"


RETURNS: dict[str, Callable[[Company, Idp], Response]] = {
    "PATCH": patch_user({"op": "replace", "path": "active", "value": True}),
    "PATCH without path": patch_user({"op": "replace", "value": {"active": True, "displayName": "A"}}),
    "PUT": put_user(active=True),
    "POST": lambda _, idp: idp.post_user("ada"),
    "POST by externalId": lambda _, idp: idp.post_user("ada.new", externalId="e1"),
}


@pytest.mark.parametrize("way", RETURNS)
def test_whom_an_administrator_deactivated_no_provider_brings_back(
    acme: Company, sent: Callable[[Idp], Idp], way: str
) -> None:
    """Product 2.7: 403 until re-invited, whatever the provider says in between."""
    database, slug = acme.workspace.database, acme.workspace.slug
    admin.deactivate(database, slug, acme.ada)
    acme.idp.patch(f"/Users/{acme.ada}", {"op": "replace", "path": "title", "value": "Gone"})
    acme.idp.set_active(acme.ada, active=False)

    answer = RETURNS[way](acme, sent(acme.idp))

    assert answer.status == 403, answer.read()
    assert "was deactivated by an administrator" in answer.json()["detail"]
    admin.reinvite(database, slug, acme.ada)
    assert RETURNS[way](acme, sent(acme.idp)).status < 300
    now = acme.member(acme.ada)
    assert now is not None
    assert (now.active, now.role, now.deactivated_by) == (True, "admin", None)


def test_whom_the_provider_deactivated_an_administrator_can_still_keep_out(acme: Company) -> None:
    """Product 2.7: also after a re-invitation, which that takes back."""
    acme.idp.set_active(acme.ada, active=False)
    admin.reinvite(acme.workspace.database, acme.workspace.slug, acme.ada)
    admin.deactivate(acme.workspace.database, acme.workspace.slug, acme.ada)

    assert acme.idp.set_active(acme.ada, active=True).status == 403


def test_a_local_member_whom_an_administrator_deactivated_is_not_adopted(acme: Company) -> None:
    """Product 2.7."""
    database, slug = acme.workspace.database, acme.workspace.slug
    admin.invite(database, slug, "ben@corp.example")
    admin.deactivate(database, slug, "ben@corp.example")

    assert acme.idp.post_user("ben@corp.example").status == 403
    assert admin.reinvite(database, slug, "ben@corp.example").active
    assert acme.idp.post_user("ben@corp.example").status == 201


def test_only_another_admin_protects_an_admin(acme: Company) -> None:
    """Product 2.8."""
    database, slug = acme.workspace.database, acme.workspace.slug
    acme.idp.user("ben")

    with pytest.raises(InvalidSetting, match="not an admin"):
        admin.protect(database, slug, "ben")
    with acting(Actor(Channel.CONSOLE, acme.ada, "ada")), pytest.raises(InvalidSetting, match="Another admin"):
        admin.protect(database, slug, acme.ada)
    with acting(Actor(Channel.CONSOLE, root(acme).id, "root")):
        assert admin.protect(database, slug, acme.ada).protected
    assert [(e.action, e.outcome) for e in acme.audit()[-3:]] == [
        ("member.protect", "refused"),
        ("member.protect", "refused"),
        ("member.protect", "done"),
    ]


def test_who_is_no_admin_any_more_is_not_protected_any_more(acme: Company) -> None:
    """An administrator's own change goes before the protection, and the log says that it is gone."""
    database, slug, id_ = acme.workspace.database, acme.workspace.slug, root(acme).id
    admin.protect(database, slug, id_)

    admin.set_role(database, slug, id_, "member")

    assert acme.audit()[-1].details["unprotected"] == [id_]
    found = acme.member(id_)
    assert found is not None
    assert not found.protected


def writers() -> Iterator[tuple[str, str]]:
    """Each statement that writes the rows of members: its file and its name."""
    for file in Path(inspect.getfile(entrant.store)).parent.glob("*.sql"):
        for name, sql in re.findall(r"-- name: (\w+)\n(.*?)(?=\n-- name: |\Z)", file.read_text(), re.DOTALL):
            if re.search(r"(INSERT INTO|UPDATE|DELETE FROM) member\b", sql):
                yield file.name, name


def test_what_writes_members_records_it() -> None:
    """The rule above every way in: there is no other way to the table, and each of these must be told where to record.

    Roles alone are reported as `RoleChange`, and `end_protection` is what an administrator's write does itself.
    """
    assert set(writers()) == {
        ("members.sql", "insert"),
        ("members.sql", "update"),
        ("members.sql", "update_state"),
        ("members.sql", "delete"),
        ("members.sql", "end_protection"),
        ("roles.sql", "assign"),
    }
    for function in (members.insert, members.update, members.update_state, members.delete):
        changes = inspect.signature(function).parameters["changes"]
        assert changes.default is inspect.Parameter.empty
