"""Section 7 by clicks alone, with scripts switched off, in the order in which an administrator of Entra does it."""

from __future__ import annotations

import re
import time

import pytest
from playwright.sync_api import Page, expect

from entrant.service import admin
from tests.browser.portal.world import World
from tests.browser.test_story import go, see
from tests.support.emulator import Workspace

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


def roles(workspace: Workspace) -> dict[str, str | None]:
    """The role of each active member, by user name."""
    rows = admin.list_members(workspace.target.database, workspace.slug, all_=True)
    return {member.user_name.partition("@")[0]: member.role for member in rows if member.active}


@WITHOUT_SCRIPTS
def test_an_administrator_provisions_an_application_without_scripts(world: World, portal_page: Page) -> None:
    page, workspace = portal_page, world.target.workspace()
    page.goto(world.url)
    create_user(page, "Ines")
    create_user(page, "Jonas")

    go(page, "Enterprise applications", "New application")
    page.get_by_label("What's the name of your app?").fill("Story")
    press(page, "Create")
    assign(page, "Ines")
    connect(page, workspace)
    go(page, "Go to Start provisioning")
    press(page, "Start provisioning")
    see(page, "Provisioning has been started.")
    wait_for_cycle(page)
    assert roles(workspace) == {"ines": "member"}

    update(page, workspace)
    role_groups(page, workspace)
    leave(page, workspace)


def connect(page: Page, workspace: Workspace) -> None:
    go(page, "Provisioning")
    press(page, "Get started")
    page.get_by_label("Tenant URL").fill(workspace.base_url)
    page.get_by_label("Secret Token").fill("wrong")
    press(page, "Save")
    see(page, "Unauthorized")
    expect(page.get_by_role("link", name="Go to Start provisioning")).to_have_count(0)
    page.get_by_label("Secret Token").fill(workspace.token)
    press(page, "Test connection")
    see(page, "Test connection succeeded.")
    press(page, "Save")
    see(page, "The connection was tested and has been saved.")


def update(page: Page, workspace: Workspace) -> None:
    go(page, "Users", "Ines")
    page.get_by_label("Job title").fill("Countess")
    page.get_by_label("Manager").fill("jonas@contoso.com")
    press(page, "Save")
    see(page, "Your changes have been saved.")
    advance(page)
    open_app(page, "Story", "Provisioning logs")
    page.get_by_label("Action").select_option("update")
    press(page, "Apply")
    page.get_by_role("main").get_by_role("table").get_by_role("link").first.click()
    see(page, "Perform action", "title", "Countess", "PATCH")

    open_app(page, "Story", "Provisioning")
    press(page, "Stop provisioning")  # else the cycle that a new mapping makes due may come first
    go(page, "Attribute mapping", "Provision Microsoft Entra ID Users", "title")
    page.get_by_label("Mapping type").select_option("Expression")
    page.get_by_label("Expression", exact=True).fill('Join(" ", "Dr.", [jobTitle])')
    press(page, "Save")
    see(page, "The mapping has been saved.", 'Join(" ", "Dr.", [jobTitle])')
    go(page, "Attribute mapping", "Expression tester")
    page.get_by_label("Expression", exact=True).fill('Join(" ", "Dr.", [jobTitle])')
    page.get_by_label("User or group").fill("ines@contoso.com")
    press(page, "Test expression")
    see(page, "Dr. Countess")
    on_demand(page, "Ines")
    see(page, "Success", "Import", "Determine if in scope", "Match between", "Determine action", "Perform action")
    see(page, "Dr. Countess")
    go(page, "Provisioning")
    press(page, "Start provisioning")


def on_demand(page: Page, name: str) -> None:
    go(page, "Provision on demand")
    page.get_by_label("Select a user or group").fill(name)
    press(page, "Search")
    page.get_by_label(name, exact=True).check()
    press(page, "Select")
    press(page, "Provision")


def role_groups(page: Page, workspace: Workspace) -> None:
    create_group(page, "Story admins", "Ines")
    create_group(page, "Story members", "Jonas")
    create_group(page, "Story nested", "Story members")
    open_app(page, "Story")
    assign(page, "Story admins", "Story members")
    advance(page)
    assert roles(workspace) == {"ines": "admin", "jonas": "member"}

    move(page, "Jonas", "Story members", "Story admins")
    advance(page)
    advance(page)
    assert roles(workspace) == {"ines": "admin", "jonas": "admin"}
    move(page, "Jonas", "Story admins", "Story members")
    advance(page)
    advance(page)
    assert roles(workspace) == {"ines": "admin", "jonas": "member"}

    open_app(page, "Story")
    on_demand(page, "Story members")
    page.get_by_label("Jonas", exact=True).check()
    press(page, "Provision again")
    see(page, "Result")


def move(page: Page, name: str, origin: str, destination: str) -> None:
    go(page, "Groups", origin)
    press(page, f"Remove {name}")
    see(page, "The member has been removed.")
    go(page, "Groups", destination, "Add members")
    page.get_by_label(name, exact=True).check()
    press(page, "Add members")


def leave(page: Page, workspace: Workspace) -> None:
    """The last admin cannot go; everybody else can."""
    go(page, "Users", "Ines")
    press(page, "Disable account")
    advance(page)
    assert roles(workspace) == {"ines": "admin", "jonas": "member"}
    open_app(page, "Story", "Provisioning logs")
    page.get_by_label("Status").select_option("failure")
    press(page, "Apply")
    page.get_by_role("main").get_by_role("table").get_by_role("link").first.click()
    see(page, "Cannot remove the last workspace admin")

    go(page, "Users", "Jonas", "Delete…")
    press(page, "Delete user")
    see(page, "The user has been deleted.", "jonas@contoso.com")
    advance(page)
    assert roles(workspace) == {"ines": "admin"}
    go(page, "Deleted users")
    press(page, "Restore user Jonas")
    see(page, "The user has been restored.")
    open_app(page, "Story")
    assign(page, "Jonas")
    advance(page)
    assert roles(workspace) == {"ines": "admin", "jonas": "member"}

    open_app(page, "Story", "Provisioning")
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
    connect(page, workspace)
    go(page, "Settings")
    page.get_by_label("Scope", exact=True).select_option("all")
    press(page, "Save")
    go(page, "Provisioning")
    press(page, "Start provisioning")

    expect(page.locator("#state")).to_contain_text("Entries of this cycle", timeout=PATIENCE * 1_000)
    expect(page.locator("#state")).to_contain_text("Succeeded", timeout=PATIENCE * 1_000)

    assert re.search(r"Created\s+\d\d", page.locator("#state").inner_text())
