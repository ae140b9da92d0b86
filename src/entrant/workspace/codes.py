"""The stable code of each refusal: what programs read, where people read a sentence (architecture: refusals are codes).

A code is kept in the provisioning log and is never renamed. Nothing compares the English of a detail: a group may be
called like any sentence.
"""

from __future__ import annotations

from enum import StrEnum


class Code(StrEnum):
    """Why something was refused."""

    # Rules of the workspace
    LAST_ADMIN = "last_admin"
    ROLE_RESERVED = "role_reserved"
    NAME_TAKEN = "name_taken"
    UNKNOWN_MEMBER = "unknown_member"
    RETURN_REFUSED = "return_refused"
    PROTECTED = "protected"
    ROLE_FROM_GROUP = "role_from_group"
    WORKSPACE_FULL = "workspace_full"
    HELD = "held"
    ADOPTION_HELD = "adoption_held"
    REJECTED = "rejected"
    INVALID_RULE = "invalid_rule"
    INVALID_SETTING = "invalid_setting"
    ALREADY_EXISTS = "already_exists"
    SIGN_IN_FAILED = "sign_in_failed"
    TOO_MANY_ATTEMPTS = "too_many_attempts"
    UNDONE = "undone"
    """An operation of a bulk request, undone together with one that was refused."""

    # The protocol: the keywords of RFC 7644, table 9, and RFC 9865, and the statuses that have none
    INVALID_FILTER = "invalid_filter"
    TOO_MANY = "too_many"
    INVALID_SYNTAX = "invalid_syntax"
    INVALID_PATH = "invalid_path"
    NO_TARGET = "no_target"
    INVALID_VALUE = "invalid_value"
    MUTABILITY = "mutability"
    UNIQUENESS = "uniqueness"
    INVALID_CURSOR = "invalid_cursor"
    EXPIRED_CURSOR = "expired_cursor"
    INVALID_COUNT = "invalid_count"
    UNAUTHORIZED = "unauthorized"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    CONFLICT = "conflict"
    PRECONDITION_FAILED = "precondition_failed"
    TOO_LARGE = "too_large"
    UNSUPPORTED_MEDIA_TYPE = "unsupported_media_type"
    RATE_LIMITED = "rate_limited"
    NOT_IMPLEMENTED = "not_implemented"
    UNAVAILABLE = "unavailable"
    INTERNAL = "internal"

    # The token endpoint: the errors of RFC 6749 §5.2 and RFC 7009 §2.2.1
    INVALID_REQUEST = "invalid_request"
    INVALID_CLIENT = "invalid_client"
    UNSUPPORTED_GRANT_TYPE = "unsupported_grant_type"
    UNSUPPORTED_TOKEN_TYPE = "unsupported_token_type"  # noqa: S105  the name of an error
    INVALID_SCOPE = "invalid_scope"
    TEMPORARILY_UNAVAILABLE = "temporarily_unavailable"
