"""The flows F1 to F28 as stories: what is done, and what the target must hold then (entra-client §20)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .bench import Bench
from .faults import (
    already_there,
    conflict_on_create,
    deleted_in_the_application,
    is_reached,
    restored,
    revoked,
    throttled,
)


@dataclass(frozen=True, slots=True)
class Story:
    """A flow: what is done, and what is there in the end. `act` is for what no script can say."""

    number: int
    title: str
    script: str = ""
    ends: tuple[str, ...] | None = None
    """None if `act` has looked."""
    act: Callable[[Bench], None] | None = None


JANE = (
    "user jane givenName=Jane surname=Doe mail=~-jane@contoso.com jobTitle=Engineer department=R&D employeeId=~7 "
    'businessPhones=+41 mobilePhone=+42 faxNumber=+43 officeLocation=18 streetAddress="1 Way" city=Bern state=BE '
    "postalCode=3000 country=CH preferredLanguage=en"
)

STORIES = (
    Story(1, "Test connection", act=is_reached),
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
    Story(4, "What is there already is linked and brought up to date", act=already_there),
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
    Story(10, "A user is restored from the recycle bin while the name is taken", ends=("jane",), act=restored),
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
        act=deleted_in_the_application,
    ),
    Story(23, "A name is taken between lookup and creation", ends=("jane", "joe"), act=conflict_on_create),
    Story(24, "The credentials are revoked", ends=("jane",), act=revoked),
    Story(25, "A request is throttled in the middle of a cycle", ends=("jane", "joe"), act=throttled),
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
