"""Baseline (a): a handler that does nothing, on the server and settings that `entrant serve` uses.

It reads the body, parses it, and answers one given document, which it encodes for each request: what any
service in Python would at least have to do. `python -m tests.bench.empty PORT STATUS FILE`.
"""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any

import msgspec
import uvicorn

from entrant.http.protocol import BoundedProtocol
from entrant.scim.wire import CONTENT_TYPE, Json

from .client import HOST

Message = MutableMapping[str, Any]


class Empty:
    """An ASGI application that answers every request alike."""

    def __init__(self, status: int, document: Json) -> None:
        self.status = status
        self.document = document

    async def __call__(
        self, scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
    ) -> None:
        """Parse what came, answer the document."""
        body = b""
        more = scope["type"] == "http"
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        if body:
            msgspec.json.decode(body)
        answer = b"" if self.document is None else msgspec.json.encode(self.document)
        headers = [(b"content-type", CONTENT_TYPE.encode()), (b"content-length", str(len(answer)).encode())]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": answer})


def main(port: str, status: str, file: str) -> None:
    """Serve until SIGTERM. The file holds the document, or nothing."""
    text = Path(file).read_bytes()
    application = Empty(int(status), msgspec.json.decode(text) if text else None)
    uvicorn.run(
        application,
        host=HOST,
        port=int(port),
        loop="uvloop",
        http=BoundedProtocol,
        lifespan="off",
        access_log=False,
        server_header=False,
        log_level="warning",
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
