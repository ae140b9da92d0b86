"""No two writes that race can remove the last two admins between them (product.md 4.5), on both engines.

Every pair of the ways to lose an admin is run with its overlap forced: each write, once it has made its change
and is about to look whether an admin is left, waits for the other to come as far. With the workspace locked from
the beginning of a write, the other cannot: the wait times out, and the second then finds itself to be the last.
Without that lock both would come, both would see the other's admin, and the workspace would have none.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import combinations_with_replacement

import pytest

from entrant.db import open_database
from entrant.db.engine import Database, Tx
from entrant.scim.wire import Response
from entrant.service import admin
from entrant.store import roles
from entrant.workspace.errors import LastAdmin
from entrant.workspace.roles import parse_rule
from tests.support.workspaces import MIGRATIONS, NewWorkspace, new_workspace

LAST_ADMIN = "Cannot remove the last workspace admin"
OVERLAP = 0.1  # seconds that a write waits for the other to reach the same point


@dataclass(frozen=True)
class Victim:
    """One of two admins, with the admin role group they are in alone."""

    workspace: NewWorkspace
    user: str
    group: str


def scim(send: Callable[[Victim], Response]) -> Callable[[Victim], str]:
    """A way over SCIM: `done`, or the detail of its 409."""

    def way(victim: Victim) -> str:
        response = send(victim)
        if response.status < 300:
            return "done"
        assert response.status == 409, response.read()
        detail: str = response.json()["detail"]
        return detail

    return way


def by_hand(write: Callable[[Victim], object]) -> Callable[[Victim], str]:
    """A way by console or command line: `done`, or the sentence of the refusal."""

    def way(victim: Victim) -> str:
        try:
            write(victim)
        except LastAdmin as refused:
            return refused.detail
        return "done"

    return way


def take_own_group(victim: Victim) -> None:
    """The default role rules, but for this admin's group."""
    rules = [parse_rule(f"group:{victim.group}=member"), parse_rule("contains:admin=admin")]
    admin.set_rules(victim.workspace.database, victim.workspace.slug, rules)


WAYS: dict[str, Callable[[Victim], str]] = {
    "remove from the role group": scim(lambda v: v.workspace.idp.remove(v.group, v.user)),
    "replace its members": scim(
        lambda v: v.workspace.idp.patch(f"/Groups/{v.group}", {"op": "replace", "path": "members", "value": []})
    ),
    "rename it": scim(lambda v: v.workspace.idp.rename(v.group, f"plain {v.user}")),
    "delete it": scim(lambda v: v.workspace.idp.request("DELETE", f"/Groups/{v.group}")),
    "deactivate the user": scim(lambda v: v.workspace.idp.set_active(v.user, active=False)),
    "delete the user": scim(lambda v: v.workspace.idp.request("DELETE", f"/Users/{v.user}")),
    "change a hand-set role": by_hand(
        lambda v: admin.set_role(v.workspace.database, v.workspace.slug, v.user, "member")
    ),
    "change the role rules": by_hand(take_own_group),
}
BY_HAND = "change a hand-set role"
RULES = "change the role rules"


@contextmanager
def forced_overlap(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Hold each write that lost an admin, before it looks for another, until both are there or the time is up."""
    both = threading.Barrier(2)
    has_admin = roles.has_admin

    def waiting(tx: Tx, workspace_id: str) -> bool:
        try:
            both.wait(OVERLAP)
        except threading.BrokenBarrierError:
            both.reset()
        return has_admin(tx, workspace_id)

    with monkeypatch.context() as patched:
        patched.setattr(roles, "has_admin", waiting)
        yield


def victims(first: Database, second: Database, ways: tuple[str, str]) -> tuple[Victim, Victim]:
    """A workspace with two admins, each in a group of their own, or by hand where the way needs it."""
    workspace = new_workspace(first)
    idp = workspace.idp
    made = []
    for number, way in enumerate(ways):
        user = idp.user(f"admin{number}")
        group = idp.group(f"Admins {number}", *([] if way == BY_HAND else [user]))
        if way == BY_HAND:
            admin.set_role(first, workspace.slug, user, "admin")
        made.append((user, group))
    (a, a_group), (b, b_group) = made
    return Victim(workspace, a, a_group), Victim(workspace.through(second), b, b_group)


@pytest.mark.parametrize("ways", list(combinations_with_replacement(WAYS, 2)), ids=" | ".join)
def test_two_racing_writes_leave_an_admin(
    database: Database, database_url: str, monkeypatch: pytest.MonkeyPatch, ways: tuple[str, str]
) -> None:
    """Product 4.5: one is done, the other is refused with the documented sentence, and one admin is left."""
    second = open_database(database_url, MIGRATIONS)
    one, two = victims(database, second, ways)

    with forced_overlap(monkeypatch), ThreadPoolExecutor(2) as pool:
        answers = [pool.submit(WAYS[way], victim) for way, victim in zip(ways, (one, two), strict=True)]
        outcomes = sorted(answer.result(timeout=30) for answer in answers)
    second.close()

    # New rules replace the others: the second give the first admin back what they take from the second.
    assert outcomes == (["done", "done"] if set(ways) == {RULES} else [LAST_ADMIN, "done"])
    admins = [m for m in admin.list_members(database, one.workspace.slug) if m.role == "admin"]
    assert len(admins) == 1
