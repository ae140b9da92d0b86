"""An emulated tenant that has something to show on every page, the service it provisions to, and all its addresses."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from entrant.db import open_database
from entrant.entra import directory
from entrant.entra.jobs import operations
from entrant.entra.jobs.provisioner import Provisioner
from entrant.entra.jobs.secrets import open_vault
from entrant.entra.jobs.views import Settings
from entrant.entra.mapping.schema import Clause, FilterGroup, ScopeFilter
from entrant.entra.model import Kind
from entrant.entra.portal.scoping import by_key
from entrant.entra.store import open_tenant, tenant
from entrant.store import MIGRATIONS
from tests.support.emulator import App, Target, Workspace, new_app
from tests.support.portal import emulating
from tests.support.server import serving

PEOPLE = 24


@dataclass(frozen=True)
class World:
    """The portal on `url`, the application that it provisions to a workspace, and names and paths of all pages."""

    url: str
    target: Target
    workspace: Workspace
    pages: tuple[tuple[str, str], ...]


@contextmanager
def emulated_world(folder: Path) -> Iterator[World]:
    """The service and the emulator, each in a process of its own; a cycle has run, another job is in quarantine."""
    service, emulator = f"sqlite:///{folder / 'entrant.db'}", f"sqlite:///{folder / 'entra.db'}"
    with serving(service) as served:
        database = open_database(service, MIGRATIONS)
        target = Target(served.url, database)
        workspace = target.workspace()
        db = open_tenant(emulator)
        p = Provisioner(db, open_vault(emulator, {}), db.read(lambda tx: tenant.get(tx).id))
        pages = tuple(_found(p, workspace))
        db.close()
        with emulating(emulator) as portal:
            yield World(portal.url, target, workspace, pages)
        database.close()


def _found(p: Provisioner, workspace: Workspace) -> Iterator[tuple[str, str]]:
    """Found a company, provision it, and tell the pages."""
    seeded = directory.seed(p.db, PEOPLE)
    people = directory.page_of(p.db, Kind.USER)
    groups = directory.page_of(p.db, Kind.GROUP)
    roles = [group for group in groups if group.name in {seeded.admins, seeded.members}]
    app = new_app(p, "Acme Workspaces")
    app.connect(workspace)
    app.assign(*roles, *people[:3])
    app.sync()
    directory.update_user(p.db, people[0].id, {"jobTitle": "Director of Everything"})
    app.sync()
    directory.delete_user(p.db, people[-1].id)
    filters = _filter(app)
    broken = _quarantined(p, workspace)
    (newest, *_) = app.log(actions=("update",))
    yield from _pages(app, broken, people[0].id, roles[0].id, newest.id, filters[0])
    yield "group-delete", f"/groups/{roles[0].id}?sure=delete"
    yield "app-delete", f"/apps/{app.id}?sure=delete"
    yield "restart", f"/apps/{app.id}/provisioning?sure=restart"
    yield "deleted-user-purge", f"/deleted-users?sure={people[-1].id}"


def _filter(app: App) -> list[str]:
    """Its users must pass a filter; the keys of its filters."""
    clause = Clause("department", "EQUALS", ("Engineering",))
    scope = ScopeFilter((FilterGroup("Engineers", (clause, Clause("country", "IS NOT NULL"))),))
    operations.set_scoping(app.p, app.job_id, Kind.USER, scope)
    operations.put_settings(app.p, app.job_id, Settings(notify=True, recipients="it@contoso.com", delete_threshold=500))
    return list(by_key(scope.groups))


def _quarantined(p: Provisioner, workspace: Workspace) -> App:
    app = new_app(p, "Beta")
    app.connect(workspace)
    secrets = {**operations.get_secrets(p, app.id), "BaseAddress": workspace.base_url, "SecretToken": "wrong"}
    operations.put_secrets(p, app.id, secrets)
    operations.start(p, app.job_id)
    app.sync()
    operations.pause(p, app.job_id)
    return app


def _pages(app: App, broken: App, user: str, group: str, entry: str, engineers: str) -> Iterator[tuple[str, str]]:
    yield "home", "/"
    yield "users", "/users"
    yield "user-new", "/users/new"
    yield "user", f"/users/{user}"
    yield "user-delete", f"/users/{user}?sure=delete"
    yield "groups", "/groups"
    yield "group-new", "/groups/new"
    yield "group", f"/groups/{group}"
    yield "group-add", f"/groups/{group}/add"
    yield "deleted-users", "/deleted-users"
    yield "apps", "/apps"
    yield "app-new", "/apps/new"
    yield "clock", "/clock"
    yield "app", f"/apps/{app.id}"
    yield "assigned", f"/apps/{app.id}/users-and-groups"
    yield "assigned-add", f"/apps/{app.id}/users-and-groups/add"
    job = f"/apps/{app.id}/provisioning"
    yield "provisioning", job
    yield "quarantine", f"/apps/{broken.id}/provisioning"
    yield "connectivity", f"{job}/connectivity"
    yield "connectivity-oauth", f"{job}/connectivity?method=OAuth2ClientCredentialsGrant"
    yield "connectivity-federation", f"{job}/connectivity?method=WorkloadIdentityFederation"
    yield "mappings", f"{job}/mappings"
    yield "mapping", f"{job}/mappings/users"
    yield "attribute", f"{job}/mappings/users/attribute?target=active"
    yield "scoping", f"{job}/mappings/users/scoping"
    yield "scoping-edit", f"{job}/mappings/users/scoping?filter={engineers}"
    yield "expressions", f"{job}/expressions"
    yield "schema", f"{job}/schema"
    yield "settings", f"{job}/settings"
    yield "on-demand", f"{job}/on-demand"
    yield "on-demand-group", f"{job}/on-demand?object={group}"
    yield "logs", f"{job}/logs"
    yield "log-entry", f"{job}/logs/{entry}"
    yield "missing", "/users/nobody"
