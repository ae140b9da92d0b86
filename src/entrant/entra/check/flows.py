"""The emulator's flows as checks: what the engine does, and what the target must hold then (entra-client §20)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from entrant.entra.engine.switches import Flag
from entrant.entra.jobs.credentials import INVALID_CREDENTIALS
from entrant.scim.wire import Request, Response

from .bench import Bench
from .client import said
from .model import Check, Failed, Skipped, Suite


@dataclass(frozen=True, slots=True)
class Story:
    """A flow: what is done, and what is there in the end. `act` is for what no script can say."""

    number: int
    title: str
    script: str = ""
    ends: tuple[str, ...] | None = None
    """None if `act` has looked."""
    act: Callable[[Bench], None] | None = None


def flow_checks(flags: tuple[Flag, ...] = (Flag.OFF, Flag.ON)) -> tuple[Check, ...]:
    """F1 to F28 in these dialects: `F1`, and `F1-flag` with `aadOptscim062020` in the Tenant URL."""
    return tuple(
        Check(
            f"F{story.number}{'-flag' if flag is Flag.ON else ''}",
            Suite.FLOWS,
            f"entra-client §20 F{story.number}",
            story.title + (", with aadOptscim062020" if flag is Flag.ON else ""),
            partial(_run, story, flag),
        )
        for story in STORIES
        for flag in flags
    )


def _run(story: Story, flag: Flag, bench: Bench) -> None:
    if not bench.groups and "group " in story.script:
        raise Skipped("the endpoint has no groups")
    bench.tenant.job = replace(
        bench.tenant.job, switches=replace(bench.tenant.job.switches, flag_aadoptscim062020=flag)
    )
    bench.run(story.script)
    if story.act is not None:
        story.act(bench)
    if story.ends is not None:
        bench.must_be(story.ends)


# What no script can say -------------------------------------------------------------------------------------------


def _already_there(bench: Bench) -> None:
    """F4: matching is by a lookup without regard to case; the target's own members are left alone (4.3)."""
    client = bench.client
    jane = client.user(bench.upn("jane").upper(), title="Clerk", active=False)
    alien = client.user(bench.upn("alien"))
    if bench.groups:
        client.group(bench.title("Sales"), alien)
    script = "user jane jobTitle=Engineer\n"
    bench.run(script + ("group Sales jane\nassign Sales\ncycle" if bench.groups else "assign jane\ncycle"))
    if bench.tenant.target_id("jane") != jane:
        raise Failed("the user who was there already was not found by the lookup, and was made a second time")
    bench.must_be(("JANE Engineer", "alien", *(("Sales: JANE, alien",) if bench.groups else ())))


def _restored(bench: Bench) -> None:
    """F10: while somebody else has the name, the restored user gets it not, and gets it afterwards."""
    bench.run("user jane\nassign jane\ncycle\ndelete jane\ncycle")
    thief = bench.client.user(bench.upn("jane"))
    bench.run("restore jane\ncycle Conflict")
    bench.client.delete(f"/Users/{thief}")
    bench.run("advance 40m\ncycle")


def _deleted_in_the_application(bench: Bench) -> None:
    """F22."""
    bench.run("user jane\nassign jane\ncycle")
    bench.client.delete(f"/Users/{bench.target_id('jane')}")
    bench.run("update jane jobTitle=Chief\ncycle InvalidAnchor\nrestart Full\ncycle")


def _conflict_on_create(bench: Bench) -> None:
    """F23: somebody else makes the user between the engine's lookup and its POST; the endpoint itself says 409."""
    thieves: list[str] = []

    def race(request: Request) -> Response | None:
        if request.method == "POST" and bench.upn("jane").encode() in request.body and not thieves:
            thieves.append("")  # the thief's own POST passes here as well
            thieves[0] = bench.client.user(bench.upn("jane"))
        return None

    bench.recorder.instead = race
    bench.run("user jane\nuser joe\nassign jane joe\ncycle Conflict")
    bench.client.delete(f"/Users/{thieves[0]}")
    bench.run("advance 40m\ncycle")


