"""Pages with their frame: the navigation, the tenant, and what has just been done."""

from __future__ import annotations

from dataclasses import dataclass

from entrant.entra.directory import clock
from entrant.entra.model import ServicePrincipal
from entrant.entra.store import tenant
from entrant.scim.wire import Response
from entrant.ui import Frame, NavItem, NavSection
from entrant.ui.headers import PAGE

from .visit import Visit, url

PRODUCT = "Entrant's Entra"

SECTIONS: tuple[tuple[str, tuple[tuple[str, str, tuple[str, ...]], ...]], ...] = (
    (
        "Identity",
        (
            ("home", "Tenant overview", ()),
            ("users", "Users", ("users",)),
            ("groups", "Groups", ("groups",)),
            ("deleted", "Deleted users", ("deleted-users",)),
        ),
    ),
    ("Applications", (("apps", "Enterprise applications", ("apps",)),)),
    ("Emulator", (("clock", "Clock", ("clock",)),)),
)
"""The navigation: name, label and path of each page."""

APP_SECTIONS: tuple[tuple[str | None, tuple[tuple[str, str, tuple[str, ...]], ...]], ...] = (
    (
        None,
        (("app", "Overview", ()), ("assigned", "Users and groups", ("users-and-groups",))),
    ),
    (
        "Provisioning",
        (
            ("provisioning", "Provisioning", ("provisioning",)),
            ("connectivity", "Connectivity", ("provisioning", "connectivity")),
            ("mappings", "Attribute mapping", ("provisioning", "mappings")),
            ("settings", "Settings", ("provisioning", "settings")),
            ("on-demand", "Provision on demand", ("provisioning", "on-demand")),
            ("logs", "Provisioning logs", ("provisioning", "logs")),
        ),
    ),
)
"""What is added on the pages of an application, below its own path. Where there is no label its name stands."""

DONE = {
    "created": "It has been created.",
    "saved": "Your changes have been saved.",
    "deleted-user": "The user has been deleted. For thirty days you can restore them here.",
    "deleted": "It has been deleted.",
    "restored": "The user has been restored. Memberships of groups do not come back.",
    "purged": "The user has been deleted permanently.",
    "members-added": "The members have been added.",
    "member-removed": "The member has been removed.",
    "assigned": "The application has been assigned.",
    "unassigned": "The assignment has been removed.",
    "connected": "The connection was tested and has been saved.",
    "mapping": "The mapping has been saved. The next cycle is an initial one.",
    "started": "Provisioning has been started. The first cycle begins within seconds.",
    "stopped": "Provisioning has been stopped. A cycle that runs now comes to its end.",
    "restarted": "Provisioning has been restarted.",
    "allowed": "The deletions are let through in the next cycle, which begins within seconds.",
    "configured": "Provisioning is ready to be configured. First connect your application.",
    "advanced": "The clock has been wound forward.",
    "clock": "The clock has been set.",
}
"""What a page says after a form has been carried out, by the value of `done` in its address."""


@dataclass(frozen=True, slots=True)
class Look:
    """What a page adds to the frame: its title, its place in the navigation, and the pages above it."""

    title: str
    current: str = ""
    trail: tuple[tuple[str, str], ...] = ()
    """Label and address of each."""
    app: ServicePrincipal | None = None
    """The application that the page is about."""


def page(visit: Visit, template: str, look: Look, *, status: int = 200, **values: object) -> Response:
    """A page. A refusal of what a form asked for makes it 409 and is shown on it."""
    above = look.trail
    if look.app is not None:
        own = ((look.app.display_name, url("apps", look.app.id)),) if look.current != "app" else ()
        above = (("Enterprise applications", url("apps")), *own, *look.trail)
    shown = clock.show(visit.db)
    frame = Frame(
        title=look.title,
        product=PRODUCT,
        home=url(),
        place=visit.db.read(lambda tx: tenant.get(tx).name),
        sections=_sections(look),
        csrf=visit.csrf,
        trail=tuple(NavItem(label, address) for label, address in above),
    )
    body = visit.site.pages.html(
        template,
        frame,
        url=url,
        visit=visit,
        clock=shown,
        app=look.app,
        refusal=visit.refusal,
        done=DONE.get(visit.query("done")),
        **values,
    )
    return Response(409 if visit.refusal and status == 200 else status, PAGE, body)  # noqa: PLR2004


def message(visit: Visit, status: int, title: str, text: str, *, request_id: str = "") -> Response:
    """A page that says one thing."""
    return page(visit, "message.html", Look(title), status=status, text=text, request_id=request_id)


def _sections(look: Look) -> tuple[NavSection, ...]:
    app = look.app
    own: tuple[NavSection, ...] = ()
    if app is not None:
        own = tuple(
            NavSection(
                label or app.display_name,
                tuple(NavItem(text, url("apps", app.id, *path), name == look.current) for name, text, path in items),
                named=label is None,
            )
            for label, items in APP_SECTIONS
        )
    common = tuple(
        NavSection(label, tuple(NavItem(text, url(*path), name == look.current) for name, text, path in items))
        for label, items in SECTIONS
    )
    return own + common
