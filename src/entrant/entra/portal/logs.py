"""Provisioning logs: filters, and an entry with steps, modified properties and the raw exchange (21.1)."""

from __future__ import annotations

from datetime import UTC, datetime

from entrant.db.engine import timestamp
from entrant.entra.jobs import operations
from entrant.entra.model import Action, EntraError, NotFound, Status
from entrant.entra.store import log
from entrant.scim.wire import Response

from .apps import app_of
from .expressions import find_object
from .on_demand import STEPS
from .paging import PAGE
from .render import Look, page
from .visit import Visit, url

ACTIONS = {
    Action.CREATE: "Create",
    Action.UPDATE: "Update",
    Action.DELETE: "Delete",
    Action.DISABLE: "Disable",
    Action.STAGED_DELETE: "Staged delete",
    Action.OTHER: "Other",
}
STATUSES = {
    Status.SUCCESS: ("Success", "good"),
    Status.FAILURE: ("Failure", "bad"),
    Status.SKIPPED: ("Skipped", "plain"),
    Status.WARNING: ("Warning", "warn"),
}
FILTERS = ("identity", "status", "action", "cycle", "change", "since", "until")
TITLE = "Provisioning logs"


def show_list(visit: Visit) -> Response:
    """A page of entries of this job, newest first."""
    app = app_of(visit)
    job = operations.job_of(visit.p, app.id)
    given = {name: visit.query(name).strip() for name in FILTERS}
    since, until, source, problem = _moment(given["since"]), _moment(given["until"]), None, None
    if (given["since"] and not since) or (given["until"] and not until):
        problem = "One of the times cannot be read; write it as 2026-11-24T16:30."
    if given["identity"]:
        try:
            source = visit.db.read(lambda tx: find_object(tx, given["identity"])).id
        except EntraError as missing:
            # Whoever was purged is still in the log: by the id they are found.
            source, problem = given["identity"].lower(), f"Searched as an id: {missing}."
    before = (visit.query("before"), visit.query("id")) if visit.query("before") else None
    found = operations.list_log(
        visit.p,
        log.Query(
            job=job.id,
            source_id=source,
            cycle=given["cycle"] or None,
            change_id=given["change"] or None,
            actions=(given["action"],) if given["action"] in set(Action) else (),
            statuses=(given["status"],) if given["status"] in set(Status) else (),
            since=since,
            until=until,
            before=before,
            most=PAGE,
        ),
    )
    path = ("apps", app.id, "provisioning", "logs")
    return page(
        visit,
        "logs.html",
        Look(TITLE, "logs", (("Provisioning", url(*path[:3])),), app),
        entries=found.entries,
        given=given,
        filtered=any(given.values()),
        problem=problem,
        actions=ACTIONS,
        statuses=STATUSES,
        newest=url(*path, **given) if before else None,
        older=url(*path, **given, before=found.next[0], id=found.next[1]) if found.next else None,
    )


def show(visit: Visit) -> Response:
    """One entry."""
    app = app_of(visit)
    found = visit.db.read(lambda tx: log.find(tx, visit.params["id"]))
    if found is None or found.service_principal != app.id:
        raise NotFound("the log has no such entry")
    entry = found.entry
    return page(
        visit,
        "log_entry.html",
        Look(
            f"{ACTIONS[entry.action]} {entry.source_name}",
            "logs",
            ((TITLE, url("apps", app.id, "provisioning", "logs")),),
            app,
        ),
        logged=found,
        entry=entry,
        actions=ACTIONS,
        statuses=STATUSES,
        steps=STEPS,
    )


def _moment(text: str) -> str | None:
    """A time as the form's fields write it, in UTC; None if it cannot be read."""
    try:
        moment = datetime.fromisoformat(text)
        return timestamp(moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC))
    except (ValueError, OverflowError):
        return None