def _revoked(bench: Bench) -> None:
    """F24: another token is 401, the job is quarantined and sends nothing; the right one ends that."""
    recorder, good = bench.recorder, bench.recorder.pass_on
    recorder.pass_on = bench.unauthorized
    bench.run("user jane\nassign jane")
    try:
        bench.cycle(INVALID_CREDENTIALS)
    except Failed as exc:
        raise Failed(
            f"with a token that was never valid {exc}", "Whoever reaches the endpoint can read and write."
        ) from exc
    finally:
        recorder.pass_on = good
    if any(each.method != "GET" for each in recorder.exchanges):
        raise Failed("more than the probe was sent with a token that was refused")
    bench.run("advance 5m\ncycle")


def _throttled(bench: Bench) -> None:
    """F25: the first POST is answered 429 in the endpoint's place; the others go on, and it is repeated."""
    times: list[str] = []

    def throttle(request: Request) -> Response | None:
        if request.method == "POST" and not times:
            times.append(request.path)
            return Response(429)
        return None

    bench.recorder.instead = throttle
    bench.run("user jane\nuser joe\nassign jane joe\ncycle TooManyRequests\nadvance 40m\ncycle")


def _is_reached(bench: Bench) -> None:
    """F1: the probe finds nobody."""
    bench.test()
    last = bench.recorder.exchanges[-1]
    if last.status != 200:  # noqa: PLR2004
        raise Failed(f"the probe is answered {said(last.status)}")


JANE = (
    "user jane givenName=Jane surname=Doe mail=~-jane@contoso.com jobTitle=Engineer department=R&D employeeId=~7 "
    'businessPhones=+41 mobilePhone=+42 faxNumber=+43 officeLocation=18 streetAddress="1 Way" city=Bern state=BE '
    "postalCode=3000 country=CH preferredLanguage=en"
)

