"""The mass-change guard: beyond a limit a change is held until an administrator has looked."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import pytest

from entrant.db import open_database
from entrant.db.clock import SECOND
from entrant.db.engine import Database
from entrant.scim.wire import Response
from entrant.service import admin
from entrant.service import guard as service_guard
from entrant.service.call import Call
from entrant.workspace.changes import Changes
from entrant.workspace.errors import InvalidSetting, NoSuch
from entrant.workspace.guard import Guard
from tests.support.clock import PassingTime, set_up
from tests.support.cost import trace
from tests.support.idp import Idp
from tests.support.machine import Machine
from tests.support.workspaces import MIGRATIONS, NewWorkspace, age, new_workspace

USERS = 20
ALLOWED = USERS * 20 // 100
HOUR, DAY = 3_600, 86_400


@dataclass(frozen=True)
class Company:
    """A workspace whose users, and the group that holds all of them, are not new."""

    workspace: NewWorkspace
    users: list[str]
    group: str

    @property
    def idp(self) -> Idp:
        return self.workspace.idp

    def active(self) -> int:
        return sum(m.active for m in admin.list_members(self.workspace.database, self.workspace.slug))

    def off(self, *numbers: int) -> list[int]:
        """Deactivate users, one after the other; the answers."""
        return [self.idp.set_active(self.users[n], active=False).status for n in numbers]

    def held(self) -> list[admin.HeldView]:
        return admin.list_held(self.workspace.database, self.workspace.slug, waiting=True)

    def approve(self) -> admin.HeldView:
        return admin.approve_held(self.workspace.database, self.workspace.slug)

    def set(self, name: str, value: str) -> None:
        admin.set_guard(self.workspace.database, self.workspace.slug, None, name, value)


def company(database: Database, users: int = USERS) -> Company:
    """Everything is as if it had been provisioned long ago."""
    workspace = new_workspace(database)
    ids = [workspace.idp.user(f"user{n:02}") for n in range(users)]
    group = workspace.idp.group("Staff", *ids)
    age(database)
    return Company(workspace, ids, group)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> PassingTime:
    return set_up(monkeypatch)


@pytest.fixture
def acme(database: Database) -> Company:
    return company(database)


def test_beyond_a_fifth_of_the_members_the_next_deactivation_is_held(acme: Company) -> None:
    assert acme.off(*range(ALLOWED)) == [200] * ALLOWED

    answer = acme.idp.set_active(acme.users[ALLOWED], active=False)

    assert (answer.status, answer.headers["retry-after"]) == (503, "600")
    assert answer.json()["detail"] == (
        "held back: 5 of 20 members would lose access within 1 hour, where 20 % may. An administrator approves or "
        f"rejects it in the console, or with: entrant guard approve {acme.workspace.slug}"
    )
    assert acme.active() == USERS - ALLOWED
    assert acme.off(ALLOWED, ALLOWED + 1) == [503, 503]
    (held,) = acme.held()
    assert (held.change, held.count) == ("deactivations", 2)
    assert {m.name for m in held.members} == {"user04", "user05"}


def test_an_approval_lets_each_of_the_set_through_once(acme: Company) -> None:
    acme.off(*range(ALLOWED + 2))

    assert acme.approve().state == "approved"

    assert acme.off(ALLOWED, ALLOWED + 1) == [200, 200]
    assert acme.idp.set_active(acme.users[ALLOWED], active=True).status == 200
    assert acme.off(ALLOWED, ALLOWED + 2) == [503, 503]
    assert acme.active() == USERS - ALLOWED - 1


def test_whoever_is_not_in_the_approved_set_is_held(acme: Company) -> None:
    acme.off(*range(ALLOWED + 1))
    acme.approve()

    assert acme.off(ALLOWED + 1, ALLOWED) == [503, 200]


def test_what_was_rejected_is_refused_for_good(acme: Company) -> None:
    acme.off(*range(ALLOWED + 1))

    admin.reject_held(acme.workspace.database, acme.workspace.slug)

    answer = acme.idp.set_active(acme.users[ALLOWED], active=False)
    assert answer.status == 403
    assert "an administrator has rejected this change" in answer.json()["detail"]
    assert acme.held() == []
    assert acme.active() == USERS - ALLOWED


def test_a_rejection_can_be_turned_into_an_approval(acme: Company) -> None:
    acme.off(*range(ALLOWED + 1))
    held = admin.reject_held(acme.workspace.database, acme.workspace.slug)

    admin.approve_held(acme.workspace.database, acme.workspace.slug, held.id)

    assert acme.off(ALLOWED) == [200]


def test_a_deleted_user_counts_like_a_deactivated_one_and_an_inactive_one_not_again(acme: Company) -> None:
    acme.off(*range(ALLOWED - 1))
    statuses = [acme.idp.request("DELETE", f"/Users/{acme.users[n]}").status for n in (0, 1, ALLOWED, ALLOWED + 1)]

    assert statuses == [204, 204, 204, 503]


LEAVING: dict[str, Callable[[Company, list[str]], Response]] = {
    "remove": lambda c, ids: c.idp.remove(c.group, *ids),
    "remove by path": lambda c, ids: c.idp.patch(
        f"/Groups/{c.group}", {"op": "remove", "path": " or ".join(f'members[value eq "{i}"]' for i in ids[:1])}
    ),
    "replace": lambda c, ids: c.idp.patch(
        f"/Groups/{c.group}",
        {"op": "replace", "path": "members", "value": [{"value": u} for u in c.users if u not in ids]},
    ),
    "put": lambda c, ids: c.idp.request(
        "PUT",
        f"/Groups/{c.group}",
        {"displayName": "Staff", "members": [{"value": u} for u in c.users if u not in ids]},
    ),
    "delete": lambda c, ids: c.idp.request("DELETE", f"/Groups/{c.group}"),
}


@pytest.mark.parametrize("way", LEAVING)
def test_removals_from_a_group_are_held_whatever_the_request(acme: Company, way: str) -> None:
    if way == "remove by path":
        assert acme.idp.remove(acme.group, *acme.users[:ALLOWED]).status == 204
    left = acme.idp.members(acme.group)
    leaving = acme.users[10:15]

    assert LEAVING[way](acme, leaving).status == 503
    assert acme.idp.members(acme.group) == left
    (held,) = acme.held()
    assert (held.change, held.group) == ("removals", "Staff")
    assert held.count == {"remove by path": 1, "delete": USERS}.get(way, 5)

    acme.approve()
    assert LEAVING[way](acme, leaving).status < 300


def test_a_very_large_request_is_approved_as_a_whole(acme: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service_guard, "MAX_SUBJECTS", 3)
    assert acme.idp.remove(acme.group, *acme.users[:6]).status == 503

    assert acme.approve().count == 6

    assert acme.idp.remove(acme.group, *acme.users[:7]).status == 503
    assert acme.idp.remove(acme.group, *acme.users[:6]).status == 204


def test_an_initial_fill_is_never_held_and_ends_after_a_day(database: Database, clock: PassingTime) -> None:
    """Product 4.6: the first 24 hours of a connection's writing, once."""
    workspace = new_workspace(database)
    users = [workspace.idp.user(f"user{n}") for n in range(USERS)]
    group = workspace.idp.group("Staff", *users)
    nobody = {"op": "replace", "path": "members", "value": []}

    assert workspace.idp.patch(f"/Groups/{group}", nobody).status == 204
    assert {workspace.idp.set_active(user, active=False).status for user in users} == {200}
    assert {workspace.idp.set_active(user, active=True).status for user in users} == {200}
    assert workspace.idp.add(group, *users).status == 204

    clock.wait(hours=25)
    assert workspace.idp.patch(f"/Groups/{group}", nobody).status == 503


