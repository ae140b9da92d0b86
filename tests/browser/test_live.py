"""What scripts add: parts that renew themselves, buttons that copy, a preview while one types."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.conftest import Open
from tests.browser.site import Site
from tests.browser.test_every_page import NARROW

PATIENCE = 60_000  # milliseconds: the slowest part renews itself every ten seconds


def test_new_entries_of_the_log_appear_by_themselves(site: Site, open_page: Open) -> None:
    page = open_page()
    page.goto(site.page("log"))

    site.company.idp.user("newcomer@acme.example")

    expect(page.locator("#entries")).to_contain_text("newcomer@acme.example", timeout=PATIENCE)


def test_a_token_is_copied_by_its_button(site: Site, open_page: Open) -> None:
    page = open_page(permissions=["clipboard-read", "clipboard-write"])
    page.goto(site.page("settings/scim"))

    page.get_by_role("button", name="Copy SCIM Base Connector URL").first.click()

    expect(page.get_by_role("button", name="Copied SCIM Base Connector URL")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == f"{site.url}/scim/v2/acme"


def test_rules_are_previewed_while_they_are_changed(site: Site, open_page: Open) -> None:
    page = open_page()
    page.goto(site.page("settings/roles"))

    page.get_by_label("Text of rule 3").fill("research")
    page.get_by_label("Role of rule 3").select_option("member")

    expect(page.locator("#preview")).to_contain_text("Research: no role → member", timeout=PATIENCE)


def test_the_menu_of_a_narrow_screen_is_opened_and_closed_by_keys(site: Site, open_page: Open) -> None:
    page = open_page(viewport=NARROW)
    page.goto(site.page("members"))
    menu = page.locator("details.menu summary")

    menu.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("navigation", name="Main").get_by_role("link", name="Roles")).to_be_visible()
    page.keyboard.press("Escape")

    expect(page.get_by_role("link", name="Roles", exact=True)).to_have_count(0)
    expect(menu).to_be_focused()


def test_the_last_test_of_the_connection_appears_by_itself(site: Site, open_page: Open) -> None:
    page = open_page()
    page.goto(site.page("settings/scim"))

    site.company.idp.get("/Users?filter=userName+eq+%22aaaaaaaa-0000-4000-8000-123456789abc%22")

    expect(page.locator("#test-1")).to_contain_text("aaaaaaaa-0000-4000-8000-123456789abc", timeout=PATIENCE)
