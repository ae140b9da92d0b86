"""What the edge adds to the service: the request as it came, the answer as it goes, on whatever thread it was made."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from entrant.db.engine import DatabaseError
from entrant.scim.wire import Request, Response
from tests.web.server import MAX_BODY, STRANGE, Serve, read_answer

Reply = Callable[[Response], None]


class Recorder:
    """A service that remembers what it was asked and answers one thing."""

    def __init__(self, response: Response) -> None:
        self.response = response
        self.requests: list[Request] = []

    def submit(self, request: Request, reply: Reply) -> None:
        self.requests.append(request)
        reply(self.response)


@pytest.fixture
def recorder() -> Recorder:
    return Recorder(Response(200, {"content-type": "application/scim+json"}, b"{}"))


def test_a_request_reaches_the_service_as_it_came(serve: Serve, recorder: Recorder) -> None:
    server = serve(recorder.submit)
    target = "/scim/v2/acme//Users/a%2Fb%40c?filter=userName+eq+%22x%22&aadOptscim062020"

    httpx.post(server.url + target, content=b'{"a":1}', headers={"X-Custom": "One", "X-Request-Id": "abc-1"})

    (request,) = recorder.requests
    assert request.method == "POST"
    assert request.path == "/scim/v2/acme//Users/a%2Fb%40c"
    assert request.query == "filter=userName+eq+%22x%22&aadOptscim062020"
    assert request.headers["x-custom"] == "One"
    assert request.body == b'{"a":1}'


def test_headers_of_one_name_are_joined(serve: Serve, recorder: Recorder) -> None:
    """RFC 9110 §5.3; two Authorization headers become one that no token matches."""
    server = serve(recorder.submit)

    httpx.get(server.url, headers=[("authorization", "Bearer a"), ("authorization", "Bearer b")])

    assert recorder.requests[0].headers["authorization"] == "Bearer a, Bearer b"


def test_a_body_in_chunks_arrives_whole(serve: Serve, recorder: Recorder) -> None:
    server = serve(recorder.submit)

    httpx.post(server.url, content=iter([b"one ", b"two ", b"three"]))

    assert recorder.requests[0].body == b"one two three"


def test_the_answer_goes_out_as_the_service_made_it(serve: Serve) -> None:
    answer = Response(201, {"content-type": "application/scim+json", "etag": 'W/"7"'}, b'{"id":"1"}')
    server = serve(Recorder(answer).submit)

    received = httpx.get(server.url)

    assert received.status_code == 201
    assert received.headers["etag"] == 'W/"7"'
    assert received.headers["content-length"] == "10"
    assert received.content == b'{"id":"1"}'


@pytest.mark.parametrize("status", [204, 304])
def test_an_answer_that_can_have_no_body_announces_none(serve: Serve, status: int) -> None:
    """RFC 9110 §8.6."""
    server = serve(Recorder(Response(status)).submit)

    received = httpx.get(server.url)

    assert received.status_code == status
    assert "content-length" not in received.headers
    assert "transfer-encoding" not in received.headers


def test_head_is_answered_like_get_without_the_body(serve: Serve, recorder: Recorder) -> None:
    server = serve(recorder.submit)

    received = httpx.head(server.url)

    assert recorder.requests[0].method == "GET"
    assert received.headers["content-length"] == "2"
    assert received.content == b""


def test_head_makes_no_chunk_of_a_long_body(serve: Serve) -> None:
    chunks = iter([b"x", b"y"])
    server = serve(Recorder(Response(200, body=chunks)).submit)

    assert httpx.head(server.url).content == b""
    assert next(chunks) == b"x"


@pytest.mark.parametrize(
    ("given", "echoed"),
    [("trace-42", True), ("x" * 128, True), ("x" * 129, False), ("tab\there", False), ("caf\xe9", False), ("", False)],
    ids=["word", "longest", "too long", "control", "not ASCII", "empty"],
)
def test_a_request_has_the_clients_id_if_it_can_be_printed(
    serve: Serve, recorder: Recorder, given: str, *, echoed: bool
) -> None:
    server = serve(recorder.submit)

    received = httpx.get(server.url, headers=[(b"x-request-id", given.encode("latin-1"))])

    request_id = received.headers["x-request-id"]
    assert (request_id == given) is echoed
    assert len(request_id) >= 8
    assert recorder.requests[0].headers["x-request-id"] == request_id


def test_answers_from_other_threads_find_their_requests(serve: Serve) -> None:
    """Many at once, some answered together as by a batch, each with its own."""
    waiting: list[tuple[Request, Reply]] = []
    lock = threading.Lock()

    def submit(request: Request, reply: Reply) -> None:
        with lock:
            waiting.append((request, reply))
            batch = waiting[:] if len(waiting) == 8 else []
            if batch:
                waiting.clear()
        if batch:
            threading.Thread(
                target=lambda: [answer(Response(200, body=r.query.encode())) for r, answer in batch]
            ).start()

    server = serve(submit)
    with ThreadPoolExecutor(16) as pool, httpx.Client() as client:
        answers = list(pool.map(lambda n: client.get(f"{server.url}/?{n}").text, range(160)))

    assert answers == [str(n) for n in range(160)]


def test_a_short_body_in_chunks_is_sent_whole(serve: Serve) -> None:
    server = serve(lambda _, reply: reply(Response(200, body=iter([b"[1", b",2", b"]"]))))

    received = httpx.get(server.url)

    assert received.content == b"[1,2]"
    assert received.headers["content-length"] == "5"


def test_a_long_body_is_sent_while_it_is_made(serve: Serve) -> None:
    chunks = [bytes([65 + n % 26]) * 10_000 for n in range(100)]
    server = serve(lambda _, reply: reply(Response(200, body=iter(chunks))))

    received = httpx.get(server.url)

    assert received.headers["transfer-encoding"] == "chunked"
    assert received.content == b"".join(chunks)


def test_a_long_body_is_made_no_faster_than_it_is_read(serve: Serve) -> None:
    """Product 9.5: what a slow client costs is bounded; P6."""
    made = 0

    def chunks() -> Iterator[bytes]:
        nonlocal made
        for _ in range(100_000):
            made += 1
            yield b"x" * 10_000

    server = serve(lambda _, reply: reply(Response(200, body=chunks())))
    with server.connect() as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
        connection.recv(1)
        threading.Event().wait(0.3)

    assert 0 < made < 5_000  # of the gigabyte, what socket buffers hold


def test_a_client_that_leaves_ends_the_making_of_its_answer(serve: Serve) -> None:
    stopped = threading.Event()

    def chunks() -> Iterator[bytes]:
        try:
            while True:
                yield b"x" * 10_000
        finally:
            stopped.set()

    server = serve(lambda _, reply: reply(Response(200, body=chunks())))
    with server.connect() as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
        connection.recv(1)

    assert stopped.wait(5)


def failing(after: int) -> Iterator[bytes]:
    """A body that the database fails to complete."""
    yield from [b"x" * 10_000] * after
    raise DatabaseError("gone")


def test_a_body_that_fails_before_its_first_piece_is_answered_503(serve: Serve) -> None:
    server = serve(lambda _, reply: reply(Response(200, body=failing(after=2))))

    received = httpx.get(server.url)

    assert received.status_code == 503
    assert received.headers["retry-after"] == "5"
    assert received.json()["status"] == "503"


def test_a_body_that_fails_later_is_cut_off_so_that_the_client_notices(serve: Serve) -> None:
    server = serve(lambda _, reply: reply(Response(200, body=failing(after=20))))

    with pytest.raises(httpx.RemoteProtocolError):
        httpx.get(server.url)


@pytest.mark.parametrize("size", [MAX_BODY + 1, 20 * MAX_BODY])
@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_that_is_too_large_is_answered_413(
    serve: Serve, recorder: Recorder, size: int, *, chunked: bool
) -> None:
    server = serve(recorder.submit)
    body = b"x" * size

    received = httpx.post(server.url, content=iter([body]) if chunked else body)

    assert received.status_code == 413
    assert received.headers["connection"] == "close"
    assert received.json() == {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"],
        "status": "413",
        "detail": "the body is longer than 100,000 bytes; send it in several requests",
    }
    assert recorder.requests == []


def test_the_largest_body_is_served(serve: Serve, recorder: Recorder) -> None:
    server = serve(recorder.submit)

    assert httpx.post(server.url, content=b"x" * MAX_BODY).status_code == 200


def test_a_large_body_waits_outside_when_others_fill_the_room(
    serve: Serve, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Product 9.5. A small one comes in all the same, and a stranger's has another room."""
    monkeypatch.setattr("entrant.web.scim_edge.MAX_HELD", 0)  # room for a single body of the largest size
    server = serve(recorder.submit)
    with server.connect() as other:
        other.sendall(b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 90000\r\n\r\n" + b"x" * 80_000)
        for _ in range(1_000):  # until what the other has sent is there
            full = httpx.post(server.url, content=b"x" * MAX_BODY)
            if full.status_code != 200:
                break
        small = httpx.post(server.url, content=b"x" * 1_000)
        strange = httpx.post(server.url + STRANGE, content=b"x" * MAX_BODY)
        other.sendall(b"x" * 10_000)
        assert read_answer(other).startswith(b"HTTP/1.1 200 ")

    assert (full.status_code, full.headers["connection"], full.headers["retry-after"]) == (503, "close", "5")
    assert (small.status_code, strange.status_code) == (200, 200)
    assert httpx.post(server.url, content=b"x" * MAX_BODY).status_code == 200


def test_who_asks_before_sending_too_much_is_told_at_once(serve: Serve, recorder: Recorder) -> None:
    server = serve(recorder.submit)

    answer = server.exchange(b"POST / HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 999999\r\n\r\n")

    assert answer.startswith(b"HTTP/1.1 413 ")


def test_a_client_that_leaves_within_its_body_asks_nothing(serve: Serve, recorder: Recorder) -> None:
    server = serve(recorder.submit)

    with server.connect() as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\nhalf")

    assert httpx.get(server.url).status_code == 200
    assert [request.method for request in recorder.requests] == ["GET"]


def test_a_refusal_for_asking_too_often_waits_and_keeps_nobody_else_waiting(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One who asks again at once is not to keep the server busy with refusing."""
    monkeypatch.setattr("entrant.web.answer.REFUSED_SECONDS", 3_600.0)
    refused = threading.Event()

    def submit(request: Request, reply: Callable[[Response], None]) -> None:
        reply(Response(429 if request.path == "/often" else 200, {}, b"said"))
        if request.path == "/often":
            refused.set()

    server = serve(submit)
    with server.connect() as often, server.connect() as other:
        often.sendall(b"GET /often HTTP/1.1\r\nhost: x\r\n\r\n")
        assert refused.wait(10)
        other.sendall(b"GET /other HTTP/1.1\r\nhost: x\r\n\r\n")
        assert read_answer(other).endswith(b"said")
        often.setblocking(False)
        with pytest.raises(BlockingIOError):
            often.recv(1)
