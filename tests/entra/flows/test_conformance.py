"""The scenarios that the emulator itself must pass (entra-client 23.6), and what its switches change."""

from __future__ import annotations

import gc
from concurrent.futures import ThreadPoolExecutor

import pytest

from entrant.entra.directory import edit, users
from entrant.entra.engine.cycle import Cycle, Name
from entrant.entra.engine.job import CycleResult
from entrant.entra.engine.on_demand import MAX_MEMBERS, OnDemand
from entrant.entra.model import DEFAULT_ACCESS, BadValue, NotFound, Status, Subject
from entrant.scim.wire import Request, Response, drive

from .pair import Fault, Pair


def test_a_matching_attribute_without_a_value_is_not_looked_up(pair: Pair) -> None:
    """23.6.2."""
    pair.run("map externalId [employeeId] 1\nmap userName [userPrincipalName] 2")

    pair.run("user jane\nassign jane\ncycle")

    assert pair.queries == ["filter=userName+eq+%22jane%40contoso.com%22"]


def test_a_hit_of_the_first_matching_attribute_is_the_last_lookup(pair: Pair) -> None:
    """23.6.2."""
    pair.idp.user("somebody@contoso.com", externalId="7")
    pair.run("map externalId [employeeId] 1\nmap userName [userPrincipalName] 2")

    pair.run("user jane employeeId=7\nassign jane\ncycle")

    assert pair.queries == ["filter=externalId+eq+%227%22"]
    assert pair.target() == ["jane"]


def test_without_any_matching_value_an_object_fails_and_nothing_is_asked(pair: Pair) -> None:
    """12.6.3."""
    pair.run("map userName [userPrincipalName]\nmap externalId [employeeId] 1")

    shown = pair.run("user jane\nassign jane\ncycle")

    assert shown == ["= EntryLevelErrors", ". create failure jane@contoso.com MissingValues"]
    assert pair.sent == []


def test_two_objects_of_the_directory_cannot_have_one_target(pair: Pair) -> None:
    """12.6.2, 14.6."""
    pair.run("map userName [userPrincipalName]\nmap externalId [employeeId] 1")

    shown = pair.run("user jane employeeId=7\nuser joe employeeId=7\nassign jane joe\ncycle")

    assert shown[1].startswith(". create success jane@contoso.com")
    assert shown[2].startswith(". create failure joe@contoso.com DuplicateSourceEntries")


def test_a_second_cycle_without_changes_sends_only_probes(pair: Pair) -> None:
    """23.6.3, 4.7."""
    pair.run("user jane\ngroup Team jane\nassign Team\ncycle")
    probes: list[str] = []
    pass_on = pair.world.send

    def send(request: Request) -> Response:
        probes.append(request.path)
        return pass_on(request)

    pair.world.send = send

    assert pair.run("cycle") == ["= Succeeded"]
    assert (len(probes), pair.sent) == (2, [])

    pair.run("switch probe_every_cycle=off\ncycle")
    assert len(probes) == 2
    pair.run("update jane jobTitle=Chief\ncycle")
    assert len(probes) == 6


def test_a_member_out_of_scope_is_left_out_until_a_restart(pair: Pair) -> None:
    """23.6.4."""
    pair.run("user ann\nuser bob\nuser cid department=Board\ngroup Team ann bob cid")
    pair.run(
        "map title [jobTitle]\nfilter department EQUALS Sales\nupdate ann department=Sales\nupdate bob department=Sales"
    )

    shown = pair.run("assign Team\ncycle")

    assert pair.target() == ["Team: ann, bob", "ann", "bob"]
    assert shown[-1] == ". other warning Team UnableToResolveReferenceAttributeValue"
    pair.run("update cid department=Sales\ncycle")
    assert pair.target() == ["Team: ann, bob", "ann", "bob", "cid"]
    pair.run("restart\ncycle")
    assert pair.target() == ["Team: ann, bob, cid", "ann", "bob", "cid"]


def test_a_disabled_user_is_never_created_and_is_once_enabled(pair: Pair) -> None:
    """23.6.5."""
    shown = pair.run("user jane\ndisable jane\nassign jane\ncycle")
    assert (shown, pair.sent) == (["= Succeeded", ". other skipped jane@contoso.com NotEffectivelyEntitled"], [])

    pair.run("enable jane\ncycle")

    assert pair.target() == ["jane"]


