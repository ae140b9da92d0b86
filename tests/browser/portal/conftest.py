"""The emulator and the service, each in a process of its own, with something to show on every page."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.portal.world import World, emulated_world


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The portal, the application and its workspace."""
    with emulated_world(tmp_path_factory.mktemp("portal")) as found:
        yield found


@pytest.fixture
def portal_page(browser: Browser, world: World, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A tab; `@pytest.mark.parametrize("portal_page", [{…}], indirect=True)` gives options of a browser's context."""
    options = {"viewport": {"width": 1200, "height": 850}, **getattr(request, "param", {})}
    context = browser.new_context(**options)
    context.set_default_timeout(20_000)
    yield context.new_page()
    context.close()