@pytest.mark.parametrize("jump", [-400 * DAY, -26 * HOUR, -HOUR])
def test_an_initial_fill_comes_but_once(database_url: str, jump: int) -> None:
    """Neither a clock that is set back, nor a restart, nor switching the connection off and on brings it back."""
    machine = Machine(database_url)
    workspace = new_workspace(machine.database)
    users = [workspace.idp.user(f"user{n}") for n in range(USERS)]
    group = workspace.idp.group("Staff", *users)
    machine.real += 25 * HOUR * SECOND
    workspace.idp.rename(group, "Crew")

    connection = admin.list_connections(machine.database, workspace.slug)[0].id
    for enabled in (False, True):
        admin.set_enabled(machine.database, workspace.slug, connection, enabled=enabled)
    machine.wrong += jump * SECOND
    machine.restart()

    assert workspace.through(machine.database).idp.request("DELETE", f"/Groups/{group}").status == 503
    machine.database.close()


def test_fewer_than_ten_members_are_not_guarded(database: Database) -> None:
    acme = company(database, 9)

    assert acme.idp.remove(acme.group, *acme.users).status == 204
    assert acme.off(*range(9)) == [200] * 9


def test_the_window_slides(acme: Company, clock: PassingTime) -> None:
    """Once all of a window's changes lie behind, as many may follow."""
    assert acme.off(*range(ALLOWED + 1))[-1] == 503

    clock.wait(minutes=59)
    assert acme.off(ALLOWED) == [503]
    clock.wait(minutes=3)

    assert acme.off(*range(ALLOWED, ALLOWED + 3)) == [200] * 3  # a fifth of 16
    assert acme.off(ALLOWED + 3) == [503]