def test_a_user_of_two_groups_stays_when_one_lets_go(pair: Pair) -> None:
    """23.6.6."""
    pair.run("user jane\ngroup One jane\ngroup Two jane\nassign One Two\ncycle")

    pair.run("remove One jane\ncycle")

    assert [line.split("/")[1] for line in pair.sent if line.startswith("PATCH")] == ["Groups"]
    assert pair.target() == ["One:", "Two: jane", "jane"]


def test_deletions_up_to_the_threshold_are_let_through(pair: Pair) -> None:
    """15.10: only more than the threshold are too many."""
    pair.run("user ann\nuser bob\nassign ann bob\nthreshold 2\ncycle")

    assert pair.run("unassign ann bob\ncycle")[0] == "= Succeeded"


def test_withheld_deletions_are_found_again_by_every_attempt(pair: Pair) -> None:
    """15.10, F26."""
    pair.run("user ann\nuser bob\nassign ann bob\nthreshold 1\ncycle\nunassign ann bob")

    attempts = [pair.run("cycle"), pair.run("advance 5m\ncycle")]

    assert {line for shown in attempts for line in shown} == {
        "= Failed TooManyDeletes",
        ". stagedDelete skipped ann@contoso.com TooManyDeletes",
        ". stagedDelete skipped bob@contoso.com TooManyDeletes",
    }
    assert pair.world.job.quarantine is not None
    assert pair.world.job.quarantine.series_count == 2
    assert pair.run("assign ann bob\ncycle")[0] == "= Succeeded"
    assert pair.world.job.quarantine is None


def test_an_attribute_that_the_target_omits_is_added_each_time(pair: Pair) -> None:
    """23.6.9, 8.2.4."""
    pair.run("user jane\nassign jane\ncycle")
    forgetful = pair.world.send

    def send(request: Request) -> Response:
        answer = forgetful(request)
        return Response(answer.status, answer.headers, answer.read().replace(b'"active":true', b'"x":true'))

    pair.world.send = send
    shown = [pair.run(f"update jane usageLocation={code}\ncycle") for code in ("CH", "DE")]

    assert shown == [["= Succeeded", ". update success jane@contoso.com [active]"]] * 2


SWITCHES = [
    ("read_mode=by_filter", "user jane\nassign jane\ncycle\nupdate jane jobTitle=Chief", ["GET /Users", "PATCH /Users/"]),
    ("soft_delete_rename=off", "user jane\nassign jane\ncycle\ndelete jane", ["GET /Users/", "PATCH /Users/"]),
    ("send_manager_in_post=on", "user ann\nuser jane\nmanager jane ann\nassign ann jane", ["GET /Users", "POST /Users"] * 2),
    ("members_per_patch=1", "user ann\nuser bob\ngroup T ann bob\nassign ann bob\ncycle\nassign T", ["GET /Groups", "POST /Groups", "PATCH /Groups/", "PATCH /Groups/"]),
    ("reference_check_queries=on", "user ann\nassign ann\ncycle\ngroup T ann\nassign T", ["GET /Groups", "POST /Groups", "GET /Groups", "PATCH /Groups/"]),
    ("match_disabled_users=on", "user jane\ndisable jane\nassign jane", ["GET /Users"]),
    ("remove_soft_deleted_members=off", "user jane\ngroup T jane\nassign jane T\ncycle\ndelete jane", ["GET /Users/", "PATCH /Users/", "GET /Groups/"]),
    ("clear_on_null=on", "user jane jobTitle=Chief\nassign jane\ncycle\nupdate jane jobTitle=", ["GET /Users/", "PATCH /Users/"]),
]  # fmt: skip


@pytest.mark.parametrize(("switch", "script", "sent"), SWITCHES, ids=[row[0] for row in SWITCHES])
def test_a_switch_changes_what_is_sent(switch: str, script: str, sent: list[str], pair: Pair) -> None:
    """23.4: requests of the last cycle, ids left out."""
    shown = pair.run(f"switch {switch}\n{script}\ncycle")

    assert shown[0] == "= Succeeded"
    shape = [line[: line.rindex("/") + 1] if line.count("/") > 1 else line for line in pair.sent]
    assert shape[-len(sent) :] == sent


