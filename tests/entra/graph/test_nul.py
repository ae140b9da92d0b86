"""A NUL character, which PostgreSQL keeps nowhere and SQLite would, is refused alike on either engine."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from entrant.db.engine import Database
from entrant.entra import directory
from entrant.entra.jobs import operations
from entrant.entra.jobs.provisioner import Provisioner
from entrant.entra.jobs.secrets import Vault
from entrant.entra.model import BadValue, EntraError, Kind
from entrant.entra.portal.access import PortalAccess
from entrant.entra.portal.handler import Portal
from entrant.entra.store import tenant as store
from tests.entra.graph.client import Client
from tests.support.portal import Tab
from tests.support.tenant import add_group, add_user

ADDRESSES = [
    "users/%00", "users/a%00@contoso.com/memberOf", "groups/%00/members", "servicePrincipals/%00", "servicePrincipals(appId='%00')",
    "applications/%00", "directoryObjects/%00", "directory/deletedItems/%00", "auditLogs/provisioning/%00",
    "users?$filter=displayName eq '%00'", "users?$filter=id in ('%00')", "users?$filter=startsWith(mail,'%00')",
    "groups?$filter=members/any(m: m/id eq '%00')", "auditLogs/provisioning?$filter=jobId eq '%00'",
    "servicePrincipals?$filter=displayName eq '%00'", 'users?$search="displayName:%00"&$count=true', "users?$skiptoken=%00",
    "users?$select=%00", "users?$orderby=%00", "users/delta()?$deltatoken=%00", "users/$count?$filter=mail eq '%00'",
]  # fmt: skip


def test_no_address_with_a_nul_reaches_the_database(graph: Client) -> None:
    statuses = {}

    for address in ADDRESSES:
        statuses[address] = graph.send("GET", address, consistencylevel="eventual").status

    assert {address: status for address, status in statuses.items() if status not in {200, 400, 404}} == {}


def test_the_directory_refuses_a_nul_in_every_text(tenant: Database) -> None:
    user, group = add_user(tenant, "ann"), add_group(tenant, "Team")
    app = directory.create_app(tenant, "Shop").id
    tries: dict[str, Callable[[], object]] = {
        "user": lambda: directory.update_user(tenant, user.id, {"jobTitle": "a\0b"}),
        "UPN": lambda: directory.update_user(tenant, user.id, {"userPrincipalName": "a\0@contoso.com"}),
        "list": lambda: directory.update_user(tenant, user.id, {"otherMails": ["\0"]}),
        "object": lambda: directory.update_user(tenant, user.id, {"employeeOrgData": {"division": "\0"}}),
        "extension": lambda: directory.update_user(tenant, user.id, {f"extension_{'0' * 32}_x": "\0"}),
        "group": lambda: directory.update_group(tenant, group.id, {"description": "\0"}),
        "member": lambda: directory.add_members(tenant, group.id, ["\0"]),
        "manager": lambda: directory.set_manager(tenant, user.id, "\0"),
        "app": lambda: directory.create_app(tenant, "Shop\0"),
        "renamed app": lambda: directory.update_app(tenant, app, name="\0Shop"),
        "named": lambda: directory.update_user(tenant, "ann\0", {}),
        "named app": lambda: directory.delete_app(tenant, "Shop\0"),
        "deleted": lambda: directory.restore_user(tenant, "ann\0"),
    }

    for name, attempt in tries.items():
        with pytest.raises(EntraError, match="NUL"):
            attempt()
        assert name


def test_an_import_tells_of_a_nul_and_goes_on(tenant: Database, tmp_path: Path) -> None:
    file = tmp_path / "people.json"
    file.write_text(
        '[{"displayName": "T", "members": ["a\\u0000", "b@contoso.com"]},\n'
        ' {"displayName": "A\\u0000", "userPrincipalName": "a@contoso.com"},\n'
        ' {"displayName": "B", "userPrincipalName": "b@contoso.com"}]'
    )

    told = directory.import_file(tenant, file)

    assert (told.users, told.groups, len(told.problems)) == (1, 1, 2)
    assert all("NUL" in problem.message for problem in told.problems)


def test_the_portal_refuses_a_nul(tenant: Database) -> None:
    portal = Portal(Provisioner(tenant, Vault(Fernet.generate_key()), tenant.read(store.get).id), PortalAccess())
    tab = Tab(portal.handle)

    made = tab.send("/users/new", {"userPrincipalName": "a\0@contoso.com", "displayName": "A"}, page="/users/new")

    assert (made.status, b"NUL character" in made.read()) == (400, True)
    assert [tab.get(f"{path}?q=%00").status for path in ("/users", "/groups", "/deleted-users")] == [400] * 3
    assert tab.get("/apps/%00/provisioning").status == 404
    assert directory.page_of(tenant, Kind.USER) == []
    portal.close()


def test_an_application_and_its_job_are_made_together_or_not_at_all(tenant: Database) -> None:
    p = Provisioner(tenant, Vault(Fernet.generate_key()), tenant.read(store.get).id)
    app, job = operations.create_app(p, "Shop")

    with pytest.raises(BadValue):
        operations.create_app(p, "\0")

    assert operations.job_of(p, app.id) == job
    assert [each.id for _, each in directory.list_apps(tenant)] == [app.id]