STORIES = (
    Story(1, "Test connection", act=_is_reached),
    Story(
        2,
        "Initial cycle of users, with a manager",
        f"user boss\n{JANE}\nuser idle\ndisable idle\nuser stranger\nmanager jane boss\nassign boss jane idle\ncycle",
        ("boss", "jane Engineer < boss"),
    ),
    Story(
        3,
        "Initial cycle of groups, members after them",
        'user jane\nuser joe\ngroup "Sales EMEA" jane joe\nassign "Sales EMEA"\ncycle',
        ("Sales EMEA: jane, joe", "jane", "joe"),
    ),
    Story(4, "What is there already is linked and brought up to date", act=_already_there),
    Story(
        5,
        "Attributes change, the user name among them",
        "user jane jobTitle=Engineer givenName=Jane surname=Doe mail=~-jane@contoso.com department=R&D\nassign jane\n"
        "cycle\nupdate jane jobTitle=Chief mail=~-jd@contoso.com surname=Roe city=Bern department=Board\ncycle\n"
        "upn jane jane.roe\ncycle\nupdate jane usageLocation=CH\ncycle",
        ("jane.roe Chief",),
    ),
    Story(
        6,
        "Users are unassigned or fail a scoping filter",
        "user jane\nuser joe department=Sales\nassign jane joe\ncycle\nunassign jane\ncycle\n"
        "filter department EQUALS Board\ncycle",
        ("jane inactive", "joe inactive"),
    ),
    Story(
        7,
        "An account is disabled and enabled; memberships stay",
        "user jane\ngroup Team jane\nassign Team\ncycle\ndisable jane\ncycle\nenable jane\ncycle",
        ("Team: jane", "jane"),
    ),
    Story(
        8,
        "A user goes to the recycle bin",
        "user jane\ngroup Team jane\nassign jane Team\ncycle\ndelete jane\ncycle",
        ("Team:", "deleted jane inactive"),
    ),
    Story(
        9,
        "Users are deleted for good; one who was unassigned stays",
        "user jane\nuser joe\nuser ann\nassign jane joe ann\ncycle\nunassign joe\ncycle\ndelete jane\ndelete "
        "joe\ncycle\n"
        "purge jane\npurge joe\ncycle\ndelete ann\npurge ann\ncycle",
        ("joe inactive",),
    ),
    Story(10, "A user is restored from the recycle bin while the name is taken", ends=("jane",), act=_restored),
    Story(
        11,
        "A user who was unassigned is assigned again: the same one becomes active",
        "user jane\nassign jane\ncycle\nunassign jane\ncycle\nupdate jane jobTitle=Chief\nassign jane\ncycle",
        ("jane Chief",),
    ),
    Story(
        12,
        "A member is added",
        "user jane\ngroup Team\nassign Team\ncycle\nadd Team jane\ncycle",
        ("Team: jane", "jane"),
    ),
    Story(
        13,
        "Members are removed; those who were there through the group alone are deactivated",
        "user jane\nuser joe\nuser ann\ngroup Team jane joe ann\nassign Team\ncycle\nremove Team jane joe\ncycle",
        ("Team: ann", "ann", "jane inactive", "joe inactive"),
    ),
    Story(14, "A group is renamed", 'group Team\nassign Team\ncycle\nrename Team "Team & Co"\ncycle', ("Team & Co:",)),
    Story(
        15,
        "A group is unassigned",
        "user jane\nuser joe\ngroup Team jane joe\nassign joe Team\ncycle\nunassign Team\ncycle",
        ("jane inactive", "joe"),
    ),
    Story(
        16,
        "A group is deleted",
        "user jane\ngroup Team jane\nassign Team\ncycle\ndelete-group Team\ncycle",
        ("jane inactive",),
    ),
    Story(
        17,
        "A group that was unassigned is assigned again: it is made anew, under the same name",
        "user jane\ngroup Team jane\nassign Team\ncycle\nunassign Team\ncycle\nassign Team\ncycle",
        ("Team: jane", "jane"),
    ),
    Story(
        18,
        "A group in a group",
        "user una\nuser kid\ngroup Child kid\ngroup Parent una Child\nassign Parent Child\ncycle",
        ("Child: kid", "Parent: Child, una", "kid", "una"),
    ),
    Story(
        19,
        "Provision on demand, of a user and of a group with chosen members",
        "user jane jobTitle=Engineer\nuser joe\nuser ann\ngroup Team jane joe ann\nassign jane Team\ndemand jane\n"
        "demand jane\nupdate jane jobTitle=Chief\ndemand jane\ndemand Team jane joe",
        ("Team: jane, joe", "jane Chief", "joe"),
    ),
    Story(
        20,
        "Restart, with what was linked and without: members that are sent again are no error",
        "user jane\nuser joe\ngroup Team jane\nassign joe Team\ncycle\nunassign joe\nupdate jane jobTitle=Chief\n"
        "restart\ncycle\nrestart Full\ncycle",
        ("Team: jane", "jane Chief", "joe inactive"),
    ),
    Story(
        21,
        "A scoping filter changes",
        "user jane department=Sales\nuser joe department=Board\nassign jane joe\ncycle\nfilter department "
        "EQUALS Sales\n"
        "cycle",
        ("jane", "joe inactive"),
    ),
    Story(
        22,
        "A user is deleted in the application, and made again by a full restart",
        ends=("jane Chief",),
        act=_deleted_in_the_application,
    ),
    Story(23, "A name is taken between lookup and creation", ends=("jane", "joe"), act=_conflict_on_create),
    Story(24, "The credentials are revoked", ends=("jane",), act=_revoked),
    Story(25, "A request is throttled in the middle of a cycle", ends=("jane", "joe"), act=_throttled),
    Story(
        26,
        "More deletions than the threshold: held back, then allowed",
        "user ann\nuser bob\nuser cid\nuser dan\nassign ann bob cid\nthreshold 2\ncycle\nunassign ann bob "
        "cid\nassign dan\n"
        "cycle TooManyDeletes\nrestart ForceDeletes\ncycle",
        ("ann inactive", "bob inactive", "cid inactive", "dan"),
    ),
    Story(
        27,
        "From all users to those who are assigned",
        "user jane\nuser joe\ngroup Team jane\nscope all\nassign joe\ncycle\nscope assigned\nrestart\ncycle",
        ("jane inactive", "joe"),
    ),
    Story(
        28,
        "A manager is set, changed and removed",
        "user boss\nuser lead\nuser jane\nassign boss lead jane\nmanager jane boss\ncycle\nmanager jane lead\ncycle\n"
        "manager jane\ncycle",
        ("boss", "jane", "lead"),
    ),
)
