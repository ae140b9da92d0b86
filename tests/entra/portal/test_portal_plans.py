"""A page of the portal costs what it shows, not what the tenant holds: 100,000 users, 1,000,000 entries of the log.

The tables are filled with a few thousand rows, and all statements of each page together are held to what indexes need;
a scan of any of the tables takes several times that.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta

import psycopg
import pytest

from entrant.db.engine import Database, T, Tx, Work
from entrant.entra import directory
from entrant.entra.directory.bulk import NewMembers, NewObject, add_members, insert
from entrant.entra.jobs import operations
from entrant.entra.jobs.provisioner import Provisioner
from entrant.entra.jobs.secrets import open_vault
from entrant.entra.model import DEFAULT_ACCESS, Action, Assignment, Kind, Link, LogEntry, Status
from entrant.entra.portal.access import PortalAccess
from entrant.entra.portal.handler import Portal
from entrant.entra.store import applications, clock, links, log, search
from tests.bench.record import Recorder, RecordingTx, Statement, Trace
from tests.support.cost import postgres_rows, sqlite_steps
from tests.support.portal import Tab

from .conftest import KEY

USERS = 3_000
FEW = {"sqlite": 8_500, "postgresql": 900}
"""Steps or rows. A page of 51 rows with their documents takes some 2,000 steps; reading USERS rows 12,000 and more."""
SHARED = "20000000-0000-4000-8000-"
AT = "2026-11-24T12:00:00.000000Z"  # of the newest entry


@dataclass
class Collector(Recorder):
    """A recorder that keeps all reads."""

    inner: Database
    traces: list[Trace] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(self.inner)

    def _reading(self, work: Work[T]) -> Work[T]:
        def recorded(tx: Tx) -> T:
            self.traces.append(Trace())
            return work(RecordingTx(tx, self.traces[-1]))

        return recorded

    def taken(self) -> list[Statement]:
        """The statements since this was asked last."""
        found = [statement for trace in self.traces for statement in trace.statements]
        self.traces.clear()
        return found


@dataclass(frozen=True)
class Full:
    """A portal in front of a full tenant."""

    tab: Tab
    collector: Collector
    url: str
    app: str
    user: str
    group: str
    cycle: str
    entry: str

    def cost(self, address: str) -> int:
        """What the statements of one page cost."""
        self.collector.taken()
        answer = self.tab.get(address)
        assert answer.status == 200, answer.read().decode()
        statements = self.collector.taken()
        if self.collector.name == "sqlite":
            return sqlite_steps(self.url, statements)
        return postgres_rows(self.url, statements)


@pytest.fixture
def full(tenant: Database, tenant_url: str, p: Provisioner, monkeypatch: pytest.MonkeyPatch) -> Iterator[Full]:
    """Everybody is in one group, and one user in many; all are assigned and linked, and all is in the log."""
    monkeypatch.setattr(search, "WINDOW", 100)
    monkeypatch.setattr(log, "WINDOW", 100)
    users = [f"{SHARED}{n:012}" for n in range(USERS)]
    insert(tenant, [_user(id_, n) for n, id_ in enumerate(users)])
    group = directory.create_group(tenant, {"displayName": "Everyone"}).id
    many = [str(uuid.UUID(int=n + 1)) for n in range(60)]
    insert(tenant, [NewObject(id_, Kind.GROUP, _group(n)) for n, id_ in enumerate(many)])
    add_members(tenant, [NewMembers(group, users), *(NewMembers(id_, users[:1]) for id_ in many)])
    app = directory.create_app(tenant, "Shop").id
    job = operations.create_job(p, app).id
    tenant.write(job, lambda tx: _fill(tx, app, job, users))
    entry = tenant.read(lambda tx: log.page(tx, log.Query(job=job, most=1))).entries[0].id
    if tenant.name == "postgresql":
        with psycopg.connect(tenant_url, autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE")
    collector = Collector(tenant)
    portal = Portal(Provisioner(collector, open_vault(tenant_url, KEY), p.tenant), PortalAccess())
    yield Full(Tab(portal.handle), collector, tenant_url, app, users[0], group, "cycle", entry)
    portal.close()


def _user(id_: str, n: int) -> NewObject:
    properties = {"displayName": f"User {n:05}", "userPrincipalName": f"u{n}@contoso.com", "mail": f"m{n}@contoso.com"}
    return NewObject(id_, Kind.USER, {**properties, "mailNickname": f"n{n}", "accountEnabled": True})


def _group(n: int) -> dict[str, object]:
    return {"displayName": f"Group {n:03}", "mailEnabled": False, "mailNickname": f"g{n}", "securityEnabled": True}


def _fill(tx: Tx, app: str, job: str, users: list[str]) -> None:
    where = log.Where(job, app, "cycle")
    for n, id_ in enumerate(users):
        assignment = Assignment(str(uuid.uuid4()), id_, Kind.USER, f"User {n}", app, DEFAULT_ACCESS, AT)
        applications.assign(tx, assignment)
        links.save(tx, job, Link(id_, Kind.USER, f"t{n}"))
        at = clock.moved(AT, timedelta(seconds=n + 1 - len(users)))
        log.append(tx, where, id_, at, LogEntry(Action.CREATE, Status.SUCCESS, id_, f"u{n}", Kind.USER))


def _pages(full: Full) -> dict[str, str]:
    app, job = f"/apps/{full.app}", f"/apps/{full.app}/provisioning"
    middle = f"after=user+01200&id={SHARED}{1200:012}"
    before = f"before={AT}&id={full.entry}"
    return {
        each: each
        for each in (
            "/", "/users", f"/users?{middle}", "/users?q=user", "/users?q=u17", "/users?q=nobody", f"/users?q=no&{middle}",
            "/users/new", f"/users/{full.user}", "/groups", "/groups?q=everyone", "/groups/new", f"/groups/{full.group}",
            f"/groups/{full.group}?after={SHARED}{1200:012}", f"/groups/{full.group}/add", f"/groups/{full.group}/add?q=m9",
            "/deleted-users", "/deleted-users?q=user", "/apps", "/apps/new", "/clock",
            app, f"{app}/users-and-groups", f"{app}/users-and-groups?after={SHARED}{1200:012}&id={DEFAULT_ACCESS}",
            f"{app}/users-and-groups/add", f"{app}/users-and-groups/add?q=nobody",
            job, f"{job}/connectivity", f"{job}/mappings", f"{job}/mappings/users", f"{job}/mappings/users/attribute",
            f"{job}/mappings/users/scoping", f"{job}/expressions", f"{job}/expressions?object={full.user}", f"{job}/schema",
            f"{job}/settings", f"{job}/on-demand", f"{job}/on-demand?object={full.group}", f"{job}/on-demand?q=u3",
            f"{job}/logs", f"{job}/logs?{before}", f"{job}/logs?status=success", f"{job}/logs?status=failure",
            f"{job}/logs?action=disable", f"{job}/logs?action=create&status=success", f"{job}/logs?cycle=cycle",
            f"{job}/logs?cycle=cycle&status=failure", f"{job}/logs?cycle=none", f"{job}/logs?identity=u7@contoso.com",
            f"{job}/logs?change={full.user}", f"{job}/logs?since=2026-11-24T11:00", f"{job}/logs?until=2026-11-24T11:00",
            f"{job}/logs?until=2026-11-24T13:00&status=failure&action=update&{before}", f"{job}/logs/{full.entry}",
        )
    }  # fmt: skip


def test_a_page_costs_what_it_shows(full: Full) -> None:
    costs = {name: full.cost(address) for name, address in _pages(full).items()}

    few = FEW[full.collector.name]
    assert {name: spent for name, spent in costs.items() if spent > few} == {}


def test_a_search_goes_on_behind_the_part_it_looked_at(
    tenant: Database, tab: Tab, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What begins so is found at once, and what has it in the middle where its turn comes."""
    monkeypatch.setattr(search, "WINDOW", 100)
    insert(tenant, [_user(f"{SHARED}{n:012}", n) for n in range(500)])
    address, pages, found = "/users?q=377@", 0, False

    while not found and pages < 10:
        page = tab.get(address).read().decode()
        pages, found = pages + 1, "User 00377" in page
        address = page.partition('" rel="next"')[0].rpartition('href="')[2].replace("&amp;", "&")

    assert pages == 4
    assert "User 00377" in tab.get("/users?q=u377").read().decode()
