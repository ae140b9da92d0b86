"""Provisioning of an application: get started, overview with the current cycle, start, stop, restart."""

from __future__ import annotations

from entrant.entra.engine.restart import FULL, ORDINARY, Reset
from entrant.entra.jobs import operations, world
from entrant.entra.jobs.views import Execution, JobView, StatusCode
from entrant.scim.wire import Response

from .apps import app_of, find_job
from .render import Look, page
from .visit import Visit, redirect, url

RESETS = (
    ("watermark", "Initial cycle", "Every object in scope is evaluated again."),
    ("escrows", "Failures", "Operations that failed are not repeated by themselves."),
    ("quarantine", "Quarantine", "The job leaves quarantine."),
    ("links", "Links", "What was found or created in the application is forgotten; everything is matched anew."),
)
"""What *Restart* can clear: the field of `Reset`, a name, what it means (13.7)."""
STATUS = {
    StatusCode.NOT_CONFIGURED: ("Not configured", "plain"),
    StatusCode.NOT_RUN: ("Not run", "info"),
    StatusCode.ACTIVE: ("On", "good"),
    StatusCode.PAUSED: ("Stopped", "warn"),
    StatusCode.QUARANTINE: ("Quarantine", "bad"),
}
COUNTS = (
    ("create", "Created"),
    ("update", "Updated"),
    ("disable", "Disabled"),
    ("delete", "Deleted"),
    ("skip", "Skipped"),
    ("fail", "Failed"),
    ("staged_delete", "Deletions held back"),
    ("requests", "Requests"),
)
"""The counters of a cycle that are shown, and their names."""


def show(visit: Visit) -> Response:
    """*Get started*, or the job's state; only the part that changes if `part` is asked for."""
    app = app_of(visit)
    job = find_job(visit, app)
    look = Look("Provisioning", "provisioning", (), app)
    if job is None:
        return page(visit, "get_started.html", look)
    return page(
        visit,
        "provisioning.html",
        look,
        job=job,
        state=STATUS[job.status],
        counted=counted,
        resets=RESETS,
        watched=_changes_soon(visit, job),
        sure=visit.query("sure") == "restart",
    )


def act(visit: Visit) -> Response:
    """Create the job, start, stop, restart, allow deletes."""
    app = app_of(visit)
    if visit.form("do") == "configure":
        if find_job(visit, app) is None:
            operations.create_job(visit.p, app.id)
        return redirect(url("apps", app.id, "provisioning", "connectivity", done="configured"))
    job = operations.job_of(visit.p, app.id)
    match visit.form("do"):
        case "start":
            operations.start(visit.p, job.id)
            done = "started"
        case "stop":
            operations.pause(visit.p, job.id)
            done = "stopped"
        case "allow-deletes":
            operations.allow_deletes(visit.p, job.id)
            done = "allowed"
        case _:
            operations.restart(visit.p, job.id, _reset(visit))
            done = "restarted"
    return redirect(url("apps", app.id, "provisioning", done=done))


def counted(execution: Execution) -> list[tuple[str, int]]:
    """The counters of a cycle that are not zero, by name."""
    found = [(label, getattr(execution.counters, name)) for name, label in COUNTS]
    return [(label, value) for label, value in found if value]


def _reset(visit: Visit) -> Reset:
    if visit.form("what") == "full":
        return FULL
    if visit.form("what") != "chosen":
        return ORDINARY
    chosen = {name: visit.form(name) == "on" for name, _, _ in RESETS}
    return Reset(**chosen)


def _changes_soon(visit: Visit, job: JobView) -> bool:
    """Whether a cycle runs, or is about to: the page then asks more often."""
    return job.running is not None or (job.next_run is not None and job.next_run <= visit.db.read(world.now))
