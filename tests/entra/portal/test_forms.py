"""Forms: what is refused is said in a sentence on the page of the form, which keeps what was typed."""

from __future__ import annotations

import html
import shutil
from pathlib import Path

import pytest

from entrant.entra import directory
from entrant.entra.jobs import operations
from entrant.entra.jobs.provisioner import Provisioner
from entrant.entra.model import Kind, ServicePrincipal
from tests.support.portal import Tab


@pytest.fixture
def tenant_url(tmp_path: Path, tenant_file: Path) -> str:
    """One engine is enough: the operations behind the forms have tests of their own."""
    return f"sqlite:///{shutil.copy(tenant_file, tmp_path / 'entra.db')}"


JOB = "/apps/{app}/provisioning"
ATTRIBUTE = f"{JOB}/mappings/users/attribute"
REFUSED = [
    ("/users/new", {"displayName": "Kept words"}, "userPrincipalName"),
    ("/users/new", {"userPrincipalName": "kept words", "displayName": "A"}, "has the form name@domain"),
    ("/users/new", {"userPrincipalName": "kept@x.y", "displayName": "A", "manager": "nobody"}, "nobody"),
    ("/groups/new", {"description": "kept words"}, "displayName"),
    ("/apps/new", {"name": ""}, "needs a name"),
    (f"{JOB}/connectivity", {"BaseAddress": "kept words", "do": "test"}, "Tenant URL begins with"),
    (f"{JOB}/connectivity", {"do": "save"}, "BaseAddress is missing"),
    (
        f"{JOB}/connectivity",
        {"AuthenticationType": "OAuth2ClientCredentialsGrant", "BaseAddress": "https://kept.example", "do": "test"},
        "Oauth2TokenExchangeUri is missing",
    ),
    (f"{JOB}/settings", {"prevent": "on", "threshold": "kept"}, "whole number"),
    (f"{JOB}/settings", {"prevent": "on", "threshold": "0"}, "from 1 to"),
    (f"{JOB}/settings", {"switch-max_parallel": "kept"}, "max_parallel"),
    (ATTRIBUTE, {"type": "Expression", "expression": "Kept(", "target": "title"}, "expression"),
    (ATTRIBUTE, {"type": "Direct", "source": "displayName"}, "Choose a target attribute"),
    (ATTRIBUTE, {"type": "Direct", "source": "nothing", "target": "title"}, "nothing"),
    (ATTRIBUTE, {"source": "mail", "target": "title", "matching": "on", "precedence": "x"}, "precedence"),
    (f"{JOB}/mappings/users/scoping", {"do": "add", "title": "kept"}, "at least one clause"),
    (
        f"{JOB}/mappings/users/scoping",
        {"do": "add", "attribute0": "displayName", "operator0": "REGEX MATCH", "value0": "("},
        "no regular expression",
    ),
    (f"{JOB}/schema", {"do": "save", "schema": '{"kept":'}, "not valid JSON"),
    (f"{JOB}/schema", {"do": "save", "schema": "[" * 5_000}, "not valid JSON"),
    (f"{JOB}/schema", {"do": "save", "schema": "{}"}, "schema"),
    ("/clock", {"do": "1000d"}, "what to do with the clock"),
]


@pytest.mark.parametrize(("address", "form", "said"), REFUSED)
def test_a_refusal_is_said_on_the_page_of_the_form(
    tab: Tab, app: ServicePrincipal, address: str, form: dict[str, str], said: str
) -> None:
    answer = tab.send(address.format(app=app.id), form)

    page = html.unescape(answer.read().decode())
    assert answer.status == 409
    assert said in page.partition('role="alert"')[2].partition("</div>")[0]
    assert all(value in page for value in form.values() if "kept" in value)


def test_starting_without_a_connection_is_refused(tab: Tab, app: ServicePrincipal) -> None:
    answer = tab.send(f"/apps/{app.id}/provisioning", {"do": "start"}, page="/apps/new")

    assert answer.status == 409


def test_nobody_chosen_is_refused(tab: Tab, p: Provisioner, app: ServicePrincipal) -> None:
    group = directory.create_group(p.db, {"displayName": "G"}).id

    for address in (f"/groups/{group}/add", f"/apps/{app.id}/users-and-groups/add"):
        answer = tab.send(address, {}, page="/apps/new")
        assert (answer.status, b"Choose at least one" in answer.read()) == (409, True)