@pytest.mark.parametrize("jump", [-400 * DAY, -5 * HOUR, -60, 60, 5 * HOUR, 400 * DAY])
def test_a_wall_clock_that_jumps_neither_forgets_nor_stops_the_window(database_url: str, jump: int) -> None:
    """Product 9.9. Only the time that has really passed lets more be taken; a restart changes nothing."""
    machine = Machine(database_url)
    acme = company(machine.database)
    acme.off(*range(ALLOWED))

    machine.wrong += jump * SECOND
    assert acme.off(ALLOWED) == [503]
    machine.real += 30 * 60 * SECOND
    assert acme.off(ALLOWED) == [503]
    machine.restart()
    acme = replace(acme, workspace=acme.workspace.through(machine.database))
    assert acme.off(ALLOWED) == [503]
    machine.real += 32 * 60 * SECOND

    assert acme.off(ALLOWED) == [200]
    machine.database.close()


def test_newcomers_make_no_room_when_the_wall_clock_jumps(database_url: str) -> None:
    """Who comes after it is as new as before."""
    machine = Machine(database_url)
    acme = company(machine.database)
    for jump in (-5 * HOUR, 5 * HOUR):
        machine.wrong += jump * SECOND
        for n in range(10):
            acme.idp.user(f"new{jump}-{n}")

    assert acme.off(*range(ALLOWED + 1)) == [200] * ALLOWED + [503]
    machine.database.close()


def test_promotions_are_held_beyond_a_number_and_a_share(acme: Company) -> None:
    """Product 4.6: by default more than 5 people, and more than a fifth of the members."""
    chiefs = acme.idp.group("Admins")

    assert acme.idp.add(chiefs, *acme.users[:5]).status == 204
    answer = acme.idp.add(chiefs, acme.users[5])
    assert answer.status == 503
    assert "6 of 20 members would become admins within 1 hour, where 5 or 20 % may" in answer.json()["detail"]
    assert acme.idp.add(chiefs, acme.idp.user("newcomer")).status == 503

    acme.approve()
    assert acme.idp.add(chiefs, acme.users[5]).status == 204


def test_in_a_large_workspace_more_than_a_few_may_become_admins(database: Database) -> None:
    acme = company(database, 40)
    chiefs = acme.idp.group("Admins")

    assert acme.idp.add(chiefs, *acme.users[:8]).status == 204
    assert acme.idp.add(chiefs, acme.users[8]).status == 503


def test_the_number_alone_decides_about_promotions_if_the_share_is_nought(acme: Company) -> None:
    chiefs = acme.idp.group("Admins")
    acme.set("promotions", "2")
    acme.set("share", "0")

    assert acme.idp.add(chiefs, *acme.users[:2]).status == 204
    assert acme.idp.add(chiefs, acme.users[2]).status == 503


def test_a_guard_that_is_off_holds_nothing(acme: Company) -> None:
    acme.set("deactivations", "off")
    acme.set("removals", "off")

    assert acme.idp.remove(acme.group, *acme.users).status == 204
    assert set(acme.off(*range(USERS))) == {200}


def test_an_approval_does_not_get_past_the_last_admin(acme: Company) -> None:
    """Product 4.5 comes first, held or approved."""
    acme.off(*range(ALLOWED))
    admin.set_role(acme.workspace.database, acme.workspace.slug, acme.users[10], "admin")
    admin.set_role(acme.workspace.database, acme.workspace.slug, acme.users[11], "admin")
    assert acme.off(10) == [503]
    acme.approve()
    admin.set_role(acme.workspace.database, acme.workspace.slug, acme.users[11], "member")

    assert acme.off(10) == [409]

    admin.set_role(acme.workspace.database, acme.workspace.slug, acme.users[11], "admin")
    assert acme.off(10) == [200]


def test_of_a_bulk_request_only_what_goes_beyond_is_held(acme: Company) -> None:
    operations = [{"method": "DELETE", "path": f"/Users/{user}"} for user in acme.users[: ALLOWED + 1]]

    answer = acme.idp.request("POST", "/Bulk", {"Operations": operations})

    assert [o["status"] for o in answer.json()["Operations"]] == ["204"] * ALLOWED + ["503"]
    assert acme.held()[0].count == 1


