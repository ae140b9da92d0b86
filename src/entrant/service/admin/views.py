"""What an administrator is shown, by the names that scripts may rely on: written as JSON, they are in camelCase."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from entrant.scim.schema import Resource
from entrant.scim.wire import Json
from entrant.store.keys import Key, Purpose
from entrant.workspace.audit import AuditEntry, Channel
from entrant.workspace.guard import Change, HeldState
from entrant.workspace.model import (
    Connection,
    Group,
    LogEntry,
    Member,
    Outcome,
    Provider,
    Reactivation,
    Role,
    Source,
    Workspace,
)


class WorkspaceView(Struct, frozen=True, rename="camel"):
    """A workspace and its settings. `users` and `groups` count what is provisioned."""

    slug: str
    name: str
    default_role: Role
    reactivation: Reactivation
    adoption: bool
    users: int
    groups: int
    created: str

    @classmethod
    def of(cls, workspace: Workspace) -> WorkspaceView:
        """The view of a workspace."""
        return cls(
            slug=workspace.slug,
            name=workspace.name,
            default_role=workspace.default_role,
            reactivation=workspace.reactivation,
            adoption=workspace.adoption,
            users=workspace.user_count,
            groups=workspace.group_count,
            created=workspace.created,
        )


class TokenView(Struct, frozen=True, rename="camel"):
    """A token as it is shown after its first time."""

    masked: str
    created: str
    last_used: str | None
    expires_at: str | None


class ConnectionView(Struct, frozen=True, rename="camel"):
    """A connection, its tokens that are alive, its dialect, and how often it has needed each tolerance."""

    id: str
    provider: Provider
    enabled: bool
    created: str
    last_contact: str | None
    last_spelling: str | None
    tokens: tuple[TokenView, ...]
    tolerances: dict[str, int]


class NewConnection(Struct, frozen=True, rename="camel"):
    """A connection with a new token, which is not shown again."""

    id: str
    workspace: str
    provider: Provider
    token: str
    expires_at: str | None


class NewSecret(Struct, frozen=True, rename="camel"):
    """A client secret, which is not shown again, and where the client uses it: what a provider asks for."""

    client_id: str
    client_secret: str
    token_endpoint: str
    scope: str
    expires_at: str


class NewFederation(Struct, frozen=True, rename="camel"):
    """Whose assertions a connection trusts from now on, and where the client sends them."""

    id: str
    client_id: str
    token_endpoint: str
    scope: str
    issuer: str
    audience: str
    subject: str
    tenant: str | None


class CredentialView(Struct, frozen=True, rename="camel"):
    """Something that opens a connection, as it is shown after its first time.

    `kind` is `token`, `secret` or `federation`; `shown` is the masked secret, or the issuer and subject. `warning` is
    None, or the least of 30, 7 and 1 days that are left at most, where the connection has no other of its kind for
    longer.
    """

    connection: str
    id: str
    kind: str
    shown: str
    created: str
    last_used: str | None
    expires_at: str | None
    warning: int | None


class EndingView(Struct, frozen=True, rename="camel"):
    """A token or client secret that ends soon and has no successor: `days` is 30, 7 or 1, the most that are left."""

    workspace: str
    connection: str
    kind: str
    shown: str
    expires_at: str
    days: int


class MemberView(Struct, frozen=True, rename="camel"):
    """A member in a list."""

    id: str
    user_name: str
    display_name: str | None
    email: str | None
    role: Role | None
    active: bool
    source: Source
    protected: bool

    @classmethod
    def of(cls, member: Member) -> MemberView:
        """The view of a member."""
        return cls(
            id=member.id,
            user_name=member.doc["userName"],
            display_name=member.doc.get("displayName"),
            email=email_of(member.doc),
            role=member.role,
            active=member.active,
            source=member.source,
            protected=member.protected,
        )


class GroupView(Struct, frozen=True, rename="camel"):
    """A group in a list."""

    id: str
    display_name: str
    role: Role | None
    member_count: int

    @classmethod
    def of(cls, group: Group) -> GroupView:
        """The view of a group."""
        return cls(group.id, group.doc["displayName"], group.role, group.member_count)


class LogView(Struct, frozen=True, rename="camel"):
    """An entry of the provisioning log; see `workspace.model.LogEntry` for the form of `changes`."""

    id: str
    at: str
    request_id: str
    connection: str | None
    operation: str
    resource_type: str | None
    resource_id: str | None
    resource_name: str | None
    outcome: Outcome
    status: int
    scim_type: str | None
    detail: str | None
    tolerances: tuple[str, ...]
    changes: tuple[Json, ...]
    body: Json
    code: str | None

    @classmethod
    def of(cls, entry: LogEntry) -> LogView:
        """The view of an entry: all of it."""
        return cls(*(getattr(entry, name) for name in cls.__struct_fields__))


class AuditView(Struct, frozen=True, rename="camel"):
    """An entry of the audit log. `actor` is `cli:USER`, the id of a member, `system` or `stranger`."""

    sequence: int
    at: str
    channel: Channel
    actor: str
    actor_name: str | None
    action: str
    target: str | None
    outcome: Outcome
    detail: str | None
    details: dict[str, Json]
    hash: str

    @classmethod
    def of(cls, entry: AuditEntry) -> AuditView:
        """The view of an entry: all of it."""
        return cls(
            sequence=entry.sequence,
            at=entry.at,
            channel=entry.actor.channel,
            actor=entry.actor.id,
            actor_name=entry.actor.name,
            action=entry.action,
            target=entry.target,
            outcome=entry.outcome,
            detail=entry.detail,
            details=msgspec.json.decode(entry.details),
            hash=entry.hash,
        )


class AuditCheck(Struct, frozen=True, rename="camel"):
    """What became of a check of one workspace's audit log: `problem` is None if the chain is whole.

    `sequence` and `hash` are those of the last entry that is right: kept elsewhere, they anchor all before it.
    """

    workspace: str
    entries: int
    sequence: int
    hash: str
    cut: int
    """The number of the last entry that was cut off; 0 if none was."""
    problem: str | None


class KeyView(Struct, frozen=True, rename="camel"):
    """A key of the service, without its secret. `retired` is when another took its place; None if it is in use."""

    purpose: Purpose
    id: str
    created: str
    retired: str | None

    @classmethod
    def of(cls, purpose: Purpose, key: Key) -> KeyView:
        """The view of a key."""
        return cls(purpose, key.id, key.created, key.retired)


class ErasedView(Struct, frozen=True, rename="camel"):
    """Somebody who was erased: by which pseudonym the logs know them, and how many entries have lost values."""

    workspace: str
    pseudonym: str
    audit_entries: int
    log_entries: int


class GuardView(Struct, frozen=True, rename="camel"):
    """The limits of a connection: percentages, for promotions and demotions a number beside `share`; None is off.

    The window is in seconds.
    """

    connection: str
    window: int
    minimum: int
    deactivations: int | None
    removals: int | None
    promotions: int | None
    demotions: int | None
    share: int

    @classmethod
    def of(cls, connection: Connection) -> GuardView:
        """The view of a connection's limits."""
        return cls(connection.id, **connection.guard.to_json())


class HeldMember(Struct, frozen=True, rename="camel"):
    """Whom a held change concerns; without a name it stands for many, see `HeldView.count`."""

    id: str
    name: str | None


class HeldView(Struct, frozen=True, rename="camel"):
    """A change that the guard holds, or held. `count` is how many it concerns, `members` the first of them.

    `id` is of the change with exactly these: once there are more, it has another one. Of an adoption, `asker` is the
    userName and externalId that asks for the member; None of all others.
    """

    id: str
    connection: str
    change: Change
    group: str | None
    state: HeldState
    count: int
    members: tuple[HeldMember, ...]
    first: str
    last: str
    decided_by: str | None
    asker: str | None = None


def email_of(doc: Resource) -> str | None:
    """The address to reach a member at: the primary one, else that of work, else the first."""
    emails = [email for email in doc.get("emails", ()) if email.get("value")]
    emails.sort(key=lambda email: (email.get("primary") is not True, email.get("type") != "work"))
    return emails[0]["value"] if emails else None
