"""Reading what a target answers (entra-client 11, 14.5, 14.6). What cannot be used is a `Problem`, never an exception.

No answer at all is a Response with status 0, the reason in its header `reason` and a sentence as its body.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus

import msgspec

from entrant.entra.model import Kind
from entrant.scim.schema import ENTERPRISE_URN, Resource
from entrant.scim.wire import Json, Response

MAX_QUOTED = 4_000  # characters of an answer that a log entry quotes
_CLIENT_ERRORS = range(400, 500)
_SERVER_ERRORS = range(500, 600)
_SUCCESS = range(200, 300)
_LISTS = ("emails", "phoneNumbers", "addresses", "roles", "members")
_OBJECTS = ("name", "meta", ENTERPRISE_URN)


class Code(StrEnum):
    """`errorCode` of the log (14.6), and the reasons of no answer."""

    CONFLICT = "Conflict"
    TOO_MANY_REQUESTS = "TooManyRequests"
    INTERNAL_SERVER_ERROR = "InternalServerError"
    UNAUTHORIZED = "Unauthorized"
    INSUFFICIENT_RIGHTS = "InsufficientRights"
    METHOD_NOT_ALLOWED = "MethodNotAllowed"
    UNPROCESSABLE_ENTITY = "UnprocessableEntity"
    WEB_EXCEPTION = "WebExceptionProtocolError"
    INVALID_ANCHOR = "InvalidAnchor"
    NOT_IMPLEMENTED = "NotImplemented"
    MISSING_VALUES = "MissingValues"
    INTERNAL_ERROR = "InternalError"
    TIMEOUT = "Timeout"
    DUPLICATE_SOURCE = "DuplicateSourceEntries"
    SKIPPED = "EntrySynchronizationSkipped"
    SCHEMA_ATTRIBUTE_NOT_FOUND = "SchemaAttributeNotFound"
    UNRESOLVED = "UnableToResolveReferenceAttributeValue"
    MULTIPLE_ENTRIES = "SystemForCrossDomainIdentityManagementMultipleEntriesInResponse"
    INCOMPATIBLE = "SystemForCrossDomainIdentityManagementServiceIncompatible"
    INCOMPATIBLE_FILTERING = "SystemForCrossDomainIdentityManagementServiceIncompatibleFiltering"
    BAD_REQUEST = "SystemForCrossDomainIdentityManagementBadRequest"
    INVALID_CREDENTIALS = "SystemForCrossDomainIdentityManagementInvalidCredentials"


_BY_STATUS = {
    400: Code.BAD_REQUEST,
    401: Code.UNAUTHORIZED,
    403: Code.INSUFFICIENT_RIGHTS,
    405: Code.METHOD_NOT_ALLOWED,
    408: Code.TIMEOUT,
    409: Code.CONFLICT,
    429: Code.TOO_MANY_REQUESTS,
    501: Code.NOT_IMPLEMENTED,
    504: Code.TIMEOUT,
}

NEXT_STEPS = {
    Code.CONFLICT: "Find the object in the application that has this value already; change or remove one of the two.",
    Code.TOO_MANY_REQUESTS: "The application limits requests. The operation is repeated.",
    Code.INTERNAL_SERVER_ERROR: "Ask the application's developer about the error. The operation is repeated.",
    Code.UNAUTHORIZED: "Check that the secret token is valid and not expired.",
    Code.INSUFFICIENT_RIGHTS: "Check that the secret token is allowed to write users and groups.",
    Code.METHOD_NOT_ALLOWED: "The application does not support this operation; ask its developer.",
    Code.UNPROCESSABLE_ENTITY: "The application refuses the values that were sent; check the attribute mappings.",
    Code.WEB_EXCEPTION: "Check that the Tenant URL leads to the SCIM endpoint itself.",
    Code.INVALID_ANCHOR: "The object was removed in the application. Restart provisioning to match it anew.",
    Code.NOT_IMPLEMENTED: "The application does not support this operation; ask its developer.",
    Code.MISSING_VALUES: "Give the object a value for the matching attribute.",
    Code.INTERNAL_ERROR: "Check the expression in the attribute mappings.",
    Code.TIMEOUT: "The application did not answer in time. The operation is repeated.",
    Code.DUPLICATE_SOURCE: "Two objects of the directory have the same matching value; make their values differ.",
    Code.UNRESOLVED: "Bring the object that is referred to into scope, then restart provisioning.",
    Code.MULTIPLE_ENTRIES: "Make the matching value unique in the application, or let it apply the filter.",
    Code.INCOMPATIBLE: "The answer is not what SCIM 2.0 says; ask the application's developer.",
    Code.INCOMPATIBLE_FILTERING: "The application cannot filter by the matching attribute; ask its developer.",
    Code.BAD_REQUEST: "The application refuses the request; check the attribute mappings.",
    Code.INVALID_CREDENTIALS: "Check the Tenant URL and the secret token, then test the connection.",
}
"""`recommendedAction` of the log."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a request has not done its work."""

    code: str
    message: str
    status: int = 0

    @property
    def next_step(self) -> str | None:
        """What an administrator can do about it."""
        return NEXT_STEPS.get(Code(self.code)) if self.code in set(Code) else None


