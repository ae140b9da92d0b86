"""Deleted users: restore, delete permanently."""

from __future__ import annotations

from entrant.entra import directory
from entrant.entra.directory.finding import get_object, original_upn
from entrant.entra.model import Kind
from entrant.entra.store.objects import Place
from entrant.scim.wire import Response

from .paging import objects_page, search_of
from .render import Look, page
from .visit import Visit, redirect, url


def show(visit: Visit) -> Response:
    """A page of the recycle bin."""
    found = objects_page(visit, Kind.USER, ("deleted-users",), Place.RECYCLE_BIN)
    wanted = visit.query("sure")
    sure = visit.db.read(lambda tx: get_object(tx, Kind.USER, wanted, Place.RECYCLE_BIN)) if wanted else None
    look = Look("Deleted users", "deleted")
    return page(visit, "deleted.html", look, found=found, q=search_of(visit), original_upn=original_upn, sure=sure)


def act(visit: Visit) -> Response:
    """Restore, or delete for good."""
    user = visit.form("user")
    if visit.form("do") == "restore":
        restored = directory.restore_user(visit.db, user)
        return redirect(url("users", restored.id, done="restored"))
    directory.purge_user(visit.db, user)
    return redirect(url("deleted-users", done="purged"))
