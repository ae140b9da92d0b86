"""A conversation in which every answer is expected: what was asked, what came back, and whether it was right."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from entrant.scim.wire import Flow, Json, Request, Response

ID_SHOWN = 8  # characters at the end of an id: those before them are mostly the time, and the same


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request with its answer. `wrong` says how the answer is not the expected one, None if it is."""

    flow: str
    """The step of the provisioning cycle: F1 is the connection test, F2 the first users, and so on."""
    purpose: str
    request: Request
    status: int
    outcome: str
    wrong: str | None

    @property
    def line(self) -> str:
        """The request line as a reader wants it: without the base URL, ids shortened, the query readable."""
        path = "/".join(_shortened(part) for part in self.request.path.split("/")[4:])
        query = f"?{self.request.query}" if self.request.query else ""
        return f"{self.request.method} /{path}{query}"


Note: TypeAlias = Callable[[Exchange], None]
Check: TypeAlias = Callable[[Json], bool]


@dataclass(frozen=True, slots=True)
class Talk:
    """Asks, and notes each exchange as soon as it is over."""

    note: Note

    def ask(
        self, flow: str, purpose: str, request: Request, status: int, *, shows: Check | None = None, says: str = ""
    ) -> Flow[Json]:
        """Ask one thing; returns the answer's JSON, None if it has none.

        Expected are the status, that the JSON passes `shows`, and that the detail of a refusal contains `says`.
        """
        response = yield request
        answer = read_answer(response)
        wrong = _how_wrong(response, answer, status, shows, says)
        self.note(Exchange(flow, purpose, request, response.status, outcome_of(response, answer), wrong))
        return answer


def read_answer(response: Response) -> Json:
    """The JSON of an answer, None if the body is empty. Raises `msgspec.DecodeError` if it is something else."""
    return response.json() if response.read() else None


def outcome_of(response: Response, answer: Json) -> str:
    """What an answer says, in a few words."""
    if not isinstance(answer, dict):
        return "done" if response.status < 400 else ""  # noqa: PLR2004  the first status of a refusal
    if "detail" in answer:
        return str(answer["detail"])
    if "totalResults" in answer:
        return f"{answer['totalResults']} found"
    return str(answer.get("id", ""))


def _how_wrong(response: Response, answer: Json, status: int, shows: Check | None, says: str) -> str | None:
    if response.status != status:
        return f"expected {status}"
    if shows is not None and not _passes(shows, answer):
        return "expected another content"
    if says and says not in str(answer.get("detail") if isinstance(answer, dict) else answer):
        return f'expected "{says}"'
    return None


def _passes(shows: Check, answer: Json) -> bool:
    try:
        return shows(answer)
    except (KeyError, IndexError, TypeError):  # the part it looks at is missing
        return False


def _shortened(part: str) -> str:
    return f"…{part[-ID_SHOWN:]}" if len(part) > 2 * ID_SHOWN else part
