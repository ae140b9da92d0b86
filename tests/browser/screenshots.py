"""Pictures of every page of the console: light, dark and narrow. `make screenshots` runs it; the folder is an argument."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from entrant.db import open_database
from entrant.service.sign_in import sign_in_as
from entrant.store import MIGRATIONS
from entrant.web.console.visit import SESSION_COOKIE
from tests.browser.site import Site, pages_of
from tests.support.chromium import chromium
from tests.support.company import OWNER, found_company
from tests.support.server import serving

WIDE, NARROW = {"width": 1200, "height": 800}, {"width": 390, "height": 844}
LOOKS = {"light": ("light", WIDE), "dark": ("dark", WIDE), "narrow": ("light", NARROW)}


def main(folder: Path) -> None:
    """Make the pictures, named after page and look."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home:
        url = f"sqlite:///{home}/entrant.db"
        database = open_database(url, MIGRATIONS)
        database.migrate()
        company = found_company(database)
        secret = sign_in_as(database, company.slug, [OWNER])
        with serving(url) as running, chromium() as browser:
            site = Site(running.url, database, company, tuple(pages_of(company)))
            for look, (scheme, viewport) in LOOKS.items():
                context = browser.new_context(color_scheme=scheme, viewport=viewport, device_scale_factor=1)  # type: ignore[arg-type]  # literals of the stubs
                tab = context.new_page()
                tab.goto(site.page("sign-in"))
                tab.screenshot(path=folder / f"sign-in-{look}.png", full_page=True)
                context.add_cookies([{"name": SESSION_COOKIE, "value": secret, "url": f"{site.url}/console/acme"}])
                for name, path in site.pages:
                    tab.goto(site.page(path))
                    tab.screenshot(path=folder / f"{name}-{look}.png", full_page=True)
                context.close()
        database.close()
    print(f"The pictures are in {folder}")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "build/screenshots"))
