"""Portal and console side by side, by clicks alone, in the order in which the administrators of both do it (product 7).

What the console shows is entered in the portal, what is done in the portal is seen in the console. Once in each of
Entra's dialects, with scripts switched off.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.portal.console import FOUNDER, Console, open_console
from tests.browser.portal.world import World
from tests.browser.test_story import go, see

PATIENCE = 30  # seconds until a cycle that was started has ended
WITHOUT_SCRIPTS = pytest.mark.parametrize("portal_page", [{"java_script_enabled": False}], indirect=True, ids=["plain"])


def press(page: Page, name: str) -> None:
    page.get_by_role("main").get_by_role("button", name=name, exact=True).first.click()


def create_user(page: Page, name: str) -> None:
    go(page, "Users", "New user")
    page.get_by_label("User principal name").fill(f"{name.lower()}@contoso.com")
    page.get_by_label("Display name").fill(name)
    press(page, "Create")
    see(page, "It has been created.")


def create_group(page: Page, name: str, *members: str) -> None:
    go(page, "Groups", "New group")
    page.get_by_label("Group name").fill(name)
    press(page, "Create")
    for member in members:
        go(page, "Add members")
        page.get_by_label("Search users and groups").fill(member)
        press(page, "Search")
        page.get_by_label(member, exact=True).check()
        press(page, "Add members")
        see(page, "The members have been added.")


def assign(page: Page, *names: str) -> None:
    for name in names:
        go(page, "Users and groups", "Add user/group")
        page.get_by_label("Search users and groups").fill(name)
        press(page, "Search")
        page.get_by_label(name, exact=True).check()
        press(page, "Assign")
        see(page, "The application has been assigned.", name)


def open_app(page: Page, name: str, *links: str) -> None:
    go(page, "Enterprise applications", name, *links)


def advance(page: Page) -> None:
    go(page, "Clock")
    press(page, "Advance 40 minutes")
    see(page, "The clock has been wound forward.")


def wait_for_cycle(page: Page) -> None:
    """Press Refresh until the first cycle has ended."""
    for _ in range(PATIENCE * 4):
        go(page, "Refresh")
        if "Succeeded" in page.get_by_role("main").inner_text():
            return
        time.sleep(0.25)
    raise AssertionError(page.get_by_role("main").inner_text())


@dataclass(frozen=True)
class Story:
    """The two tabs, and who and what this telling is about."""

    page: Page
    console: Console
    app: str
    lead: str
    """Who becomes an admin, and who does not stay one."""
    mate: str

    @property
    def admins(self) -> str:
        """The groups of the story."""
        return f"{self.app} admins"

    @property
    def members(self) -> str:
        return f"{self.app} members"

    def is_seen(self, **expected: str) -> None:
        """The console shows these members with these roles: `lead`, `mate`."""
        names = {"lead": self.lead.lower(), "mate": self.mate.lower()}
        assert self.console.roles() == {names[who]: role for who, role in expected.items()}


@WITHOUT_SCRIPTS
@pytest.mark.parametrize(
    ("app", "lead", "mate", "flag"),
    [("Story", "Ines", "Jonas", ""), ("Sequel", "Vera", "Hugo", "?aadOptscim062020")],
    ids=["flag off", "flag on"],
)
def test_administrators_of_both_sides_tell_the_whole_story(
    world: World, browser: Browser, portal_page: Page, app: str, lead: str, mate: str, flag: str
) -> None:
    page, console = portal_page, open_console(browser, world, app.lower())
    story = Story(page, console, app, lead, mate)
    base_url, token = console.turn_scim_on()

    page.goto(world.url)
    create_user(page, lead)
    create_user(page, mate)
    go(page, "Enterprise applications", "New application")
    page.get_by_label("What's the name of your app?").fill(app)
    press(page, "Create")
    assign(page, lead)
    connect(page, base_url + flag, token)
    go(console.page, "SCIM provisioning")
    see(console.page, "The last test arrived")
    go(page, "Go to Start provisioning")
    press(page, "Start provisioning")
    see(page, "Provisioning has been started.")
    wait_for_cycle(page)
    story.is_seen(lead="member")

    update(story)
    role_groups(story)
    last_admin(story)
    leave_and_return(story)
    console.page.context.close()


def connect(page: Page, tenant_url: str, token: str) -> None:
    go(page, "Provisioning")
    press(page, "Get started")
    page.get_by_label("Tenant URL").fill(tenant_url)
    page.get_by_label("Secret Token").fill("wrong")
    press(page, "Save")
    see(page, "Unauthorized")
    expect(page.get_by_role("link", name="Go to Start provisioning")).to_have_count(0)
    page.get_by_label("Secret Token").fill(token)
    press(page, "Test connection")
    see(page, "Test connection succeeded.")
    press(page, "Save")
    see(page, "The connection was tested and has been saved.")


def update(story: Story) -> None:
    page = story.page
    go(page, "Users", story.lead)
    page.get_by_label("Job title").fill("Countess")
    page.get_by_label("Manager").fill(f"{story.mate.lower()}@contoso.com")
    press(page, "Save")
    see(page, "Your changes have been saved.")
    advance(page)
    open_app(page, story.app, "Provisioning logs")
    page.get_by_label("Action").select_option("update")
    press(page, "Apply")
    page.get_by_role("main").get_by_role("table").get_by_role("link").first.click()
    see(page, "Perform action", "title", "Countess", "PATCH")
    go(story.console.page, "Members", story.lead)
    see(story.console.page, "Countess")

    open_app(page, story.app, "Provisioning")
    press(page, "Stop provisioning")  # else the cycle that a new mapping makes due may come first
    go(page, "Attribute mapping", "Provision Microsoft Entra ID Users", "title")
    page.get_by_label("Mapping type").select_option("Expression")
    page.get_by_label("Expression", exact=True).fill('Join(" ", "Dr.", [jobTitle])')
    press(page, "Save")
    see(page, "The mapping has been saved.", 'Join(" ", "Dr.", [jobTitle])')
    go(page, "Attribute mapping", "Expression tester")
    page.get_by_label("Expression", exact=True).fill('Join(" ", "Dr.", [jobTitle])')
    page.get_by_label("User or group").fill(f"{story.lead.lower()}@contoso.com")
    press(page, "Test expression")
    see(page, "Dr. Countess")
    on_demand(page, story.lead)
    see(page, "Success", "Import", "Determine if in scope", "Match between", "Determine action", "Perform action")
    see(page, "Dr. Countess")
    go(story.console.page, "Members", story.lead)
    see(story.console.page, "Dr. Countess")
    go(page, "Provisioning")
    press(page, "Start provisioning")


def on_demand(page: Page, name: str) -> None:
    go(page, "Provision on demand")
    page.get_by_label("Select a user or group").fill(name)
    press(page, "Search")
    page.get_by_label(name, exact=True).check()
    press(page, "Select")
    press(page, "Provision")


def role_groups(story: Story) -> None:
    page, nested = story.page, f"{story.app} nested"
    create_group(page, story.admins, story.lead)
    create_group(page, story.members, story.mate)
    create_group(page, nested, story.members)
    open_app(page, story.app)
    assign(page, story.admins, story.members, nested)
    advance(page)
    story.is_seen(lead="admin", mate="member")
    go(story.console.page, "Members", story.lead)
    see(story.console.page, f"From the group “{story.admins}”")
    go(story.console.page, "Groups")
    see(story.console.page, story.admins, story.members, nested)

    move(page, story.mate, story.members, story.admins)
    advance(page)
    advance(page)
    story.is_seen(lead="admin", mate="admin")
    move(page, story.mate, story.admins, story.members)
    advance(page)
    advance(page)
    story.is_seen(lead="admin", mate="member")

    open_app(page, story.app)
    on_demand(page, story.members)
    page.get_by_label(story.mate, exact=True).check()
    press(page, "Provision again")
    see(page, "Result")

    open_app(page, story.app, "Users and groups")
    press(page, f"Remove assignment {nested}")
    advance(page)
    go(story.console.page, "Groups")
    see(story.console.page, story.admins)
    expect(story.console.page.get_by_role("main")).not_to_contain_text(nested)


def move(page: Page, name: str, origin: str, destination: str) -> None:
    go(page, "Groups", origin)
    press(page, f"Remove {name}")
    see(page, "The member has been removed.")
    go(page, "Groups", destination, "Add members")
    page.get_by_label(name, exact=True).check()
    press(page, "Add members")


def last_admin(story: Story) -> None:
    """The founder goes; then the last admin cannot."""
    page, console = story.page, story.console
    console.sign_in(f"{story.lead.lower()}@contoso.com")
    console.deactivate(FOUNDER)
    go(page, "Users", story.lead)
    press(page, "Disable account")
    advance(page)
    story.is_seen(lead="admin", mate="member")
    open_app(page, story.app, "Provisioning logs")
    page.get_by_label("Status").select_option("failure")
    press(page, "Apply")
    page.get_by_role("main").get_by_role("table").get_by_role("link").first.click()
    see(page, "Cannot remove the last workspace admin")
    go(console.page, "Overview")
    see(console.page, "Cannot remove the last workspace admin")


def leave_and_return(story: Story) -> None:
    page, mate = story.page, story.mate
    go(page, "Users", mate, "Delete…")
    press(page, "Delete user")
    see(page, "The user has been deleted.", f"{mate.lower()}@contoso.com")
    advance(page)
    story.is_seen(lead="admin")
    go(page, "Deleted users")
    press(page, f"Restore user {mate}")
    see(page, "The user has been restored.")
    open_app(page, story.app)
    assign(page, mate)
    advance(page)
    story.is_seen(lead="admin", mate="member")

    open_app(page, story.app, "Provisioning")
    go(page, "Restart provisioning…")
    press(page, "Restart provisioning")
    see(page, "Provisioning has been restarted.")
    press(page, "Stop provisioning")
    see(page, "Provisioning has been stopped.", "Stopped")


def test_a_cycle_is_watched_while_it_runs(world: World, portal_page: Page) -> None:
    workspace = world.target.workspace()
    page = portal_page
    page.goto(f"{world.url}/apps/new")
    page.get_by_label("What's the name of your app?").fill("Watched")
    press(page, "Create")
    connect(page, workspace.base_url, workspace.token)
    go(page, "Settings")
    page.get_by_label("Scope", exact=True).select_option("all")
    press(page, "Save")
    go(page, "Provisioning")
    press(page, "Start provisioning")

    expect(page.locator("#state")).to_contain_text("Entries of this cycle", timeout=PATIENCE * 1_000)
    expect(page.locator("#state")).to_contain_text("Succeeded", timeout=PATIENCE * 1_000)

    assert re.search(r"Created\s+\d\d", page.locator("#state").inner_text())
