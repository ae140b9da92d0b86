"""The console of a workspace: pages for its admins, made on the server (product.md 8.1).

`edge.Console` is the ASGI application below `/console/`. Each page is a plain function from a `Visit` to a `Reply`; the
table of all of them, with who may see which, is `routes.PAGES`. Pages call `service.admin` and nothing below it.
"""

from .edge import Console, is_console

__all__ = ["Console", "is_console"]
