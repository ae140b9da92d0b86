"""Refusals of the Graph API, and the envelope that carries them (graph-surface 9.1).

The codes are those that scripts and SDKs look at. A message is a sentence for whoever wrote the request.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

from entrant.entra.model import Conflict, EntraError, NotFound
from entrant.scim.wire import Json

UNSUPPORTED_QUERY = "Request_UnsupportedQuery"


@dataclass(frozen=True, slots=True)
class Detail:
    """One entry of an error's `details`: what exactly is wrong with which property."""

    code: str
    message: str
    target: str | None = None


class GraphError(Exception):
    """A request is refused with this status, code and message."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        details: tuple[Detail, ...] = (),
        *,
        headers: Mapping[str, str] | None = None,
        inner: Mapping[str, Json] | None = None,
    ) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.details = status, code, message, details
        self.headers = headers or {}
        self.inner = inner or {}
        """More members of `innerError`."""


def bad_request(message: str) -> GraphError:
    """The request as such cannot be read: a query option, an address, a body."""
    return GraphError(HTTPStatus.BAD_REQUEST, "BadRequest", message)


def bad_value(message: str, *details: Detail) -> GraphError:
    """The directory does not take what the body says."""
    return GraphError(HTTPStatus.BAD_REQUEST, "Request_BadRequest", message, details)


def unsupported_query(message: str) -> GraphError:
    """A query that only works as an advanced one, or not at all (graph-surface 9.2)."""
    return GraphError(HTTPStatus.BAD_REQUEST, UNSUPPORTED_QUERY, message)


def not_found(id_: str) -> GraphError:
    """There is no such directory object."""
    return GraphError(
        HTTPStatus.NOT_FOUND,
        "Request_ResourceNotFound",
        f"Resource '{id_}' does not exist or one of its queried reference-property objects are not present.",
    )


def no_such_address(path: str) -> GraphError:
    """No resource has an address of this form."""
    return GraphError(HTTPStatus.BAD_REQUEST, "BadRequest", f"Resource not found for the segment '{path[:200]}'.")


def from_domain(error: EntraError) -> GraphError:
    """What a refusal by the directory or the provisioning service looks like here."""
    match error:
        case NotFound():
            return GraphError(HTTPStatus.NOT_FOUND, "Request_ResourceNotFound", str(error))
        case Conflict():
            return GraphError(HTTPStatus.CONFLICT, "Conflict", str(error))
        case _:
            return bad_value(str(error))


def envelope(error: GraphError, *, date: str, request_id: str, client_request_id: str) -> Json:
    """The body of the answer. `date` has seconds."""
    body: dict[str, Json] = {"code": error.code, "message": error.message}
    if error.details:
        body["details"] = [
            {"code": detail.code, "message": detail.message, "target": detail.target} for detail in error.details
        ]
    body["innerError"] = {
        **error.inner,
        "date": date,
        "request-id": request_id,
        "client-request-id": client_request_id,
    }
    return {"error": body}
