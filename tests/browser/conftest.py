"""A server process and a real browser, shared by the tests of this folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from entrant.db import open_database
from entrant.db.engine import Database
from entrant.store import MIGRATIONS
from entrant.web.console.visit import SESSION_COOKIE
from tests.browser.site import Site, pages_of
from tests.support.chromium import chromium
from tests.support.company import OWNER, found_company
from tests.support.server import serving
from tests.support.sessions import begin_session


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The browser."""
    with chromium() as running:
        yield running


@pytest.fixture(scope="session")
def shared_database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Database]]:
    """A migrated SQLite file and its address."""
    folder: Path = tmp_path_factory.mktemp("console")
    url = f"sqlite:///{folder / 'entrant.db'}"
    database = open_database(url, MIGRATIONS)
    database.migrate()
    yield url, database
    database.close()


@pytest.fixture(scope="session")
def site(shared_database: tuple[str, Database]) -> Iterator[Site]:
    """A server with a company on it."""
    url, database = shared_database
    company = found_company(database)
    with serving(url) as running:
        yield Site(running.url, database, company, tuple(pages_of(company)))


Open = Callable[..., Page]


@pytest.fixture
def open_page(browser: Browser, site: Site) -> Iterator[Open]:
    """Open a tab in which the admin is signed in; keywords are those of a browser's context."""
    contexts = []

    def start(*, signed_in: bool = True, **options: object) -> Page:
        context = browser.new_context(**{"viewport": {"width": 1200, "height": 850}, **options})  # type: ignore[arg-type]
        contexts.append(context)
        context.set_default_timeout(20_000)
        if signed_in:
            secret = begin_session(site.database, site.company.slug, OWNER)
            context.add_cookies([{"name": SESSION_COOKIE, "value": secret, "url": site.page("")}])
        return context.new_page()

    yield start
    for context in contexts:
        context.close()
