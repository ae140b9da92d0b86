"""Handlers around handlers that make trouble: to test an engine, and to show what it does about it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import count

from entrant.scim.wire import Handler, Request, Response

from .driver import TIMEOUT, no_answer


def lose_answers(send: Handler, chosen: Callable[[Request], bool]) -> Handler:
    """Deliver every request, but lose the answers to those chosen: the target has done it, the client does not know."""

    def losing(request: Request) -> Response:
        lost = chosen(request)
        response = send(request)
        if not lost:
            return response
        response.read()
        return no_answer(TIMEOUT, "the answer was lost on the way")

    return losing


def inject(send: Handler, fault: Callable[[Request], Response | None]) -> Handler:
    """Answer in the target's stead where `fault` has an answer; the target does not see those requests."""

    def injecting(request: Request) -> Response:
        return fault(request) or send(request)

    return injecting


def nth(numbers: Iterable[int], method: str | None = None) -> Callable[[Request], bool]:
    """Choose requests by number, counted from 1 among those of a method, or among all."""
    wanted, counter = frozenset(numbers), count(1)

    def chosen(request: Request) -> bool:
        return method in {None, request.method} and next(counter) in wanted

    return chosen
