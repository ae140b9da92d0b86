"""`POST /$batch`: up to twenty requests in one, run in their order (Graph's JSON batching).

A request that depends on one that failed is not run: 424. Bodies that are no JSON travel as base64.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from http import HTTPStatus

import msgspec

from entrant.entra.server.edge import SCHEME
from entrant.scim.bounds import parse_json
from entrant.scim.errors import InvalidSyntax
from entrant.scim.wire import Handler, Json, Request, Response

from .answer import Answer
from .errors import GraphError, bad_request

MAX_REQUESTS = 20
_INHERITED = frozenset({"authorization", "host", SCHEME})


def run_batch(request: Request, version: str, send: Handler) -> Answer:
    """Run the requests of a batch; `send` answers each. Raises GraphError (400, 405)."""
    if request.method != "POST":
        raise GraphError(HTTPStatus.METHOD_NOT_ALLOWED, "Request_BadRequest", "Use POST.", headers={"allow": "POST"})
    statuses: dict[str, int] = {}
    responses: list[Json] = []
    for part in _parts(request.body):
        id_ = part["id"]
        if id_ in statuses:
            raise bad_request(f"Request Id '{id_}' is used more than once.")
        depends = part.get("dependsOn") or []
        if not isinstance(depends, list) or any(other not in statuses for other in depends):
            raise bad_request(f"Request '{id_}' depends on one that does not come before it.")
        if any(statuses[other] >= HTTPStatus.BAD_REQUEST for other in depends):
            response = Response(HTTPStatus.FAILED_DEPENDENCY)
        else:
            response = send(_request(part, request, version))
        statuses[id_] = response.status
        responses.append(_response(id_, response))
    return Answer(body={"responses": responses})


def _parts(body: bytes) -> list[dict[str, Json]]:
    try:
        parts = msgspec.convert(parse_json(body), dict[str, list[dict[str, Json]]])["requests"]
    except (InvalidSyntax, msgspec.ValidationError, KeyError) as exc:
        raise bad_request("Invalid batch payload format: an object with a list of 'requests' is expected.") from exc
    if not 0 < len(parts) <= MAX_REQUESTS:
        raise bad_request(f"Number of batch request steps must be between 1 and {MAX_REQUESTS}.")
    for part in parts:
        if not all(isinstance(part.get(name), str) and part[name] for name in ("id", "method", "url")):
            raise bad_request("Each request of a batch has an 'id', a 'method' and a 'url'.")
    return parts


def _request(part: Mapping[str, Json], outer: Request, version: str) -> Request:
    """One request; it is authorized as the batch is, unless it says otherwise."""
    given = part.get("headers") or {}
    if not isinstance(given, dict) or not all(isinstance(value, str) for value in given.values()):
        raise bad_request(f"The headers of request '{part['id']}' are no object of texts.")
    url = part["url"].lstrip("/")
    path, _, query = url.partition("?")
    if path == "$batch":
        raise bad_request("A batch cannot be within a batch.")
    headers = {name.lower(): value for name, value in given.items()}
    for name in _INHERITED & outer.headers.keys():
        headers.setdefault(name, outer.headers[name])
    return Request(part["method"].upper(), f"/{version}/{path}", query, headers, _body(part))


def _body(part: Mapping[str, Json]) -> bytes:
    body = part.get("body")
    if body is None:
        return b""
    if isinstance(body, str):
        try:
            return base64.b64decode(body, validate=True)
        except binascii.Error as exc:
            raise bad_request(f"The body of request '{part['id']}' is neither JSON nor base64.") from exc
    return msgspec.json.encode(body)


def _response(id_: str, response: Response) -> Json:
    body = response.read()
    answer: dict[str, Json] = {"id": id_, "status": response.status, "headers": _headers(response)}
    if body:
        json = response.headers.get("content-type", "").startswith("application/json")
        answer["body"] = msgspec.Raw(body) if json else base64.b64encode(body).decode()
    return answer


def _headers(response: Response) -> dict[str, str]:
    """Names as clients write them."""
    return {"-".join(word.capitalize() for word in name.split("-")): value for name, value in response.headers.items()}
