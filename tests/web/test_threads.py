"""Who gets a thread next, when several workspaces want one (Product 9.7)."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial

import pytest

from entrant.service.outside import Outside, inside, seconds_left
from entrant.web import calls as calls_module
from entrant.web.calls import Calls
from entrant.web.threads import MAX_WAITING_EACH, Busy, Share, Threads
from tests.support.loops import run_apart

SIZE = 4
HOSTILE, CALM = (Share("hostile", 2),), (Share("calm", 2),)


class Hanging:
    """Work that hangs until the end of the test."""

    def __init__(self) -> None:
        self.begun = threading.Semaphore(0)
        self.number = 0
        self.go_on = threading.Event()

    def __call__(self) -> None:
        self.number += 1
        self.begun.release()
        assert self.go_on.wait(30)


def run(test: Callable[[Threads, Hanging], Awaitable[None]]) -> None:
    """Run a test on an event loop, and end what hangs."""

    async def main() -> None:
        threads, hanging = Threads("test", SIZE), Hanging()
        try:
            await test(threads, hanging)
        finally:
            hanging.go_on.set()
            threads.close()

    run_apart(main())


async def begin(threads: Threads, shares: tuple[Share, ...], work: Callable[[], None]) -> asyncio.Task[None]:
    task = asyncio.create_task(threads.run(shares, work))
    await asyncio.sleep(0)
    return task


def test_work_that_hangs_leaves_threads_to_other_workspaces() -> None:
    async def test(threads: Threads, hanging: Hanging) -> None:
        flood = [await begin(threads, HOSTILE, hanging) for _ in range(20)]

        answers = [await asyncio.wait_for(threads.run(CALM, lambda: "served"), 10) for _ in range(3)]

        assert answers == ["served"] * 3
        assert hanging.number <= 2
        assert not any(each.done() for each in flood)

    run(test)


def test_what_names_many_workspaces_from_one_source_has_the_share_of_one_source() -> None:
    async def test(threads: Threads, hanging: Hanging) -> None:
        for n in range(20):
            await begin(threads, (Share("from one", 3), Share(f"at {n}", 2)), hanging)

        assert await asyncio.wait_for(threads.run((Share("from another", 3), Share("at 1", 2)), lambda: 1), 10) == 1

    run(test)


def test_the_next_thread_goes_to_who_has_the_least() -> None:
    async def test(threads: Threads, hanging: Hanging) -> None:
        wide, order = (Share("hostile", SIZE + 1),), list[str]()

        def hostile() -> None:
            order.append("hostile")
            hanging()

        everything = [await begin(threads, wide, hostile) for _ in range(40)]
        everything.append(await begin(threads, CALM, partial(order.append, "calm")))
        hanging.go_on.set()
        await asyncio.gather(*everything)

        # Threads that became free at the same time may have begun other work a moment before.
        assert order.index("calm") <= 2 * SIZE

    run(test)


def test_work_that_nobody_waits_for_is_not_begun() -> None:
    async def test(threads: Threads, hanging: Hanging) -> None:
        for _ in range(2):
            await begin(threads, HOSTILE, hanging)
        done: list[int] = []
        left = await begin(threads, HOSTILE, partial(done.append, 1))
        stays = await begin(threads, HOSTILE, partial(done.append, 2))
        left.cancel()
        with suppress(asyncio.CancelledError):
            await left
        hanging.go_on.set()
        await asyncio.wait_for(stays, 10)

        assert done == [2]

    run(test)


def test_work_that_runs_counts_until_it_ends_although_nobody_waits() -> None:
    async def test(threads: Threads, hanging: Hanging) -> None:
        for _ in range(2):
            (await begin(threads, HOSTILE, hanging)).cancel()
        await asyncio.to_thread(hanging.begun.acquire)
        more = await begin(threads, HOSTILE, hanging)
        assert await asyncio.wait_for(threads.run(CALM, lambda: 1), 10) == 1
        assert not more.done()
        assert hanging.number <= 2

    run(test)


def test_no_more_of_one_waits_than_a_bound_and_others_still_may() -> None:
    async def test(threads: Threads, hanging: Hanging) -> None:
        for _ in range(2 + 2 * MAX_WAITING_EACH):
            await begin(threads, HOSTILE, hanging)

        with pytest.raises(Busy):
            await threads.run(HOSTILE, hanging)
        assert await asyncio.wait_for(threads.run(CALM, lambda: 1), 10) == 1

    run(test)


def test_shares_are_forgotten_with_the_last_work() -> None:
    async def test(threads: Threads, hanging: Hanging) -> None:
        for n in range(100):
            await threads.run((Share(f"at {n}", 2),), lambda: None)
            with pytest.raises(ValueError, match="wrong"):
                await threads.run((Share(f"at {n}", 2),), wrong)

        assert not threads._running
        assert not threads._queued
        assert not threads._waiting

    run(test)


def wrong() -> None:
    raise ValueError("wrong")


def test_what_calls_another_server_runs_again_on_a_thread_for_that_and_only_until_a_time() -> None:
    async def test(threads: Threads, hanging: Hanging) -> None:
        outside = Threads("outside", 2)
        names: list[str] = []

        def work() -> float:
            names.append(threading.current_thread().name)
            return seconds_left(1_000.0)

        left = await Calls(threads, outside).run(CALM, "acme", None, work)
        outside.close()

        assert [name.partition("_")[0] for name in names] == ["test", "outside"]
        assert 0 < left <= calls_module.OUTSIDE_SECONDS

    run(test)


def test_who_waits_for_a_server_gives_up_and_holds_no_thread_of_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """Even where what hangs cannot be stopped, as the resolution of a name."""
    monkeypatch.setattr(calls_module, "OUTSIDE_SECONDS", 0.05)
    monkeypatch.setattr(calls_module, "GRACE_SECONDS", 0.05)

    async def test(threads: Threads, hanging: Hanging) -> None:
        outside = Threads("outside", SIZE)
        calls = Calls(threads, outside)

        def call() -> None:
            seconds_left(1.0)
            hanging()

        def ask(slug: str) -> Awaitable[None]:
            return calls.run((Share(slug, 2),), slug, "somewhere", call)

        gave_up = await asyncio.gather(*(ask("hostile") for _ in range(20)), return_exceptions=True)
        assert {type(each) for each in gave_up} == {TimeoutError}
        assert hanging.number <= calls_module.MAX_OUTSIDE_FROM

        assert await asyncio.wait_for(threads.run(CALM, lambda: 1), 10) == 1
        free = await asyncio.wait_for(calls.run(CALM, "calm", "elsewhere", partial(seconds_left, 0.0)), 10)
        assert free == 0.0
        hanging.go_on.set()
        outside.close()

    run(test)


def test_outside_is_raised_only_where_waiting_is_forbidden() -> None:
    """Commands wait as long as they must."""
    assert seconds_left(8.0) == 8.0

    async def test(threads: Threads, hanging: Hanging) -> None:
        with pytest.raises(Outside):
            await threads.run(CALM, partial(inside, partial(seconds_left, 8.0)))

    run(test)
