"""Provision on demand: choose a user, or a group with at most five members; then the five steps (entra-client 19)."""

from __future__ import annotations

from entrant.entra.directory import finding
from entrant.entra.engine.on_demand import MAX_MEMBERS, OnDemand
from entrant.entra.jobs import operations
from entrant.entra.model import DirectoryObject, Kind
from entrant.entra.store import memberships
from entrant.scim.wire import Response

from .apps import app_of
from .paging import PAGE, Listed, choices, listed, search_of
from .render import Look, page
from .visit import Visit, url

STEPS = {
    "import": "Import",
    "scoping": "Determine if in scope",
    "matching": "Match between source and target system",
    "processing": "Determine action",
    "referenceResolution": "Resolve references",
    "export": "Perform action",
}
"""How the portal calls the steps of an object, by their type (19.2, 21.1.5)."""


def show(visit: Visit, shown: OnDemand | None = None) -> Response:
    """Whom to provision, or what became of it."""
    app = app_of(visit)
    job = operations.job_of(visit.p, app.id)
    object_id = visit.query("object")
    chosen, members = _chosen(visit, app.id, object_id) if object_id else (None, None)
    return page(
        visit,
        "on_demand.html",
        Look("Provision on demand", "on-demand", (("Provisioning", url("apps", app.id, "provisioning")),), app),
        job=job,
        chosen=chosen,
        members=members,
        found=[] if chosen else choices(visit),
        q=search_of(visit),
        shown=shown,
        steps=STEPS,
        most=MAX_MEMBERS,
        marked=visit.all("member"),
    )


def provision(visit: Visit) -> Response:
    """Provision now, and show the steps. A group alone if no member was chosen."""
    app = app_of(visit)
    job = operations.job_of(visit.p, app.id)
    chosen = visit.db.read(lambda tx: finding.get_object(tx, None, visit.query("object")))
    members = visit.all("member")
    return show(visit, operations.provision_on_demand(visit.p, job.id, chosen.id, chosen.kind, members))


def _chosen(visit: Visit, app: str, object_id: str) -> tuple[DirectoryObject, Listed[DirectoryObject] | None]:
    chosen = visit.db.read(lambda tx: finding.get_object(tx, None, object_id))
    if chosen.kind is not Kind.GROUP:
        return chosen, None
    found = visit.db.read(lambda tx: memberships.members(tx, chosen.id, after=visit.query("after"), most=PAGE + 1))
    path = ("apps", app, "provisioning", "on-demand")
    return chosen, listed(found, visit, path, lambda each: (each.id, ""), object=chosen.id)
