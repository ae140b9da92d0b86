"""Bounds of the emulator's server on what a client may send, and how slowly, on both of its ports (product 9.5)."""

from __future__ import annotations

import socket
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.web.server import read_answer

PROGRAM = """
import sys
from pathlib import Path
from entrant.entra.server.certificate import ensure_certificate
from entrant.entra.server.edge import Mount, application
from entrant.entra.server.run import Port, listen, run
from entrant.http import places
from entrant.http.protocol import BoundedProtocol
from entrant.scim.wire import Request, Response

def chunks():
    try:
        while True:
            yield b"x" * 50_000
    finally:
        print("stopped", flush=True)

def answer(request: Request) -> Response:
    return Response(200, {}, chunks() if request.path.endswith("/stream") else b"ok")

places.MAX_CONNECTIONS = int(sys.argv[2])
BoundedProtocol.max_head = 20_000
BoundedProtocol.request_seconds = BoundedProtocol.slow_reader_seconds = float(sys.argv[3])
BoundedProtocol.tick_seconds = 0.1
ports = [Port(listen("127.0.0.1", 0)), Port(listen("127.0.0.1", 0), ensure_certificate(Path(sys.argv[1])))]
mounts = [Mount("/v1.0", answer)]
run(application(mounts, max_body=1000), ports, lambda: print(*(p.socket.getsockname()[1] for p in ports), flush=True))
"""

ASK = b"GET /v1.0/x HTTP/1.1\r\nhost: x\r\n\r\n"

Connect = Callable[[], socket.socket]


@pytest.fixture
def places() -> int:
    """How many connections the server holds."""
    return 100


@pytest.fixture
def seconds() -> float:
    """How long a request may take to arrive, and an answer to be taken."""
    return 0.4


@pytest.fixture
def process(tmp_path: Path, places: int, seconds: float) -> Iterator[subprocess.Popen[str]]:
    """The emulator's server, with bounds within the patience of a test."""
    command = [sys.executable, "-c", PROGRAM, str(tmp_path), str(places), str(seconds)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.terminate()


@pytest.fixture(params=["http", "https"])
def connect(request: pytest.FixtureRequest, process: subprocess.Popen[str], tmp_path: Path) -> Iterator[Connect]:
    """Open another connection to the server."""
    assert process.stdout is not None
    plain, secure = map(int, process.stdout.readline().split())
    with ExitStack() as stack:

        def start() -> socket.socket:
            port = plain if request.param == "http" else secure
            connection = socket.create_connection(("127.0.0.1", port), timeout=10)
            if request.param == "https":
                trust = ssl.create_default_context(cafile=tmp_path / "entra-ca.pem")
                connection = trust.wrap_socket(connection, server_hostname="localhost")
            return stack.enter_context(connection)

        yield start


def answer_to(connection: socket.socket, raw: bytes) -> bytes:
    """The beginning of what is answered; nothing if the server closes instead."""
    try:
        connection.sendall(raw)
        return read_answer(connection)
    except (BrokenPipeError, ConnectionResetError):
        return b""


def test_a_head_without_end_is_answered_431(connect: Connect) -> None:
    assert answer_to(connect(), b"GET / HTTP/1.1\r\n" + b"x: 1\r\n" * 3_500).startswith(b"HTTP/1.1 431 ")


@pytest.mark.parametrize(
    "beginning",
    [b"", b"GET / HTTP/1.1\r\nhost: x\r\n", b"POST /v1.0/x HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\nhalf"],
    ids=["nothing", "headers", "body"],
)
def test_a_request_that_does_not_arrive_is_answered_408(connect: Connect, beginning: bytes) -> None:
    assert answer_to(connect(), beginning).startswith(b"HTTP/1.1 408 ")


def test_a_client_that_takes_nothing_of_its_answer_is_disconnected(
    connect: Connect, process: subprocess.Popen[str]
) -> None:
    connect().sendall(ASK.replace(b"/x", b"/stream"))

    assert process.stdout is not None
    assert process.stdout.readline() == "stopped\n"


@pytest.mark.parametrize("places", [2])
def test_a_connection_for_which_there_is_no_place_is_answered_503(connect: Connect) -> None:
    taken = [answer_to(connect(), ASK) for _ in range(2)]

    beyond = answer_to(connect(), ASK)

    assert [answer.split(b"\r\n")[0] for answer in taken] == [b"HTTP/1.1 200 OK"] * 2
    assert beyond.startswith(b"HTTP/1.1 503 ")
    assert b"\r\nretry-after: 5\r\n" in beyond


@pytest.mark.parametrize("seconds", [60.0])
def test_a_body_that_is_too_long_is_answered_413_after_it_was_sent(connect: Connect) -> None:
    head = b"POST /v1.0/x HTTP/1.1\r\nhost: x\r\ncontent-length: 5000000\r\n\r\n"

    assert answer_to(connect(), head + b"x" * 5_000_000).startswith(b"HTTP/1.1 413 ")
