"""The Graph API as a function from `Request` to `Response`: the way in, and where errors become answers."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TypeAlias

from entrant.db.engine import TimeLimit, Unavailable
from entrant.entra.model import EntraError
from entrant.scim.wire import Request, Response

from .access import Access, origin_of, require_access
from .answer import Answer
from .batch import run_batch
from .call import Call
from .errors import GraphError, envelope, from_domain, no_such_address
from .router import Router
from .routes import ROUTES

VERSIONS = ("v1.0", "beta")
MAX_REQUEST_ID = 100  # characters of the client's id that are echoed

Operation: TypeAlias = Callable[[Call], Answer]
_ROUTERS = {
    version: Router[Operation](
        (method, pattern, operation) for where, method, pattern, operation in ROUTES if version in where
    )
    for version in VERSIONS
}


class Graph:
    """Microsoft Graph for one tenant. Keeps nothing that another process must know."""

    def __init__(self, access: Access) -> None:
        self._access = access

    def handle(self, request: Request) -> Response:
        """Answer one request, whose path begins with the version. Links in answers begin where the client is."""
        request_id = str(uuid.uuid4())
        client_id = _client_request_id(request) or request_id
        headers = {"request-id": request_id, "client-request-id": client_id, "cache-control": "no-cache"}
        try:
            require_access(self._access, request)
            answer = self._answer(request)
        except (GraphError, EntraError, TimeLimit, Unavailable) as exc:
            error = _graph_error(exc)
            date = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S}"
            body = envelope(error, date=date, request_id=request_id, client_request_id=client_id)
            answer = Answer(error.status, body, error.headers)
        return answer.response(headers)

    def _answer(self, request: Request) -> Answer:
        version, _, path = request.path.lstrip("/").partition("/")
        if version.lower() not in VERSIONS:
            raise no_such_address(version)
        if path == "$batch":
            return run_batch(request, version, self.handle)
        operation, keys = _ROUTERS[version.lower()].find(request.method, path)
        return operation(Call(self._access.provisioner, request, origin_of(request), version.lower(), keys))


def _client_request_id(request: Request) -> str:
    """The client's own id of the request, if it can be sent back."""
    given = request.headers.get("client-request-id", "")
    return given if len(given) <= MAX_REQUEST_ID and given.isascii() and given.isprintable() else ""


def _graph_error(error: Exception) -> GraphError:
    match error:
        case GraphError():
            return error
        case EntraError():
            return from_domain(error)
        case TimeLimit():
            return GraphError(HTTPStatus.BAD_REQUEST, "Request_UnsupportedQuery", "The query takes too long here.")
        case _:
            return GraphError(
                HTTPStatus.SERVICE_UNAVAILABLE,
                "ServiceUnavailable",
                "The emulator's database is not available; repeat the request later.",
                headers={"retry-after": "1"},
            )
