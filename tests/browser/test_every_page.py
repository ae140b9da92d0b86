"""What holds for every page in a real browser: accessible, narrow enough, self-contained."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Open
from tests.browser.scenes import found_rare, scenes
from tests.browser.site import Site

AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text()
SERIOUS = {"serious", "critical"}
NARROW = {"width": 390, "height": 844}


def violations(page: Page, *rules: str) -> list[str]:
    """What axe-core has to say that is serious: the rule and the first element. Without `rules`, by all it has."""
    page.evaluate(AXE)
    options: dict[str, list[str]] = {"resultTypes": ["violations"], **({"runOnly": list(rules)} if rules else {})}
    found = page.evaluate("options => axe.run(options)", options)["violations"]
    return [f"{v['id']}: {v['nodes'][0]['target']}" for v in found if v["impact"] in SERIOUS]


def too_wide(page: Page) -> list[str]:
    """What has more in it than its width: the page, and the tables on it by their labels."""
    found: list[str] = page.evaluate("""() => [document.documentElement, ...document.querySelectorAll(".scroll")]
        .filter(each => each.scrollWidth > each.clientWidth + 1)
        .map(each => each.ariaLabel || each.tagName)""")
    return found


@pytest.mark.parametrize(
    ("scheme", "rules"), [("light", ()), ("dark", ("color-contrast",))], ids=["light", "dark"]
)  # the schemes differ in nothing but colours
def test_no_page_has_a_serious_violation_of_accessibility(
    site: Site, open_page: Open, scheme: str, rules: tuple[str, ...]
) -> None:
    page = open_page(color_scheme=scheme)
    found = {}

    for name, path in site.pages:
        page.goto(site.page(path))
        found[name] = violations(page, *rules)

    assert {name: wrong for name, wrong in found.items() if wrong} == {}


def test_pages_before_signing_in_are_accessible(site: Site, open_page: Open) -> None:
    page = open_page(signed_in=False)
    found = []

    for address in (f"{site.url}/console/", site.page("sign-in"), site.page("set-up")):
        page.goto(address)
        found += violations(page)

    assert found == []


def test_what_is_seen_seldom_is_accessible_and_fits_a_narrow_screen(site: Site, open_page: Open) -> None:
    page = open_page(viewport=NARROW)
    found = {}

    for name in scenes(site, found_rare(site.database), page, "test"):
        found[name] = [*violations(page), *too_wide(page)]

    assert len(found) > 10
    assert {name: wrong for name, wrong in found.items() if wrong} == {}


def test_pages_and_their_tables_fit_a_narrow_screen(site: Site, open_page: Open) -> None:
    page = open_page(viewport=NARROW)
    wide = {}

    for name, path in site.pages:
        page.goto(site.page(path))
        wide[name] = too_wide(page)

    assert {name: found for name, found in wide.items() if found} == {}


def test_pages_ask_for_nothing_from_outside_and_break_no_rule_of_theirs(site: Site, open_page: Open) -> None:
    page = open_page()
    requests: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if said.type in {"error", "warning"} else None)

    for name, path in site.pages:
        if name != "missing":  # its 404 is said on the console
            page.goto(site.page(path))

    assert [url for url in requests if not url.startswith(site.url)] == []
    assert complaints == []


def test_the_first_tab_stop_leads_to_the_content(site: Site, open_page: Open) -> None:
    page = open_page()
    page.goto(site.page("members"))

    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")

    assert page.evaluate("document.activeElement.closest('main') !== null")
