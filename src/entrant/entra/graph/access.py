"""Who may call the API: bearer tokens of the emulated tenant, or the development token (graph-surface 9.1, 9.8).

A token gives every permission: the emulator has no consent. Its clock is the real one, as for whoever issues tokens.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from http import HTTPStatus

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, RSAKey

from entrant.entra.jobs.provisioner import Provisioner, published_keys
from entrant.entra.server.edge import SCHEME
from entrant.entra.server.origin import LOOPBACK, is_own_origin, names_host
from entrant.scim.wire import Request

from .errors import GraphError

GRAPH_AUDIENCES = frozenset({"https://graph.microsoft.com", "00000003-0000-0000-c000-000000000000"})
HOSTS = LOOPBACK | {"graph.microsoft.com"}
"""By what names an open emulator is asked: those of this machine, and the real one's where it has been led here."""
LEEWAY = 60  # seconds between two clocks


@dataclass(frozen=True, slots=True)
class Access:
    """How callers of Graph show who they are, and how they get what they show."""

    provisioner: Provisioner
    """Knows the tenant and its signing keys."""
    client_secret: str = field(default="", repr=False)
    """With it, any client gets tokens at the token endpoint; empty: none does."""
    development_token: str = field(default="", repr=False)
    """A bearer token that never expires; empty: there is none."""
    open: bool = False
    """No token is asked for: only for an emulator that nobody else can reach."""


def origin_of(request: Request) -> str:
    """Scheme, host and port under which the client reached the emulator."""
    return f"{request.headers.get(SCHEME, 'http')}://{request.headers.get('host', 'graph.microsoft.com')}"


def require_access(access: Access, request: Request) -> None:
    """Raise GraphError (401; 403 for a stranger's page in a browser) unless the request may use Graph."""
    origin = origin_of(request)
    if access.open:
        named = "host" not in request.headers or names_host(request.headers, HOSTS)
        if not (named and is_own_origin(request.headers)):
            raise GraphError(
                HTTPStatus.FORBIDDEN,
                "Authorization_RequestDenied",
                "Without a token, only programs on this machine are answered, not pages of other hosts.",
            )
        return
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token:
        raise _refusal("Access token is empty.", access, origin)
    if access.development_token and hmac.compare_digest(token.encode(), access.development_token.encode()):
        return
    reason = _fault(access, token, origin)
    if reason is not None:
        raise _refusal(reason, access, origin)


def _fault(access: Access, token: str, origin: str) -> str | None:
    """What is wrong with a token of the tenant; None if it is valid for Graph."""
    keys = KeySet([_key(key.kid, key.pem) for key in published_keys(access.provisioner)])
    try:
        claims = jwt.decode(token, keys, algorithms=["RS256"]).claims
        now = int(datetime.now(UTC).timestamp())
        registry = jwt.JWTClaimsRegistry(
            now=now, leeway=LEEWAY, tid={"essential": True, "value": access.provisioner.tenant}
        )
        registry.validate(claims)
    except (JoseError, ValueError) as exc:
        expired = getattr(exc, "error", "") == "expired_token"
        return "Lifetime validation failed, the token is expired." if expired else "Invalid access token."
    audience = claims.get("aud")
    named = audience.rstrip("/") if isinstance(audience, str) else ""
    return None if named in GRAPH_AUDIENCES | {origin} else "Access token validation failure. Invalid audience."


@lru_cache(maxsize=8)  # to read a key takes longer than to verify a signature
def _key(kid: str, pem: str) -> RSAKey:
    return RSAKey.import_key(pem, {"kid": kid})


def _refusal(message: str, access: Access, origin: str) -> GraphError:
    """The answer that tells a client where tokens come from."""
    challenge = (
        f'Bearer realm="", authorization_uri="{origin}/{access.provisioner.tenant}/oauth2/v2.0/authorize", '
        f'client_id="00000003-0000-0000-c000-000000000000", error="invalid_token"'
    )
    return GraphError(
        HTTPStatus.UNAUTHORIZED, "InvalidAuthenticationToken", message, headers={"www-authenticate": challenge}
    )
