"""Who may enter: from a request's address and token to the call it becomes (product.md §1; RFC 6750).

An unknown workspace, a wrong token, an expired one, and a connection that is switched off all get the same answer.
"""

from __future__ import annotations

from urllib.parse import unquote

import msgspec

from entrant.db.engine import Tx
from entrant.scim.errors import Unauthorized
from entrant.scim.leniency import ENTRA, GENERIC, OKTA, STRICT
from entrant.scim.routes import Route, find_route
from entrant.scim.schema import ResourceType, Schema
from entrant.scim.schemas import GROUP, USER, user_type
from entrant.scim.wire import Request
from entrant.store import connections, extensions
from entrant.store.connections import Access
from entrant.workspace.model import Provider, Workspace
from entrant.workspace.tokens import digest_of, token_digest

from .call import Call
from .ids import new_id
from .redact import redacted_query
from .room import Limits

ROOT = "/scim/v2/"
MAX_REQUEST_ID = 128  # characters of an X-Request-Id that is taken over
MAX_TOKENS = 100_000  # tokens whose connection is remembered
NOTHING = None, None, None  # the connection, workspace and slug of a token that is not remembered
TOLERANCES = {Provider.ENTRA: ENTRA, Provider.OKTA: OKTA, Provider.GENERIC: GENERIC, Provider.STRICT: STRICT}


class Visit(msgspec.Struct, frozen=True):
    """A request whose address and credentials have been read.

    `path` is what follows the workspace's base URL, percent-encoded, and `route` where that leads; None is nowhere.
    `digest` is None if there is no token, or one whose checksum is wrong. `connection`, and `owner`, its workspace's
    id, are what the token is known to open, whatever the address says; None as long as the database has not said so.
    `expected` says whether the address is the owner's, so that the token opens it unless it was taken back.
    """

    request: Request
    slug: str
    path: str
    route: Route | None
    digest: str | None
    connection: str | None
    owner: str | None
    expected: bool
    request_id: str

    @property
    def operation(self) -> str:
        """The request line relative to the base URL, as the log shows it."""
        query = redacted_query(self.request.query)
        return f"{self.request.method} {self.path or '/'}{'?' + query if query else ''}"[:2_000]


class Opener:
    """Turns visits into calls.

    Remembers which connection a token opens, and by version the resource types of workspaces with schemas of their own.
    """

    def __init__(self, public_url: str, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._public_url = public_url.rstrip("/")
        self._types: dict[tuple[str, int], ResourceType] = {}
        self._opened: dict[str | None, tuple[str, str, str]] = {}

    def visit(self, request: Request) -> Visit | None:
        """Read the address and the token; None if the address is not below `/scim/v2/{slug}`."""
        if not request.path.startswith(ROOT):
            return None
        slug, slash, rest = request.path[len(ROOT) :].partition("/")
        if not slug:
            return None
        token = bearer_token(request)
        digest = None if token is None else digest_of(token)
        known = self._opened.get(digest)
        if known is None and token is not None:
            digest = token_digest(token)  # None if it is mistyped; one that has opened something is not
        connection, owner, home = known or NOTHING
        slug = unquote(slug)
        return Visit(
            request=request,
            slug=slug,
            path=slash + rest,
            route=find_route(slash + rest),
            digest=digest,
            connection=connection,
            owner=owner,
            expected=slug == home,
            request_id=request.headers.get("x-request-id", "")[:MAX_REQUEST_ID] or new_id(),
        )

    def open(self, visit: Visit, tx: Tx) -> Call:
        """The call that the visit's token opens; raises Unauthorized."""
        access = self._access(visit, tx)
        expires = access.token.expires if access else None
        if access is None or not access.connection.enabled or (expires is not None and expires <= tx.now):
            raise Unauthorized(
                "the token does not open this workspace; copy the base URL and token from its SCIM settings",
                shown="authorization" in visit.request.headers,
            )
        workspace = access.workspace
        if visit.digest is not None and visit.connection is None:
            self._learn(visit.digest, access.connection.id, workspace)
        return Call(
            tx=tx,
            request=visit.request,
            base_url=f"{self._public_url}{ROOT}{workspace.slug}",
            access=access,
            workspace=workspace,
            users=self._users(tx, workspace),
            groups=GROUP,
            tolerances=TOLERANCES[access.connection.provider],
            limits=self._limits,
        )

    def _learn(self, digest: str, connection: str, owner: Workspace) -> None:
        """Called on any thread."""
        if len(self._opened) >= MAX_TOKENS:
            self._opened = {}
        self._opened[digest] = connection, owner.id, owner.slug

    def look_ahead(self, visit: Visit, tx: Tx) -> str | None:
        """Ask ahead for what the token opens; the workspace to ask ahead for more of, None if that saves nothing.

        Nothing is asked, and nothing locked, of a workspace whose token comes to the address of another.
        """
        owner, digest = visit.owner, visit.digest
        if owner is None or digest is None or not visit.expected or not tx.far or _key(visit) in tx.memo:
            return None
        tx.entered(owner)
        connections.ahead(tx, visit.slug, digest)
        return owner

    def _access(self, visit: Visit, tx: Tx) -> Access | None:
        """What the token opens, looked up once per batch."""
        key = _key(visit)
        if key not in tx.memo:
            digest = visit.digest
            tx.memo[key] = None if digest is None else connections.find_access(tx, visit.slug, digest)
        found: Access | None = tx.memo[key]
        return found

    def _users(self, tx: Tx, workspace: Workspace) -> ResourceType:
        """The User resource type with the workspace's own extensions."""
        if not workspace.schemas_version:
            return USER
        key = (workspace.id, workspace.schemas_version)
        if key not in self._types:
            schemas: tuple[Schema, ...] = extensions.list_schemas(tx, workspace.id)
            self._types = {k: v for k, v in self._types.items() if k[0] != workspace.id} | {key: user_type(schemas)}
        return self._types[key]


def _key(visit: Visit) -> object:
    """By which a batch remembers what a token opens."""
    return Access, visit.slug, visit.digest


def bearer_token(request: Request) -> str | None:
    """The credentials of the Authorization header, if its scheme is Bearer in any case (RFC 6750 §2.1)."""
    scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
    return credentials.strip() if scheme.lower() == "bearer" else None
