"""The two values that cross every boundary, and what joins a conversation to whoever answers it.

A service provider is a `Handler`: a function from `Request` to `Response`. A provisioning client's side is a
`Flow`: a generator that yields requests and is sent the responses. Neither does any input or output, so a
flow can be driven against the service itself, an HTTP client, a recording, or a wrapper that injects faults.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping
from typing import Any, TypeAlias, TypeVar

import msgspec

Json: TypeAlias = Any
"""A decoded JSON value: dict, list, str, int, float, bool or None. The only `Any` past the parser."""

CONTENT_TYPE = "application/scim+json"  # RFC 7644 §8.1


class Request(msgspec.Struct, frozen=True):
    """One HTTP request. `path` is percent-encoded, without query; `query` is raw, without `?`.

    Header names are lower-case. `body` is empty if there was none.
    """

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = msgspec.field(default_factory=dict)
    body: bytes = b""


class Response(msgspec.Struct, frozen=True):
    """One HTTP answer. A `body` that is not `bytes` is produced chunk by chunk while it is sent."""

    status: int
    headers: Mapping[str, str] = msgspec.field(default_factory=dict)
    body: bytes | Iterable[bytes] = b""

    def read(self) -> bytes:
        """The whole body; consumes a body that is produced in chunks."""
        return self.body if isinstance(self.body, bytes) else b"".join(self.body)

    def json(self) -> Json:
        """The body as a JSON value; raises `msgspec.DecodeError` if it is none."""
        return msgspec.json.decode(self.read())


T = TypeVar("T")
Handler: TypeAlias = Callable[[Request], Response]
Flow: TypeAlias = Generator[Request, Response, T]


def drive(flow: Flow[T], send: Handler) -> T:
    """Send each request the flow yields, send each answer back into it, and return what it returns."""
    try:
        request = next(flow)
        while True:
            request = flow.send(send(request))
    except StopIteration as end:
        result: T = end.value
        return result
