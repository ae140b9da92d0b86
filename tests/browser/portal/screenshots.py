"""Pictures of every page of the portal: light, dark and narrow. `make screenshots` runs it; the folder is an argument."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.browser.portal.scenes import empty_tenant, scenes
from tests.browser.portal.world import emulated_world
from tests.browser.screenshots import LOOKS
from tests.support.chromium import chromium


def main(folder: Path) -> None:
    """Make the pictures, named after page and look."""
    folder.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as home,
        emulated_world(Path(home)) as world,
        empty_tenant(Path(home)) as (empty, empty_pages),
        chromium() as browser,
    ):
        for look, (scheme, viewport) in LOOKS.items():
            context = browser.new_context(color_scheme=scheme, viewport=viewport, device_scale_factor=1)  # type: ignore[arg-type]  # literals of the stubs
            tab = context.new_page()
            for base, pages in ((world.url, world.pages), (empty, empty_pages)):
                for name, path in pages:
                    tab.goto(base + path)
                    tab.screenshot(path=folder / f"portal-{name}-{look}.png", full_page=True)
            for name in scenes(world, tab):
                tab.screenshot(path=folder / f"portal-{name}-{look}.png", full_page=True)
            context.close()
    print(f"The pictures are in {folder}")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "build/screenshots"))
