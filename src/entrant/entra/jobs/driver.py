"""Requests over the network: their own headers alone, bounded answers, pacing, `Retry-After` (entra-client 2, 14.11).

`Driver.send` is a `Handler` for one origin. Any number of threads may use it at once. It uses the connections of an
HTTP client without the client: redirects, cookies, proxies and parsing the same address again and again are not wanted,
and would make a request cost half as much again.
"""

from __future__ import annotations

import ssl
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache, lru_cache
from string import punctuation
from types import TracebackType
from typing import Self
from urllib.parse import quote

import httpcore
import httpx

from entrant.scim.wire import Request, Response

TIMEOUT, PROTOCOL_ERROR = "Timeout", "WebExceptionProtocolError"  # entra-client 14.6
THROTTLED = frozenset({429, 503})  # answers whose Retry-After is heeded, RFC 9110 §10.2.3
IDLE = 5.0  # seconds that a connection is kept for the next request
MAX_ANSWER = 33_554_432  # 32 MiB: a group of 100,000 members that is read against our asking has about 20


@dataclass(frozen=True, slots=True)
class Limits:
    """How requests are sent. The defaults are the assumptions of entra-client §26."""

    timeout_seconds: float = 100.0
    """From sending a request to the end of its answer (26.3)."""
    max_answer: int = MAX_ANSWER
    """Bytes of a body; a longer one is as good as none."""
    honour_retry_after: bool = True
    """Whether a throttled request waits and is repeated (14.11.4), or is left to the escrows."""
    max_retry_after_seconds: float = 60.0
    """A longer time is not waited for."""
    max_repeats: int = 5
    """How often one request is repeated before its 429 is believed."""
    per_second: float | None = None
    """The most requests a second, over all threads; None is without limit (13.11)."""
    parallel: int = 1
    """Connections."""


class Stopped(Exception):
    """Whoever runs the driver wants no more requests sent."""


class Pace:
    """When the next request may be sent. One for all threads, so that all leave a throttled target alone (14.11.2)."""

    def __init__(self, per_second: float | None, stop: threading.Event) -> None:
        self._interval = 1 / per_second if per_second else 0.0
        self._stop = stop
        self._lock = threading.Lock()
        self._next = self._resume = time.monotonic()

    def wait(self) -> None:
        """Wait for a turn and take it; raises Stopped."""
        while True:
            with self._lock:
                now = time.monotonic()
                ready = max(self._next, self._resume)
                if ready <= now and not self._stop.is_set():
                    self._next = now + self._interval
                    return
            if self._stop.wait(max(0.0, ready - now)):
                raise Stopped

    def suspend(self, seconds: float) -> None:
        """Let nobody send for so long."""
        with self._lock:
            self._resume = max(self._resume, time.monotonic() + seconds)


@cache
def trust() -> ssl.SSLContext:
    """The authorities that are trusted: the usual ones, or those of the file that `SSL_CERT_FILE` names."""
    return httpx.create_ssl_context(trust_env=True)


@lru_cache(maxsize=64)
def parse_origin(text: str) -> httpx.URL:
    """The scheme, the host in ASCII and the port; raises InvalidURL."""
    return httpx.URL(text)


class Driver:
    """Sends requests to one origin over connections that are kept open."""

    def __init__(
        self,
        origin: str,
        limits: Limits | None = None,
        *,
        stop: threading.Event | None = None,
    ) -> None:
        """`origin` is `https://host:port`; setting `stop` ends every wait with Stopped."""
        self._origin = origin.rstrip("/")
        self._limits = limits or Limits()
        self._pace = Pace(self._limits.per_second, stop or threading.Event())
        self._pool = httpcore.ConnectionPool(
            ssl_context=trust(),
            max_connections=self._limits.parallel,
            max_keepalive_connections=self._limits.parallel,
            keepalive_expiry=IDLE,
        )
        self._timeouts = httpx.Timeout(self._limits.timeout_seconds).as_dict()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._pool.close()

    def send(self, request: Request) -> Response:
        """Send a request and wait for its answer; a throttled one is repeated when the target says so."""
        for repeat in range(self._limits.max_repeats + 1):
            self._pace.wait()
            response = self._once(request)
            wait = self._wait_for(response)
            if wait is None or repeat == self._limits.max_repeats:
                break
            self._pace.suspend(wait)
        return response

    def _wait_for(self, response: Response) -> float | None:
        """The seconds that the target asks for, if they are to be waited."""
        if response.status not in THROTTLED or not self._limits.honour_retry_after:
            return None
        seconds = parse_retry_after(response.headers.get("retry-after", ""), datetime.now(UTC))
        return seconds if seconds is not None and seconds <= self._limits.max_retry_after_seconds else None

    def _once(self, request: Request) -> Response:
        try:
            return self._exchange(request)
        except httpcore.TimeoutException:
            return no_answer(TIMEOUT, f"the target did not answer within {self._limits.timeout_seconds:g} seconds")
        except httpcore.ConnectError as exc:
            return no_answer(PROTOCOL_ERROR, f"no connection to {self._origin}: {_reason(exc)}")
        except (httpcore.NetworkError, httpcore.ProtocolError, httpx.InvalidURL) as exc:
            return no_answer(PROTOCOL_ERROR, f"the answer of {self._origin} was cut off or is not HTTP: {_reason(exc)}")

    def _exchange(self, request: Request) -> Response:
        """One request and its whole answer; raises the errors of httpcore, and InvalidURL."""
        until = time.monotonic() + self._limits.timeout_seconds
        answer = self._pool.handle_request(self._made(request))
        try:
            body = bytearray()
            for chunk in answer.iter_stream():  # nothing was said of encodings, so nothing is decoded
                body += chunk
                if len(body) > self._limits.max_answer:
                    return no_answer(PROTOCOL_ERROR, f"the answer is longer than {self._limits.max_answer:,} bytes")
                if time.monotonic() > until:
                    # The client's time-out starts anew with every byte that comes.
                    raise httpcore.ReadTimeout("the answer came too slowly")
            headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in answer.headers}
            return Response(answer.status, headers, bytes(body))
        finally:
            answer.close()

    def _made(self, request: Request) -> httpcore.Request:
        """The request with `Host` and, if there is a body, its length: no header that Entra does not send (2.5.4)."""
        origin = parse_origin(self._origin)
        address = (request.path or "/") + (f"?{request.query}" if request.query else "")
        target = quote(address, safe=punctuation).encode()
        headers = [(b"Host", origin.netloc), *((n.encode(), v.encode()) for n, v in request.headers.items())]
        if request.body:
            headers.append((b"Content-Length", b"%d" % len(request.body)))
        return httpcore.Request(
            request.method,
            httpcore.URL(scheme=origin.raw_scheme, host=origin.raw_host, port=origin.port, target=target),
            headers=headers,
            content=request.body,
            extensions={"timeout": self._timeouts},
        )


def no_answer(code: str, message: str) -> Response:
    """What stands for an answer that never came: status 0, why, and a sentence."""
    return Response(0, {"reason": code}, message.encode())


def parse_retry_after(text: str, now: datetime) -> float | None:
    """The seconds that a `Retry-After` header asks for (RFC 9110 §10.2.3), or None if it says nothing of use."""
    text = text.strip()
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    # A date of the form "-0000" has no zone; HTTP's are always UTC.
    return max(0.0, (moment.replace(tzinfo=moment.tzinfo or UTC) - now).total_seconds())


def _reason(exc: Exception) -> str:
    """What the client says, in the words of a sentence."""
    return " ".join(str(exc).split()).rstrip(".") or type(exc).__name__
