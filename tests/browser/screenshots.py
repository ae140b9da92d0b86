"""Pictures of every page of the console: light, dark and narrow. `make screenshots` runs it; the folder is an argument."""

from __future__ import annotations

import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from entrant.db import open_database
from entrant.db.engine import Database
from entrant.store import MIGRATIONS
from entrant.web.console.visit import SESSION_COOKIE
from tests.browser.scenes import found_rare, scenes
from tests.browser.site import Site, pages_of
from tests.support.chromium import chromium
from tests.support.company import OWNER, found_company
from tests.support.server import serving
from tests.support.sessions import begin_session

WIDE, NARROW = {"width": 1200, "height": 800}, {"width": 390, "height": 844}
LOOKS = {"light": ("light", WIDE), "dark": ("dark", WIDE), "narrow": ("light", NARROW)}


def add_day(database: Database, slug: str) -> None:
    """Traffic of a working day, as if the provider had been at work since yesterday."""
    insert = (
        "INSERT INTO log_hour (workspace, hour, entries, refused)"
        " SELECT id, :hour, :entries, :refused FROM workspace WHERE slug = :slug"
    )
    now = datetime.now(UTC)
    for back in range(1, 24):
        hour = now - timedelta(hours=back)
        busy = max(0, 9 - abs(hour.hour - 13)) * 3 + hour.hour % 3
        values = {"hour": f"{hour:%Y-%m-%dT%H}", "entries": busy, "refused": busy // 12, "slug": slug}
        database.write("x", lambda tx, values=values: tx.run(insert, **values))  # type: ignore[misc]


def main(folder: Path) -> None:
    """Make the pictures, named after page and look."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home:
        url = f"sqlite:///{home}/entrant.db"
        database = open_database(url, MIGRATIONS)
        database.migrate()
        company, rare = found_company(database), found_rare(database)
        add_day(database, company.slug)
        secret = begin_session(database, company.slug, OWNER)
        with serving(url) as running, chromium() as browser:
            site = Site(running.url, database, company, tuple(pages_of(company)))
            for look, (scheme, viewport) in LOOKS.items():
                context = browser.new_context(color_scheme=scheme, viewport=viewport, device_scale_factor=1)  # type: ignore[arg-type]  # literals of the stubs
                tab = context.new_page()
                tab.goto(site.page("sign-in"))
                tab.screenshot(path=folder / f"sign-in-{look}.png", full_page=True)
                context.add_cookies([{"name": SESSION_COOKIE, "value": secret, "url": site.page("")}])
                for name, path in site.pages:
                    tab.goto(site.page(path))
                    tab.screenshot(path=folder / f"{name}-{look}.png", full_page=True)
                for name in scenes(site, rare, tab, look):
                    tab.screenshot(path=folder / f"{name}-{look}.png", full_page=True)
                context.close()
        database.close()
    print(f"The pictures are in {folder}")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "build/screenshots"))
