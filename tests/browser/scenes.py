"""What is seen seldom in the console: a new workspace, what is shown once, what is held, what goes wrong."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from playwright.sync_api import Page

from entrant.config import Config
from entrant.db.engine import Database
from entrant.service import admin
from entrant.service.identities import Person, bind_by_link
from entrant.service.scim import Service
from entrant.service.sign_in import use_link
from entrant.web.console.visit import SESSION_COOKIE
from tests.browser.site import Site
from tests.support.company import OWNER
from tests.support.idp import Idp
from tests.support.sessions import begin_session
from tests.support.workspaces import age

NEW, HELD = "new", "held"
PASSWORD = "correct horse battery staple"
MEMBERS = 12  # more than the mass-change guard leaves alone
ISSUER = "https://login.example/tenant/v2.0"
NEW_PAGES = {"overview": "", "members": "members", "groups": "groups", "log": "log", "scim": "settings/scim"}


@dataclass(frozen=True)
class Rare:
    """A workspace without anything in it, another with a change that is held and a member whose page fails."""

    broken: str


def found_rare(database: Database) -> Rare:
    """The two workspaces, NEW and HELD; OWNER is the admin of both."""
    admin.create_workspace(database, NEW, "Newcomer Ltd.", OWNER)
    admin.create_workspace(database, HELD, "Heldenstein GmbH", OWNER)
    token = admin.create_connection(database, HELD, "entra").token
    idp = Idp(Service(database, Config()).handle, f"/scim/v2/{HELD}", token)
    users = [idp.user(f"person{n:02}@held.example", displayName=f"Person {n:02}") for n in range(MEMBERS)]
    age(database)  # the guard leaves alone what a connection brings first
    for user in users[:4]:
        idp.set_active(user, active=False)
    bind(database)
    database.write("x", lambda tx: tx.run("UPDATE member SET doc = '[' WHERE id = :broken", broken=users[-1]))
    return Rare(users[-1])


def bind(database: Database) -> None:
    """Give OWNER in HELD a password, an account of an identity provider, and protection."""
    link = admin.create_setup_link(database, HELD, OWNER).path.partition("#")[2]
    use_link(database, HELD, link, PASSWORD)
    admin.set_sign_in(database, HELD, ISSUER, "entrant", "s3cret")
    person = Person(ISSUER, "00u1-4f2c-9d1e", None, None)
    bind_by_link(database, HELD, admin.create_setup_link(database, HELD, OWNER).path.partition("#")[2], person)
    admin.protect(database, HELD, OWNER)


def sign_in(site: Site, tab: Page, slug: str, *, fresh: bool = True) -> str:
    """Let the tab in as OWNER; the address of the workspace's pages."""
    address = f"{site.url}/console/{slug}/"
    secret = begin_session(site.database, slug, OWNER, fresh=fresh)
    tab.context.add_cookies([{"name": SESSION_COOKIE, "value": secret, "url": address}])
    return address


def scenes(site: Site, rare: Rare, tab: Page, look: str) -> Iterator[str]:
    """Go from one to the next; the name of what the tab shows. `look` makes what can be done once another each time."""
    here = sign_in(site, tab, NEW)
    for name, path in NEW_PAGES.items():
        tab.goto(here + path)
        yield f"new-{name}"
    here = sign_in(site, tab, HELD)
    tab.goto(here)
    yield "held"
    tab.goto(f"{here}members/{rare.broken}")
    yield "failure"
    tab.goto(f"{here}members?q={OWNER}")
    tab.get_by_role("main").get_by_role("link", name=OWNER).click()
    yield "member-protected"
    sign_in(site, tab, HELD, fresh=False)
    tab.reload()
    tab.get_by_role("button", name="Make a set-up link").click()
    tab.get_by_role("heading", name="Confirm that it is you").wait_for()
    yield "confirm"
    yield from _made(site, tab, look)
    yield from _refused(site, tab)


def _made(site: Site, tab: Page, look: str) -> Iterator[str]:
    """What is shown once, and what is only tried."""
    tab.goto(site.page("members/invite"))
    tab.get_by_label("E-mail address").fill(f"guest-{look}@partner.example")
    tab.get_by_role("button", name="Invite").click()
    yield "link"
    tab.goto(site.page("settings/scim"))
    tab.get_by_role("button", name="Create a client secret").click()
    yield "scim-secret"
    tab.goto(site.page("settings/roles"))
    tab.get_by_label("Text of rule 3").fill("research")
    tab.get_by_role("button", name="Preview").click()
    yield "roles-preview"
    tab.goto(site.page("log?outcome=done&until=2100-01-01T00:00"))
    yield "log-filtered"
    menu = tab.locator("details.menu summary")
    if menu.is_visible():
        menu.click()
        yield "menu"


def _refused(site: Site, tab: Page) -> Iterator[str]:
    """Signing in, before there is a session and after too many attempts."""
    link = admin.create_setup_link(site.database, site.company.slug, OWNER).path
    tab.context.clear_cookies()
    tab.goto(site.page("set-up"))
    yield "set-up-code"
    tab.goto(site.url + link)
    tab.get_by_role("button", name="Set the password and sign in").wait_for()
    yield "set-up"
    tab.goto(f"{site.url}/console/")
    yield "choose"
    tab.goto(site.page("sign-in"))
    for _ in range(11):
        tab.get_by_label("E-mail address").fill("somebody@acme.example")
        tab.get_by_label("Password").fill("wrong")
        tab.get_by_role("button", name="Sign in").click()
        if "too many attempts" in tab.get_by_role("main").inner_text():
            break
    yield "sign-in-throttled"
