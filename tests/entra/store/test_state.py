"""What the engine is told of the directory, and what is remembered for it (entra-client 12.2, 12.7, 13.2, 13.3)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from entrant.db.engine import Database
from entrant.entra import directory
from entrant.entra.directory import Principal
from entrant.entra.model import (
    DEFAULT_ACCESS,
    Action,
    Conflict,
    DirectoryObject,
    Escrow,
    Kind,
    Link,
    LogEntry,
    Membership,
    ModifiedProperty,
    Outcome,
    Part,
    ServicePrincipal,
    Status,
)
from entrant.entra.ports import State
from entrant.entra.store import links, log
from entrant.entra.store.state import StoredState
from tests.support.tenant import add_group, add_user

NOON = "2026-11-24T12:00:00.000000Z"


@pytest.fixture
def app(tenant: Database) -> ServicePrincipal:
    return directory.create_app(tenant, "Shop")


@pytest.fixture
def state(tenant: Database, app: ServicePrincipal) -> StoredState:
    return StoredState(tenant, "job", app.id, sync_all=False, cycle="cycle")


def ids(state: State, kind: Kind = Kind.USER, since: int | None = None) -> list[str]:
    return [subject.id for subject in state.changed(kind, since)]


def linked(user: DirectoryObject, target: str = "") -> Outcome:
    return Outcome(user.id, user.kind, Link(user.id, user.kind, target or f"target-{user.id}"))


def escrow(object_: DirectoryObject, part: Part = Part.OBJECT, at: str = NOON) -> Escrow:
    return Escrow(object_.id, object_.kind, part, NOON, 1, at, "Timeout", "No answer.")


def assign(tenant: Database, app: ServicePrincipal, object_: DirectoryObject, role: str | None = None) -> None:
    directory.assign(tenant, app.id, Principal(object_.kind, object_.id), role)


def test_an_initial_cycle_sees_who_is_assigned_directly_or_by_a_security_group(
    tenant: Database, app: ServicePrincipal, state: StoredState
) -> None:
    """Entra-client 12.2.1, 12.2.2: in the order of creation."""
    direct, nested, member, stranger = (add_user(tenant, name) for name in ("direct", "nested", "member", "stranger"))
    inner = add_group(tenant, "Inner", nested)
    group = add_group(tenant, "Cooks", member, inner)
    mail_only = add_group(tenant, "Mail", stranger)
    directory.update_group(tenant, mail_only.id, {"securityEnabled": False, "mailEnabled": True})
    for object_ in (mail_only, group, direct):
        assign(tenant, app, object_)

    users = {subject.id: subject.assigned for subject in state.changed(Kind.USER, None)}

    assert users == {direct.id: True, member.id: True, stranger.id: False}
    assert list(users)[:2] == [direct.id, member.id]
    assert ids(state, Kind.GROUP) == [group.id, mail_only.id]


def test_an_initial_cycle_of_all_sees_all_and_links_of_whoever_is_gone(tenant: Database, state: StoredState) -> None:
    anna, bert, carl = (add_user(tenant, name) for name in ("anna", "bert", "carl"))
    state.save(linked(bert))
    for user in (bert, carl):
        directory.delete_user(tenant, user.id)
        directory.purge_user(tenant, user.id)

    assert ids(state) == [bert.id]
    everyone = list(replace(state, sync_all=True).changed(Kind.USER, None))
    assert [subject.object for subject in everyone] == [anna, None]
    assert everyone[1].link == Link(bert.id, Kind.USER, f"target-{bert.id}")


def test_an_incremental_cycle_sees_what_changed_for_this_application(
    tenant: Database, app: ServicePrincipal, state: StoredState
) -> None:
    """Entra-client 23.6.3."""
    anna, bert, carl = (add_user(tenant, name) for name in ("anna", "bert", "carl"))
    other = directory.create_app(tenant, "Other")
    watermark = state.position()

    assign(tenant, other, anna)
    assert state.position() == watermark
    assign(tenant, app, carl)
    directory.update_user(tenant, bert.id, {"jobTitle": "Cook"})

    assert state.position() > watermark
    assert ids(state, since=watermark) == [bert.id, carl.id]
    assert ids(state, since=state.position()) == []


def test_a_cycle_that_goes_through_pages_sees_each_object_once(
    tenant: Database, app: ServicePrincipal, state: StoredState, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("PAGE", "WALK", "FEED"):
        monkeypatch.setattr(f"entrant.entra.store.state.{name}", 2)
    users = [add_user(tenant, f"user{n}") for n in range(5)]
    for user in users[1:]:
        assign(tenant, app, user)

    assert ids(state) == [user.id for user in users[1:]]
    assert ids(state, since=0) == [user.id for user in users]


def test_roles_come_from_every_assignment_but_default_access(
    tenant: Database, app: ServicePrincipal, state: StoredState
) -> None:
    """Entra-client 12.2.4."""
    anna = add_user(tenant, "anna")
    assign(tenant, app, anna, DEFAULT_ACCESS)
    assign(tenant, app, add_group(tenant, "Cooks", anna), "msiam_access")
    assign(tenant, app, anna, "User")

    subject = state.subject(anna.id)

    assert subject is not None
    assert subject.app_roles == app.app_roles
    assert state.subject(app.id) is None


def test_losing_one_of_two_groups_leaves_a_user_assigned(
    tenant: Database, app: ServicePrincipal, state: StoredState
) -> None:
    """Entra-client 23.6.6."""
    anna = add_user(tenant, "anna")
    first, second = add_group(tenant, "First", anna), add_group(tenant, "Second", anna)
    for group in (first, second):
        assign(tenant, app, group)

    found = []
    for group in (first, second):
        directory.remove_members(tenant, group.id, [anna.id])
        found.append(state.subject(anna.id))

    assert [subject.assigned for subject in found if subject] == [True, False]


def test_a_link_is_saved_read_and_dropped(tenant: Database, state: StoredState) -> None:
    anna = add_user(tenant, "anna")
    link = Link(
        anna.id, Kind.USER, "t1", managed=False, active=False, manager="m", exported={"userName": "anna", "n": 1}
    )

    state.save(Outcome(anna.id, Kind.USER, link))
    assert state.link_of(anna.id) == link
    assert state.linked_to(Kind.USER, "t1") == anna.id
    assert state.linked_to(Kind.GROUP, "t1") is None
    state.save(Outcome(anna.id, Kind.USER, None))
    assert state.link_of(anna.id) is None


def test_two_objects_are_never_linked_to_one_target(tenant: Database, state: StoredState) -> None:
    anna, bert = add_user(tenant, "anna"), add_user(tenant, "bert")
    state.save(linked(anna, "t1"))

    with pytest.raises(Conflict, match="t1"):
        state.save(replace(linked(bert, "t1"), escrows=(escrow(bert),)))

    assert state.link_of(bert.id) is None
    assert list(state.due("3")) == []


def test_a_membership_is_what_the_target_has_not_been_told(tenant: Database, state: StoredState) -> None:
    """Entra-client 9.14, 23.6.4."""
    anna, bert, carl = (add_user(tenant, name) for name in ("anna", "bert", "carl"))
    inner = add_group(tenant, "Inner")
    group = add_group(tenant, "Cooks", anna, bert, carl, inner)
    for object_ in (anna, bert, inner):
        state.save(linked(object_, object_.name))
    told = tuple(sorted((each.id, each.name) for each in (anna, bert, inner)))

    assert state.membership(group.id) == Membership(add=told, unresolved=(carl.id,))
    state.save(replace(linked(group), members_added=told))
    assert state.membership(group.id) == Membership(unresolved=(carl.id,))
    directory.remove_members(tenant, group.id, [bert.id])
    assert state.membership(group.id) == Membership(remove=((bert.id, bert.name),), unresolved=(carl.id,))
    state.save(replace(linked(group), members_removed=((bert.id, bert.name),)))
    assert state.membership(group.id) == Membership(unresolved=(carl.id,))


def test_only_chosen_members_are_looked_at(tenant: Database, state: StoredState) -> None:
    """Entra-client 19.5: members that were not chosen are untouched."""
    anna, bert, carl = (add_user(tenant, name) for name in ("anna", "bert", "carl"))
    group = add_group(tenant, "Cooks", anna, bert)
    for user in (anna, bert, carl):
        state.save(linked(user, user.name))
    state.save(replace(linked(group), members_added=((carl.id, carl.name),)))

    assert state.membership(group.id, [anna.id, carl.id]) == Membership(add=((anna.id, anna.name),))


def test_a_member_that_was_made_anew_in_the_target_is_told_again(tenant: Database, state: StoredState) -> None:
    anna = add_user(tenant, "anna")
    group = add_group(tenant, "Cooks", anna)
    state.save(linked(anna, "old"))
    state.save(replace(linked(group), members_added=((anna.id, "old"),)))

    state.save(linked(anna, "new"))

    assert state.membership(group.id) == Membership(add=((anna.id, "new"),))


def test_what_waits_comes_when_its_time_has_come_users_first(tenant: Database, state: StoredState) -> None:
    """Entra-client 14.2."""
    group, anna, bert = add_group(tenant, "Cooks"), add_user(tenant, "anna"), add_user(tenant, "bert")
    state.save(replace(linked(group), escrows=(escrow(group, Part.MEMBERS),)))
    state.save(replace(linked(anna), escrows=(escrow(anna), escrow(anna, Part.MANAGER))))
    state.save(replace(linked(bert), escrows=(escrow(bert, at="2026-11-24T12:00:00.000001Z"),)))

    due = list(state.due(NOON))
    assert [subject.id for subject in due] == [anna.id, group.id]
    assert {e.part for e in due[0].escrows} == {Part.OBJECT, Part.MANAGER}
    state.save(replace(linked(anna), settled=(Part.MANAGER, Part.OBJECT), escrows=(replace(escrow(anna), failures=2),)))
    subject = state.subject(anna.id)
    assert subject is not None
    assert subject.escrows == (replace(escrow(anna), failures=2),)


def test_the_log_is_read_newest_first_by_what_graph_asks(tenant: Database, state: StoredState) -> None:
    """Graph-surface 3.5."""
    anna, bert = add_user(tenant, "anna"), add_user(tenant, "bert")
    created = LogEntry(Action.CREATE, Status.SUCCESS, anna.id, anna.name, Kind.USER)
    told = replace(created, action=Action.UPDATE, modified=(ModifiedProperty("Members", None, "x"),))
    failed = LogEntry(Action.CREATE, Status.FAILURE, bert.id, bert.name, Kind.USER, error_code="Timeout")
    state.save(replace(linked(anna), entries=(created, told)))
    state.save(Outcome(bert.id, Kind.USER, None, entries=(failed,)))

    def entries(query: log.Query) -> list[LogEntry]:
        return [logged.entry for logged in tenant.read(lambda tx: log.page(tx, query)).entries]

    assert entries(log.Query(job="job")) == [failed, told, created]
    assert entries(log.Query(source_id=anna.id, actions=("Create", "delete"), cycle="cycle")) == [created]
    assert entries(log.Query(statuses=("failure",))) == [failed]
    assert entries(log.Query(properties=("manager", "members"))) == [told]
    assert entries(log.Query(properties=("member_",))) == []
    first, second, third = tenant.read(lambda tx: log.page(tx, log.Query())).entries
    assert entries(log.Query(before=(first.at, first.id), most=1)) == [told]
    assert entries(log.Query(since=first.at)) == [failed]
    assert entries(log.Query(until=first.at)) == [told, created]
    assert second.change_id == third.change_id != first.change_id
    assert tenant.read(lambda tx: log.find(tx, second.id)) == second


def test_what_has_been_provisioned_does_not_become_less(tenant: Database, state: StoredState) -> None:
    """entra-client 21.2.3: until the links are cleared."""
    anna, bert, cleo = (add_user(tenant, name) for name in ("anna", "bert", "cleo"))
    for user in (anna, bert):
        state.save(linked(user))

    counted = []
    for outcome in (linked(anna), Outcome(anna.id, Kind.USER, None), Outcome(anna.id, Kind.USER, None), linked(cleo)):
        state.save(outcome)
        counted.append(tenant.read(lambda tx: links.counts(tx, state.job)))
    tenant.write(state.job, lambda tx: links.clear(tx, state.job))

    assert counted == [{Kind.USER: 2, Kind.GROUP: 0}] * 4
    assert tenant.read(lambda tx: links.counts(tx, state.job)) == {Kind.USER: 0, Kind.GROUP: 0}
