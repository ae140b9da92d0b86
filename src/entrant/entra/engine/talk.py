"""What was said about one object, kept for its log entry."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import msgspec

from entrant.entra.model import Exchange
from entrant.scim.wire import Flow, Request, Response

MAX_KEPT = 20_000  # characters of one body that the log keeps
HIDDEN = "[Redact]"
ELAPSED = "entrant-milliseconds"
"""A header by which whoever sends says how long an answer took; the engine has no clock."""


@dataclass(slots=True)
class Talk:
    """The exchanges of one flow. Headers, and the bearer with them, are not kept."""

    exchanges: list[Exchange] = field(default_factory=list)
    secrets: set[str] = field(default_factory=set)

    def hide(self, values: Iterable[str]) -> None:
        """Values that are not to be seen in what is kept."""
        self.secrets.update(value for value in values if value)

    def ask(self, request: Request) -> Flow[Response]:
        """Send a request and keep both sides; the answer's body is whole from then on."""
        answer = yield request
        response = Response(answer.status, answer.headers, answer.read())
        self.exchanges.append(
            Exchange(
                request.method,
                f"{request.path}?{request.query}" if request.query else request.path,
                self._kept(request.body),
                response.status,
                self._kept(response.read()),
                _milliseconds(response.headers.get(ELAPSED, "")),
            )
        )
        return response

    def masked(self, text: str) -> str:
        """A text, JSON or not, without the values that are not to be seen."""
        for secret in self.secrets:
            text = text.replace(msgspec.json.encode(secret).decode()[1:-1], HIDDEN).replace(secret, HIDDEN)
        return text

    def _kept(self, body: bytes) -> str:
        text = self.masked(body.decode(errors="replace"))
        return text if len(text) <= MAX_KEPT else f"{text[:MAX_KEPT]}…"

    def taken(self) -> tuple[Exchange, ...]:
        """What was said since the last time; it belongs to one entry."""
        said = tuple(self.exchanges)
        self.exchanges.clear()
        return said


def _milliseconds(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() else 0