def problem_of(response: Response) -> Problem | None:
    """What is wrong with an answer, by its status alone; None for a 2xx."""
    status = response.status
    if status in _SUCCESS:
        return None
    if status == 0:
        reason = response.headers.get("reason", Code.WEB_EXCEPTION)
        return Problem(reason, response.read().decode(errors="replace") or "the target did not answer")
    return Problem(_code(status), quoted(response), status)


def resource_of(kind: Kind, response: Response) -> Resource | Problem:
    """The resource of a successful answer; a Problem if there is none that a client could read (11.1, 11.2, 8.6.4)."""
    problem = problem_of(response)
    if problem is not None:
        return problem
    resource = _decoded(response)
    if isinstance(resource, Problem):
        return resource
    wrong = _wrong_with(kind, resource)
    return resource if wrong is None else _incompatible(response, wrong)


def list_of(kind: Kind, response: Response) -> tuple[Resource, ...] | Problem:
    """The resources of a ListResponse, at most two of them: more make no difference (6.1.5)."""
    problem = problem_of(response)
    if problem is not None:
        refused = problem.code in {Code.BAD_REQUEST, Code.UNPROCESSABLE_ENTITY, Code.NOT_IMPLEMENTED}
        return Problem(Code.INCOMPATIBLE_FILTERING, problem.message, problem.status) if refused else problem
    answer = _decoded(response)
    if isinstance(answer, Problem):
        return answer
    total = answer.get("totalResults") if isinstance(answer, dict) else None
    if not isinstance(total, int) or isinstance(total, bool) or total < 0:
        return _incompatible(response, "it is no ListResponse with totalResults")
    found = answer.get("Resources")
    found = [] if found is None else found
    if not isinstance(found, list) or (total and not found):
        return _incompatible(response, "its Resources are missing")
    if total > 1 or len(found) > 1:
        message = f"the lookup found {max(total, len(found))} objects where at most one is expected"
        return Problem(Code.MULTIPLE_ENTRIES, message, response.status)
    wrong = next((text for each in found if (text := _wrong_with(kind, each))), None)
    return tuple(found) if wrong is None else _incompatible(response, wrong)


def members_of(resource: Resource) -> int:
    """How many members came although they were excluded (6.2.3)."""
    members = resource.get("members")
    return len(members) if isinstance(members, list) else 0


def quoted(response: Response) -> str:
    """An answer as the log quotes it (14.5)."""
    try:
        name = HTTPStatus(response.status).phrase.replace(" ", "").replace("-", "")
    except ValueError:
        name = str(response.status)
    text = response.read().decode(errors="replace")[:MAX_QUOTED]
    return (
        f"StatusCode: {name}\nMessage: Processing of the HTTP request resulted in an exception.\nWeb Response: {text}"
    )


def _code(status: int) -> Code:
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    if status in _SERVER_ERRORS:
        return Code.INTERNAL_SERVER_ERROR
    return Code.UNPROCESSABLE_ENTITY if status in _CLIENT_ERRORS else Code.WEB_EXCEPTION


def _decoded(response: Response) -> Json | Problem:
    try:
        return response.json()
    except (msgspec.DecodeError, RecursionError):
        return _incompatible(response, "it is no JSON" if response.read() else "it is empty")


def _incompatible(response: Response, why: str) -> Problem:
    text = response.read().decode(errors="replace")[:MAX_QUOTED]
    return Problem(Code.INCOMPATIBLE, f"The answer cannot be read: {why}.\nWeb Response: {text}", response.status)


def _wrong_with(kind: Kind, resource: Json) -> str | None:
    """What keeps a client from reading a resource, or None."""
    if not isinstance(resource, dict):
        return "it is no resource"
    id_ = resource.get("id")
    if not isinstance(id_, str) or not id_:
        return "the resource has no id"
    for name in _LISTS:
        if not isinstance(resource.get(name), list | None):
            return f"{name} is no array"
    for name in _OBJECTS:
        if not isinstance(resource.get(name), dict | None):
            return f"{name} is no object"
    manager = (resource.get(ENTERPRISE_URN) or {}).get("manager")
    if kind is Kind.USER and not isinstance(manager, dict | None):
        return "manager is no object with a value"
    return None
