"""Bounds on what a client may send, and how slowly (product 9.5)."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest

from entrant.scim.wire import Request, Response
from tests.web.server import Serve, read_all


def answer_ok(_: Request, reply: Callable[[Response], None]) -> None:
    reply(Response(200, body=b"ok"))


@pytest.mark.parametrize(
    "head",
    [
        b"GET /" + b"a" * 300_000,
        b"GET / HTTP/1.1\r\nx: " + b"a" * 300_000,
        b"GET / HTTP/1.1\r\n" + b"x: 1\r\n" * 60_000,
    ],
    ids=["request line", "one header", "many headers"],
)
def test_a_head_without_end_is_answered_431(serve: Serve, head: bytes) -> None:
    server = serve(answer_ok)

    with server.connect() as connection:
        for start in range(0, len(head), 10_000):
            try:
                connection.sendall(head[start : start + 10_000])
            except (BrokenPipeError, ConnectionResetError):
                break
            time.sleep(0.002)
        try:
            answer = read_all(connection)
        except ConnectionResetError:  # closed while more was under way, which is the bound itself
            return
    assert answer.startswith(b"HTTP/1.1 431 ")


@pytest.mark.parametrize(
    "beginning",
    [
        b"",
        b"GET / HT",
        b"GET / HTTP/1.1\r\nhost: x\r\n",
        b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\nhalf",
    ],
    ids=["nothing", "request line", "headers", "body"],
)
def test_a_request_that_does_not_arrive_is_answered_408(serve: Serve, beginning: bytes) -> None:
    server = serve(answer_ok)

    answer = server.exchange(beginning)

    assert answer.startswith(b"HTTP/1.1 408 ")


def test_a_second_request_has_its_own_time(serve: Serve) -> None:
    server = serve(answer_ok)

    with server.connect() as connection:
        for _ in range(5):
            connection.sendall(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
            assert connection.recv(65_536).endswith(b"ok")
            time.sleep(0.2)


def test_an_answer_that_takes_long_is_not_a_request_that_does(serve: Serve) -> None:
    def slow(_: Request, reply: Callable[[Response], None]) -> None:
        time.sleep(0.8)
        reply(Response(200, body=b"ok"))

    server = serve(slow)

    with server.connect() as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
        assert connection.recv(65_536).endswith(b"ok")


def test_a_client_that_takes_nothing_of_its_answer_is_disconnected(serve: Serve) -> None:
    stopped: list[bool] = []

    def chunks() -> Iterator[bytes]:
        try:
            while True:
                yield b"x" * 50_000
        finally:
            stopped.append(True)

    server = serve(lambda _, reply: reply(Response(200, body=chunks())))
    with server.connect() as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
        deadline = time.monotonic() + 5
        while not stopped and time.monotonic() < deadline:
            time.sleep(0.05)

    assert stopped


@pytest.mark.parametrize(
    "raw", [b"\x00\x01\x02\r\n\r\n", b"GET\r\n\r\n", b"GET http://[ HTTP/1.1\r\n\r\n", b"GET /\xff HTTP/1.1\r\n\r\n"]
)
def test_what_is_no_http_is_answered_400(serve: Serve, raw: bytes) -> None:
    server = serve(answer_ok)

    assert server.exchange(raw).startswith(b"HTTP/1.1 400 ")
