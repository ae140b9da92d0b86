"""The console of a workspace in a browser without scripts, beside the portal."""

from __future__ import annotations

from dataclasses import dataclass

from playwright.sync_api import Browser, Page

from entrant.service import admin
from entrant.web.console.visit import SESSION_COOKIE
from tests.browser.portal.world import World
from tests.browser.test_story import go, see
from tests.support.sessions import begin_session

FOUNDER = "root@story.example"
"""The admin who made the workspace."""


@dataclass(frozen=True)
class Console:
    """A tab in which somebody is signed in to the console of a workspace of its own."""

    page: Page
    world: World
    slug: str

    def sign_in(self, name: str) -> None:
        """As after OpenID Connect: whoever has this address."""
        address = f"{self.world.target.url}/console/{self.slug}"
        session = begin_session(self.world.target.database, self.slug, name)
        self.page.context.add_cookies([{"name": SESSION_COOKIE, "value": session, "url": address}])
        self.page.goto(f"{address}/")

    def turn_scim_on(self) -> tuple[str, str]:
        """The base URL and token that the page shows."""
        go(self.page, "Set up SCIM provisioning")
        self.page.get_by_label("Identity provider").select_option("entra")
        self.page.get_by_role("button", name="Turn SCIM on").click()
        base_url = self.page.get_by_label("SCIM Base Connector URL").first.input_value()
        return base_url, self.page.get_by_label("Bearer token").first.input_value()

    def roles(self) -> dict[str, str]:
        """The role of each provisioned member who is active, by what stands before the @."""
        go(self.page, "Members")
        see(self.page, FOUNDER)
        rows = self.page.get_by_role("region", name="Members").locator("tbody tr").all()
        cells = [[text.strip().lower() for text in row.locator("td").all_inner_texts()] for row in rows]
        shown = {name.partition("@")[0]: role for name, role, status, *_ in cells if status == "active"}
        shown.pop(FOUNDER.partition("@")[0], None)
        return shown

    def deactivate(self, name: str) -> None:
        """Take a member's access away by hand."""
        go(self.page, "Members", name, "Deactivate…")
        self.page.get_by_role("button", name="Deactivate").click()


def open_console(browser: Browser, world: World, slug: str) -> Console:
    """The console of a new workspace, its founder signed in."""
    admin.create_workspace(world.target.database, slug, slug.title(), FOUNDER)
    context = browser.new_context(java_script_enabled=False)
    context.set_default_timeout(20_000)
    console = Console(context.new_page(), world, slug)
    console.sign_in(FOUNDER)
    return console
