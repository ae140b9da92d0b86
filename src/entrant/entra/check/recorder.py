"""What goes over the wire: kept for the report without secrets, and watched for what is made in the target."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

import msgspec
from msgspec import structs

from entrant.entra.model import Exchange
from entrant.scim.wire import Handler, Json, Request, Response

MAX_KEPT = 8_000  # characters of one body in a report
MASK = "•••"
ENDPOINTS = {"/Users": "userName", "/Groups": "displayName"}
"""The endpoints at which checks make something, and what it is found by."""
_REFUSED = 400


@dataclass(frozen=True, slots=True)
class Made:
    """Something that a check has, or may have, made: without an id if the answer did not give one."""

    endpoint: str
    name: str
    id: str | None


@dataclass
class Recorder:
    """Passes requests on. One for a whole run; `exchanges` is emptied before each check."""

    pass_on: Handler
    base: str
    secrets: tuple[str, ...] = ()
    exchanges: list[Exchange] = field(default_factory=list)
    made: list[Made] = field(default_factory=list)
    instead: Callable[[Request], Response | None] = lambda _: None
    """An answer in the place of the endpoint's, for a fault that cannot be had from it."""

    def send(self, request: Request) -> Response:
        """Send a request and keep both sides; what it makes is known from then on."""
        began = time.monotonic()
        making = self._endpoint(request) if request.method == "POST" else ""
        if making:
            # Before it is sent: whoever is interrupted while it is under way must know what to look for.
            self.made.append(Made(making, _text_member(request.body, ENDPOINTS[making]), None))
        place = len(self.made) - 1  # others may be made before this one is answered
        answer = self.instead(request)
        response = self.pass_on(request) if answer is None else answer
        body = response.read()
        response = structs.replace(response, body=body)
        if making:
            self.made[place] = replace(self.made[place], id=_id_of(response))
        self.keep(request, response, round((time.monotonic() - began) * 1000))
        return response

    def keep(self, request: Request, response: Response, milliseconds: int = 0) -> None:
        """Keep an exchange, without headers and secrets."""
        target = f"{request.path}?{request.query}" if request.query else request.path
        self.exchanges.append(
            Exchange(
                request.method,
                self.hidden(target),
                self._text(request.body),
                response.status,
                self._text(response.read()),
                milliseconds,
            )
        )

    def hidden(self, text: str) -> str:
        """A text without secrets."""
        for secret in self.secrets:
            text = text.replace(secret, MASK)
        return text

    def refused(self) -> tuple[Exchange, ...]:
        """The exchanges of this check that went wrong; the last one if none did."""
        wrong = tuple(each for each in self.exchanges if each.status == 0 or each.status >= _REFUSED)
        return wrong or tuple(self.exchanges[-1:])

    def _endpoint(self, request: Request) -> str:
        found = (each for each in ENDPOINTS if request.path == f"{self.base}{each}")
        return next(found, "")

    def _text(self, body: bytes) -> str:
        text = self.hidden(body.decode(errors="replace"))
        return text if len(text) <= MAX_KEPT else f"{text[:MAX_KEPT]}…"


def members_of(body: bytes) -> dict[str, Json]:
    """A JSON object by its members; none if it is no JSON object."""
    try:
        value = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def inner(value: Json) -> dict[str, Json]:
    """A complex value; empty if it is none."""
    return value if isinstance(value, dict) else {}


def listed(value: Json) -> Iterable[dict[str, Json]]:
    """The objects of an array; none if it is no array."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _text_member(body: bytes, name: str) -> str:
    value = members_of(body).get(name)
    return value if isinstance(value, str) else ""


def _id_of(response: Response) -> str | None:
    id_ = members_of(response.read()).get("id") if response.status in range(200, 300) else None
    return id_ if isinstance(id_, str) and id_ else None