def test_what_is_held_in_a_circle_of_a_bulk_request_can_be_approved_and_sent_again(acme: Company) -> None:
    """The whole circle is undone, but not that one of it is held."""
    change = {"op": "replace", "path": "members", "value": [{"value": "bulkId:A"}]}
    operations = [
        {"method": "POST", "path": "/Groups", "bulkId": "A",
         "data": {"displayName": "A", "members": [{"value": "bulkId:B"}]}},
        {"method": "POST", "path": "/Groups", "bulkId": "B",
         "data": {"displayName": "B", "members": [{"value": "bulkId:A"}]}},
        {"method": "PATCH", "path": f"/Groups/{acme.group}", "data": {"Operations": [change]}},
        {"method": "PATCH", "path": "/Groups/bulkId:A", "data": {"Operations": [
            {"op": "add", "path": "members", "value": [{"value": acme.users[0]}]}]}},
    ]  # fmt: skip

    def send() -> list[str]:
        answer = acme.idp.request("POST", "/Bulk", {"Operations": operations})
        return [each["status"] for each in answer.json()["Operations"]]

    assert send() == ["503"] * 4
    (held,) = acme.held()
    assert (held.change, held.count) == ("removals", USERS)
    assert acme.idp.members(acme.group) == set(acme.users)
    assert acme.idp.find("/Groups", 'displayName eq "A"') == []
    assert [e.action for e in admin.list_audit(acme.workspace.database, acme.workspace.slug)].count("guard.hold") == 1

    acme.approve()

    assert send() == ["201", "201", "204", "204"]
    (made,) = acme.idp.find("/Groups", 'displayName eq "A"')
    assert acme.idp.members(acme.group) == {made["id"]}


def test_two_writes_that_race_are_counted_one_after_the_other(
    acme: Company, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With room for one, each waits before it counts for the other to come as far: it cannot, and is counted second."""
    acme.off(*range(ALLOWED - 1))
    second = open_database(database_url, MIGRATIONS)
    both = threading.Barrier(2)
    require = service_guard.require

    def waiting(call: Call, changes: Changes) -> None:
        try:
            both.wait(0.2)
        except threading.BrokenBarrierError:
            both.reset()
        require(call, changes)

    monkeypatch.setattr(service_guard, "require", waiting)
    idps = acme.idp, acme.workspace.through(second).idp
    with ThreadPoolExecutor(2) as pool:
        answers = [
            pool.submit(idp.set_active, user, active=False) for idp, user in zip(idps, acme.users[8:10], strict=True)
        ]
        statuses = sorted(answer.result(30).status for answer in answers)
    second.close()

    assert statuses == [200, 503]
    assert acme.active() == USERS - ALLOWED


def test_a_write_that_takes_nothing_away_costs_no_statement(acme: Company) -> None:
    def guarded(send: Callable[[Idp], Response]) -> list[str]:
        return [s.sql for s in trace(acme.workspace, send) if "guard_window" in s.sql or "held" in s.sql]

    newcomer = acme.idp.user("newcomer")

    assert guarded(lambda idp: idp.rename(acme.group, "Crew")) == []
    assert guarded(lambda idp: idp.post_user("another")) == []
    assert guarded(lambda idp: idp.add(acme.group, newcomer)) == []
    assert len(guarded(lambda idp: idp.set_active(acme.users[0], active=False))) == 2
    assert len(guarded(lambda idp: idp.remove(acme.group, acme.users[1]))) == 2


def test_what_was_held_and_decided_is_in_the_audit_log(acme: Company) -> None:
    acme.set("window", "2h")
    acme.off(*range(ALLOWED + 1))
    acme.approve()

    entries = [e for e in admin.list_audit(acme.workspace.database, acme.workspace.slug)[::-1] if "guard" in e.action]

    assert [(e.action, e.outcome) for e in entries] == [
        ("guard.set", "done"),
        ("guard.hold", "refused"),
        ("guard.approve", "done"),
    ]
    assert entries[0].details["after"]["window"] == 7_200
    assert "within 2 hours" in (entries[1].detail or "")
    assert entries[2].details["members"] == ["user04"]


def test_nothing_held_can_be_neither_approved_nor_rejected(acme: Company) -> None:
    slug = acme.workspace.slug
    for decide in (admin.approve_held, admin.reject_held):
        with pytest.raises(NoSuch, match="No change"):
            decide(acme.workspace.database, slug)
        with pytest.raises(NoSuch, match="no held change"):
            decide(acme.workspace.database, slug, "bogus")


@pytest.mark.parametrize(
    ("name", "value"),
    [("window", "0h"), ("window", "8d"), ("window", "1"), ("removals", "101"), ("promotions", "many"), ("x", "1")],
)
def test_a_limit_that_makes_no_sense_is_refused(name: str, value: str) -> None:
    with pytest.raises(InvalidSetting):
        Guard().set(name, value)


def test_settings_survive_their_writing() -> None:
    guard = Guard().set("window", "30m").set("deactivations", "5%").set("promotions", "3").set("removals", "off")

    assert Guard.from_json(guard.to_json()) == guard == Guard(1_800, 10, 5, None, 3)


def test_settings_of_before_there_was_a_share_mean_what_they_meant_then() -> None:
    """But that nothing was the default, which it is no more."""
    before = {"window": 3_600, "minimum": 10, "deactivations": 20, "removals": 20}

    assert Guard.from_json({**before, "promotions": 3}) == Guard(promotions=3, share=0, demotions=None)
    assert Guard.from_json({**before, "promotions": None}) == Guard()
