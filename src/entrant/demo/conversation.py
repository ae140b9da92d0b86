"""What Entra and a workspace say to each other while people join, change, move and leave.

The steps are the provisioning cycle's: test connection (F1), first users (F2) and groups (F3), someone who is there
already (F4), changed attributes (F5), unassigned (F6) and assigned again (F11), members added (F12) and removed (F13),
a group renamed (F14) and unassigned (F15). Between them a change of role, refused until the old role is gone, and
attempts to remove the last admin. The one who made the workspace is in it from the beginning, and is adopted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from entrant.scim.schema import ENTERPRISE_URN
from entrant.scim.wire import Flow, Json, Request

from .entra import Entra, Person, add, replace, replace_merged
from .talk import Check, Talk

FOUNDER = Person("Ada", "Lindqvist", "ada@example.com", "Founder", "Management")
BEN = Person("Ben", "Okafor", "ben@example.com", "Engineer", "Platform", "+46 8 123 45 67")
CLEO = Person("Cleo", "Marchetti", "cleo@example.com", "Engineer", "Platform")
DAN = Person("Dan", "O'Neill", "dan@example.com", "Analyst", "Finance")
EVE = Person("Eve", "Novák", "eve@example.com", "Designer", "Product")
FIRST = (FOUNDER, BEN, CLEO, DAN)

ADMINS, MEMBERS, TEAM = "Entrant-Admins", "Entrant-Members", "Engineering"
NEW_TEAM_NAME = "Platform Engineering"
TEMPORARY = "Onboarding"
LAST_ADMIN = "Cannot remove the last workspace admin"

END_ROLES: Mapping[str, str | None] = {
    FOUNDER.name: None,
    BEN.name: "admin",
    "cleo.rossi@example.com": "member",
    DAN.name: "member",
    EVE.name: "member",
}
"""The role of each member when all has been said; None is one who was deprovisioned."""

END_GROUPS: Mapping[str, tuple[str | None, int]] = {
    ADMINS: ("admin", 2),
    MEMBERS: ("member", 2),
    NEW_TEAM_NAME: (None, 2),
}
"""The role and the number of members of each group at the end. An inactive member keeps their place."""


@dataclass(slots=True)
class Conversation:
    """Entra's side. `new_guid` makes the object ids and the names that cannot exist; ids it was answered are links."""

    entra: Entra
    talk: Talk
    new_guid: Callable[[], str]
    links: dict[str, str] = field(default_factory=dict)

    def whole(self) -> Flow[None]:
        """All of it, in order."""
        yield from self.test_connection()
        yield from self.first_users()
        yield from self.first_groups()
        yield from self.somebody_who_is_there()
        yield from self.changed_attributes()
        yield from self.unassigned_and_assigned_again()
        yield from self.members_added_and_removed()
        yield from self.role_move()
        yield from self.group_renamed()
        yield from self.group_unassigned()
        yield from self.last_admin()

    def test_connection(self) -> Flow[None]:
        """F1: a user and a group that cannot exist."""
        yield from self._probe("F1")
        yield from self.talk.ask(
            "F1", "a group that cannot exist", self.entra.find_group(self.new_guid()), 200, shows=_finds(0)
        )

    def first_users(self) -> Flow[None]:
        """F2: look for each, create each, then link managers."""
        yield from self._probe("F2")
        for person in FIRST:
            yield from self._create_user("F2", person)
        for person in (BEN, CLEO):
            yield from self.talk.ask(
                "F2",
                f"{person.given}'s manager is Ada",
                self.entra.patch_user(
                    self.links[person.name], add(f"{ENTERPRISE_URN}:manager", self.links[FOUNDER.name])
                ),
                200,
                shows=lambda user: user[ENTERPRISE_URN]["manager"]["value"] == self.links[FOUNDER.name],
            )

    def first_groups(self) -> Flow[None]:
        """F3: the groups without members, then the members. Two of the names say a role."""
        for name in (ADMINS, MEMBERS, TEAM, TEMPORARY):
            yield from self._create_group("F3", name)
        for name, people in ((ADMINS, (FOUNDER, BEN)), (MEMBERS, (CLEO, DAN)), (TEAM, (BEN, CLEO))):
            yield from self._add("F3", name, people)

    def somebody_who_is_there(self) -> Flow[None]:
        """F4, as after a restart of the job: found by name, and only the differences are sent."""
        yield from self._probe("F4")
        yield from self.talk.ask("F4", "look for Dan", self.entra.find_user(DAN.name), 200, shows=_finds(1))
        yield from self.talk.ask(
            "F4",
            "Dan's title and office",
            self.entra.patch_user(
                self.links[DAN.name],
                replace("title", "Senior Analyst"),
                add('addresses[type eq "work"].locality', "Malmö"),
            ),
            200,
            shows=lambda user: user["title"] == "Senior Analyst" and user["addresses"][0]["locality"] == "Malmö",
        )

    def changed_attributes(self) -> Flow[None]:
        """F5: a new family name and sign-in name; then a change as it is sent with Entra's flag on."""
        cleo = self.links[CLEO.name]
        yield from self._probe("F5")
        yield from self._read_user("F5", CLEO)
        yield from self.talk.ask(
            "F5",
            "Cleo has married",
            self.entra.patch_user(
                cleo,
                replace("userName", "cleo.rossi@example.com"),
                replace("displayName", "Cleo Rossi"),
                replace("name.familyName", "Rossi"),
                replace('emails[type eq "work"].value', "cleo.rossi@example.com"),
                add('phoneNumbers[type eq "mobile"].value', "+39 055 123 456"),
            ),
            200,
            shows=lambda user: (user["id"], user["userName"]) == (cleo, "cleo.rossi@example.com"),
        )
        yield from self.talk.ask(
            "F5",
            "Ben's promotion, flag on",
            self.entra.patch_user(
                self.links[BEN.name],
                replace_merged({"title": "Principal Engineer", f"{ENTERPRISE_URN}:department": "Architecture"}),
            ),
            200,
            shows=lambda user: user[ENTERPRISE_URN]["department"] == "Architecture",
        )

    def unassigned_and_assigned_again(self) -> Flow[None]:
        """F6, F11: out of the workspace and back, the same resource with the same groups."""
        dan = self.links[DAN.name]
        yield from self._probe("F6")
        yield from self._read_user("F6", DAN)
        yield from self.talk.ask(
            "F6", "Dan is unassigned", self.entra.set_active(dan, active=False), 200, shows=_is_active(active=False)
        )
        yield from self._probe("F11")
        yield from self.talk.ask("F11", "look for Dan", self.entra.find_user(DAN.name), 200, shows=_finds(1))
        yield from self.talk.ask(
            "F11", "Dan is assigned again", self.entra.set_active(dan, active=True), 200, shows=_is_active(active=True)
        )

    def members_added_and_removed(self) -> Flow[None]:
        """F12, F13: a new user joins a group; another leaves it, in both forms that Entra has for that."""
        yield from self._probe("F12")
        yield from self._create_user("F12", EVE)
        yield from self._read_group("F12", TEAM)
        yield from self._add("F12", TEAM, (EVE, DAN))
        yield from self._read_group("F13", TEAM)
        yield from self._remove("F13", TEAM, BEN)
        yield from self.talk.ask(
            "F13",
            f"Dan leaves {TEAM}, flag on",
            self.entra.remove_members_by_filter(self.links[TEAM], [self.links[DAN.name]]),
            204,
        )

    def role_move(self) -> Flow[None]:
        """Cleo becomes an admin: refused as long as she is in the group of the other role, then done."""
        yield from self.talk.ask(
            "role", f"Cleo joins {ADMINS}", self._adding(ADMINS, (CLEO,)), 409, says=f'from the group "{MEMBERS}"'
        )
        yield from self._remove("role", MEMBERS, CLEO)
        yield from self._add("role", ADMINS, (CLEO,))
        yield from self._remove("role", ADMINS, CLEO)
        yield from self._add("role", MEMBERS, (CLEO,))

    def group_renamed(self) -> Flow[None]:
        """F14: the same group by another name."""
        yield from self._read_group("F14", TEAM)
        yield from self.talk.ask(
            "F14", f"{TEAM} gets a new name", self.entra.rename_group(self.links[TEAM], NEW_TEAM_NAME), 204
        )

    def group_unassigned(self) -> Flow[None]:
        """F15: the group goes, its users stay if they have another assignment."""
        yield from self._add("F15", TEMPORARY, (EVE,))
        yield from self._read_group("F15", TEMPORARY)
        yield from self.talk.ask(
            "F15", f"{TEMPORARY} is unassigned", self.entra.delete_group(self.links[TEMPORARY]), 204
        )

    def last_admin(self) -> Flow[None]:
        """The founder leaves, Ben is the last admin, and no way of removing him is open."""
        ben = self.links[BEN.name]
        yield from self.talk.ask(
            "F6",
            "Ada is unassigned",
            self.entra.set_active(self.links[FOUNDER.name], active=False),
            200,
            shows=_is_active(active=False),
        )
        yield from self.talk.ask(
            "last",
            f"Ben leaves {ADMINS}",
            self.entra.remove_members(self.links[ADMINS], [ben]),
            409,
            says=LAST_ADMIN,
        )
        yield from self.talk.ask(
            "last", "Ben is unassigned", self.entra.set_active(ben, active=False), 409, says=LAST_ADMIN
        )
        yield from self.talk.ask(
            "last", f"{ADMINS} is unassigned", self.entra.delete_group(self.links[ADMINS]), 409, says=LAST_ADMIN
        )

    def _probe(self, flow: str) -> Flow[None]:
        """What begins every cycle."""
        yield from self.talk.ask(
            flow, "a user who cannot exist", self.entra.find_user(self.new_guid()), 200, shows=_finds(0)
        )

    def _create_user(self, flow: str, person: Person) -> Flow[None]:
        yield from self.talk.ask(
            flow, f"look for {person.given}", self.entra.find_user(person.name), 200, shows=_finds(0)
        )
        created = yield from self.talk.ask(
            flow,
            f"{person.given} joins",
            self.entra.create_user(person),
            201,
            shows=lambda user: user["userName"] == person.name and user["externalId"] == person.alias,
        )
        self._link(person.name, created)

    def _create_group(self, flow: str, name: str) -> Flow[None]:
        yield from self.talk.ask(flow, f"look for {name}", self.entra.find_group(name), 200, shows=_finds(0))
        created = yield from self.talk.ask(
            flow,
            f"{name} is assigned",
            self.entra.create_group(self.new_guid(), name),
            201,
            shows=lambda group: group["displayName"] == name,
        )
        self._link(name, created)

    def _link(self, name: str, created: Json) -> None:
        """Remember the id that was answered; one that was not makes the requests that need it fail visibly."""
        self.links[name] = created["id"] if isinstance(created, dict) and "id" in created else "not-created"

    def _read_user(self, flow: str, person: Person) -> Flow[None]:
        user_id = self.links[person.name]
        yield from self.talk.ask(
            flow, f"read {person.given}", self.entra.read_user(user_id), 200, shows=lambda user: user["id"] == user_id
        )

    def _read_group(self, flow: str, name: str) -> Flow[None]:
        yield from self.talk.ask(
            flow,
            f"read {name}",
            self.entra.read_group(self.links[name]),
            200,
            shows=lambda group: group["displayName"] == name and "members" not in group,
        )

    def _add(self, flow: str, name: str, people: tuple[Person, ...]) -> Flow[None]:
        who = " and ".join(person.given for person in people)
        verb = "join" if len(people) > 1 else "joins"
        yield from self.talk.ask(flow, f"{who} {verb} {name}", self._adding(name, people), 204)

    def _adding(self, name: str, people: tuple[Person, ...]) -> Request:
        return self.entra.add_members(self.links[name], [self.links[person.name] for person in people])

    def _remove(self, flow: str, name: str, person: Person) -> Flow[None]:
        yield from self.talk.ask(
            flow,
            f"{person.given} leaves {name}",
            self.entra.remove_members(self.links[name], [self.links[person.name]]),
            204,
        )


def _finds(total: int) -> Check:
    return lambda found: found["totalResults"] == total == len(found["Resources"])


def _is_active(*, active: bool) -> Check:
    return lambda user: user["active"] is active
