"""The errors of SCIM, one class per `scimType` and per plain status (RFC 7644 §3.12, table 9; RFC 9865 §2.1).

`detail` is written for the administrator who reads it in the provider's log: what was refused, on which
attribute, and what would work.
"""

from __future__ import annotations

from typing import ClassVar, Self

from .wire import Json

SCHEMA = "urn:ietf:params:scim:api:messages:2.0:Error"


class ScimError(Exception):
    """A refusal. `status` is the HTTP status, `scim_type` the keyword of table 9 or None.

    `code` is for programs: it says which rule refused where several share a status (`workspace.codes`).
    """

    status: ClassVar[int] = 500
    scim_type: ClassVar[str | None] = None
    code: str = "internal"

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail

    def coded(self, code: str) -> Self:
        """The refusal itself, with the code of the rule behind it."""
        self.code = code
        return self

    def to_json(self) -> Json:
        """The error as a SCIM message; `status` is a string, as in RFC 7644 §3.12."""
        message: dict[str, Json] = {"schemas": [SCHEMA], "status": str(self.status)}
        if self.scim_type is not None:
            message["scimType"] = self.scim_type
        message["detail"] = self.detail
        return message

    @property
    def headers(self) -> dict[str, str]:
        """Headers that belong to this answer, beyond the content type."""
        return {}


class BadRequest(ScimError):
    """400; each of its kinds has a keyword."""

    status = 400


class InvalidFilter(BadRequest):
    """The filter is malformed, or names an attribute or comparison that is not supported."""

    scim_type = "invalidFilter"
    code = "invalid_filter"


class TooMany(BadRequest):
    """The filter yields more work than the service is willing to do."""

    scim_type = "tooMany"
    code = "too_many"


class InvalidSyntax(BadRequest):
    """The body is not the JSON message that the request calls for."""

    scim_type = "invalidSyntax"
    code = "invalid_syntax"


class InvalidPath(BadRequest):
    """The path of a PATCH operation is malformed or names no attribute."""

    scim_type = "invalidPath"
    code = "invalid_path"


class NoTarget(BadRequest):
    """The path of a PATCH operation matches nothing that could be operated on."""

    scim_type = "noTarget"
    code = "no_target"


class InvalidValue(BadRequest):
    """A value is missing, of the wrong type, or not one of those allowed."""

    scim_type = "invalidValue"
    code = "invalid_value"


class Mutability(BadRequest):
    """An attempt to change an attribute that is read-only or immutable."""

    scim_type = "mutability"
    code = "mutability"


class InvalidCursor(BadRequest):
    """The cursor is not one of ours, or belongs to another query (RFC 9865 §2.1)."""

    scim_type = "invalidCursor"
    code = "invalid_cursor"


class ExpiredCursor(BadRequest):
    """The cursor was valid once (RFC 9865 §2.1)."""

    scim_type = "expiredCursor"
    code = "expired_cursor"


class InvalidCount(BadRequest):
    """The page size of a cursor request changed or is out of range (RFC 9865 §2.1)."""

    scim_type = "invalidCount"
    code = "invalid_count"


class Unauthorized(ScimError):
    """401: no token, or not one that opens this workspace."""

    status = 401
    code = "unauthorized"

    def __init__(self, detail: str, *, shown: bool = True) -> None:
        super().__init__(detail)
        self.shown = shown
        """Whether there was a token. A client that showed none is told nothing of errors (RFC 6750 §3.1)."""

    @property
    def headers(self) -> dict[str, str]:
        """The challenge of RFC 6750 §3."""
        error = ', error="invalid_token"' if self.shown else ""
        return {"www-authenticate": f'Bearer realm="SCIM"{error}'}


class Forbidden(ScimError):
    """403: understood, and refused by a rule of the workspace."""

    status = 403
    code = "forbidden"


class NotFound(ScimError):
    """404: no such resource or endpoint."""

    status = 404
    code = "not_found"


class MethodNotAllowed(ScimError):
    """405: the endpoint exists, but not with this method. `allow` lists those that do."""

    status = 405
    code = "method_not_allowed"

    def __init__(self, detail: str, allow: str) -> None:
        super().__init__(detail)
        self.allow = allow

    @property
    def headers(self) -> dict[str, str]:
        """The methods that would work (RFC 9110 §15.5.6)."""
        return {"allow": self.allow}


class Conflict(ScimError):
    """409 without a keyword: refused because of the state of other resources."""

    status = 409
    code = "conflict"


class Uniqueness(Conflict):
    """409: the value is in use by another resource."""

    scim_type = "uniqueness"
    code = "uniqueness"


class PreconditionFailed(ScimError):
    """412: the resource is not at the version that `If-Match` names."""

    status = 412
    code = "precondition_failed"


class PayloadTooLarge(ScimError):
    """413: the body, or the number of bulk operations, is over the bound."""

    status = 413
    code = "too_large"


class UnsupportedMediaType(ScimError):
    """415: the body is not declared as JSON."""

    status = 415
    code = "unsupported_media_type"


class TooManyRequests(ScimError):
    """429: slow down. `retry_after` is in seconds."""

    status = 429
    code = "rate_limited"

    def __init__(self, detail: str, retry_after: int = 1) -> None:
        super().__init__(detail)
        self.retry_after = retry_after

    @property
    def headers(self) -> dict[str, str]:
        """When to come back (RFC 6585 §4)."""
        return {"retry-after": str(self.retry_after)}


class NotOffered(ScimError):
    """501: a part of the protocol that this service does not offer."""

    status = 501
    code = "not_implemented"


class Unavailable(ScimError):
    """503: not now; the same request will succeed later. `retry_after` is in seconds."""

    status = 503
    code = "unavailable"

    def __init__(self, detail: str, retry_after: int = 5) -> None:
        super().__init__(detail)
        self.retry_after = retry_after

    @property
    def headers(self) -> dict[str, str]:
        """When to come back (RFC 9110 §10.2.3)."""
        return {"retry-after": str(self.retry_after)}