def test_with_the_switch_default_access_entitles_nobody(pair: Pair) -> None:
    """12.2.4, 21.1.8: as until 2020."""
    pair.run(f"switch default_access_entitles=off\nuser ann\nuser jane\nassign ann\nassign jane role={DEFAULT_ACCESS}")

    shown = pair.run("cycle")

    assert ". other skipped jane@contoso.com NotEffectivelyEntitled" in shown
    assert pair.target() == ["ann"]


def test_a_linked_user_whom_the_target_has_lost_is_matched_anew_with_the_switch(pair: Pair) -> None:
    """12.7.5."""
    pair.run("switch relink_on_404=on\nuser jane\nassign jane\ncycle")
    pair.idp.request("DELETE", f"/Users/{pair.idp.find('/Users', 'active eq true')[0]['id']}")

    shown = pair.run("update jane jobTitle=Chief\ncycle")

    assert shown[0] == "= Succeeded"
    assert pair.target() == ["jane Chief"]


def test_out_of_scope_deletions_can_be_skipped(pair: Pair) -> None:
    """12.5.4, 26.15: for users and groups that leave the scope; not for a group that was deleted."""
    pair.run("skip-deletions\nuser jane\ngroup One jane\ngroup Two\nassign One Two\ncycle")

    shown = pair.run("unassign One\ndelete-group Two\ncycle")

    assert shown == [
        "= Succeeded",
        ". other skipped jane@contoso.com NotEffectivelyEntitled",
        ". other skipped One NotEffectivelyEntitled",
        ". delete success Two",
    ]


def test_the_entry_of_a_created_user_has_its_five_steps(pair: Pair) -> None:
    """21.1.5 to 21.1.7."""
    pair.run("user jane\nassign jane\ncycle")

    (entry,) = pair.world.entries
    assert [(step.name, step.type, step.status) for step in entry.steps] == [
        ("EntryImportAdd", "import", Status.SUCCESS),
        ("EntrySynchronizationScoping", "scoping", Status.SUCCESS),
        ("EntryImport", "matching", Status.SUCCESS),
        ("EntrySynchronizationAdd", "processing", Status.SUCCESS),
        ("EntryExportAdd", "export", Status.SUCCESS),
    ]
    assert [exchange.method for exchange in entry.exchanges] == ["GET", "POST"]
    assert entry.target_id == pair.idp.find("/Users", 'userName eq "jane@contoso.com"')[0]["id"]
    assert "scim-" not in repr(entry.exchanges)


def test_the_entry_of_a_manager_has_the_scim_id_first(pair: Pair) -> None:
    """graph-surface 3.5."""
    pair.run("user ann\nuser jane\nassign ann jane\nmanager jane ann\ncycle")

    ann = pair.idp.find("/Users", 'userName eq "ann@contoso.com"')[0]["id"]
    (modified,) = pair.world.entries[-1].modified
    assert (modified.name.rpartition(":")[2], modified.old, modified.new) == ("manager", None, ann)


def test_an_attribute_whose_expression_fails_is_left_out_with_a_warning(pair: Pair) -> None:
    """18.8; of a matching attribute the whole object fails."""
    pair.run("map active Append([employeeId],[displayName])\nuser jane employeeId=7\nassign jane")

    shown = pair.run("cycle")

    assert shown == [
        "= Succeeded",
        ". create success jane@contoso.com [userName,displayName,externalId,employeeNumber]",
    ]
    warned = [step for step in pair.world.entries[0].steps if step.status is Status.WARNING]
    assert [step.description for step in warned] == [
        "The expression of 'active' failed, and the attribute was left out"
    ]


def test_a_password_and_what_an_expression_redacts_are_seen_on_the_wire_alone(pair: Pair) -> None:
    """7.13, 18.3: not in the log, not in the exchanges that it keeps, not in the link."""
    bodies: list[bytes] = []
    pass_on = pair.world.send

    def send(request: Request) -> Response:
        bodies.append(request.body)
        return pass_on(request)

    pair.world.send = send
    pair.run('map password "Append([employeeId], \\"-s3cret\\")"\nmap nickName "Redact([jobTitle])"')
    pair.run("user jane employeeId=7 jobTitle=Hidden\nassign jane\ncycle")
    (entry,) = pair.world.entries
    link = pair.world.state().link_of(pair.world.ids["jane"])

    assert b"7-s3cret" in bodies[-1]
    assert "s3cret" not in repr((entry, link))
    assert '"password":"[Redact]"' in entry.exchanges[-1].body
    assert [each.new for each in entry.modified if each.name in {"password", "nickName"}] == ["[Redact]", "[Redact]"]


