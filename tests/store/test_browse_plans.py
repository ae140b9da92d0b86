"""A page of the console costs what it shows, not what the workspace holds: 100,000 members, 1,000,000 log entries.

The tables are filled with a few thousand rows, and each statement is held to what an index needs; a scan of them, or
a sort, takes ten times that.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import psycopg
import pytest

from entrant.db.engine import Database
from entrant.service import admin
from entrant.service.admin import browse as pages
from entrant.service.admin.overview import show_overview
from entrant.store.browse import LogFilter, MemberFilter
from tests.bench.record import Recorder
from tests.support.cost import cost
from tests.support.workspaces import NewWorkspace, new_workspace

MEMBERS = 1_500
FEW = {"sqlite": 6_500, "postgresql": 400}
"""Steps or buffers. A page of 51 rows with their documents takes some 3,000 steps; a scan of MEMBERS rows 15,000."""
COUNTED = {"sqlite": 110_000, "postgresql": 800}
"""Those of an overview, which counts up to 10,000 entries of an index of each kind."""


@pytest.fixture(scope="module")
def full(module_database: Database, module_url: str) -> NewWorkspace:
    """A workspace of MEMBERS users in one group, every tenth of them inactive, and as many entries of the log."""
    workspace = new_workspace(module_database)
    ids: list[str] = []
    for start in range(0, MEMBERS, 500):
        data = [
            {"method": "POST", "path": "/Users", "bulkId": str(n), "data": {
                "userName": f"user{n}", "displayName": f"Name {n}", "active": n % 10 != 0,
                "emails": [{"value": f"mail{n}@x.y", "type": "work"}],
            }}
            for n in range(start, start + 500)
        ]  # fmt: skip
        answer = workspace.idp.request("POST", "/Bulk", {"Operations": data}).json()
        ids += [operation["location"].rpartition("/")[2] for operation in answer["Operations"]]
    workspace.idp.group("Everyone", *ids)
    admin.invite(module_database, workspace.slug, "hand@x.y")
    if module_database.name == "postgresql":
        with psycopg.connect(module_url, autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE")
    return workspace


def cost_of(workspace: NewWorkspace, url: str, look: Callable[[Database, str], object]) -> int:
    """What the statements of one page cost."""
    recorder = Recorder(workspace.database)
    look(recorder, workspace.slug)
    return cost(workspace.database, url, recorder.last_read.statements)


def test_a_page_costs_what_it_shows(full: NewWorkspace, module_database: Database, module_url: str) -> None:
    member = pages.browse_members(module_database, full.slug, MemberFilter(text="user750")).members[0].id
    middle = member
    group = pages.browse_groups(module_database, full.slug, roles=False).groups[0].group.id
    listed: dict[str, Callable[[Database, str], object]] = {
        f"members {wanted} {before}": partial(_members, wanted=wanted, before=before)
        for wanted in (
            MemberFilter(), MemberFilter(state="any"), MemberFilter(state="none"), MemberFilter(state="admin"),
            MemberFilter(state="member"), MemberFilter(source="local"), MemberFilter(source="local", state="none"),
            MemberFilter(source="provisioned", state="member"),
        )
        for before in ("", middle)
    }  # fmt: skip
    listed |= {
        f"search {text}": partial(_members, wanted=MemberFilter(text=text), before="")
        for text in ("user", "name 1", "mail3", "nobody")
    }
    listed["group"] = lambda db, slug: pages.show_group(db, slug, group, middle)
    listed["groups"] = lambda db, slug: pages.browse_groups(db, slug, roles=False)
    listed["role groups"] = lambda db, slug: pages.browse_groups(db, slug, roles=True)
    listed["member"] = lambda db, slug: pages.show_member(db, slug, member)
    listed["log of a member"] = lambda db, slug: pages.browse_resource_log(db, slug, member)

    costs = {name: cost_of(full, module_url, look) for name, look in listed.items()}

    assert {name: spent for name, spent in costs.items() if spent > FEW[module_database.name]} == {}


def test_a_page_of_the_log_looks_at_a_bounded_part_of_it(
    full: NewWorkspace, module_database: Database, module_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even where nothing is like what is sought."""
    monkeypatch.setattr("entrant.store.browse.WINDOW", 100)
    sought = [LogFilter(), LogFilter(outcome="failed"), LogFilter(resource_type="Group"), LogFilter(method="DELETE")]

    costs = [
        cost_of(full, module_url, lambda db, slug, wanted=wanted: pages.browse_log(db, slug, wanted))  # type: ignore[misc]
        for wanted in sought
    ]

    assert max(costs) <= FEW[module_database.name]


def test_the_overview_counts_no_more_than_it_says(
    full: NewWorkspace, module_database: Database, module_url: str
) -> None:
    assert cost_of(full, module_url, show_overview) <= COUNTED[module_database.name]


def test_a_filtered_log_goes_on_behind_the_part_it_looked_at(
    full: NewWorkspace, module_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("entrant.store.browse.WINDOW", 600)
    before: str | None = ""
    found = looked = 0

    while before is not None:
        page = pages.browse_log(module_database, full.slug, LogFilter(method="POST", resource_type="Group"), before)
        found, looked, before = found + len(page.entries), looked + 1, page.before

    assert (found, looked) == (1, 3)


def _members(database: Database, slug: str, *, wanted: MemberFilter, before: str) -> object:
    return pages.browse_members(database, slug, wanted, before)
