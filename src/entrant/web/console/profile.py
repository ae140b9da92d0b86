"""What every member sees of themselves: who they are, their role, and where it comes from."""

from __future__ import annotations

from entrant.service import admin
from entrant.service.admin.browse import show_member

from .attributes import attributes
from .render import Look, page
from .visit import Reply, Visit


def show(visit: Visit) -> Reply:
    """The page of whoever is signed in."""
    if visit.seat is None:
        raise LookupError("the page is for members")
    detail = show_member(visit.database, visit.slug, visit.seat.member.id)
    return page(
        visit,
        "profile.html",
        Look("Your profile"),
        detail=detail,
        attributes=attributes(detail.member.doc),
        sessions=admin.list_sessions(visit.database, visit.slug, detail.member.id),
        identities=admin.list_identities(visit.database, visit.slug, detail.member.id),
        here=visit.seat.session,
    )
