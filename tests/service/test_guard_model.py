"""A hostile provider, whatever it sends, takes no more from those of the window's beginning than the limits allow.

Product 4.6. Nothing is approved. The limits are computed here from two states of the tables, as an outsider would.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from entrant.db.engine import Database, Tx
from entrant.scim.wire import Json, Response
from entrant.service import admin
from tests.support.clock import PassingTime, set_up
from tests.support.workspaces import age, new_workspace

USERS, ADMINS, SMALL = 30, 12, 8  # at the beginning: all, those of the role group, those of each small group
FIFTH, FEW, MINIMUM = 5, 5, 10
WINDOW = 60  # minutes
STEP = 7  # minutes: no multiple is within a minute of the window, by whose steps the guard's own slides
NAMES = st.sampled_from(["Admins {}", "Badminton {}", "Staff {}", "Members {}", "Team {}"])
SOME = st.lists(st.integers(0, 200), max_size=12)


@dataclass(frozen=True)
class State:
    """Who has which role, and who is in which group."""

    minute: float
    roles: dict[str, str | None]
    places: dict[str, frozenset[str]]

    @property
    def access(self) -> set[str]:
        return {user for user, role in self.roles.items() if role}

    @property
    def admins(self) -> set[str]:
        return {user for user, role in self.roles.items() if role == "admin"}


class HostileProvider(RuleBasedStateMachine):
    """Any request at any time, and time that passes."""

    database: Database
    clock: PassingTime

    def __init__(self) -> None:
        super().__init__()
        workspace = new_workspace(self.database)
        self.slug, self.idp = workspace.slug, workspace.idp
        admin.invite(self.database, self.slug, "boss@example.com", "admin")
        self.serial, self.minute = 0, 0.0
        self.users = [self.idp.user(f"old{n}") for n in range(USERS)]
        self.groups = [
            self.idp.group("Everyone", *self.users),
            self.idp.group("Admins", *self.users[:ADMINS]),
            *(self.idp.group(f"Crew {n}", *self.users[n : n + SMALL]) for n in range(0, USERS - SMALL, 5)),
        ]
        age(self.database, self.slug)
        self.history = [self.state()]

    def state(self) -> State:
        """As the tables have it."""

        def look(tx: Tx) -> State:
            mine = {"slug": self.slug}
            where = "workspace = (SELECT id FROM workspace WHERE slug = :slug)"
            members = tx.all(f"SELECT id, role FROM member WHERE {where}", **mine)
            places: dict[str, set[str]] = {}
            for row in tx.all(f"SELECT group_id, member_id FROM membership WHERE {where}", **mine):
                places.setdefault(row["group_id"], set()).add(row["member_id"])
            roles = {row["id"]: row["role"] for row in members}
            return State(self.minute, roles, {group: frozenset(ids) for group, ids in places.items()})

        return self.database.read(look)

    def send(self, response: Response) -> Response:
        """Whatever it is answered, it is no fault of the service."""
        assert response.status in {200, 201, 204, 400, 403, 404, 409, 503}, response.read()
        return response

    def some(self, numbers: list[int]) -> list[str]:
        return list(dict.fromkeys(self.users[n % len(self.users)] for n in numbers))

    def group(self, number: int) -> str:
        return self.groups[number % len(self.groups)]

    def bulk(self, operations: list[Json]) -> list[str]:
        """The ids of what it made."""
        answer = self.send(self.idp.request("POST", "/Bulk", {"Operations": operations})).json()
        return [each["location"].rpartition("/")[2] for each in answer["Operations"] if each["status"] == "201"]

    @rule(number=st.sampled_from([1, 5, 100]))
    def create(self, number: int) -> None:
        names = [f"new{self.serial + n}" for n in range(number)]
        self.serial += number
        self.users += self.bulk(
            [{"method": "POST", "path": "/Users", "bulkId": n, "data": {"userName": n}} for n in names]
        )

    @rule(numbers=SOME)
    def delete(self, numbers: list[int]) -> None:
        self.bulk([{"method": "DELETE", "path": f"/Users/{user}"} for user in self.some(numbers)])

    @rule(numbers=SOME, active=st.booleans())
    def set_active(self, numbers: list[int], *, active: bool) -> None:
        change = {"Operations": [{"op": "replace", "path": "active", "value": active}]}
        self.bulk([{"method": "PATCH", "path": f"/Users/{user}", "data": change} for user in self.some(numbers)])

    @rule(number=st.integers(0, 30), numbers=SOME)
    def add(self, number: int, numbers: list[int]) -> None:
        self.send(self.idp.add(self.group(number), *self.some(numbers)))

    @rule(number=st.integers(0, 30), numbers=SOME)
    def remove(self, number: int, numbers: list[int]) -> None:
        for user in self.some(numbers):
            self.send(self.idp.remove(self.group(number), user))

    @rule(number=st.integers(0, 30), numbers=SOME)
    def replace(self, number: int, numbers: list[int]) -> None:
        members = [{"value": user} for user in self.some(numbers)]
        change = {"op": "replace", "path": "members", "value": members}
        self.send(self.idp.patch(f"/Groups/{self.group(number)}", change))

    @rule(number=st.integers(0, 30), name=NAMES)
    def rename(self, number: int, name: str) -> None:
        self.serial += 1
        self.send(self.idp.rename(self.group(number), name.format(self.serial)))

    @rule(number=st.integers(0, 30))
    def delete_group(self, number: int) -> None:
        self.send(self.idp.request("DELETE", f"/Groups/{self.group(number)}"))

    @rule(name=NAMES, numbers=SOME)
    def create_group(self, name: str, numbers: list[int]) -> None:
        self.serial += 1
        answer = self.send(self.idp.post_group(name.format(self.serial), *self.some(numbers)))
        if answer.status == 201:
            self.groups.append(answer.json()["id"])

    @rule(steps=st.integers(1, 9))
    def wait(self, steps: int) -> None:
        self.minute += steps * STEP
        self.clock.wait(minutes=steps * STEP)

    @invariant()
    def nobody_of_the_beginning_lost_more_than_the_limits(self) -> None:
        now = self.state()
        self.history.append(now)
        past = [state for state in self.history if state.minute < self.minute - WINDOW]
        before = past[-1] if past else self.history[0]

        if min(len(state.access) for state in self.history) >= MINIMUM:
            assert len(before.access - now.access) <= len(before.access) // FIFTH
        assert len(before.admins - now.admins) <= max(FEW, len(before.admins) // FIFTH)
        assert len(now.admins - before.admins) <= max(FEW, len(before.access) // FIFTH)
        lost = {group: self.lost(before, now, group) for group in before.places}
        for group, ids in before.places.items():
            sizes = [len(state.places.get(group, ())) for state in self.history if state.minute >= before.minute]
            if min(sizes[0], len(ids)) >= MINIMUM:
                assert lost[group] <= len(ids) // FIFTH
        if not past:  # which groups are small is decided at the beginning
            small = [group for group, ids in before.places.items() if len(ids) < MINIMUM]
            places = sum(len(before.places[group]) for group in small)
            assert sum(lost[group] for group in small) <= max(MINIMUM - 1, places // FIFTH)

    @staticmethod
    def lost(before: State, now: State, group: str) -> int:
        """Who lost their place; who was deleted has lost more, and is counted for that."""
        return len(before.places[group] - now.places.get(group, frozenset()) - (before.roles.keys() - now.roles.keys()))


def test_nothing_that_a_provider_sends_takes_more_than_the_limits(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = type("Machine", (HostileProvider,), {"database": database, "clock": set_up(monkeypatch)})
    few = settings(
        max_examples=25 if database.name == "sqlite" else 6,
        stateful_step_count=30,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(machine, settings=few)