# Provision on demand


def demand(pair: Pair, name: str, *members: str) -> OnDemand:
    pair.sent.clear()
    return pair.world.do_demand(name, *members)


def test_on_demand_cannot_deprovision_who_is_disabled_or_deleted(pair: Pair) -> None:
    """19.6."""
    pair.run("user ann\nuser bob\nassign ann bob\ncycle\ndisable ann\ndelete bob")

    shown = [demand(pair, name) for name in ("ann", "bob")]

    assert [each.key()["result"] for each in shown] == ["Skipped", "Skipped"]
    assert pair.target() == ["ann", "bob"]


def test_on_demand_shows_five_steps_and_the_test_of_the_connection_only_if_that_fails(pair: Pair) -> None:
    """19.2, 19.3."""
    pair.run("user ann\nassign ann")
    pair.faults.append(Fault("GET", "/Users", Response(401), "-4000-9000-"))

    failed, done = demand(pair, "ann"), demand(pair, "ann")

    assert [step.name for step in failed.steps] == ["TestConnection"]
    assert failed.key() == {
        "result": "Failure",
        "details": {
            "errorCode": "SystemForCrossDomainIdentityManagementInvalidCredentials",
            "errorMessage": failed.error_message,
        },
    }
    assert [step.type for step in done.steps] == ["import", "scoping", "matching", "processing", "export"]
    assert done.key() == {"result": "Success", "details": {}}


def test_on_demand_refuses_what_it_cannot_do(pair: Pair) -> None:
    """19.1."""
    pair.run("user ann\ngroup Team ann\nassign Team")
    pair.world.ids |= {f"u{n}": f"{n}" for n in range(MAX_MEMBERS + 1)}

    with pytest.raises(BadValue, match="only a group is provisioned with members"):
        demand(pair, "ann", "ann")
    with pytest.raises(BadValue, match="at most 5 members"):
        demand(pair, "Team", *(f"u{n}" for n in range(MAX_MEMBERS + 1)))
    with pytest.raises(NotFound):
        demand(pair, "u1")
    pair.run("without-groups")
    with pytest.raises(BadValue, match="groups are not provisioned"):
        demand(pair, "Team")


# How a cycle is driven


def many(pair: Pair, count: int) -> None:
    """So many users, all of them in scope."""
    given = [
        {
            "userPrincipalName": f"u{n}@contoso.com",
            "displayName": f"U {n}",
            "mailNickname": f"u{n}",
            "accountEnabled": True,
        }
        for n in range(count)
    ]
    edit.write(
        pair.tenant,
        lambda change: [users.insert_user(change, each, edit.new_id()) for each in given],
        creates=count,
    )
    pair.run("scope all")


def cycle_of(pair: Pair) -> Cycle:
    world = pair.world
    return Cycle(world.job, world.state(), now=world.now(), guid=edit.new_id)


def test_flows_of_a_phase_can_be_driven_side_by_side(pair: Pair) -> None:
    """13.11."""
    many(pair, 40)
    cycle = cycle_of(pair)

    phases = []
    with ThreadPoolExecutor(4) as pool:
        for phase in cycle.phases():
            phases.append(phase.name)
            list(pool.map(lambda flow: drive(flow, pair.send), phase.flows))
    result: CycleResult = cycle.result()

    assert list(dict.fromkeys(phases)) == list(Name)
    assert (result.counters.create, result.counters.exports, result.counters.fail) == (40, 40, 0)
    assert len(pair.target()) == 40


def test_a_cycle_holds_a_page_of_the_directory_at_most(pair: Pair) -> None:
    """23.3: memory does not grow with the directory."""
    many(pair, 500)
    alive: list[int] = []

    def send(request: Request) -> Response:
        if (
            request.method == "POST"
            and len(alive) < 3
            and request.body.endswith(b'"U 450","meta":{"resourceType":"User"}}')
        ):
            alive.append(sum(isinstance(each, Subject) for each in gc.get_objects()))
        return Response(201, {}, b'{"id":"%s"}' % edit.new_id().encode()) if request.method == "POST" else EMPTY

    cycle = cycle_of(pair)
    for phase in cycle.phases():
        for flow in phase.flows:
            drive(flow, send)

    assert cycle.counters().create == 500
    assert alive
    assert alive[0] <= 210


EMPTY = Response(200, {}, b'{"totalResults":0,"Resources":[]}')
