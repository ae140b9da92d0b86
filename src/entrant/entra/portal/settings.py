"""Settings of a job: scope, notification mail, accidental deletions, and the emulator's own switches."""

from __future__ import annotations

from dataclasses import replace

from entrant.entra.engine.job import DELETION_THRESHOLD
from entrant.entra.engine.switches import describe_switches, parse_switches, print_switches
from entrant.entra.jobs import operations
from entrant.entra.jobs.views import JobView
from entrant.entra.model import BadValue
from entrant.scim.wire import Response

from .apps import app_of
from .render import Look, page
from .visit import Visit, redirect, url

SCOPES = (("assigned", "Sync only assigned users and groups"), ("all", "Sync all users and groups"))


def show(visit: Visit) -> Response:
    """The form."""
    app = app_of(visit)
    job = operations.job_of(visit.p, app.id)
    look = Look("Settings", "settings", (("Provisioning", url("apps", app.id, "provisioning")),), app)
    switches = print_switches(job.settings.switches)
    given = _sent(visit) if visit.form_kept else _stored(job)
    if visit.form_kept:
        switches = {name: visit.form(f"switch-{name}") for name in switches}
    return page(
        visit,
        "settings.html",
        look,
        given=given,
        scopes=SCOPES,
        switches=switches,
        described=describe_switches(),
        turned=[each.name for each in describe_switches() if switches[each.name] != each.default],
    )


def save(visit: Visit) -> Response:
    """Save scope and settings."""
    app = app_of(visit)
    job = operations.job_of(visit.p, app.id)
    given = _sent(visit)
    switches = {each.name: visit.form(f"switch-{each.name}") or each.default for each in describe_switches()}
    settings = replace(
        job.settings,
        notify=given["notify"] == "on",
        recipients=given["recipients"],
        delete_threshold=_threshold(given),
        skip_out_of_scope_deletions=given["skip"] == "on",
        switches=parse_switches(switches),
    )
    operations.put_settings(visit.p, job.id, settings)
    sync_all = given["scope"] == "all"
    if sync_all != job.sync_all:
        operations.set_scope(visit.p, app.id, sync_all=sync_all)
    return redirect(url("apps", app.id, "provisioning", "settings", done="saved"))


def _sent(visit: Visit) -> dict[str, str]:
    return {name: visit.form(name) for name in ("scope", "notify", "recipients", "prevent", "threshold", "skip")}


def _stored(job: JobView) -> dict[str, str]:
    settings, on = job.settings, {True: "on", False: ""}
    return {
        "scope": "all" if job.sync_all else "assigned",
        "notify": on[settings.notify],
        "recipients": settings.recipients,
        "prevent": on[settings.delete_threshold is not None],
        "threshold": str(settings.delete_threshold or DELETION_THRESHOLD),
        "skip": on[settings.skip_out_of_scope_deletions],
    }


def _threshold(given: dict[str, str]) -> int | None:
    if given["prevent"] != "on":
        return None
    text = given["threshold"]
    if not (text.isascii() and text.isdigit() and len(text) < 10):  # noqa: PLR2004  more digits are no sensible number
        raise BadValue("the accidental deletion threshold is a whole number")
    return int(text)
