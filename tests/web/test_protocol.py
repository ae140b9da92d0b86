"""Bounds on what a client may send, and how slowly (product 9.5)."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial

import pytest

from entrant.http.places import Places
from entrant.http.sources import Sources
from entrant.scim.wire import Request, Response
from tests.web.server import QuickProtocol, Serve, Server, read_all, read_answer


@pytest.fixture
def serve(serve: Serve) -> Serve:
    """Start a server whose bounds on time a test can wait for."""
    return partial(serve, protocol=QuickProtocol)


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


def test_an_empty_line_after_a_request_does_not_hold_the_connection(serve: Serve) -> None:
    server = serve(answer_ok)

    with server.connect() as connection:
        assert ask(connection).endswith(b"ok")
        connection.sendall(b"\r\n")
        assert read_all(connection).startswith(b"HTTP/1.1 408 ")


def test_a_second_request_has_its_own_time(serve: Serve) -> None:
    server = serve(answer_ok)

    with server.connect() as connection:
        for _ in range(6):
            connection.sendall(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
            assert read_answer(connection).endswith(b"ok")
            time.sleep(0.25)


def test_an_answer_that_takes_long_is_not_a_request_that_does(serve: Serve) -> None:
    def slow(_: Request, reply: Callable[[Response], None]) -> None:
        time.sleep(1.5)
        reply(Response(200, body=b"ok"))

    server = serve(slow)

    with server.connect() as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
        assert read_answer(connection).endswith(b"ok")


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


ASK = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n"


def ask(connection: socket.socket) -> bytes:
    """The beginning of what is answered to a request; nothing if the server closes instead."""
    try:
        connection.sendall(ASK)
        return read_answer(connection)
    except (BrokenPipeError, ConnectionResetError):
        return b""


def crowded(serve: Serve) -> Server:
    """A server with two places, and one more in which to be refused."""

    class Crowded(QuickProtocol):
        places = Places(Sources(), total=2, refused=1)

    return serve(answer_ok, protocol=Crowded)


def test_a_connection_for_which_there_is_no_place_is_answered_503(serve: Serve) -> None:
    server = crowded(serve)

    with server.connect() as first, server.connect() as second:
        assert ask(first).endswith(b"ok")
        assert ask(second).endswith(b"ok")
        with server.connect() as third, server.connect() as fourth:
            answers = sorted([ask(third), ask(fourth)])  # whichever of them was accepted first
        assert ask(first).endswith(b"ok")

    assert answers == [
        b"",
        b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 5\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
    ]


def test_a_connection_that_is_refused_and_asks_nothing_is_closed(serve: Serve) -> None:
    server = crowded(serve)

    with server.connect() as first, server.connect() as second:
        assert ask(first).endswith(b"ok")
        assert ask(second).endswith(b"ok")
        with server.connect() as third, suppress(ConnectionResetError):
            assert read_all(third) == b""


def test_a_connection_that_ends_makes_place_for_another(serve: Serve) -> None:
    server = crowded(serve)
    with server.connect() as first, server.connect() as second:
        assert ask(first).endswith(b"ok")
        assert ask(second).endswith(b"ok")

    answer = b""
    while not answer.endswith(b"ok"):  # that both have ended is news to the server yet
        with server.connect() as third:
            answer = ask(third)
