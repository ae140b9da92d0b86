"""Tokens that the emulated tenant issues, and the documents by which others verify them (entra-client 3.2, 3.6).

Signed RS256 with a key of the tenant; a key that is no longer used goes on being published as long as its tokens live.
Times are real ones, whatever the emulator's clock says: whoever verifies a token has a clock of his own.
"""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from joserfc import jwt
from joserfc.jwk import RSAKey

from entrant.entra.model import NON_GALLERY_TEMPLATE
from entrant.scim.wire import Json

KEY_BITS = 2048
LIFETIME = timedelta(hours=1)
SKEW = timedelta(minutes=5)  # a token is valid from that long before it was issued, as Entra's are
PUBLIC_LOGIN = "https://login.microsoftonline.com"
PUBLIC_STS = "https://sts.windows.net"  # who issues tokens of version 1


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key pair with its id."""

    kid: str
    pem: str
    """PKCS #8, unencrypted: never stored or shown like this."""

    def __repr__(self) -> str:
        return f"SigningKey({self.kid!r})"


def new_key() -> SigningKey:
    """A new key pair."""
    pem = RSAKey.generate_key(KEY_BITS).as_pem(private=True).decode("ascii")
    return SigningKey(uuid.uuid4().hex, pem)


@dataclass(frozen=True, slots=True)
class Issuer:
    """Who issues tokens: a tenant, under the address of its login server."""

    tenant: str
    """The tenant's id."""
    key: Callable[[], SigningKey]
    """Gives the key to sign with."""
    login_url: str = PUBLIC_LOGIN

    def issue(self, claims: Mapping[str, Json], now: datetime) -> str:
        """A token with these claims, valid for an hour; its `uti` is like no other's."""
        key = self.key()
        times = {"iat": _seconds(now), "nbf": _seconds(now - SKEW), "exp": _seconds(now + LIFETIME)}
        header = {"alg": "RS256", "kid": key.kid, "typ": "JWT"}
        return jwt.encode(header, {**claims, **times, "uti": secrets.token_urlsafe(16)}, RSAKey.import_key(key.pem))

    def assertion(self, app_id: str, service_principal: str, audience: str, now: datetime) -> str:
        """What a federated application shows to the target's token endpoint (3.6)."""
        return self.issue(
            {
                "aud": audience,
                "iss": issuer_name(self.login_url, self.tenant),
                "appid": app_id,
                "azp": app_id,
                "oid": service_principal,
                "sub": service_principal,
                "tid": self.tenant,
                "ver": "2.0",
            },
            now,
        )

    def bearer(self, service_principal: str, now: datetime) -> str:
        """What is sent as bearer where no secret token was given (3.2): the same audience for every application."""
        sts = PUBLIC_STS if self.login_url == PUBLIC_LOGIN else self.login_url
        return self.issue(
            {
                "aud": NON_GALLERY_TEMPLATE,
                "iss": f"{sts}/{self.tenant}/",
                "appid": NON_GALLERY_TEMPLATE,
                "oid": service_principal,
                "sub": service_principal,
                "tid": self.tenant,
                "ver": "1.0",
            },
            now,
        )


def issuer_name(login_url: str, tenant: str) -> str:
    """The `iss` of tokens of version 2."""
    return f"{login_url}/{tenant}/v2.0"


def jwks(keys: Sequence[SigningKey], issuer: str) -> Json:
    """The document at `{tenant}/discovery/v2.0/keys`: the public halves (RFC 7517)."""
    return {
        "keys": [
            {**RSAKey.import_key(key.pem).as_dict(private=False), "kid": key.kid, "use": "sig", "issuer": issuer}
            for key in keys
        ]
    }


def openid_configuration(login_url: str, tenant: str) -> Json:
    """The document at `{tenant}/v2.0/.well-known/openid-configuration` (OpenID Connect Discovery 1.0 §3)."""
    base = f"{login_url}/{tenant}"
    return {
        "issuer": issuer_name(login_url, tenant),
        "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
        "token_endpoint": f"{base}/oauth2/v2.0/token",
        "jwks_uri": f"{base}/discovery/v2.0/keys",
        "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic", "private_key_jwt"],
        "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
        "response_modes_supported": ["query", "fragment", "form_post"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "claims_supported": ["sub", "iss", "aud", "exp", "iat", "nbf", "tid", "ver", "oid", "appid", "azp"],
        "tenant_region_scope": None,
    }


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())
