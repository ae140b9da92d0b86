"""The mass-change guard counts what a request does: ways around it that count nothing, count twice, or approve more.

Each is a fault that the guard once had. Product 4.6.
"""

from __future__ import annotations

import pytest

from entrant.db.engine import Database
from entrant.service import admin
from entrant.workspace.errors import NoSuch
from tests.support.clock import PassingTime, set_up
from tests.support.workspaces import NewWorkspace, age, new_workspace

FIFTH = 5


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> PassingTime:
    return set_up(monkeypatch)


def people(workspace: NewWorkspace, number: int, prefix: str = "user") -> list[str]:
    """So many users, made by one request."""
    operations = [
        {"method": "POST", "path": "/Users", "bulkId": str(n), "data": {"userName": f"{prefix}{n:03}"}}
        for n in range(number)
    ]
    answer = workspace.idp.request("POST", "/Bulk", {"Operations": operations}).json()
    return [each["location"].rpartition("/")[2] for each in answer["Operations"]]


def deleted(workspace: NewWorkspace, users: list[str]) -> int:
    """How many of these a bulk request could delete."""
    operations = [{"method": "DELETE", "path": f"/Users/{user}"} for user in users]
    answer = workspace.idp.request("POST", "/Bulk", {"Operations": operations}).json()
    return [each["status"] for each in answer["Operations"]].count("204")


def test_new_users_make_no_room_for_the_deletion_of_old_ones(database: Database) -> None:
    workspace = new_workspace(database)
    old = people(workspace, 60)
    age(database)

    people(workspace, 300, "new")

    assert deleted(workspace, old) == 60 // FIFTH


def test_users_who_return_make_no_room_either(database: Database) -> None:
    workspace = new_workspace(database)
    old, gone = people(workspace, 30), people(workspace, 60, "gone")
    for user in gone:
        workspace.idp.set_active(user, active=False)
    age(database)

    assert {workspace.idp.set_active(user, active=True).status for user in gone} == {200}

    assert deleted(workspace, old) == 30 // FIFTH


def test_new_users_count_like_old_ones(database: Database) -> None:
    workspace = new_workspace(database)
    people(workspace, 20)
    age(database)

    assert deleted(workspace, people(workspace, 100, "new")) == 20 // FIFTH


def test_new_members_of_a_group_make_no_room_for_the_removal_of_old_ones(database: Database) -> None:
    workspace = new_workspace(database)
    users = people(workspace, 120)
    group = workspace.idp.group("Staff", *users[:20])
    age(database)

    assert workspace.idp.add(group, *users[20:]).status == 204

    statuses = [workspace.idp.remove(group, user).status for user in users[:20]]
    assert statuses.count(204) == 20 // FIFTH


def test_a_rename_that_takes_the_role_of_many_is_held(database: Database) -> None:
    workspace = new_workspace(database)
    users = people(workspace, 100)
    boss = admin.invite(database, workspace.slug, "boss@example.com", "admin")
    group = workspace.idp.group("Admins", *users[:20])
    age(database)

    answer = workspace.idp.rename(group, "Badgers")

    assert answer.status == 503
    assert "20 of 21 admins would lose that role" in answer.json()["detail"]
    assert roles(workspace).count("admin") == 21
    (held,) = admin.list_held(database, workspace.slug)
    assert {member.id for member in held.members} == set(users[:20])
    admin.approve_held(database, workspace.slug, held.id)
    assert workspace.idp.rename(group, "Badgers").status == 204
    assert roles(workspace).count("admin") == 1
    assert boss.role == "admin"


def test_a_rename_that_makes_many_admins_is_held(database: Database) -> None:
    workspace = new_workspace(database)
    users = people(workspace, 100)
    group = workspace.idp.group("Sports", *users[:40])
    age(database)

    answer = workspace.idp.rename(group, "Badminton")

    assert answer.status == 503
    assert "40 of 100 members would become admins" in answer.json()["detail"]
    assert roles(workspace).count("admin") == 0


