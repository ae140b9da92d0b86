"""Bulk requests: each operation is a write of its own, with its own answer and log entry (RFC 7644 §3.7)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import msgspec
from msgspec import structs

from entrant.scim.bulk import RESPONSE_SCHEMA, BulkOperation, BulkRequest, parse_bulk, resolve, steps, withhold
from entrant.scim.errors import Conflict, InvalidSyntax, ScimError, Unavailable
from entrant.scim.operations import PATCH_URN
from entrant.scim.routes import Endpoint, find_route, require_route
from entrant.scim.wire import CONTENT_TYPE, Json, Request, Response
from entrant.store import log
from entrant.workspace.codes import Code
from entrant.workspace.guard import Held

from .access import Visit
from .call import Call
from .endpoints import route_write
from .perform import error_response, hold, perform
from .record import describe, note_contact

RESOURCES = frozenset({Endpoint.USERS, Endpoint.USER, Endpoint.GROUPS, Endpoint.GROUP})
KEPT_HEADERS = frozenset({"authorization"})


def run(call: Call, visit: Visit) -> Response:
    """`POST /Bulk`: 200 with what became of each operation, in the order in which they were sent."""
    request = parse_bulk(call.read_json(), strict=call.strict)
    batch = _Batch(call, visit, request)
    for step in steps(request.operations):
        if request.fail_on_errors is not None and batch.errors >= request.fail_on_errors:
            break
        batch.take(step)
    note_contact(call, call.tx)
    answers = [batch.answers[n] for n in sorted(batch.answers)]
    message = {"schemas": [RESPONSE_SCHEMA], "Operations": answers}
    return Response(200, {"content-type": CONTENT_TYPE}, msgspec.json.encode(message))


class _Undone(Exception):
    """An operation of a step was refused."""

    def __init__(self, index: int, refusal: ScimError) -> None:
        super().__init__()
        self.index, self.refusal = index, refusal

    def of_others(self, name: str) -> ScimError:
        """The refusal of the operations that were undone with it, which may come again when it may."""
        detail = f'undone together with the operation "{name}", which was refused: {self.refusal.detail}'
        refusal = Unavailable(detail) if isinstance(self.refusal, Unavailable) else Conflict(detail)
        return refusal.coded(Code.UNDONE)


@dataclass(slots=True)
class _Batch:
    """The state of a bulk request. `answers` are by the index of the operation."""

    call: Call
    visit: Visit
    request: BulkRequest
    ids: dict[str, str] = field(default_factory=dict)
    answers: dict[int, Json] = field(default_factory=dict)
    errors: int = 0

    def take(self, step: tuple[int, ...]) -> None:
        """Do one operation, or several that refer to each other: those stand or fall together."""
        if len(step) == 1:
            self._alone(step[0])
            return
        before = dict(self.ids)
        try:
            with self.call.tx.atomic():
                self._together(step)
        except _Undone as undone:
            self.ids = before
            if isinstance(undone.refusal.__cause__, Held):  # that it was noted has been undone with the rest
                hold(self.call, undone.refusal.__cause__)
            other = undone.of_others(self.request.operations[undone.index].bulk_id or f"number {undone.index + 1}")
            for index in step:
                self._refused(index, undone.refusal if index == undone.index else other)

    def _alone(self, index: int) -> None:
        try:
            self._do(index, resolve(self.request.operations[index], self.ids))
        except ScimError as refusal:
            self._refused(index, refusal)

    def _together(self, step: tuple[int, ...]) -> None:
        """Create first what refers to nothing missing, then add the references."""
        held: dict[int, dict[str, Json]] = {}
        for index in step:
            operation = self.request.operations[index]
            if operation.method == "POST":
                operation, held[index] = withhold(operation, self.ids)
            self._try(index, operation)
        for index, attributes in held.items():
            operation = self.request.operations[index]
            path = f"{operation.path.rstrip('/')}/{self.ids[operation.bulk_id or '']}"
            changes = [{"op": "add", "path": name, "value": value} for name, value in attributes.items()]
            if changes:
                self._try(
                    index,
                    replace(operation, method="PATCH", path=path, data={"schemas": [PATCH_URN], "Operations": changes}),
                )

    def _try(self, index: int, operation: BulkOperation) -> None:
        try:
            self._do(index, resolve(operation, self.ids))
        except ScimError as refusal:
            raise _Undone(index, refusal) from refusal

    def _do(self, index: int, operation: BulkOperation) -> None:
        """One write. What completes an operation that has been answered leaves that answer, but for the version."""
        visit = self._visit(operation)
        if require_route(visit.route, visit.path).endpoint not in RESOURCES:
            raise InvalidSyntax("a bulk operation is on /Users or /Groups or on one of them")
        part = self.call.part(visit.request)
        response = perform(part, route_write(visit))
        log.append(part.tx, part.workspace.id, describe(visit, part, response.status, part.tx.now))
        self.call.used += part.used
        self.call.spelling = part.spelling or self.call.spelling
        if operation.bulk_id is not None and part.resource_id is not None:
            self.ids[operation.bulk_id] = part.resource_id
        location = response.headers.get("location") or f"{self.call.base_url}/{operation.path.strip('/')}"
        answer = self.answers.get(index) or self._answer(index, response.status) | {"location": location}
        if "etag" in response.headers:
            answer["version"] = response.headers["etag"]
        self.answers[index] = answer

    def _refused(self, index: int, refusal: ScimError) -> None:
        self.errors += 1
        call, operation = self.call, self.request.operations[index]
        visit = self._visit(operation)
        entry = describe(visit, call.part(visit.request), refusal.status, call.tx.now, refusal)
        log.append(call.tx, call.workspace.id, entry)
        answer = self._answer(index, refusal.status) | {"response": error_response(refusal).json()}
        if operation.method != "POST":
            answer["location"] = f"{call.base_url}/{operation.path.strip('/')}"
        self.answers[index] = answer

    def _answer(self, index: int, status: int) -> dict[str, Json]:
        operation = self.request.operations[index]
        named = {} if operation.bulk_id is None else {"bulkId": operation.bulk_id}
        return {"method": operation.method, **named, "status": str(status)}

    def _visit(self, operation: BulkOperation) -> Visit:
        """The request that the operation stands for."""
        headers = {name: value for name, value in self.visit.request.headers.items() if name in KEPT_HEADERS}
        if operation.version is not None:
            headers["if-match"] = operation.version
        body = b"" if operation.data is None else msgspec.json.encode(operation.data)
        request = Request(operation.method, operation.path, "", headers, body)
        return structs.replace(self.visit, request=request, path=operation.path, route=find_route(operation.path))
