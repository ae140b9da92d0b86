"""Console and portal side by side: what one shows is entered in the other, and seen again in the first, all by clicks."""

from __future__ import annotations

from playwright.sync_api import Browser, Page

from entrant.service import admin
from entrant.service.sign_in import sign_in_as
from entrant.web.console.visit import SESSION_COOKIE
from tests.browser.portal.test_portal_story import assign, create_group, create_user, press, wait_for_cycle
from tests.browser.portal.world import World
from tests.browser.test_story import go, see

ADMIN = "root@both.example"


def _console(browser: Browser, world: World) -> Page:
    """The console of a new workspace, with its admin signed in."""
    database = world.target.database
    admin.create_workspace(database, "both", "Both", ADMIN)
    context = browser.new_context(java_script_enabled=False)
    context.set_default_timeout(20_000)
    address = f"{world.target.url}/console/both"
    context.add_cookies([{"name": SESSION_COOKIE, "value": sign_in_as(database, "both", [ADMIN]), "url": address}])
    page = context.new_page()
    page.goto(f"{address}/")
    return page


def test_what_the_console_shows_connects_the_portal_and_its_users_appear(world: World, browser: Browser) -> None:
    console = _console(browser, world)
    go(console, "Set up SCIM provisioning")
    console.get_by_label("Identity provider").select_option("entra")
    press(console, "Turn SCIM on")
    base_url = console.get_by_label("SCIM Base Connector URL").first.input_value()
    token = console.get_by_label("Bearer token").first.input_value()

    portal = browser.new_context(java_script_enabled=False).new_page()
    portal.goto(world.url)
    create_user(portal, "Tamsin")
    create_group(portal, "Both admins", "Tamsin")
    go(portal, "Enterprise applications", "New application")
    portal.get_by_label("What's the name of your app?").fill("Both")
    press(portal, "Create")
    assign(portal, "Both admins")
    go(portal, "Provisioning")
    press(portal, "Get started")
    portal.get_by_label("Tenant URL").fill(base_url)
    portal.get_by_label("Secret Token").fill(token)
    press(portal, "Test connection")
    see(portal, "Test connection succeeded.")
    go(console, "SCIM provisioning")
    see(console, "The last test arrived")
    press(portal, "Save")
    go(portal, "Go to Start provisioning")
    press(portal, "Start provisioning")
    wait_for_cycle(portal)

    go(console, "Members", "Tamsin")
    see(console, "tamsin@contoso.com", "admin", "From the group “Both admins”")
    console.context.close()
    portal.context.close()
