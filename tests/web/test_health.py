"""Whether the process is up and can serve."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx

from entrant.scim.wire import Request, Response
from tests.web.server import Serve


def never(_: Request, reply: Callable[[Response], None]) -> None:
    raise AssertionError("the service is not asked")


def test_a_process_that_answers_is_up(serve: Serve) -> None:
    received = httpx.get(f"{serve(never).url}/healthz")

    assert (received.status_code, received.json()) == (200, {"status": "ok"})


def test_a_process_whose_database_answers_is_ready(serve: Serve) -> None:
    received = httpx.get(f"{serve(never).url}/readyz")

    assert (received.status_code, received.json()) == (200, {"status": "ready"})


def test_a_process_whose_database_does_not_answer_is_not(serve: Serve) -> None:
    received = httpx.get(f"{serve(never, lambda: 'the database does not answer').url}/readyz")

    assert received.status_code == 503
    assert received.json() == {"status": "unavailable", "detail": "the database does not answer"}


def test_many_who_ask_cost_the_database_one_look(serve: Serve) -> None:
    looks: list[None] = []
    gate = threading.Event()

    def why_not() -> None:
        looks.append(None)
        gate.wait(1)

    server = serve(never, why_not)
    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(httpx.get, f"{server.url}/readyz") for _ in range(8)]
        threading.Timer(0.2, gate.set).start()
        statuses = {answer.result().status_code for answer in asked}

    assert statuses == {200}
    assert len(looks) == 1
