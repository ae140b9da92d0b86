"""The product's nouns as values: workspaces, members, groups, roles, connections, log entries (product.md §§1-4)."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

import msgspec

from entrant.scim.schema import Resource
from entrant.scim.wire import Json

from .guard import Guard


class Role(StrEnum):
    """What a member may do in a workspace (product.md §4)."""

    ADMIN = "admin"
    MEMBER = "member"


class Source(StrEnum):
    """Where a member came from: invited by hand, or provisioned by an identity provider (product.md 2.2)."""

    LOCAL = "local"
    PROVISIONED = "provisioned"


class Provider(StrEnum):
    """The kind of a connection; decides which tolerances apply, and nothing else (product.md 1.5)."""

    ENTRA = "entra"
    OKTA = "okta"
    GENERIC = "generic"
    STRICT = "strict"


class Reactivation(StrEnum):
    """What a return over SCIM does (product.md 2.5)."""

    ALLOW = "allow"
    REINVITE = "reinvite"


class Workspace(msgspec.Struct, frozen=True):
    """A tenant and its settings."""

    id: str
    slug: str
    name: str
    default_role: Role
    reactivation: Reactivation
    adoption: bool
    schemas_version: int
    """Counts changes of the custom extension schemas; 0 while there have been none."""
    user_count: int
    """Provisioned members, active or not: what SCIM lists."""
    group_count: int
    created: str


class Place(NamedTuple):
    """A group that somebody is directly in. The name is its displayName, None if that is long."""

    group: str
    name: str | None


class Member(msgspec.Struct, frozen=True):
    """A user in a workspace. Times are UTC text (`db.engine.timestamp`); `role` is None while inactive."""

    id: str
    source: Source
    active: bool
    reinvited: bool
    hand_role: Role | None
    role: Role | None
    revision: int
    created: str
    modified: str
    doc: Resource
    protected: bool = False
    """An admin whom no SCIM request may change (product.md 2.8)."""
    deactivated_by: str | None = None
    """The id of the administrator who deactivated them; None if the provider did, or nobody."""
    access_since: str | None = None
    """From when they have had access; None is long ago."""
    admin_since: str | None = None
    groups: tuple[Place, ...] | None = None
    """The groups they are directly in, in the order of their ids; None if they were not read, or were too many."""


class Group(msgspec.Struct, frozen=True):
    """A group without its members. `role` is the role its name gives, None for an ordinary group."""

    id: str
    role: Role | None
    member_count: int
    revision: int
    created: str
    modified: str
    doc: Resource


class Connection(msgspec.Struct, frozen=True):
    """One identity provider's access to one workspace."""

    id: str
    provider: Provider
    enabled: bool
    created: str
    last_contact: str | None
    last_spelling: str | None
    guard: Guard = msgspec.field(default_factory=Guard)
    first_write: str | None = None
    """When its initial fill began; None if it has written nothing yet."""


class Ended(StrEnum):
    """How a token came to its end before it would have expired."""

    REPLACED = "replaced"
    REVOKED = "revoked"


class Token(msgspec.Struct, frozen=True):
    """A bearer token as it is stored: never the token itself."""

    connection: str
    masked: str
    created: str
    expires: str | None
    last_used: str | None
    credential: str | None = None
    """Of an access token, the client secret or federation that it was given for; None if it was given by hand."""
    ended: Ended | None = None
    """Why it ends at `expires`, if an administrator said so."""


class ClientSecret(msgspec.Struct, frozen=True):
    """What a client shows to get access tokens (RFC 6749 §2.3.1). The client's id is its connection's."""

    id: str
    connection: str
    digest: str
    masked: str
    created: str
    expires: str
    last_used: str | None = None


class Federation(msgspec.Struct, frozen=True):
    """Whose signed assertions stand for a client secret (RFC 7523 §2.2; entra-client 3.6)."""

    id: str
    connection: str
    issuer: str
    audience: str
    subject: str
    tenant: str | None
    """The `tid` that an assertion must have, if any."""
    keys: str | None
    """The address of the issuer's key set, or the key set itself as JSON; None if the issuer tells its address."""
    created: str
    last_used: str | None = None


class RoleChange(msgspec.Struct, frozen=True):
    """A member's effective role before and after a write; None is no role."""

    member: str
    user_name: str
    before: Role | None
    after: Role | None
    access_since: str | None = None
    """From when they had access before the write; None is long ago."""
    admin_since: str | None = None


class Outcome(StrEnum):
    """What became of a request."""

    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"
    """Answered 5xx."""


class LogEntry(msgspec.Struct, frozen=True):
    """One line of the provisioning log: what the provider asked and what became of it.

    `changes` is a list of `{"attribute", "before", "after"}`, of `{"added": [ids]}`, `{"removed": [ids]}`,
    `{"member", "userName", "roleBefore", "roleAfter"}`, `{"rule", "insideWord": displayName}` and
    `{"dropped": [names]}`, which had no effect; of long lists
    `more` and `{"moreRoles"}` say how many are left out; `{"earlier": {"member", "userName"}}` where a new member has
    the externalId of an inactive one. `body` is the request as it came, without passwords.
    """

    id: str
    at: str
    request_id: str
    connection: str | None
    operation: str
    """`METHOD /path?query`, relative to the base URL."""
    resource_type: str | None
    resource_id: str | None
    resource_name: str | None
    outcome: Outcome
    status: int
    scim_type: str | None = None
    detail: str | None = None
    tolerances: tuple[str, ...] = ()
    changes: tuple[Json, ...] = ()
    body: Json = None
    code: str | None = None
    """Why it was refused (`workspace.codes`); None if it was not, or in entries older than the codes."""
