"""Scoping filters and the schema's file, by clicks alone and with scripts switched off (17, 21.3.4)."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page

from tests.browser.portal.test_portal_story import WITHOUT_SCRIPTS, press
from tests.browser.portal.world import World
from tests.browser.test_story import go, see


@WITHOUT_SCRIPTS
def test_a_filter_is_edited_and_the_schema_carried_over(world: World, portal_page: Page, tmp_path: Path) -> None:
    page = portal_page
    page.goto(world.url)
    go(page, "Enterprise applications", "New application")
    page.get_by_label("What's the name of your app?").fill("Filtered")
    press(page, "Create")
    go(page, "Provisioning")
    press(page, "Get started")
    go(page, "Attribute mapping", "Provision Microsoft Entra ID Users", "Edit scoping filters")
    page.get_by_label("Scoping filter title").fill("Cooks")
    page.get_by_label("Source attribute").first.select_option("jobTitle")
    page.get_by_label("Value").first.fill("Cook")
    press(page, "Add scoping filter")
    see(page, "Cooks", "jobTitle EQUALS Cook")

    go(page, "Edit filter")
    page.get_by_label("Value").first.fill("Chef")
    press(page, "Save scoping filter")

    see(page, "Cooks", "jobTitle EQUALS Chef")
    go(page, "Back", "Attribute mapping", "Schema editor (export, import)")
    text = page.get_by_label("Schema", exact=True).input_value()
    file = tmp_path / "schema.json"
    file.write_text(text.replace("Chef", "Baker"))
    page.get_by_label("Schema file").set_input_files(file)
    press(page, "Upload")

    see(page, "The mapping has been saved.")
    go(page, "Attribute mapping", "Provision Microsoft Entra ID Users", "Edit scoping filters")
    see(page, "jobTitle EQUALS Baker")
