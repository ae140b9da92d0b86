"""Fetching a small JSON document from an address that an administrator, or an issuer, has named.

Bounded in size and time, over HTTPS, without redirects or proxies, and never from an address inside the network: what
is connected to is the address that was checked, so that a name which changes its mind in between gains nothing.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import cache
from urllib.parse import SplitResult, urlsplit

import msgspec

from entrant.scim.wire import Json
from entrant.service.outside import seconds_left

MAX_DOCUMENT = 262_144  # bytes; the key set of Entra has some 20 KiB
DEADLINE_SECONDS = 8.0  # for everything: resolution of the name, connection, handshake, answer
CONNECT_SECONDS = 3.0  # to one address
MAX_ADDRESSES = 4  # of one name that are tried
OK = 200


class FetchError(Exception):
    """A document that could not be had. The message is a sentence for the administrator."""


def require_address(text: str, *, private: bool) -> SplitResult:
    """A URL that may be fetched from; `private` allows http and addresses inside the network. Raises FetchError."""
    try:
        url = urlsplit(text)
        port_is_fine = url.port is None or url.port > 0
    except ValueError:
        raise FetchError(f"{text[:200]} is no address") from None
    allowed = {"https", "http"} if private else {"https"}
    if url.scheme not in allowed or not url.hostname or url.username is not None or url.fragment or not port_is_fine:
        raise FetchError(f"{text[:200]} is no address that begins with https://")
    if not text.isascii() or any(ord(c) <= ord(" ") for c in text):
        raise FetchError(f"{text[:200]} is no address")
    return url


def fetch_json(text: str, *, private: bool, form: bytes | None = None, authorization: str | None = None) -> Json:
    """The JSON document at an address, or what it answers to a form that is posted to it.

    Raises FetchError, and Outside on a thread that must not wait for another server.
    """
    end = time.monotonic() + seconds_left(DEADLINE_SECONDS)
    url = require_address(text, private=private)
    headers = {"accept": "application/json", "connection": "close"}
    if form is not None:
        headers["content-type"] = "application/x-www-form-urlencoded"
    if authorization is not None:
        headers["authorization"] = authorization
    body = _exchange(url, _resolve(url, end, private=private), form, headers, end)
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as exc:
        raise FetchError(f"what {text} answers is not JSON") from exc


def _resolve(url: SplitResult, end: float, *, private: bool) -> list[tuple[str, int]]:
    """The addresses and port that may be connected to."""
    host = url.hostname or ""
    _left(url, end)
    port = url.port or (443 if url.scheme == "https" else 80)
    try:
        found = {str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
    except (OSError, UnicodeError) as exc:
        raise FetchError(f"the name {host} cannot be resolved") from exc
    if not private and not all(is_public(address) for address in found):
        raise FetchError(f"{host} is an address inside a network; keys are fetched from public addresses only")
    # IPv4 first: where a network has only one of the two, it is that.
    return [(address, port) for address in sorted(found, key=lambda a: (":" in a, a))][:MAX_ADDRESSES]


def is_public(address: str) -> bool:
    """Whether an IP address is one of the internet's: what has been given out for it, and nothing else.

    An IPv6 address that carries an IPv4 address leads where that leads, and both must be public.
    """
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv4Address):
        return ip.is_global and not ip.is_multicast
    translated = ip in NAT64 or ip.ipv4_mapped is not None
    return (translated or (ip in GLOBAL_UNICAST and ip.is_global)) and all(map(is_public, _carried(ip)))


GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")  # RFC 4291 §2.4: all that IANA gives out for the internet
NAT64 = ipaddress.ip_network("64:ff9b::/96")  # RFC 6052 §2.1
ISATAP = frozenset({0x0000_5EFE, 0x0200_5EFE})  # the upper half of an interface identifier (RFC 5214 §6.1)


def _carried(ip: ipaddress.IPv6Address) -> Iterator[str]:
    """The IPv4 addresses within an IPv6 address: mapped, 6to4, Teredo (server and client), NAT64, ISATAP."""
    low = str(ipaddress.IPv4Address(int(ip) & 0xFFFF_FFFF))
    for inner in (ip.ipv4_mapped, ip.sixtofour, *(ip.teredo or ())):
        if inner is not None:
            yield str(inner)
    if ip in NAT64 or (int(ip) >> 32) & 0xFFFF_FFFF in ISATAP:
        yield low


def _exchange(
    url: SplitResult, addresses: list[tuple[str, int]], form: bytes | None, headers: Mapping[str, str], end: float
) -> bytes:
    """The body of a 200 that `GET`, or `POST` with a form, is answered before `end`."""
    stream = _connect(url, addresses, end)
    try:
        if url.scheme == "https":
            # The handshake is left for later, so that the watch is on the socket that does it.
            stream = _context().wrap_socket(stream, server_hostname=url.hostname, do_handshake_on_connect=False)
        # Timeouts of a socket bound each step; one byte at a time would pass them all. This ends the whole.
        watch = threading.Timer(max(0.0, end - time.monotonic()), _cut, (stream,))
        watch.daemon = True
        watch.start()
        try:
            if isinstance(stream, ssl.SSLSocket):
                stream.do_handshake()
            return _ask(url, stream, form, headers)
        finally:
            watch.cancel()
    except (OSError, http.client.HTTPException, ValueError) as exc:
        raise FetchError(f"{url.netloc} did not answer as it should: {type(exc).__name__}") from exc
    finally:
        stream.close()


def _connect(url: SplitResult, addresses: list[tuple[str, int]], end: float) -> socket.socket:
    for address in addresses:
        try:
            return socket.create_connection(address, min(CONNECT_SECONDS, _left(url, end)))
        except OSError:
            continue
    raise FetchError(f"{url.netloc} cannot be connected to")


def _ask(url: SplitResult, stream: socket.socket, form: bytes | None, headers: Mapping[str, str]) -> bytes:
    connection = http.client.HTTPConnection(url.netloc)
    connection.sock = stream
    target = (url.path or "/") + (f"?{url.query}" if url.query else "")
    connection.request("GET" if form is None else "POST", target, body=form, headers=dict(headers))
    with connection.getresponse() as answer:
        if answer.status != OK:  # a redirect is not followed
            raise FetchError(f"{url.netloc} answers {answer.status} for {url.path or '/'}")
        body = answer.read(MAX_DOCUMENT + 1)
    if len(body) > MAX_DOCUMENT:
        raise FetchError(f"what {url.netloc} answers is longer than {MAX_DOCUMENT:,} bytes")
    return body


def _left(url: SplitResult, end: float) -> float:
    """The seconds that are left; raises FetchError if none are."""
    left = end - time.monotonic()
    if left <= 0:
        raise FetchError(f"{url.netloc} did not answer within {DEADLINE_SECONDS:g} seconds")
    return left


@cache
def _context() -> ssl.SSLContext:
    """One for all: reading the authorities takes tens of milliseconds."""
    return ssl.create_default_context()


def _cut(stream: socket.socket) -> None:
    """End whatever waits on a socket, on whichever thread."""
    with suppress(OSError):  # it may have ended by itself
        socket.socket.shutdown(stream, socket.SHUT_RDWR)
