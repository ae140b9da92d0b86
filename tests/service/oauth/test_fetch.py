"""What is fetched from an address that someone named: bounded, and never from inside the network unless allowed."""

from __future__ import annotations

import ipaddress
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrant.service.oauth import fetch
from entrant.service.oauth.fetch import MAX_DOCUMENT, FetchError, fetch_json, is_public, require_address

PUBLIC = ["8.8.8.8", "2001:4860:4860::8888", "64:ff9b::808:808"]
PRIVATE = [
    "127.0.0.1",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "224.0.0.1",
    "255.255.255.255",
    "::1",
    "::",
    "fe80::1%eth0",
    "fc00::1",
    "ff02::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "64:ff9b::7f00:1",
    "2002:7f00:1::",
    "fec0::1",
    "::7f00:1",
    "::ffff:0:7f00:1",
    "64:ff9b:1::808:808",
    "2001:db8::1",
    "4000::1",
]
INSIDE = [
    ipaddress.ip_network(n) for n in ("0.0.0.0/8", "10.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "192.168.0.0/16")
]
CARRIERS = [
    "::{high:x}:{low:x}",
    "::ffff:{high:x}:{low:x}",
    "::ffff:0:{high:x}:{low:x}",
    "64:ff9b::{high:x}:{low:x}",
    "2002:{high:x}:{low:x}::1",
    "2001:0:{high:x}:{low:x}::",  # Teredo: the server
    "2606:4700::5efe:{high:x}:{low:x}",
    "2606:4700::200:5efe:{high:x}:{low:x}",
    "fec0::{high:x}:{low:x}",
    "fe80::{high:x}:{low:x}",
]


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("address", PRIVATE)
def test_addresses_inside_a_network_are_not(address: str) -> None:
    assert not is_public(address)


@given(st.sampled_from(INSIDE).flatmap(lambda network: st.ip_addresses(network=network)), st.sampled_from(CARRIERS))
def test_no_ipv6_address_leads_inside_by_the_ipv4_address_that_it_carries(
    inner: ipaddress.IPv4Address, carrier: str
) -> None:
    assert not is_public(carrier.format(high=int(inner) >> 16, low=int(inner) & 0xFFFF))


@given(st.ip_addresses(v=6))
def test_only_what_has_been_given_out_for_the_internet_is_public(address: ipaddress.IPv6Address) -> None:
    """RFC 4291 §2.4: a range that is given another meaning later is not public until then."""
    given_out = int(address) >> 125 == 1
    translated = address.ipv4_mapped is not None or address in ipaddress.ip_network("64:ff9b::/96")
    assert given_out or translated or not is_public(str(address))


@pytest.mark.parametrize(
    "text",
    [
        "http://example.com/keys",
        "ftp://example.com/keys",
        "file:///etc/passwd",
        "https://",
        "https://user@example.com/keys",
        "https://example.com/keys#x",
        "https://example.com:x/keys",
        "https://example.com/a b",
        "https://example.com/\r\nhost: x",
        "keys",
    ],
)
def test_what_is_no_address_for_keys_is_refused(text: str) -> None:
    with pytest.raises(FetchError):
        require_address(text, private=False)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "169.254.169.254", "0x7f.1", "2130706433"])
def test_no_spelling_of_an_address_inside_is_connected_to(host: str) -> None:
    with pytest.raises(FetchError, match=r"inside a network|cannot be resolved"):
        fetch_json(f"https://{host}/keys", private=False)


@contextmanager
def answering(talk: Callable[[socket.socket], None]) -> Iterator[str]:
    """The address of a server that lets `talk` answer its one visitor."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        visitor, _ = listener.accept()
        with visitor:
            visitor.recv(65_536)
            talk(visitor)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/keys"
    finally:
        thread.join(10)
        listener.close()


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1/\r\ncontent-length: 0\r\n\r\n", "answers 302"),
        (b"HTTP/1.1 500 No\r\ncontent-length: 0\r\n\r\n", "answers 500"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello", "is not JSON"),
        (b"HTTP/1.1 200 OK\r\n\r\n" + b"[" * 100_000, "is not JSON"),
        (b"HTTP/1.1 200 OK\r\n\r\n" + b" " * (MAX_DOCUMENT + 1), "is longer than"),
        (b"nonsense\r\n\r\n", "did not answer as it should"),
        (b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 1_000, "did not answer as it should"),
        (b"", "did not answer as it should"),
    ],
)
def test_an_answer_that_is_no_document_is_an_error(answer: bytes, reason: str) -> None:
    with answering(lambda visitor: visitor.sendall(answer)) as url, pytest.raises(FetchError, match=reason):
        fetch_json(url, private=True)


def test_an_answer_that_comes_one_byte_at_a_time_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every byte comes within the timeout of a step; the whole does not."""
    monkeypatch.setattr(fetch, "DEADLINE_SECONDS", 0.3)
    gone = threading.Event()

    def drip(visitor: socket.socket) -> None:
        try:
            while not gone.wait(0.02):
                visitor.sendall(b"H")
        except OSError:
            pass

    with answering(drip) as url:
        try:
            with pytest.raises(FetchError, match="did not answer as it should"):
                fetch_json(url, private=True)
        finally:
            gone.set()
