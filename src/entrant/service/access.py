"""Who may enter: from a request's address and token to the call it becomes (product.md §1; RFC 6750).

The sentence of a 401 fits the case (product.md 1.8), but says nothing of a workspace to those who never had access to
it: an unknown workspace, a wrong token and a token of another workspace get the same answer (1.2). That a token has
expired, was revoked or replaced, or that its connection is off, is said to those who show a token that once opened this
very workspace: the rows of such tokens are kept.
"""

from __future__ import annotations

from enum import StrEnum
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
from entrant.workspace.model import Ended, Provider, Workspace
from entrant.workspace.tokens import PREFIX, digest_of, token_digest

from .call import Call
from .ids import new_id
from .redact import redacted_query
from .room import DEFAULT, Limits

ROOT = "/scim/v2/"
BEARER = "bearer"
MAX_REQUEST_ID = 128  # characters of an X-Request-Id that is taken over
MAX_TOKENS = 100_000  # tokens whose connection is remembered
NOTHING = None, None, None  # the connection, workspace and slug of a token that is not remembered
TOLERANCES = {Provider.ENTRA: ENTRA, Provider.OKTA: OKTA, Provider.GENERIC: GENERIC, Provider.STRICT: STRICT}


UNBOUND = frozenset({Provider.OKTA, Provider.GENERIC})
"""Connections that a token opens without the word Bearer: Okta sends the field for its header as it was typed."""


class Form(StrEnum):
    """How the Authorization header holds a token."""

    BEARER = "bearer"
    """As RFC 6750 §2.1 has it, in any case."""
    BARE = "bare"
    """A token of ours, by its prefix, without the word."""
    TWICE = "twice"
    """The word twice, as of a field that adds it to what was typed."""
    NONE = "none"
    """No header, or nothing in it."""
    OTHER = "other"
    """Something else, such as a password."""


class Visit(msgspec.Struct, frozen=True):
    """A request whose address and credentials have been read.

    `path` is what follows the workspace's base URL, percent-encoded, and `route` where that leads; None is nowhere.
    `digest` is None if there is no token, or one whose checksum is wrong; `form` says how it was sent.
    `connection`, and `owner`, its workspace's id, are what the token is known to open, whatever the address says; None
    as long as the database has not said so. `expected` says whether the address is the owner's, so that the token opens
    it unless it was taken back.
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
    form: Form = Form.BEARER

    @property
    def operation(self) -> str:
        """The request line relative to the base URL, as the log shows it."""
        query = redacted_query(self.request.query)
        return f"{self.request.method} {self.path or '/'}{'?' + query if query else ''}"[:2_000]


class Opener:
    """Turns visits into calls.

    Remembers which connection a token opens, and by version the resource types of workspaces with schemas of their own.
    """

    def __init__(self, public_url: str, limits: Limits = DEFAULT) -> None:
        self._limits = limits
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
        form, token = read_credentials(request)
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
            form=form,
        )

    def open(self, visit: Visit, tx: Tx) -> Call:
        """The call that the visit's token opens; raises Unauthorized."""
        access = self._access(visit, tx)
        refused = _unknown(visit) if access is None else _closed(visit, access, tx.now)
        if refused is not None or access is None:
            raise Unauthorized(refused or WRONG, shown="authorization" in visit.request.headers)
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


WRONG = "the token is not valid for this workspace; copy URL and token again from its SCIM settings"
SEND = "send the header Authorization: Bearer TOKEN, with a token from the SCIM settings"


def _unknown(visit: Visit) -> str:
    """Why nothing was opened, as far as the request itself shows it: the same for every workspace and for none."""
    if visit.form is Form.NONE:
        return f"the request has no token; {SEND}"
    if visit.form is Form.OTHER:
        return f"the Authorization header has no bearer token; {SEND}"
    if visit.digest is None:
        return "the token is mistyped or incomplete: its checksum is wrong; copy it again, or regenerate it"
    return WRONG


def _closed(visit: Visit, access: Access, now: str) -> str | None:
    """Why a token that opens, or once opened, this workspace does not open it now; None if it does."""
    token, connection = access.token, access.connection
    if token.expires is not None and token.expires <= now:
        day = token.expires[:10]
        match token.ended:
            case Ended.REVOKED:
                return f"the token was revoked on {day}; enter another one from the SCIM settings"
            case Ended.REPLACED:
                return f"the token was replaced by a newer one on {day}; enter the newer one"
            case None:
                return f"the token expired on {day}; regenerate it in the SCIM settings and enter the new one"
    if not connection.enabled:
        return "SCIM provisioning is off for this connection; turn it on in the SCIM settings"
    if visit.form is Form.BEARER or connection.provider in UNBOUND:
        return None
    if visit.form is Form.BARE:
        return 'the word "Bearer" is missing before the token; send the header Authorization: Bearer TOKEN'
    return 'the word "Bearer" is there twice; send the header Authorization: Bearer TOKEN'


def read_credentials(request: Request) -> tuple[Form, str | None]:
    """How the Authorization header holds a token, and the token, or what is there in its place."""
    header = request.headers.get("authorization", "").strip()
    scheme, _, rest = header.partition(" ")
    rest = rest.strip()
    if scheme.lower() == BEARER:
        again, _, token = rest.partition(" ")
        if again.lower() == BEARER and token.strip():
            return Form.TWICE, token.strip()
        return (Form.BEARER, rest) if rest else (Form.OTHER, None)
    if not header:
        return Form.NONE, None
    return (Form.BARE, header) if header.startswith(PREFIX) else (Form.OTHER, None)
