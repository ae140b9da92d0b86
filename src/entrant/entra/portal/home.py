"""The first page: the tenant, and what to do first."""

from __future__ import annotations

from entrant.entra import directory
from entrant.entra.model import Kind
from entrant.entra.store import tenant
from entrant.scim.wire import Response

from .render import Look, page
from .visit import Visit


def show(visit: Visit) -> Response:
    """The tenant and its applications."""
    return page(
        visit,
        "home.html",
        Look("Overview", "home"),
        tenant=visit.db.read(tenant.get),
        apps=[app for _, app in directory.list_apps(visit.db, most=10)],
        somebody=bool(directory.page_of(visit.db, Kind.USER, most=1)),
    )
