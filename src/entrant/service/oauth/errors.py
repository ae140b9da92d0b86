"""The errors of a token endpoint, one class per `error` (RFC 6749 §5.2).

`detail` is sent as `error_description`. `reason` is for the workspace's log alone: it may say what a stranger must not
learn, such as which part of an assertion was not as configured.
"""

from __future__ import annotations

from typing import ClassVar

from entrant.scim.wire import Json


class OAuthError(Exception):
    """A refusal."""

    status: ClassVar[int] = 400
    error: ClassVar[str] = "invalid_request"

    def __init__(self, detail: str, reason: str | None = None) -> None:
        super().__init__(detail)
        self.detail, self.reason = detail, reason or detail

    def to_json(self) -> Json:
        """The error as it is sent."""
        return {"error": self.error, "error_description": self.detail}

    @property
    def headers(self) -> dict[str, str]:
        """Headers that belong to this answer."""
        return {}


class InvalidRequest(OAuthError):
    """A parameter is missing, given twice, or malformed."""


class InvalidClient(OAuthError):
    """No such client, or one that did not show who it is. All causes look the same to a stranger."""

    status, error = 401, "invalid_client"

    def __init__(self, reason: str) -> None:
        super().__init__("the client is unknown, switched off, or did not prove who it is", reason)

    @property
    def headers(self) -> dict[str, str]:
        """The challenge that RFC 6749 §5.2 asks for."""
        return {"www-authenticate": 'Basic realm="SCIM"'}


class UnsupportedGrantType(OAuthError):
    """A grant other than client credentials."""

    error = "unsupported_grant_type"


class UnsupportedTokenType(OAuthError):
    """A token that cannot be revoked here (RFC 7009 §2.2.1)."""

    error = "unsupported_token_type"


class InvalidScope(OAuthError):
    """A scope other than `scim`."""

    error = "invalid_scope"


class TemporarilyUnavailable(OAuthError):
    """The database or the issuer's keys are out of reach; the same request will succeed later."""

    status, error = 503, "temporarily_unavailable"

    @property
    def headers(self) -> dict[str, str]:
        """When to come back (RFC 9110 §10.2.3)."""
        return {"retry-after": "5"}