def test_a_connection_that_fails_its_test_is_not_saved(tab: Tab, p: Provisioner, app: ServicePrincipal) -> None:
    form = {"BaseAddress": "http://127.0.0.1:9/scim", "SecretToken": "s3cret-of-mine", "do": "save"}

    answer = tab.send(f"/apps/{app.id}/provisioning/connectivity", form)

    assert answer.status == 409
    assert not operations.job_of(p, app.id).configured


def test_a_saved_secret_is_never_shown(tab: Tab, p: Provisioner, app: ServicePrincipal) -> None:
    values = {"BaseAddress": "http://127.0.0.1:9/scim", "SecretToken": "s3cret-of-mine", "SyncAll": "false"}
    operations.put_secrets(p, app.id, values | {"SyncNotificationSettings": "{}"})

    page = tab.get(f"/apps/{app.id}/provisioning/connectivity").read()

    assert b"s3cret-of-mine" not in page
    assert b'value="*"' in page


def test_a_group_is_not_put_into_itself(tab: Tab, p: Provisioner) -> None:
    outer = directory.create_group(p.db, {"displayName": "Outer"}).id
    inner = directory.create_group(p.db, {"displayName": "Inner"}).id
    directory.add_members(p.db, outer, [inner])

    answer = tab.send(f"/groups/{inner}/add", {"object": outer})

    assert answer.status == 409
    assert b"would be in itself" in answer.read()


def test_the_schema_that_is_downloaded_can_be_saved_again(tab: Tab, app: ServicePrincipal) -> None:
    address = f"/apps/{app.id}/provisioning/schema"
    text = tab.get(f"{address}.json").read().decode()

    page = tab.follow(tab.send(address, {"do": "save", "schema": text}))

    assert "The mapping has been saved" in page


def test_a_target_attribute_that_is_exchanged_is_not_mapped_twice(
    tab: Tab, p: Provisioner, app: ServicePrincipal
) -> None:
    address = f"/apps/{app.id}/provisioning/mappings/users/attribute?target=title"

    tab.send(address, {"type": "Direct", "source": "jobTitle", "target": "nickName", "flow": "Always"})

    mapping = operations.load_schema(p, operations.job_of(p, app.id).id).mapping_of(Kind.USER)
    assert mapping is not None
    assert (mapping.find("title"), str(getattr(mapping.find("nickName"), "source", ""))) == (None, "[jobTitle]")


def test_an_assignment_of_another_application_is_left_alone(tab: Tab, p: Provisioner, app: ServicePrincipal) -> None:
    other = directory.create_app(p.db, "Other")
    group = directory.create_group(p.db, {"displayName": "G"})
    assignment = directory.assign(p.db, other.id, directory.Principal(Kind.GROUP, group.id))
    directory.assign(p.db, app.id, directory.Principal(Kind.GROUP, group.id))

    tab.send(f"/apps/{app.id}/users-and-groups", {"assignment": assignment.id})

    page = tab.get(f"/apps/{other.id}/users-and-groups").read().decode()
    assert assignment.id in page


def test_a_user_is_saved_wholly_or_not_at_all(tab: Tab, p: Provisioner) -> None:
    given = {"userPrincipalName": "a@contoso.com", "displayName": "A", "mailNickname": "a"}
    user = directory.create_user(p.db, given | {"accountEnabled": True}).id

    answer = tab.send(f"/users/{user}", given | {"displayName": "B", "manager": "nobody", "do": "save"})

    assert answer.status == 409
    assert [each.properties["displayName"] for each in directory.page_of(p.db, Kind.USER)] == ["A"]


def test_deleting_permanently_is_asked_for_twice(tab: Tab, p: Provisioner) -> None:
    given = {"userPrincipalName": "a@contoso.com", "displayName": "A", "mailNickname": "a", "accountEnabled": True}
    user = directory.create_user(p.db, given).id
    directory.delete_user(p.db, user)

    asked = tab.get(f"/deleted-users?sure={user}").read().decode()
    page = tab.follow(tab.send("/deleted-users", {"do": "purge", "user": user}))

    assert "Nobody can restore them then" in asked
    assert "No deleted users" in page
