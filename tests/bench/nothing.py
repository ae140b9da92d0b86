"""A target that does nothing: every lookup finds nothing, every create succeeds, every object is there with its id alone.

What a cycle costs against it is the emulator's own cost. `python -m tests.bench.nothing PORT`.
"""

from __future__ import annotations

import sys
import uuid
from collections.abc import Awaitable, Callable

import msgspec
import uvicorn

from entrant.http.protocol import BoundedProtocol
from entrant.scim.wire import CONTENT_TYPE, Json

from .client import HOST
from .empty import Message
from .world import CORE_GROUP, CORE_USER

EMPTY_LIST: Json = {
    "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
    "totalResults": 0,
    "startIndex": 1,
    "itemsPerPage": 0,
    "Resources": [],
}


async def nothing(
    scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
) -> None:
    """Take the request in, look at nothing but its address, answer."""
    more = scope["type"] == "http"
    while more:
        more = (await receive()).get("more_body", False)
    status, document = answer(scope["method"], scope["path"])
    body = b"" if document is None else msgspec.json.encode(document)
    headers = [(b"content-type", CONTENT_TYPE.encode()), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers if body else []})
    await send({"type": "http.response.body", "body": body})


def answer(method: str, path: str) -> tuple[int, Json]:
    """The status and the document, if there is one."""
    collection, _, id_ = path.strip("/").partition("/")
    if method == "GET":
        return 200, resource(collection, id_) if id_ else EMPTY_LIST
    return (201, resource(collection, str(uuid.uuid4()))) if method == "POST" else (204, None)


def resource(collection: str, id_: str) -> Json:
    """A user or group of which nothing is known."""
    is_group = collection == "Groups"
    kind = "Group" if is_group else "User"
    return {"schemas": [CORE_GROUP if is_group else CORE_USER], "id": id_, "meta": {"resourceType": kind}}


if __name__ == "__main__":
    uvicorn.run(
        nothing,
        host=HOST,
        port=int(sys.argv[1]),
        loop="uvloop",
        http=BoundedProtocol,
        lifespan="off",
        access_log=False,
        server_header=False,
        log_level="warning",
    )
