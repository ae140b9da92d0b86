"""One SCIM request while it is served: who asks, in which transaction, and what it has done so far."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias
from urllib.parse import unquote_plus

import msgspec
from msgspec.structs import replace

from entrant.db.engine import Tx
from entrant.scim.bounds import Effort, parse_json
from entrant.scim.errors import InvalidValue, PreconditionFailed, UnsupportedMediaType
from entrant.scim.leniency import Tolerances
from entrant.scim.projection import PLAIN, Projection, parse_projection
from entrant.scim.schema import Resource, ResourceType
from entrant.scim.text import fault
from entrant.scim.wire import Json, Request
from entrant.store.connections import Access
from entrant.workspace.audit import Actor, Channel
from entrant.workspace.changes import MemberChange
from entrant.workspace.guard import Guard
from entrant.workspace.model import Provider, RoleChange, Workspace

from .room import Limits

MEDIA_TYPES = ("application/scim+json", "application/json")  # entra-client 2.5.3, 22.2
MAX_PARAMETERS = 100  # of a query


class Call(msgspec.Struct):
    """The state of one request. Made anew whenever its work is run again.

    `base_url` has no trailing slash. `users` and `groups` are the resource types as this workspace has extended them.
    """

    tx: Tx
    request: Request
    base_url: str
    access: Access
    workspace: Workspace
    """The workspace that the token opened; from when it is locked, as it is then."""
    users: ResourceType
    groups: ResourceType
    tolerances: Tolerances
    revision: int = 0
    """The workspace's revision that this write made; 0 until it has begun."""
    limits: Limits = Limits()
    """How many users and groups the workspace may have."""
    spelling: str | None = None
    """The PATCH dialect of this request, if it shows one (`leniency.spelling`)."""
    used: list[str] = msgspec.field(default_factory=list)
    """Names of the tolerances this request needed."""
    dropped: list[str] = msgspec.field(default_factory=list)
    """Names of the attributes in this request that were left out: unknown ones, and read-only ones of a PATCH."""
    role_changes: list[RoleChange] = msgspec.field(default_factory=list)
    """The effective roles that a write has changed, as the store has recorded them."""
    member_changes: list[MemberChange] = msgspec.field(default_factory=list)
    """What the store recorded of members, for the rules about people."""
    changes: list[Json] = msgspec.field(default_factory=list)
    """What a write changed, in the form of `LogEntry.changes`, without the role changes."""
    effort: Effort = msgspec.field(default_factory=Effort)
    """What this request may still compare; the operations of a bulk request share it."""
    unseen: bool = False
    """Whether nobody will see the body of the answer: the operations of a bulk request are answered without."""
    resource_id: str | None = None
    resource_name: str | None = None

    @property
    def guard(self) -> Guard:
        """How much this connection may take away by itself."""
        return self.access.connection.guard

    @property
    def actor(self) -> Actor:
        """Who asks, as the audit log names them."""
        return Actor(Channel.SCIM, self.access.connection.id, self.access.connection.provider)

    @property
    def strict(self) -> bool:
        """Whether the connection follows the interoperability profile (product.md 5.8)."""
        return self.access.connection.provider is Provider.STRICT

    @property
    def contact_is_old(self) -> bool:
        """Whether `last used` of the token is not of this minute; it is renewed no more often than that."""
        last = self.access.token.last_used
        return last is None or last[:16] != self.tx.now[:16]

    def part(self, request: Request) -> Call:
        """A call for one operation of a bulk request."""
        return replace(
            self,
            request=request,
            unseen=True,
            revision=0,
            used=[],
            dropped=[],
            role_changes=[],
            member_changes=[],
            changes=[],
            resource_id=None,
        )

    def about(self, resource_id: str, doc: Resource) -> None:
        """Remember which resource the request was about, for the log."""
        self.resource_id = resource_id
        self.resource_name = doc.get("userName") or doc.get("displayName")

    def read_json(self) -> Json:
        """The body as a JSON value; raises UnsupportedMediaType or InvalidSyntax."""
        declared = self.request.headers.get("content-type", MEDIA_TYPES[0]).partition(";")[0].strip().lower()
        if declared not in MEDIA_TYPES:
            raise UnsupportedMediaType(f"send the body as {MEDIA_TYPES[0]}, not as {declared[:100]}")
        return parse_json(self.request.body)

    def read_parameters(self) -> Mapping[str, str]:
        """The query; raises InvalidValue."""
        return parameters_of(self.request)

    def read_projection(self) -> Projection:
        """Which attributes the answer has; raises InvalidValue."""
        return projection_of(self.request)

    def require_version(self, revision: int) -> None:
        """Raise PreconditionFailed unless `If-Match`, where given, names this version (RFC 7644 §3.14)."""
        wanted = self.request.headers.get("if-match")
        if wanted is not None and not names_version(wanted, revision):
            raise PreconditionFailed("the resource has changed since the version that If-Match names; read it again")


class Answer(msgspec.Struct, frozen=True):
    """What a write answers: `body` is None for 204."""

    status: int
    body: Resource | None
    headers: dict[str, str]


Apply: TypeAlias = Callable[[], Answer]
"""The second half of a write: runs with the workspace locked, wholly or not at all."""
Write: TypeAlias = Callable[[Call], Apply]
"""The first half of a write: reads the request, which needs no lock."""


def parameters_of(request: Request) -> Mapping[str, str]:
    """The query; of a name that comes twice the last. `+` is a space (entra-client 2.3.1). Raises InvalidValue."""
    parts = request.query.split("&")
    if len(parts) > MAX_PARAMETERS:
        raise InvalidValue(f"a query may have at most {MAX_PARAMETERS} parameters")
    pairs = (part.partition("=") for part in parts if part)
    given = {unquote_plus(name): unquote_plus(value) for name, _, value in pairs}
    problem = fault((*given, *given.values()))
    if problem is not None:
        raise InvalidValue(f"a parameter of the query {problem}")
    return given


def projection_of(request: Request) -> Projection:
    """Which attributes the answer has (RFC 7644 §3.9); raises InvalidValue."""
    if not request.query:
        return PLAIN
    given = parameters_of(request)
    return parse_projection(given.get("attributes"), given.get("excludedAttributes"))


def version_of(revision: int) -> str:
    """The weak entity tag of a resource at that revision, as in `meta.version` (RFC 7644 §3.14)."""
    return f'W/"{revision}"'


def names_version(header: str, revision: int) -> bool:
    """Whether an If-Match or If-None-Match header names this version; compared weakly (RFC 9110 §13.1)."""
    tags = {tag.strip().removeprefix("W/") for tag in header.split(",")}
    return "*" in tags or f'"{revision}"' in tags
