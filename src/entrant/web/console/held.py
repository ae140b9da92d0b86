"""A change that the mass-change guard holds, with everyone it concerns: what is approved is what was shown here."""

from __future__ import annotations

from entrant.service.admin import show_held
from entrant.workspace.guard import Change

from .render import Look, page
from .visit import Reply, Visit

PATH = "held"
SHOWN = 5  # of those concerned, on the overview; only a change of no more is decided there
WHAT = {
    Change.DEACTIVATIONS: "lose access",
    Change.REMOVALS: "leave the group",
    Change.PROMOTIONS: "become admins",
    Change.DEMOTIONS: "are no longer admins",
    Change.ADOPTION: "is adopted",
}
"""What happens to those whom a change concerns."""


def show(visit: Visit) -> Reply:
    """All whom it concerns now; the form decides about these and nobody else."""
    held = show_held(visit.database, visit.slug, visit.params["id"])
    return page(visit, "held.html", Look("Held change", "overview", (("Overview", ""),)), held=held, what=WHAT)
