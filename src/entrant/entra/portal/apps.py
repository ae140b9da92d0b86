"""Enterprise applications: list, create one that is not in the gallery, overview, rename, delete."""

from __future__ import annotations

from entrant.entra import directory
from entrant.entra.directory import finding
from entrant.entra.jobs import operations
from entrant.entra.jobs.views import JobView
from entrant.entra.model import ServicePrincipal
from entrant.scim.wire import Response

from .paging import PAGE, Listed
from .render import Look, page
from .visit import Visit, redirect, url

TRAIL = (("Enterprise applications", url("apps")),)


def app_of(visit: Visit) -> ServicePrincipal:
    """The application that a page is about; raises NotFound."""
    return visit.db.read(lambda tx: finding.get_app(tx, visit.params["app"]))


def find_job(visit: Visit, app: ServicePrincipal) -> JobView | None:
    """The provisioning job of an application, if it has one."""
    found = operations.list_jobs(visit.p, app.id)
    return found[0] if found else None


def show_list(visit: Visit) -> Response:
    """A page of applications, in the order of creation."""
    given = visit.query("after")
    after = int(given) if given.isascii() and given.isdigit() and len(given) < 16 else 0  # noqa: PLR2004  fits 64 bits
    found = directory.list_apps(visit.db, after=after, most=PAGE + 1)
    shown = found[:PAGE]
    older = url("apps", after=str(shown[-1][0])) if len(found) > PAGE else None
    listed = Listed([app for _, app in shown], url("apps") if after else None, older)
    return page(visit, "apps.html", Look("Enterprise applications", "apps"), found=listed)


def show_new(visit: Visit) -> Response:
    """The form for a new application."""
    return page(visit, "app_new.html", Look("Create your own application", "apps", TRAIL))


def create(visit: Visit) -> Response:
    """Create an application that is not in the gallery."""
    made = directory.create_app(visit.db, visit.form("name"))
    return redirect(url("apps", made.id, done="created"))


def show(visit: Visit) -> Response:
    """One application: ids, what to do next."""
    app = app_of(visit)
    look = Look(app.display_name, "app", (), app)
    return page(visit, "app.html", look, job=find_job(visit, app), sure=visit.query("sure") == "delete")


def act(visit: Visit) -> Response:
    """Delete the application, with its provisioning job."""
    app = app_of(visit)
    if (job := find_job(visit, app)) is not None:
        operations.delete_job(visit.p, job.id)
    directory.delete_app(visit.db, app.id)
    return redirect(url("apps", done="deleted"))
