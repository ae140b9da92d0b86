"""The administrator's story, all by clicks, with scripts switched off: from the set-up link to the last admin."""

from __future__ import annotations

import httpx
from playwright.sync_api import Page, expect

from entrant.scim.wire import Request, Response
from entrant.service import admin
from tests.browser.conftest import Open
from tests.browser.site import Site
from tests.support.idp import Idp

ADMIN, PASSWORD = "root@story.example", "correct horse battery staple"
PROBE = "/Users?filter=userName+eq+%22f1b8d6a0-0000-4000-8000-123456789abc%22"


def go(page: Page, *names: str) -> None:
    """Follow links by their names."""
    for name in names:
        page.get_by_role("link", name=name, exact=True).first.click()


def see(page: Page, *texts: str) -> None:
    """The page says all of this."""
    for text in texts:
        expect(page.get_by_role("main")).to_contain_text(text)


def provider(base_url: str, token: str, client: httpx.Client) -> Idp:
    """An identity provider that has been given what the page showed."""

    def send(request: Request) -> Response:
        address = f"{base_url.partition('/scim/')[0]}{request.path}{'?' + request.query if request.query else ''}"
        got = client.request(request.method, address, headers=dict(request.headers), content=request.body)
        return Response(got.status_code, dict(got.headers), got.content)

    return Idp(send, httpx.URL(base_url).path, token)


def test_the_whole_story_without_scripts(site: Site, open_page: Open) -> None:
    admin.create_workspace(site.database, "story", "Story & Sons", ADMIN)
    link = admin.create_setup_link(site.database, "story", ADMIN).path
    page = open_page(signed_in=False, java_script_enabled=False)

    page.goto(site.url + link)
    page.get_by_label("Set-up link or code").fill(site.url + link)
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("The same again").fill(PASSWORD)
    page.get_by_role("button", name="Set the password and sign in").click()
    see(page, "SCIM provisioning is off")

    go(page, "Set up SCIM provisioning")
    page.get_by_label("Identity provider").select_option("entra")
    page.get_by_role("button", name="Turn SCIM on").click()
    base_url = page.get_by_label("SCIM Base Connector URL").first.input_value()
    token = page.get_by_label("Bearer token").first.input_value()
    go(page, "follow the guide for Microsoft Entra ID")
    see(page, base_url, "Test connection", "Start provisioning")

    with httpx.Client(timeout=30) as client:
        _provision(page, provider(base_url, token, client))


def _provision(page: Page, entra: Idp) -> None:
    assert entra.get(PROBE).status == 200
    go(page, "SCIM provisioning")
    see(page, "The last test arrived")

    ada = entra.user("ada@story.example", displayName="Ada")
    go(page, "Members", "Ada")
    see(page, "The default role of this workspace is member")

    entra.patch(f"/Users/{ada}", {"op": "Replace", "path": "title", "value": "Countess"})
    page.reload()
    see(page, "Countess")

    members, admins = entra.group("Story members", ada), entra.group("Story admins")
    go(page, "Groups", "Story members")
    see(page, "Ada", "name contains “member” → member")
    refused = entra.patch(f"/Groups/{admins}", {"op": "Add", "path": "members", "value": [{"value": ada}]})
    assert refused.status == 409
    go(page, "Provisioning log")
    page.get_by_label("Outcome").select_option("refused")
    page.get_by_role("button", name="Show").click()
    page.get_by_role("main").get_by_role("table").get_by_role("link").first.click()
    see(page, "has the role member from the group", "tries this one again in the next cycle", "Next attempt")

    entra.patch(f"/Groups/{members}", {"op": "Remove", "path": "members", "value": [{"value": ada}]})
    entra.patch(f"/Groups/{admins}", {"op": "Add", "path": "members", "value": [{"value": ada}]})
    go(page, "Members", "Ada")
    see(page, "From the group “Story admins”")

    _by_hand(page, entra, ada)


def _by_hand(page: Page, entra: Idp, ada: str) -> None:
    go(page, "Members")
    page.get_by_role("main").get_by_role("link", name=ADMIN).click()
    page.get_by_label("Role by hand").select_option("member")
    page.get_by_role("button", name="Set role").click()
    expect(page.get_by_role("heading", name="Only for admins")).to_be_visible()

    assert entra.patch(f"/Users/{ada}", {"op": "Replace", "path": "active", "value": "False"}).status == 409
    go(page, ADMIN)
    see(page, "Set by hand.")
    page.get_by_role("button", name="Sign out").click()
    see(page, "You are signed out.")
    page.get_by_label("E-mail address").fill(ADMIN)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    see(page, "What is known of you")


def test_an_admin_invites_previews_rules_and_is_kept_from_removing_the_last_admin(site: Site, open_page: Open) -> None:
    page = open_page(java_script_enabled=False)
    page.goto(site.page(""))

    go(page, "Members", "Invite a member")
    page.get_by_label("E-mail address").fill("second@acme.example")
    page.get_by_label("Role", exact=True).select_option("admin")
    page.get_by_role("button", name="Invite").click()
    see(page, "second@acme.example is a member now.")
    assert "/set-up#" in page.get_by_label("Set-up link").input_value()
    go(page, "Go to the member")
    go(page, "Deactivate…")
    page.get_by_role("button", name="Deactivate").click()
    see(page, "has been deactivated", "no role")
    page.get_by_role("button", name="Invite again").click()
    see(page, "active")

    go(page, "Roles")
    page.get_by_label("Text of rule 3").fill("research")
    page.get_by_role("button", name="Preview").click()
    see(page, "Research: no role → admin", "would be in role groups of two roles")
    page.get_by_role("button", name="Save").first.click()
    see(page, "has the role")

    go(page, "Activity log")
    see(page, "invited a member", "second@acme.example", "changed the role rules")
