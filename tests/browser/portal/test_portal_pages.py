"""What holds for every page of the portal in a real browser: accessible, narrow enough, self-contained."""

from __future__ import annotations

import httpx
import pytest
from playwright.sync_api import Page

from tests.browser.portal.scenes import scenes
from tests.browser.portal.world import World
from tests.browser.test_every_page import NARROW, too_wide, violations
from tests.web.console.browser import parse


@pytest.mark.parametrize(
    ("portal_page", "rules"),
    [({"color_scheme": "light"}, ()), ({"color_scheme": "dark"}, ("color-contrast",))],
    indirect=["portal_page"],
    ids=["light", "dark"],
)
def test_no_page_has_a_serious_violation_of_accessibility(
    world: World, portal_page: Page, rules: tuple[str, ...]
) -> None:
    found = {}

    for name, path in world.pages:
        portal_page.goto(world.url + path)
        found[name] = violations(portal_page, *rules)

    assert {name: wrong for name, wrong in found.items() if wrong} == {}


@pytest.mark.parametrize("portal_page", [{"viewport": NARROW}], indirect=True, ids=["narrow"])
def test_what_is_seen_after_something_was_done_is_accessible_and_fits_a_narrow_screen(
    world: World, portal_page: Page
) -> None:
    found = {}

    for name in scenes(world, portal_page):
        found[name] = [*violations(portal_page), *too_wide(portal_page)]

    assert len(found) > 5
    assert {name: wrong for name, wrong in found.items() if wrong} == {}


@pytest.mark.parametrize("portal_page", [{"viewport": NARROW}], indirect=True, ids=["narrow"])
def test_pages_and_their_tables_fit_a_narrow_screen(world: World, portal_page: Page) -> None:
    wide = {}

    for name, path in world.pages:
        portal_page.goto(world.url + path)
        wide[name] = too_wide(portal_page)

    assert {name: found for name, found in wide.items() if found} == {}


def test_pages_ask_for_nothing_from_outside_and_break_no_rule_of_theirs(world: World, portal_page: Page) -> None:
    requests: list[str] = []
    complaints: list[str] = []
    portal_page.on("request", lambda request: requests.append(request.url))
    portal_page.on("pageerror", lambda error: complaints.append(str(error)))
    portal_page.on("console", lambda said: complaints.append(said.text) if said.type in {"error", "warning"} else None)

    for name, path in world.pages:
        if name != "missing":  # its 404 is said on the console
            portal_page.goto(world.url + path)

    assert [url for url in requests if not url.startswith(world.url)] == []
    assert complaints == []


def test_pages_are_valid_html(world: World) -> None:
    with httpx.Client(base_url=world.url) as client:
        for _, path in world.pages:
            parse(client.get(path).content)  # raises where it is not
