"""Whose request is served next, when several ask."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable

import httpx
import pytest

from entrant.scim.wire import Request, Response
from entrant.web.turns import MAX_UNDER_WAY, Turns
from tests.support.loops import run_apart
from tests.web.server import Serve, read_answer

LATER = 5  # rounds of the loop, more than any of these needs


async def rounds() -> None:
    """Let the loop do what is due."""
    for _ in range(LATER):
        await asyncio.sleep(0)


async def asking(turns: Turns, key: str, number: int) -> list[asyncio.Task[None]]:
    """That many requests of one key."""
    tasks = [asyncio.create_task(turns.take(key)) for _ in range(number)]
    await rounds()
    return tasks


def under_way(tasks: list[asyncio.Task[None]]) -> int:
    """How many have a place."""
    return sum(task.done() for task in tasks)


def test_who_asks_alone_has_everything_under_way() -> None:
    async def run() -> int:
        return under_way(await asking(Turns(asyncio.get_running_loop()), "busy", 100))

    assert run_apart(run()) == 100


def test_while_another_asks_one_has_a_share_under_way_and_the_rest_as_places_are_given_back() -> None:
    async def run() -> list[int]:
        turns = Turns(asyncio.get_running_loop())
        await asking(turns, "calm", 1)
        tasks = await asking(turns, "busy", 10)
        seen = [under_way(tasks)]
        for _ in range(3):
            turns.give("busy")
        seen.append(under_way(tasks))  # not before the loop has looked at its connections
        await rounds()
        return [*seen, under_way(tasks), under_way(await asking(turns, "calm", 1))]

    assert run_apart(run()) == [MAX_UNDER_WAY, MAX_UNDER_WAY, MAX_UNDER_WAY + 3, 1]


def test_what_was_under_way_before_another_came_is_counted() -> None:
    async def run() -> int:
        turns = Turns(asyncio.get_running_loop())
        await asking(turns, "busy", 10)
        await asking(turns, "calm", 1)
        return under_way(await asking(turns, "busy", 1))

    assert run_apart(run()) == 0


@pytest.mark.parametrize("given", [False, True])
def test_who_leaves_while_waiting_takes_no_place_along(*, given: bool) -> None:
    """Whether it leaves before it has been given one, or just after."""

    async def run() -> tuple[int, dict[str, int]]:
        turns = Turns(asyncio.get_running_loop())
        await asking(turns, "calm", 1)
        *others, leaving, last = await asking(turns, "busy", MAX_UNDER_WAY + 2)
        if given:
            turns._give("busy")
        leaving.cancel()
        await rounds()
        if not given:
            turns.give("busy")
            await rounds()
        done = under_way([last])
        for _ in (*others, *([last] if given else [])):
            turns.give("busy")
        await rounds()
        return done, turns._under_way

    done, left = run_apart(run())

    assert done == 1
    assert left == {"calm": 1} if given else {"calm": 1, "busy": 1}


def test_a_key_is_forgotten_with_its_last_request() -> None:
    async def run() -> list[int]:
        turns = Turns(asyncio.get_running_loop())
        for n in range(1_000):
            await turns.take(f"key {n}")
            turns.give(f"key {n}")
        await rounds()
        return [len(turns._under_way), len(turns._waiting), len(turns._recent)]

    assert run_apart(run()) == [0, 0, 2]


class Slow:
    """A service that answers the calm one at once, and the others when it is told to."""

    def __init__(self, expected: int) -> None:
        self.waiting: deque[Callable[[Response], None]] = deque()
        self.full = threading.Event()
        self._expected = expected

    def submit(self, request: Request, reply: Callable[[Response], None]) -> None:
        if request.path == "/calm":
            reply(Response(200, {}, b"{}"))
            return
        self.waiting.append(reply)
        if len(self.waiting) == self._expected:
            self.full.set()


def test_of_a_flood_the_service_is_given_a_share_and_the_neighbour_is_served(serve: Serve) -> None:
    slow = Slow(MAX_UNDER_WAY)
    server = serve(slow.submit)
    httpx.get(server.url + "/calm")
    flood = [server.connect() for _ in range(20)]

    for connection in flood:
        connection.sendall(b"GET /flood HTTP/1.1\r\nhost: x\r\n\r\n")
    assert slow.full.wait(10)

    assert httpx.get(server.url + "/calm").status_code == 200
    assert len(slow.waiting) == MAX_UNDER_WAY
    for _ in flood:
        while not slow.waiting:
            threading.Event().wait(0.001)
        slow.waiting.popleft()(Response(200, {}, b"said"))
    assert [read_answer(connection)[-4:] for connection in flood] == [b"said"] * 20
    for connection in flood:
        connection.close()
