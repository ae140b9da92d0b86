"""Flows side by side."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from entrant.entra.engine.talk import ELAPSED
from entrant.entra.jobs.driving import drive_phase, timed
from entrant.scim.wire import Flow, Request, Response


def flow(path: str, ended: list[str]) -> Flow[None]:
    """Two requests for one object, the second after the first."""
    first = yield Request("GET", path)
    second = yield Request("POST", path)
    assert (first.status, second.status) == (200, 200)
    ended.append(path)


def flows(number: int, ended: list[str]) -> Iterator[Flow[None]]:
    return (flow(f"/{n}", ended) for n in range(number))


def test_one_flow_at_a_time_is_one_after_the_other() -> None:
    seen: list[str] = []

    def send(request: Request) -> Response:
        seen.append(f"{request.method} {request.path}")
        return Response(200)

    drive_phase(flows(2, []), send, 1)

    assert seen == ["GET /0", "POST /0", "GET /1", "POST /1"]


def test_parallel_flows_wait_for_each_others_answers_only_at_the_target() -> None:
    """13.11: four objects are at the target at the same time; each one's requests stay in their order."""
    together = threading.Barrier(4, timeout=10)
    ended: list[str] = []

    def send(request: Request) -> Response:
        if request.method == "GET":
            together.wait()
        return Response(200)

    drive_phase(flows(8, ended), send, 4)

    assert sorted(ended) == [f"/{n}" for n in range(8)]


@pytest.mark.parametrize("parallel", [1, 3])
def test_what_a_flow_raises_ends_the_phase(parallel: int) -> None:
    class Stop(Exception):
        pass

    ended: list[str] = []

    def send(request: Request) -> Response:
        if request.path == "/3":
            raise Stop
        return Response(200)

    with pytest.raises(Stop):
        drive_phase(flows(1_000_000, ended), send, parallel)

    assert len(ended) < 1_000_000


def test_an_answer_says_how_long_it_took() -> None:
    response = timed(lambda _: Response(200, {"etag": "1"}, iter([b"a", b"b"])))(Request("GET", "/"))

    assert (response.headers["etag"], response.read()) == ("1", b"ab")
    assert response.headers[ELAPSED].isdigit()
