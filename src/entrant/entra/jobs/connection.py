"""A connection by its keys (entra-client 3, 21.3.3): what is known of each, and how requests are authorized with it.

Graph's enumeration has no keys for the scope of OAuth and for federation; those the emulator adds are named below.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import urlsplit

import msgspec

from entrant.entra.engine.job import TenantUrl, parse_tenant_url
from entrant.entra.model import BadValue, EntraError

from .credentials import is_token

GRAPH_KEYS = frozenset(
    [
        "None",
        "UserName",
        "Password",
        "SecretToken",
        "AppKey",
        "BaseAddress",
        "ClientIdentifier",
        "ClientSecret",
        "SingleSignOnType",
        "Sandbox",
        "Url",
        "Domain",
        "ConsumerKey",
        "ConsumerSecret",
        "TokenKey",
        "TokenExpiration",
        "Oauth2AccessToken",
        "Oauth2AccessTokenCreationTime",
        "Oauth2RefreshToken",
        "SyncAll",
        "InstanceName",
        "Oauth2ClientId",
        "Oauth2ClientSecret",
        "CompanyId",
        "UpdateKeyOnSoftDelete",
        "SynchronizationSchedule",
        "SystemOfRecord",
        "SandboxName",
        "EnforceDomain",
        "SyncNotificationSettings",
        "SkipOutOfScopeDeletions",
        "Oauth2AuthorizationCode",
        "Oauth2RedirectUri",
        "ApplicationTemplateIdentifier",
        "Oauth2TokenExchangeUri",
        "Oauth2AuthorizationUri",
        "AuthenticationType",
        "Server",
        "PerformInboundEntitlementGrants",
        "HardDeletesEnabled",
        "SyncAgentCompatibilityKey",
        "SyncAgentADContainer",
        "ValidateDomain",
        "TestReferences",
        "ConnectionString",
    ]
)
SCOPE, AUDIENCE = "Oauth2Scope", "FederatedAudience"  # the emulator's own
KEYS = GRAPH_KEYS | {SCOPE, AUDIENCE}
CREDENTIALS = frozenset(
    {
        "AuthenticationType",
        "BaseAddress",
        "Oauth2ClientId",
        "Oauth2ClientSecret",
        "Oauth2TokenExchangeUri",
        "SecretToken",
        SCOPE,
        AUDIENCE,
    }
)
"""The keys that make a connection; the others of a secrets document are scope and settings."""


class Method(StrEnum):
    """`AuthenticationType`. The documents name only the one of client credentials."""

    BEARER = "SecretToken"
    CLIENT_CREDENTIALS = "OAuth2ClientCredentialsGrant"
    FEDERATION = "WorkloadIdentityFederation"


class UnknownKey(EntraError):
    """A key that no connection has: Graph's 500 `InternalError` (4.9)."""


class MixedCredentials(EntraError):
    """A bearer token together with OAuth keys (3.5); Graph answers 500 (9.7)."""


class MissingParameter(EntraError):
    """The connection lacks what it needs: Graph's `RequestMissingRequiredParameter` (4.9)."""


@dataclass(frozen=True, slots=True)
class Connection:
    """Where the target is and how requests to it are authorized."""

    tenant: TenantUrl
    method: Method
    secret_token: str = field(default="", repr=False)
    """Empty: the emulator issues a token itself (3.2)."""
    token_endpoint: str = ""
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    scope: str = ""
    audience: str = ""
    """Of the assertion; empty is `api://{appId}`."""


def require_known(values: Mapping[str, str]) -> None:
    """Raises UnknownKey, in Graph's words."""
    for key in values:
        if key not in KEYS:
            raise UnknownKey(f"Requested value '{key}' was not found.")


def parse_connection(values: Mapping[str, str]) -> Connection:
    """The connection that these keys make; raises MixedCredentials, MissingParameter, BadValue."""
    method = _method(values)
    need = _needer(values)
    tenant = parse_tenant_url(need("BaseAddress"))
    if method is Method.BEARER:
        token = values.get("SecretToken", "")
        if token and not is_token(token):
            raise BadValue("the secret token has characters that no header can carry; copy it again, without spaces")
        return Connection(tenant, method, secret_token=token)
    return Connection(
        tenant,
        method,
        token_endpoint=_endpoint(need("Oauth2TokenExchangeUri")),
        client_id=need("Oauth2ClientId"),
        client_secret=need("Oauth2ClientSecret") if method is Method.CLIENT_CREDENTIALS else "",
        scope=values.get(SCOPE, ""),
        audience=values.get(AUDIENCE, ""),
    )


def makes_connection(values: Mapping[str, str]) -> bool:
    """Whether these keys make a whole connection; raises MixedCredentials, BadValue for what is wrong in them."""
    try:
        parse_connection(values)
    except MissingParameter:
        return False
    return True


def _method(values: Mapping[str, str]) -> Method:
    oauth = [key for key in ("Oauth2ClientId", "Oauth2ClientSecret", "Oauth2TokenExchangeUri") if values.get(key)]
    if oauth and values.get("SecretToken"):
        raise MixedCredentials(f"a connection has either SecretToken or {oauth[0]}, not both")
    given = values.get("AuthenticationType", "")
    if not given:
        return Method.CLIENT_CREDENTIALS if oauth else Method.BEARER
    try:
        method = Method(given)
    except ValueError as exc:
        raise BadValue(f'AuthenticationType is "{given}"; it is one of {", ".join(Method)}') from exc
    if method is not Method.BEARER and values.get("SecretToken"):
        raise MixedCredentials(f"a connection by {method} has no SecretToken")
    return method


def _needer(values: Mapping[str, str]) -> Callable[[str], str]:
    def need(key: str) -> str:
        if not values.get(key):
            raise MissingParameter(f"{key} is missing")
        return values[key]

    return need


def _endpoint(text: str) -> str:
    url = urlsplit(text)
    if url.scheme not in {"http", "https"} or not url.hostname:
        raise BadValue("Oauth2TokenExchangeUri is no http or https URL")
    return text


class Notifications(msgspec.Struct, frozen=True, rename="pascal"):
    """`SyncNotificationSettings`, JSON as text (15.11)."""

    enabled: bool = False
    recipients: str = ""
    delete_threshold_enabled: bool = False
    delete_threshold_value: int = 0


def parse_notifications(text: str) -> Notifications:
    """Raises BadValue."""
    try:
        return msgspec.json.decode(text or "{}", type=Notifications, strict=False)
    except (msgspec.DecodeError, msgspec.ValidationError) as exc:
        raise BadValue(f"SyncNotificationSettings is no JSON object of the expected form: {exc}") from exc


def print_notifications(notifications: Notifications) -> str:
    """As the keys of a connection hold it."""
    return msgspec.json.encode(notifications).decode()


def flag(values: Mapping[str, str], key: str) -> bool:
    """A key whose value is `true` or `false` in any case; absent is false. Raises BadValue."""
    text = values.get(key, "").strip().lower()
    if text not in {"", "true", "false"}:
        raise BadValue(f'{key} is "{values[key]}"; it is true or false')
    return text == "true"