def test_the_deletion_of_a_role_group_is_held_for_its_roles_and_its_places(database: Database) -> None:
    workspace = new_workspace(database)
    users = people(workspace, 100)
    admin.invite(database, workspace.slug, "boss@example.com", "admin")
    group = workspace.idp.group("Admins", *users[:20])
    age(database)

    assert workspace.idp.request("DELETE", f"/Groups/{group}").status == 503

    held = admin.list_held(database, workspace.slug, waiting=True)
    assert {(each.change, each.count) for each in held} == {("demotions", 20), ("removals", 20)}
    admin.approve_held(database, workspace.slug, held[0].id)
    assert workspace.idp.request("DELETE", f"/Groups/{group}").status == 503
    admin.approve_held(database, workspace.slug, held[1].id)
    assert workspace.idp.request("DELETE", f"/Groups/{group}").status == 204


def test_small_groups_are_counted_together(database: Database) -> None:
    workspace = new_workspace(database)
    users = people(workspace, 90)
    groups = [workspace.idp.group(f"Team {n}", *users[n * 9 : n * 9 + 9]) for n in range(10)]
    workspace.idp.group("Everyone", *users)
    age(database)

    answers = [workspace.idp.request("DELETE", f"/Groups/{group}") for group in groups]

    assert [answer.status for answer in answers] == [204, 204] + [503] * 8
    assert "27 of 90 members of groups of fewer than 10 would leave them" in answers[2].json()["detail"]


def test_an_approval_is_for_exactly_what_was_shown(database: Database) -> None:
    """One was shown; 47 came later and wait."""
    workspace = new_workspace(database)
    users = people(workspace, 60)
    age(database)
    assert deleted(workspace, users[:13]) == 12
    (shown,) = admin.list_held(database, workspace.slug)
    assert [member.name for member in shown.members] == ["user012"]
    deleted(workspace, users[13:])

    approved = admin.approve_held(database, workspace.slug, shown.id)

    assert (approved.count, approved.state) == (1, "approved")
    assert deleted(workspace, users[12:]) == 1
    (waiting,) = admin.list_held(database, workspace.slug, waiting=True)
    assert waiting.count == 47


def test_a_rejection_too_is_for_exactly_what_was_shown(database: Database) -> None:
    workspace = new_workspace(database)
    users = people(workspace, 60)
    age(database)
    deleted(workspace, users[:13])
    (shown,) = admin.list_held(database, workspace.slug)
    deleted(workspace, users[13:14])

    admin.reject_held(database, workspace.slug, shown.id)

    statuses = [workspace.idp.request("DELETE", f"/Users/{user}").status for user in users[12:14]]
    assert statuses == [403, 503]


def test_an_id_that_does_not_say_what_was_shown_decides_nothing(database: Database) -> None:
    workspace = new_workspace(database)
    users = people(workspace, 20)
    age(database)
    deleted(workspace, users)
    (shown,) = admin.list_held(database, workspace.slug)

    for bad in (shown.id.partition(".")[0], f"{shown.id.partition('.')[0]}.", f"{shown.id}9999999999", "."):
        with pytest.raises(NoSuch):
            admin.approve_held(database, workspace.slug, bad)


def test_people_are_held_one_by_one_up_to_thousands(database: Database) -> None:
    workspace = new_workspace(database)
    users = [user for part in range(2) for user in people(workspace, 1_000, f"part{part}-")]
    group = workspace.idp.group("Staff", *users)
    age(database)

    assert workspace.idp.request("DELETE", f"/Groups/{group}").status == 503

    (held,) = admin.list_held(database, workspace.slug)
    assert {member.id for member in held.members} == set(users)
    admin.approve_held(database, workspace.slug, held.id)
    assert workspace.idp.remove(group, *users[:1_000]).status == 204
    assert workspace.idp.request("DELETE", f"/Groups/{group}").status == 204


def test_a_window_that_has_passed_makes_room_for_as_many_of_those_who_are_left(
    database: Database, clock: PassingTime
) -> None:
    workspace = new_workspace(database)
    users = people(workspace, 50)
    age(database)
    taken = 0

    for left in (50, 40, 32):
        assert deleted(workspace, users[taken:]) == left // FIFTH
        taken += left // FIFTH
        clock.wait(minutes=62)


def roles(workspace: NewWorkspace) -> list[str | None]:
    """The role of each member with access."""
    return [member.role for member in admin.list_members(workspace.database, workspace.slug)]
