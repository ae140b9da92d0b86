"""What an emulated tenant holds, as values: directory objects, enterprise applications, provisioning jobs.

Directory properties have Graph's names (`userPrincipalName`, `businessPhones`); attribute mappings use the older names
of the synchronization schema (`telephoneNumber`), which `mapping/attributes.py` translates. Ids are lower-case guids;
times are the UTC text of `entrant.db.engine.timestamp`, by the emulator's clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from entrant.scim.wire import Json

NON_GALLERY_TEMPLATE = "8adf8e6e-67b2-4cf2-a259-e3dc5476c621"  # entra-client 1.2
DEFAULT_ACCESS = "00000000-0000-0000-0000-000000000000"  # the appRoleId of Default Access, entra-client 12.2.4
SOURCE_DIRECTORY = "Microsoft Entra ID"  # graph-surface §4; log texts call it Azure Active Directory (1.7)
TARGET_DIRECTORY = "customappsso"  # entra-client 1.7


class EntraError(Exception):
    """A refusal by the directory or the provisioning service. The message is a sentence for whoever asked."""


class NotFound(EntraError):
    """There is no such object."""


class Conflict(EntraError):
    """The value is taken, or the object is in a state that does not allow this."""


class BadValue(EntraError):
    """A value is missing or cannot be used."""


class Kind(StrEnum):
    """Kinds of directory objects that are provisioned; Graph's `objectTypeName`."""

    USER = "User"
    GROUP = "Group"


@dataclass(frozen=True, slots=True)
class DirectoryObject:
    """A user or a group. `properties` holds what is set, by Graph's names, without `id` and relations."""

    id: str
    kind: Kind
    properties: Mapping[str, Json]
    created: str
    deleted: str | None = None
    """When it was moved to the recycle bin; None while it is in the directory."""
    manager: str | None = None
    """The id of a user's manager."""

    @property
    def name(self) -> str:
        """What a list and a log call it: a user's UPN, a group's display name."""
        name: str = self.properties["userPrincipalName" if self.kind is Kind.USER else "displayName"]
        return name


@dataclass(frozen=True, slots=True)
class AppRole:
    """A role that an application declares (graph-surface 9.6)."""

    id: str
    display_name: str
    value: str | None = None
    description: str = ""
    allowed_member_types: tuple[str, ...] = ("User",)
    is_enabled: bool = True


@dataclass(frozen=True, slots=True)
class ServicePrincipal:
    """An enterprise application."""

    id: str
    app_id: str
    application_id: str
    """The object id of the application registration that stands behind it."""
    display_name: str
    app_roles: tuple[AppRole, ...]
    created: str
    template_id: str = NON_GALLERY_TEMPLATE


@dataclass(frozen=True, slots=True)
class Assignment:
    """A user or group that an enterprise application is assigned to, with a role (Graph's `appRoleAssignment`)."""

    id: str
    principal: str
    principal_kind: Kind
    principal_name: str
    resource: str
    """The id of the service principal."""
    app_role: str
    created: str


@dataclass(frozen=True, slots=True)
class Link:
    """What the engine remembers of an object that it has found or made in the target (entra-client §12.7)."""

    object_id: str
    kind: Kind
    target_id: str
    managed: bool = True
    """False once it was disabled for want of an assignment: then only a new assignment counts (12.5.6)."""
    active: bool = True
    """Whether the target was last told that it is active."""
    manager: str | None = None
    """The id, in the directory, of the manager last sent to the target."""
    exported: Mapping[str, Json] = field(default_factory=dict)
    """The value last sent or read for each target attribute."""


class Part(StrEnum):
    """What of an object failed and waits to be repeated; references are exported after objects (12.8.5)."""

    OBJECT = "object"
    MANAGER = "manager"
    MEMBERS = "members"


@dataclass(frozen=True, slots=True)
class Escrow:
    """An operation that failed and is repeated later (entra-client 14.2)."""

    object_id: str
    kind: Kind
    part: Part
    first_failure: str
    failures: int
    next_attempt: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Quarantine:
    """Why and since when cycles are rare (entra-client 15.3)."""

    reason: str
    began: str
    series_began: str
    series_count: int
    next_attempt: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Exchange:
    """One HTTP request and its answer, as the log keeps them; without the bearer.

    `status` is 0 if there was no answer; `answer` then says why.
    """

    method: str
    target: str
    """Path and query, or the whole URL."""
    body: str
    status: int
    answer: str
    milliseconds: int = 0


class Action(StrEnum):
    """Graph's `provisioningAction`."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    DISABLE = "disable"
    STAGED_DELETE = "stagedDelete"
    OTHER = "other"


class Status(StrEnum):
    """Graph's `provisioningResult`."""

    SUCCESS = "success"
    FAILURE = "failure"
    SKIPPED = "skipped"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Step:
    """A step of an entry (entra-client 21.1.5).

    `type` is `import`, `scoping`, `matching`, `processing`, `referenceResolution` or `export`.
    """

    name: str
    type: str
    status: Status
    description: str
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ModifiedProperty:
    """A target attribute before and after."""

    name: str
    old: str | None
    new: str | None


@dataclass(frozen=True, slots=True)
class LogEntry:
    """An entry of the provisioning log before it has an id and a time (Graph's `provisioningObjectSummary`, 21.1.1)."""

    action: Action
    status: Status
    source_id: str
    source_name: str
    source_kind: Kind
    target_id: str | None = None
    target_name: str | None = None
    steps: tuple[Step, ...] = ()
    modified: tuple[ModifiedProperty, ...] = ()
    error_code: str | None = None
    reason: str | None = None
    recommended_action: str | None = None
    details: Mapping[str, str] = field(default_factory=dict)
    """`sourceIdentity.details`: what the entry knows of the source object beyond its name."""
    exchanges: tuple[Exchange, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one object, to be stored as a whole in one transaction."""

    object_id: str
    kind: Kind
    link: Link | None
    """The link from now on; None if there is none (any longer)."""
    entries: tuple[LogEntry, ...] = ()
    escrows: tuple[Escrow, ...] = ()
    """What waits to be repeated."""
    settled: tuple[Part, ...] = ()
    """Parts that have succeeded or no longer matter: their escrows go."""
    members_added: tuple[tuple[str, str], ...] = ()
    """Members, as (object id, target id), that the target was told of; and no longer has, below."""
    members_removed: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Subject:
    """All that is known of an object when it is evaluated for a job."""

    id: str
    kind: Kind
    object: DirectoryObject | None
    """None if it was purged. A soft-deleted user has `deleted` set; a deleted group is purged at once."""
    assigned: bool
    """A user: directly, or as a direct member of an assigned group (12.2.1). A group: itself (12.2.3)."""
    app_roles: tuple[AppRole, ...] = ()
    """The roles of its assignments, direct ones and those through groups; without Default Access."""
    link: Link | None = None
    escrows: tuple[Escrow, ...] = ()


@dataclass(frozen=True, slots=True)
class Membership:
    """How a group's direct members differ from what the target was told of. Each is (object id, target id)."""

    add: tuple[tuple[str, str], ...] = ()
    remove: tuple[tuple[str, str], ...] = ()
    unresolved: tuple[str, ...] = ()
    """Ids of members without a link: left out and reported (9.14)."""
