"""Every page of the portal. A part of a path in braces is a parameter."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from entrant.scim.text import fault
from entrant.scim.wire import Response

from . import (
    apps,
    assigned,
    clock,
    connectivity,
    deleted,
    expressions,
    groups,
    home,
    logs,
    mappings,
    on_demand,
    provisioning,
    schema,
    scoping,
    settings,
    users,
)
from .visit import Visit


@dataclass(frozen=True, slots=True)
class Page:
    """A page: what shows it, and what carries out the forms that are sent to it."""

    path: str
    show: Callable[[Visit], Response]
    act: Callable[[Visit], Response] | None = None


_JOB = "/apps/{app}/provisioning"
PAGES = (
    Page("/", home.show),
    Page("/users", users.show_list),
    Page("/users/new", users.show_new, users.create),
    Page("/users/{id}", users.show, users.act),
    Page("/groups", groups.show_list),
    Page("/groups/new", groups.show_new, groups.create),
    Page("/groups/{id}", groups.show, groups.act),
    Page("/groups/{id}/add", groups.show_add, groups.add),
    Page("/deleted-users", deleted.show, deleted.act),
    Page("/apps", apps.show_list),
    Page("/apps/new", apps.show_new, apps.create),
    Page("/apps/{app}", apps.show, apps.act),
    Page("/apps/{app}/users-and-groups", assigned.show, assigned.remove),
    Page("/apps/{app}/users-and-groups/add", assigned.show_add, assigned.add),
    Page(_JOB, provisioning.show, provisioning.act),
    Page(f"{_JOB}/connectivity", connectivity.show, connectivity.act),
    Page(f"{_JOB}/mappings", mappings.show_list, mappings.switch),
    Page(f"{_JOB}/mappings/{{kind}}", mappings.show, mappings.act),
    Page(f"{_JOB}/mappings/{{kind}}/attribute", mappings.show_attribute, mappings.save_attribute),
    Page(f"{_JOB}/mappings/{{kind}}/scoping", scoping.show, scoping.act),
    Page(f"{_JOB}/expressions", expressions.show, expressions.show),
    Page(f"{_JOB}/schema", schema.show, schema.save),
    Page(f"{_JOB}/schema.json", schema.download),
    Page(f"{_JOB}/settings", settings.show, settings.save),
    Page(f"{_JOB}/on-demand", on_demand.show, on_demand.provision),
    Page(f"{_JOB}/logs", logs.show_list),
    Page(f"{_JOB}/logs/{{id}}", logs.show),
    Page("/clock", clock.show, clock.act),
)


def find_page(path: str) -> tuple[Page, Mapping[str, str]] | None:
    """The page at a percent-encoded path, and its parameters; fixed paths come before parameters."""
    parts = path.rstrip("/").split("/")
    for page in PAGES:
        wanted = page.path.rstrip("/").split("/")
        if len(wanted) == len(parts) and all(w == p or w.startswith("{") for w, p in zip(wanted, parts, strict=True)):
            given = zip(wanted, parts, strict=True)
            params = {w[1:-1]: unquote(p).replace("\0", "") for w, p in given if w.startswith("{")}
            return (page, params) if fault(params.values()) is None else None
    return None
