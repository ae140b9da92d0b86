"""What is seen in the portal after something was done: results, questions, a cycle that runs; and an empty tenant."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, expect

from entrant.entra import directory
from entrant.entra.store import open_tenant
from tests.browser.portal.world import World
from tests.support.portal import emulating

PATIENCE = 30_000  # milliseconds until a cycle has ended


def scenes(world: World, tab: Page) -> Iterator[str]:
    """Go from one to the next; the name of what the tab shows."""
    tab.goto(world.url)
    go(tab, "Enterprise applications", "Acme Workspaces")
    yield from _on_demand(tab, "Malik Andrade", "skipped")
    yield from _on_demand(tab, "Anouk Lowell", "disabled")
    yield from _on_demand(tab, "Contoso-Admins", "group")
    go(tab, "Connectivity")
    tab.get_by_label("Secret Token").fill("wrong")
    _press(tab, "Test connection")
    yield "connectivity-refused"
    go(tab, "Attribute mapping", "Expression tester")
    tab.get_by_label("Expression", exact=True).fill('Join(" ", [givenName], [surname])')
    tab.get_by_label("User or group").fill("Anouk Lowell")
    _press(tab, "Test expression")
    yield "expressions-result"
    go(tab, "Settings")
    tab.get_by_text("Switches of the emulator").click()
    yield "settings-switches"
    go(tab, "Provisioning")
    if tab.get_by_role("button", name="Start provisioning").is_visible():
        _press(tab, "Start provisioning")
    expect(tab.locator("#state")).to_contain_text("incremental", timeout=PATIENCE)
    yield "provisioning-on"
    go(tab, "Clock")
    _press(tab, "Advance 40 minutes")
    yield "clock-advanced"
    go(tab, "Enterprise applications", "Acme Workspaces", "Provisioning")
    _press(tab, "Stop provisioning")
    go(tab, "Enterprise applications", "Beta")
    yield from _on_demand(tab, "Anouk Lowell", "failure")


def _on_demand(tab: Page, name: str, result: str) -> Iterator[str]:
    go(tab, "Provision on demand")
    tab.get_by_label("Select a user or group").fill(name)
    _press(tab, "Search")
    tab.get_by_label(name, exact=True).check()
    _press(tab, "Select")
    _press(tab, "Provision")
    yield f"on-demand-{result}-result"


def go(tab: Page, *names: str) -> None:
    """Follow links by their names; those of the navigation are behind a button where the screen is narrow."""
    for name in names:
        link = tab.get_by_role("link", name=name, exact=True)
        if not link.count():
            tab.locator("details.menu summary").click()
        link.first.click()


def _press(tab: Page, name: str) -> None:
    tab.get_by_role("main").get_by_role("button", name=name, exact=True).first.click()


@contextmanager
def empty_tenant(folder: Path) -> Iterator[tuple[str, tuple[tuple[str, str], ...]]]:
    """The address of a tenant with an application and nothing else in it, and names and paths of its pages."""
    url = f"sqlite:///{folder / 'empty.db'}"
    db = open_tenant(url)
    app = directory.create_app(db, "Acme Workspaces").id
    db.close()
    pages = (
        ("empty-home", "/"),
        ("empty-users", "/users"),
        ("empty-groups", "/groups"),
        ("empty-deleted-users", "/deleted-users"),
        ("empty-assigned", f"/apps/{app}/users-and-groups"),
        ("get-started", f"/apps/{app}/provisioning"),
    )
    with emulating(url) as portal:
        yield portal.url, pages
