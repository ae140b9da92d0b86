"""No two writes that race can remove the last two admins between them (product.md 4.5), on both engines.

Every pair of the ways to lose an admin is run with its overlap forced: each write, once it has made its change
and is about to look whether an admin is left, waits for the other to come as far. With the workspace locked from
the beginning of a write, the other cannot: the wait times out, and the second then finds itself to be the last.
Without that lock both would come, both would see the other's admin, and the workspace would have none.
"""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import combinations_with_replacement

import msgspec
import pytest

from entrant.db import open_database
from entrant.db.engine import Database, Tx
from entrant.scim.wire import Request, Response
from entrant.service import admin
from entrant.store import roles
from entrant.workspace.errors import LastAdmin
from entrant.workspace.roles import parse_rule
from tests.support.postgres import Cluster
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


PROCESS = """
import sys
from entrant.config import Config
from entrant.db import open_database
from entrant.db.engine import Tx
from entrant.scim.wire import Request
from entrant.service.scim import Service
from entrant.store import MIGRATIONS, roles

url, method, path, token, body = sys.argv[1:]
database = open_database(url, MIGRATIONS)
service = Service(database, Config())
has_admin = roles.has_admin


def waiting(tx: Tx, workspace_id: str) -> bool:
    print("there", flush=True)
    sys.stdin.readline()
    return has_admin(tx, workspace_id)


roles.has_admin = waiting
print("ready", flush=True)
sys.stdin.readline()
headers = {"authorization": "Bearer " + token, "content-type": "application/scim+json"}
response = service.handle(Request(method, path, "", headers, body.encode()))
print(response.status, response.read().decode() or "-", flush=True)
database.close()
"""


@dataclass(frozen=True)
class Remote:
    """A service in a process of its own that waits, before its request and at each look for an admin, to be told to go on."""

    process: subprocess.Popen[str]

    def read(self) -> str:
        """The next line that it prints."""
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def go_on(self) -> None:
        """Let it do the next step."""
        assert self.process.stdin is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()


@contextmanager
def remote(url: str, request: Request, token: str) -> Iterator[Remote]:
    """Send one request in another process."""
    arguments = [url, request.method, request.path, token, request.body.decode()]
    command = [sys.executable, "-c", PROCESS, *arguments]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Remote(process)
        finally:
            process.kill()


@pytest.mark.parametrize("ways", [("DELETE", "DELETE"), ("DELETE", "PATCH"), ("PATCH", "PATCH")], ids=" | ".join)
def test_two_processes_leave_an_admin(postgres: Cluster, ways: tuple[str, str]) -> None:
    """Product 4.5 on PostgreSQL: nothing lives in a process that another must know.

    The first is held after its change and before its look. The second cannot come as far while it is: it waits for
    the workspace's row. When the first is done, the second finds its own admin to be the last.
    """
    url = postgres.create("entrant_template")
    database = open_database(url, MIGRATIONS)
    workspace = new_workspace(database)
    idp = workspace.idp
    users = [idp.user("ada"), idp.user("ben")]
    idp.group("Admins", *users)
    off = {"Operations": [{"op": "replace", "path": "active", "value": False}]}
    requests = [
        Request(way, f"{idp.base}/Users/{user}", body=msgspec.json.encode(off) if way == "PATCH" else b"")
        for way, user in zip(ways, users, strict=True)
    ]

    with remote(url, requests[0], idp.token) as first, remote(url, requests[1], idp.token) as second:
        assert first.read() == second.read() == "ready"
        first.go_on()
        assert first.read() == "there"
        second.go_on()
        reader = ThreadPoolExecutor(1)
        coming = reader.submit(second.read)
        with pytest.raises(TimeoutError):
            coming.result(1.0)
        first.go_on()
        assert first.read().startswith("20")
        assert coming.result(30) == "there"
        second.go_on()
        while (answer := second.read()) == "there":  # again, in the transaction that undoes it
            second.go_on()
        reader.shutdown()

    assert answer.startswith("409 ")
    assert LAST_ADMIN in answer
    admins = [m for m in admin.list_members(database, workspace.slug) if m.role == "admin"]
    assert len(admins) == 1
    database.close()
    postgres.drop(url)
