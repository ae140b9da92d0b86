"""Requests over the network: what is on the wire, and what stands for an answer that is none."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from entrant.entra.jobs.driver import Driver, Limits, Pace, Stopped, parse_retry_after
from entrant.entra.jobs.faults import inject, lose_answers, nth
from entrant.scim.wire import Request, Response
from tests.support.raw_server import ok, raw_server

GET = Request("GET", "/scim//Users", "filter=userName+eq+%22a%5b%5d%22", {"authorization": "Bearer t"})
FAST = Limits(timeout_seconds=5.0, max_answer=1000)


def test_the_request_on_the_wire_has_its_own_headers_and_no_others() -> None:
    """entra-client 2.5.1, 2.5.2, 2.5.4, 23.2.2, 23.2.3: neither the path nor the escapes are touched."""
    with raw_server([ok()]) as server, Driver(server.url, FAST) as driver:
        driver.send(GET)
        driver.send(Request("POST", "/Users", "", {"content-type": "application/scim+json; charset=utf-8"}, b"{}"))

    host = server.url.removeprefix("http://").encode()
    assert server.requests == [
        b"GET /scim//Users?filter=userName+eq+%22a%5b%5d%22 HTTP/1.1\r\nHost: "
        + host
        + b"\r\nauthorization: Bearer t\r\n\r\n",
        b"POST /Users HTTP/1.1\r\nHost: "
        + host
        + b"\r\ncontent-type: application/scim+json; charset=utf-8\r\nContent-Length: 2\r\n\r\n{}",
    ]


def test_an_address_that_is_not_ascii_is_escaped() -> None:
    """2.2.3: a Tenant URL may have any path."""
    with raw_server([ok()]) as server, Driver(server.url, FAST) as driver:
        driver.send(Request("GET", "/Zürich a/Users"))

    assert server.requests[0].startswith(b"GET /Z%C3%BCrich%20a/Users HTTP/1.1\r\n")


def test_a_connection_is_kept_for_the_next_request() -> None:
    with raw_server([ok()]) as server, Driver(server.url, FAST) as driver:
        answers = [driver.send(GET).status for _ in range(3)]

    assert (answers, server.connections) == ([200, 200, 200], 1)


def test_a_redirect_is_an_answer_like_any_other() -> None:
    with (
        raw_server([ok(b"", "302 Found", b"location: http://127.0.0.1:1/")]) as server,
        Driver(server.url, FAST) as driver,
    ):
        assert driver.send(GET).status == 302


def _silence(connection: socket.socket) -> None:
    connection.recv(1)  # until the client goes


def _cut(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{")


def _drip(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n")
    while True:
        connection.sendall(b" ")
        time.sleep(0.02)


@pytest.mark.parametrize(
    ("answer", "reason", "message"),
    [
        (_silence, "Timeout", "the target did not answer within 0.3 seconds"),
        (_drip, "Timeout", "the target did not answer within 0.3 seconds"),
        (_cut, "WebExceptionProtocolError", "was cut off or is not HTTP"),
        (b"", "WebExceptionProtocolError", "Server disconnected without sending a response"),
        (b"SSH-2.0-x\r\n\r\n", "WebExceptionProtocolError", "was cut off or is not HTTP"),
        (ok(b" " * 2000), "WebExceptionProtocolError", "the answer is longer than 1,000 bytes"),
    ],
)
def test_no_answer_has_a_reason(answer: bytes | Callable[[socket.socket], None], reason: str, message: str) -> None:
    """14.9: it is status 0, and the flow goes on."""
    limits = Limits(timeout_seconds=0.3, max_answer=1000)
    with raw_server([answer]) as server, Driver(server.url, limits) as driver:
        response = driver.send(GET)

    assert (response.status, response.headers["reason"]) == (0, reason)
    assert message in response.read().decode()


def test_nobody_who_listens_is_no_answer() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
    with Driver(url, FAST) as driver:
        response = driver.send(GET)

    assert response.headers == {"reason": "WebExceptionProtocolError"}
    assert response.read().decode().startswith(f"no connection to {url}: ")


@pytest.mark.parametrize("status", ["429 Too Many Requests", "503 Service Unavailable"])
def test_a_throttled_request_waits_and_is_repeated(status: str) -> None:
    """14.11.4."""
    with raw_server([ok(b"", status, b"retry-after: 0"), ok()]) as server, Driver(server.url, FAST) as driver:
        response = driver.send(GET)

    assert (response.status, len(server.requests)) == (200, 2)


@pytest.mark.parametrize(
    ("limits", "header"),
    [
        (Limits(honour_retry_after=False), b"retry-after: 0"),
        (Limits(max_retry_after_seconds=1), b"retry-after: 2"),
        (Limits(), b"retry-after: soon"),
        (Limits(max_repeats=0), b"retry-after: 0"),
    ],
)
def test_a_throttled_request_is_left_to_the_escrows(limits: Limits, header: bytes) -> None:
    """14.11.4: if the switch is off, or the wait too long or unknown."""
    with raw_server([ok(b"", "429 Slow", header)]) as server, Driver(server.url, limits) as driver:
        response = driver.send(GET)

    assert (response.status, len(server.requests)) == (429, 1)


def test_a_wait_ends_when_the_driver_is_stopped() -> None:
    stop = threading.Event()
    pace = Pace(None, stop)
    pace.suspend(3600)
    with ThreadPoolExecutor() as pool:
        waits = [pool.submit(pace.wait) for _ in range(2)]
        stop.set()

        for wait in waits:
            with pytest.raises(Stopped):
                wait.result(10)


def test_requests_are_paced_over_all_threads() -> None:
    """13.11."""
    pace = Pace(per_second=100, stop=threading.Event())
    began = time.monotonic()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: pace.wait(), range(11)))

    assert time.monotonic() - began >= 0.1


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("3", 3.0),
        ("Tue, 24 Nov 2026 12:00:30 GMT", 30.0),
        ("Tue, 24 Nov 2026 11:00:00 -0000", 0.0),
        ("", None),
        ("-1", None),
        ("1e3", None),
    ],
)
def test_retry_after_is_a_number_or_a_date(text: str, seconds: float | None) -> None:
    """RFC 9110 §10.2.3."""
    assert parse_retry_after(text, datetime(2026, 11, 24, 12, tzinfo=UTC)) == seconds


def test_a_lost_answer_was_delivered() -> None:
    seen: list[str] = []

    def target(request: Request) -> Response:
        seen.append(request.method)
        return Response(201)

    send = lose_answers(target, nth([2], "POST"))
    answers = [send(Request(method, "/")).status for method in ("POST", "GET", "POST", "POST")]

    assert (answers, seen) == ([201, 201, 0, 201], ["POST", "GET", "POST", "POST"])


def test_an_injected_fault_keeps_the_request_from_the_target() -> None:
    seen: list[str] = []

    def target(request: Request) -> Response:
        seen.append(request.method)
        return Response(200)

    send = inject(target, lambda request: Response(500) if request.method == "POST" else None)
    answers = [send(Request(method, "/")).status for method in ("POST", "GET")]

    assert (answers, seen) == ([500, 200], ["GET"])
