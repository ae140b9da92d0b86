"""What an operation answers, and the annotations around it (graph-surface 9.1)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

import msgspec

from entrant.scim.wire import Json, Response

JSON = "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8"
TEXT = "text/plain;charset=utf-8"


@dataclass(frozen=True, slots=True)
class Answer:
    """A status and a body: a JSON value, text if it is a number or a script's reading, or nothing."""

    status: int = HTTPStatus.OK
    body: Json = None
    headers: Mapping[str, str] = field(default_factory=dict)
    text: str | None = None

    def response(self, headers: Mapping[str, str]) -> Response:
        """The answer as it is sent, with headers that every answer has."""
        if self.text is not None:
            return Response(self.status, {**headers, **self.headers, "content-type": TEXT}, self.text.encode())
        if self.body is None:
            return Response(self.status, {**headers, **self.headers})
        return Response(self.status, {**headers, **self.headers, "content-type": JSON}, msgspec.json.encode(self.body))


NO_CONTENT = Answer(HTTPStatus.NO_CONTENT)


def collection(
    context: str,
    values: Iterable[Json],
    *,
    count: int | None = None,
    next_link: str | None = None,
    delta_link: str | None = None,
) -> Answer:
    """A page of entities."""
    body: dict[str, Json] = {"@odata.context": context}
    if count is not None:
        body["@odata.count"] = count
    if next_link is not None:
        body["@odata.nextLink"] = next_link
    if delta_link is not None:
        body["@odata.deltaLink"] = delta_link
    body["value"] = list(values)
    return Answer(body=body)


def entity(context: str, value: Mapping[str, Json], status: int = HTTPStatus.OK) -> Answer:
    """One entity, or a complex value."""
    return Answer(status, {"@odata.context": context, **value})
