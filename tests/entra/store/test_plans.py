"""What is asked for one object does not read the directory, and a large group is not written to change it."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass

import psycopg
import pytest

from entrant.db.engine import Database
from entrant.entra import directory
from entrant.entra.directory import Principal, finding, reading
from entrant.entra.directory.bulk import NewMembers, NewObject, add_members, insert
from entrant.entra.model import Action, Kind, Link, LogEntry, Outcome, Part, Status
from entrant.entra.store import log, objects
from entrant.entra.store.state import StoredState
from tests.bench.record import Recorder, Statement
from tests.support.cost import cost

MEMBERS = 10_000
FEW = {"sqlite": 3_000, "postgresql": 200}  # steps or buffers; reading or writing the group takes ten times that


@dataclass(frozen=True)
class Full:
    """A tenant with MEMBERS users in one group, which an application is assigned to."""

    recorder: Recorder
    url: str
    group: str
    app: str
    users: list[str]

    def cost(self, step: Callable[[Database], object]) -> int:
        """What the statements of the last transaction of a step take."""
        recorder = Recorder(self.recorder)
        step(recorder)
        written = [s for s in recorder.last_write.statements if not s.sql.startswith("INSERT INTO log")]
        return self.explained(written or recorder.last_read.statements)

    def explained(self, statements: list[Statement]) -> int:
        return cost(self.recorder, self.url, statements)


@pytest.fixture
def full(tenant: Database, tenant_url: str) -> Full:
    users = [str(uuid.UUID(int=n + 1)) for n in range(MEMBERS)]
    for start in range(0, MEMBERS, 2_500):
        insert(tenant, [_user(id_, n) for n, id_ in enumerate(users[start : start + 2_500], start)])
    group = directory.create_group(tenant, {"displayName": "Everyone"}).id
    app = directory.create_app(tenant, "Shop").id
    add_members(tenant, [NewMembers(group, users[:-1])])
    directory.assign(tenant, app, Principal(Kind.GROUP, group))
    if tenant.name == "postgresql":
        with psycopg.connect(tenant_url, autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE")
    return Full(Recorder(tenant), tenant_url, group, app, users)


def _user(id_: str, n: int) -> NewObject:
    properties = {"displayName": f"User {n}", "userPrincipalName": f"u{n}@contoso.com", "mail": f"m{n}@contoso.com"}
    return NewObject(id_, Kind.USER, {**properties, "mailNickname": f"u{n}", "accountEnabled": True})


def test_one_thing_costs_little_however_large_the_directory(full: Full) -> None:
    few, last = FEW[full.recorder.name], full.users[-1]
    state = StoredState(full.recorder, "job", full.app, sync_all=False, cycle="c")
    now = directory.position(full.recorder)
    steps: dict[str, Callable[[Database], object]] = {
        "by UPN": lambda db: db.read(lambda tx: finding.get_user(tx, "U77@contoso.com")),
        "by name": lambda db: db.read(lambda tx: finding.get_user(tx, "user 77")),
        "by mail": lambda db: db.read(lambda tx: objects.with_mail(tx, Kind.USER, "m77@contoso.com")),
        "by mail nickname": lambda db: db.read(lambda tx: objects.with_nickname(tx, Kind.USER, "u77")),
        "a page of names": lambda db: reading.page_of(db, Kind.USER, after=("user 5", ""), most=5),
        "a page of members": lambda db: db.read(lambda tx: objects.walk(tx, Kind.USER, after=5_000, most=5)),
        "subject": lambda db: _on(state, db).subject(full.users[5]),
        "position": lambda db: _on(state, db).position(),
        "a cycle without changes": lambda db: list(_on(state, db).changed(Kind.USER, now)),
        "linked to": lambda db: _on(state, db).linked_to(Kind.USER, "t"),
        "save": lambda db: _on(state, db).save(_outcome(full.users[5])),
        "log": lambda db: db.read(lambda tx: log.page(tx, log.Query(job="job", source_id=full.users[5], most=1))),
        "create": lambda db: directory.create_group(db, {"displayName": "One"}),
        "update": lambda db: directory.update_user(db, full.users[5], {"jobTitle": "Cook"}),
    }

    costs = {name: full.cost(step) for name, step in steps.items()}
    assert {name: spent for name, spent in costs.items() if spent > few} == {}

    adding = full.cost(lambda db: directory.add_members(db, full.group, [last]))
    removing = full.cost(lambda db: directory.remove_members(db, full.group, [last]))
    assert max(adding, removing) <= few


def _on(state: StoredState, db: Database) -> StoredState:
    return StoredState(db, state.job, state.service_principal, sync_all=state.sync_all, cycle=state.cycle)


def _outcome(user: str) -> Outcome:
    entry = LogEntry(Action.CREATE, Status.SUCCESS, user, "u5", Kind.USER)
    return Outcome(user, Kind.USER, Link(user, Kind.USER, "t5"), (entry,), settled=(Part.OBJECT,))
