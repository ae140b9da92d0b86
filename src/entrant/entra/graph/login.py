"""The login endpoints of the tenant: tokens by client credentials, and how to verify them (graph-surface 3.6).

`/{tenant}/oauth2/v2.0/token`, `/{tenant}/v2.0/.well-known/openid-configuration`, `/{tenant}/discovery/v2.0/keys`, and
instance discovery, which MSAL asks for (9.9). Errors have OAuth's form, not Graph's.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from urllib.parse import parse_qsl, unquote

import msgspec

from entrant.entra.jobs.provisioner import published_keys
from entrant.entra.jobs.tokens import LIFETIME, issuer_name, jwks, openid_configuration
from entrant.scim.text import fault
from entrant.scim.wire import Json, Request, Response

from .access import GRAPH_AUDIENCES, Access, origin_of
from .errors import GraphError, no_such_address
from .router import Router

MAX_FORM = 65_536  # bytes; an assertion of a few KB is the largest part
_ALIASES = frozenset({"common", "organizations"})
"""Names that stand for the only tenant there is."""


class OAuthError(Exception):
    """A refusal by the token endpoint (RFC 6749 §5.2)."""

    def __init__(self, error: str, description: str, status: int = HTTPStatus.BAD_REQUEST) -> None:
        super().__init__(description)
        self.error, self.description, self.status = error, description, status


class Login:
    """The login server of a tenant: a function from `Request` to `Response`."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._router = Router[str](
            [
                ("POST", "{}/oauth2/v2.0/token", "token"),
                ("POST", "{}/oauth2/token", "token"),
                ("GET", "{}/v2.0/.well-known/openid-configuration", "configuration"),
                ("GET", "{}/.well-known/openid-configuration", "configuration"),
                ("GET", "{}/discovery/v2.0/keys", "keys"),
                ("GET", "{}/discovery/keys", "keys"),
                ("GET", "common/discovery/instance", "instance"),
            ]
        )

    def handle(self, request: Request) -> Response:
        """Answer one request."""
        origin = origin_of(request)
        try:
            what, keys = self._router.find(request.method, request.path)
            return _answer(HTTPStatus.OK, self._document(what, keys[0].value if keys else "common", request, origin))
        except GraphError as exc:
            return _answer(exc.status, {"error": exc.code, "error_description": exc.message}, exc.headers)
        except OAuthError as exc:
            return _answer(exc.status, {"error": exc.error, "error_description": exc.description})

    def _document(self, what: str, tenant: str, request: Request, origin: str) -> Json:
        issuer = self._access.provisioner.issuer
        if tenant.lower() not in _ALIASES | {issuer.tenant}:
            if what == "token":
                raise OAuthError("invalid_request", f"AADSTS90002: Tenant '{tenant[:80]}' not found.")
            raise no_such_address(tenant)
        match what:
            case "token":
                return self._token(request, origin)
            case "configuration":
                # Where the client is, not where tokens say that they are from: it will come back here for a token
                there = openid_configuration(origin, issuer.tenant)
                return {**there, "issuer": issuer_name(issuer.login_url, issuer.tenant)}
            case "keys":
                return jwks(published_keys(self._access.provisioner), issuer_name(issuer.login_url, issuer.tenant))
            case _:
                return _instance(origin, issuer.tenant)

    def _token(self, request: Request, origin: str) -> Json:
        form = _form(request)
        client, secret = _client(form, request.headers)
        grant = form.get("grant_type", "")
        if grant != "client_credentials":
            raise OAuthError("unsupported_grant_type", f"AADSTS70003: The grant type '{grant[:80]}' is not supported.")
        if not client:
            raise OAuthError("invalid_request", "AADSTS900144: The request body must contain 'client_id'.")
        known = self._access.client_secret
        if not known or not hmac.compare_digest(secret.encode(), known.encode()):
            raise OAuthError(
                "invalid_client", "AADSTS7000215: Invalid client secret provided.", HTTPStatus.UNAUTHORIZED
            )
        audience = _audience(form, origin)
        issuer = self._access.provisioner.issuer
        token = issuer.issue(
            {
                "aud": audience,
                "iss": issuer_name(issuer.login_url, issuer.tenant),
                "appid": client,
                "azp": client,
                "oid": client,
                "sub": client,
                "tid": issuer.tenant,
                "ver": "2.0",
            },
            datetime.now(UTC),
        )
        seconds = int(LIFETIME.total_seconds())
        return {"token_type": "Bearer", "expires_in": seconds, "ext_expires_in": seconds, "access_token": token}


def _audience(form: Mapping[str, str], origin: str) -> str:
    """Whom the token is for: what the scope asks for, by its address."""
    scope = form.get("scope", "")
    wanted = scope.removesuffix("/.default").rstrip("/") if scope else form.get("resource", "").rstrip("/")
    if scope and not scope.endswith("/.default"):
        raise OAuthError(
            "invalid_scope", "AADSTS1002012: The scope of a client credentials grant ends with '/.default'."
        )
    if not wanted:
        raise OAuthError("invalid_request", "AADSTS900144: The request body must contain 'scope'.")
    return "https://graph.microsoft.com" if wanted in GRAPH_AUDIENCES | {origin} else wanted[:500]


def _client(form: Mapping[str, str], headers: Mapping[str, str]) -> tuple[str, str]:
    """The client's id and secret, from the body or by HTTP Basic (RFC 6749 §2.3.1)."""
    scheme, _, given = headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return form.get("client_id", "")[:200], form.get("client_secret", "")
    try:
        user, _, password = base64.b64decode(given, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError) as exc:
        raise OAuthError("invalid_client", "The header Authorization is malformed.", HTTPStatus.UNAUTHORIZED) from exc
    return unquote(user)[:200], unquote(password)


def _form(request: Request) -> dict[str, str]:
    """The body: a form. What the content type says is not looked at, because workflows send it as text (3.6)."""
    if len(request.body) > MAX_FORM:
        raise OAuthError("invalid_request", "The body is too large.", HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    try:
        form = dict(parse_qsl(request.body.decode(), keep_blank_values=True, max_num_fields=50, errors="strict"))
    except ValueError as exc:
        raise OAuthError("invalid_request", "The body is no form in UTF-8.") from exc
    problem = fault((*form, *form.values()))
    if problem is not None:
        raise OAuthError("invalid_request", f"A parameter {problem}.")
    return form


def _instance(origin: str, tenant: str) -> Json:
    """Instance discovery: this server is its own and only cloud."""
    host = origin.partition("://")[2]
    return {
        "tenant_discovery_endpoint": f"{origin}/{tenant}/v2.0/.well-known/openid-configuration",
        "api-version": "1.1",
        "metadata": [{"preferred_network": host, "preferred_cache": host, "aliases": [host]}],
    }


def _answer(status: int, body: Json, headers: Mapping[str, str] | None = None) -> Response:
    fixed = {"content-type": "application/json; charset=utf-8", "cache-control": "no-store, no-cache"}
    return Response(status, {**(headers or {}), **fixed}, msgspec.json.encode(body))
