"""Product 9.7: what a client no longer waits for is cancelled, and its place is another's."""

from __future__ import annotations

import threading
from collections.abc import Callable

import httpx
import pytest

from entrant.db.engine import Cancel
from entrant.scim.wire import Request, Response
from entrant.web import leaving
from entrant.web.turns import MAX_UNDER_WAY
from tests.web.server import Serve, read_answer

PATIENCE = 60  # seconds; only a failure waits for so long


class Holding:
    """A service that answers nobody but the calm one, and notes what is begun and what is cancelled."""

    def __init__(self) -> None:
        self.begun = threading.Semaphore(0)
        self.cancelled = threading.Semaphore(0)
        self.replies: list[Callable[[Response], None]] = []

    def submit(self, request: Request, reply: Callable[[Response], None]) -> Cancel:
        if request.path == "/calm":
            reply(Response(200, {}, b"calm"))
        else:
            self.replies.append(reply)
            self.begun.release()
        return self.cancelled.release

    def wait_for(self, events: threading.Semaphore, number: int) -> None:
        """Wait until that many have been."""
        for _ in range(number):
            assert events.acquire(timeout=PATIENCE)


@pytest.fixture(autouse=True)
def watched_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leaving, "UNWATCHED_SECONDS", 0.0)


def test_what_a_client_asked_for_is_cancelled_when_it_leaves(serve: Serve) -> None:
    service = Holding()
    server = serve(service.submit)
    with server.connect() as connection:
        connection.sendall(b"POST /slow HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n{}")
        service.wait_for(service.begun, 1)

    service.wait_for(service.cancelled, 1)

    service.replies[0](Response(200, {}, b"too late"))  # which harms nobody
    assert httpx.get(server.url + "/calm").content == b"calm"


def test_a_cancelled_work_may_answer_at_once(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    """As one that had not been begun does, on the event loop itself."""
    service = Holding()

    def submit(request: Request, reply: Callable[[Response], None]) -> Cancel:
        release = service.submit(request, reply)

        def cancel() -> None:
            reply(Response(503, {}, b""))
            release()

        return cancel

    server = serve(submit)
    with server.connect() as connection:
        connection.sendall(b"GET /slow HTTP/1.1\r\nhost: x\r\n\r\n")
        service.wait_for(service.begun, 1)
    service.wait_for(service.cancelled, 1)

    assert httpx.get(server.url + "/calm").content == b"calm"
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == []


def test_the_place_of_one_who_leaves_is_given_to_another(serve: Serve) -> None:
    service = Holding()
    server = serve(service.submit)
    httpx.get(server.url + "/calm")  # another asks: the busy one has its share and no more
    connections = [server.connect() for _ in range(MAX_UNDER_WAY)]
    for connection in connections:
        connection.sendall(b"GET /busy HTTP/1.1\r\nhost: x\r\n\r\n")
    service.wait_for(service.begun, MAX_UNDER_WAY)
    for connection in connections:
        connection.close()
    service.wait_for(service.cancelled, MAX_UNDER_WAY)

    with server.connect() as last:
        last.sendall(b"GET /busy HTTP/1.1\r\nhost: x\r\n\r\n")
        service.wait_for(service.begun, 1)
        service.replies[-1](Response(200, {}, b"served"))
        assert read_answer(last).endswith(b"served")


def test_who_stays_is_answered(serve: Serve) -> None:
    service = Holding()
    server = serve(service.submit)
    with server.connect() as connection:
        connection.sendall(b"GET /slow HTTP/1.1\r\nhost: x\r\n\r\n")
        service.wait_for(service.begun, 1)
        httpx.get(server.url + "/calm")
        service.replies[0](Response(200, {}, b"answer"))

        assert read_answer(connection).endswith(b"answer")
    assert service.cancelled.acquire(blocking=False) is False
