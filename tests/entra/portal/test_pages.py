"""Every page answers, whatever is in the directory and whatever is asked for."""

from __future__ import annotations

import re

from entrant.entra import directory
from entrant.entra.jobs.provisioner import Provisioner
from entrant.entra.model import Kind, ServicePrincipal
from tests.support.portal import Tab
from tests.web.console.browser import parse

EVIL = '<script>alert(1)</script>" onload="x'
TURNED = "abc\u202etxt.exe"
OF_AN_APP = (
    "",
    "/users-and-groups",
    "/users-and-groups/add",
    "/provisioning",
    "/provisioning/connectivity",
    "/provisioning/connectivity?method=OAuth2ClientCredentialsGrant",
    "/provisioning/connectivity?method=WorkloadIdentityFederation",
    "/provisioning/mappings",
    "/provisioning/mappings/users",
    "/provisioning/mappings/groups",
    "/provisioning/mappings/users/attribute",
    "/provisioning/mappings/users/attribute?target=userName",
    "/provisioning/mappings/users/scoping",
    "/provisioning/expressions",
    "/provisioning/schema",
    "/provisioning/settings",
    "/provisioning/on-demand",
    "/provisioning/logs",
)
PLAIN = ("/", "/users", "/users/new", "/groups", "/groups/new", "/deleted-users", "/apps", "/apps/new", "/clock")


def _user(p: Provisioner, name: str, upn: str) -> str:
    given = {"userPrincipalName": upn, "displayName": name, "mailNickname": "x", "accountEnabled": True}
    return directory.create_user(p.db, given | {"jobTitle": name, "department": name}).id


def test_every_page_answers_in_an_empty_tenant(tab: Tab, app: ServicePrincipal) -> None:
    addresses = [*PLAIN, *(f"/apps/{app.id}{path}" for path in OF_AN_APP)]

    answers = {address: tab.get(address) for address in addresses}

    assert {address: answer.status for address, answer in answers.items() if answer.status != 200} == {}
    for answer in answers.values():
        parse(answer.read())  # raises where it is not valid HTML


def test_what_people_are_called_is_inert_on_every_page(tab: Tab, p: Provisioner) -> None:
    user = _user(p, EVIL, "eve@contoso.com")
    long = _user(p, TURNED + "x" * 2_000, "long@contoso.com")
    group = directory.create_group(p.db, {"displayName": EVIL, "description": EVIL, "mailNickname": "x"}).id
    directory.add_members(p.db, group, [user, long])
    gone = _user(p, EVIL, "gone@contoso.com")
    directory.delete_user(p.db, gone)
    app = directory.create_app(p.db, EVIL[:100])
    tab.send(f"/apps/{app.id}/provisioning", {"do": "configure"})
    directory.assign(p.db, app.id, directory.Principal(Kind.USER, user))
    addresses = [
        *PLAIN,
        *(f"/apps/{app.id}{path}" for path in OF_AN_APP),
        f"/users/{user}",
        f"/users/{long}",
        f"/users/{user}?sure=delete",
        f"/groups/{group}",
        f"/groups/{group}/add?q=%3Cscript%3E",
        f"/groups/{group}?sure=delete",
        f"/apps/{app.id}/provisioning/on-demand?object={group}",
        f"/apps/{app.id}?sure=delete",
        "/users?q=%3Cscript%3Ealert",
    ]

    pages = {address: tab.get(address).read().decode() for address in addresses}

    for text in pages.values():
        parse(text.encode())
    assert [address for address, text in pages.items() if "<script>alert" in text] == []
    # What one edits stays what it is: a field of a form is apart from the text around it.
    shown = {address: re.sub(r'value="[^"]*"', "", text) for address, text in pages.items()}
    assert [address for address, text in shown.items() if "\u202e" in text] == []
    assert [address for address, text in pages.items() if 'onload="x' in text] == []


def test_lists_are_paged_by_key(tab: Tab, p: Provisioner) -> None:
    for n in range(60):
        _user(p, f"Person {n:03}", f"p{n}@contoso.com")

    first = tab.get("/users").read().decode()
    link = first.partition('rel="next"')[0].rpartition('href="')[2].partition('"')[0].replace("&amp;", "&")
    second = tab.get(link).read().decode()

    assert "Person 049" in first
    assert "Person 050" not in first
    assert "Person 050" in second
    assert "Person 059" in second
    assert "Next page" not in second
