"""What the benchmark's workspaces hold, and the documents it sends.

Everything that is told apart is told apart by a number of twelve digits, which stands in the id, the name and the
values of its user or group. Seeding, loading and the bare scripts make others of a kind by putting another number
in the place of the first.
"""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from entrant.scim.wire import Json

USERS = 100_000_000_000  # the users that are there from the start
GROUPS = 200_000_000_000  # the groups that are there from the start
NEW = 300_000_000_000  # the users that are created
VALUES = 400_000_000_000  # the values that are written into users
ID_PREFIX = "01900000-0000-7000-8000-"  # UUIDv7, older than any the service makes

SPREAD_GROUPS = 1_000  # groups over which membership changes are spread
SPREAD_MEMBERS = 20  # members that each of them has from the start
HOT_GROUPS = 2  # empty groups that follow them: one for the service, one for the bare run
EMPTY_GROUPS = 400  # empty groups of the large workspace, after its one large group

CORE_USER = "urn:ietf:params:scim:schemas:core:2.0:User"
CORE_GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


@dataclass(frozen=True, slots=True)
class World:
    """The sizes of a run. `large_members` of the large workspace's users are in its one large group."""

    users: int = 20_000
    large_members: int = 100_000

    @property
    def spare(self) -> int:
        """Users of the large workspace outside the large group, to be added to it."""
        return self.large_members // 5

    @property
    def large_users(self) -> int:
        """All users of the large workspace."""
        return self.large_members + self.spare


@dataclass(frozen=True, slots=True)
class Door:
    """How to enter a workspace over SCIM: the path of its base URL, and a token."""

    slug: str
    base: str
    token: str


def seeded_id(number: int) -> str:
    """The id of the user or group with a number."""
    return f"{ID_PREFIX}{number}"


def user_name(number: int) -> str:
    """The userName of the user with a number."""
    return f"person.{number}@bench.example"


def user_document(number: int) -> Json:
    """A user of 1.2 KB as Entra creates one with the usual mappings."""
    return {
        "schemas": [CORE_USER, ENTERPRISE],
        "externalId": f"external-{number}",
        "userName": user_name(number),
        "active": True,
        "displayName": f"Person {number}",
        "emails": [{"primary": True, "type": "work", "value": f"person.{number}@mail.bench.example"}],
        "meta": {"resourceType": "User"},
        "name": {"formatted": f"Given Family {number}", "familyName": f"Family {number}", "givenName": "Given"},
        "title": "Senior Assistant to the Regional Manager",
        "preferredLanguage": "en-GB",
        "addresses": [
            {
                "primary": False,
                "type": "work",
                "formatted": "Floor 3, Bench House, 100 Measurement Road",
                "streetAddress": "100 Measurement Road",
                "locality": "Exampletown",
                "region": "Exampleshire",
                "postalCode": "EX1 2MP",
                "country": "United Kingdom",
            }
        ],
        "phoneNumbers": [
            {"primary": True, "type": "work", "value": f"+44 {number}"},
            {"primary": False, "type": "mobile", "value": f"+45 {number}"},
        ],
        ENTERPRISE: {
            "employeeNumber": f"E{number}",
            "department": "Department of Weights and Measures",
            "costCenter": "CC-4711",
            "organization": "Bench Example Limited",
            "division": "Northern Europe",
        },
    }


def group_document(number: int, *members: int) -> Json:
    """A group with users as its members."""
    return {
        "schemas": [CORE_GROUP],
        "externalId": f"external-{number}",
        "displayName": f"Team {number}",
        "meta": {"resourceType": "Group"},
        "members": [{"value": seeded_id(member)} for member in members],
    }


def add_members(*members: int) -> Json:
    """A PATCH that adds users to a group (entra-client 9.7)."""
    value = [{"value": seeded_id(member)} for member in members]
    return {"schemas": [PATCH_OP], "Operations": [{"op": "Add", "path": "members", "value": value}]}


def replace_two(number: int) -> Json:
    """A PATCH that replaces two attributes of a user (entra-client 8.3)."""
    operations = [
        {"op": "Replace", "path": "displayName", "value": f"Person {number}"},
        {"op": "Replace", "path": "title", "value": f"Assistant {number}"},
    ]
    return {"schemas": [PATCH_OP], "Operations": operations}


def encode(document: Json) -> bytes:
    """A document as it is sent."""
    return msgspec.json.encode(document)
