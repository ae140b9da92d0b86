"""Which source address a request counts for, and that it counts."""

from __future__ import annotations

import pytest

from entrant.config import Config
from entrant.http.asgi import Scope
from entrant.web.gate import Gate


def scope(client: str | None, *forwarded: str) -> Scope:
    """What a server says of a request."""
    headers = [(b"x-forwarded-for", value.encode("latin-1")) for value in forwarded]
    return {"type": "http", "client": None if client is None else (client, 4711), "headers": headers}


GATE = Gate(Config(trusted_proxies="127.0.0.1,10.0.0.0/8,::1"))


@pytest.mark.parametrize(
    ("client", "forwarded", "source"),
    [
        ("203.0.113.7", [], "203.0.113.7"),
        ("203.0.113.7", ["198.51.100.1"], "203.0.113.7"),  # no one to believe
        ("10.1.1.1", [], None),
        ("127.0.0.1", ["203.0.113.7"], "203.0.113.7"),
        ("127.0.0.1", ["1.2.3.4, 203.0.113.7"], "203.0.113.7"),  # what the client itself claimed comes before
        ("127.0.0.1", ["1.2.3.4", "203.0.113.7, 10.0.0.9"], "203.0.113.7"),
        ("127.0.0.1", ["203.0.113.7:4711"], "203.0.113.7"),
        ("127.0.0.1", ["[2001:db8:1:2:3::4]:4711"], "2001:db8:1:2::/64"),
        ("127.0.0.1", ["unknown"], "unknown"),
        ("127.0.0.1", ["é"], "unknown"),
        ("127.0.0.1", ["10.0.0.9"], None),
        ("2001:db8:1:2:3:4:5:6", [], "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.7", [], "203.0.113.7"),
        (None, ["203.0.113.7"], None),
    ],
)
def test_the_source_is_the_last_address_that_is_not_a_trusted_proxy(
    client: str | None, forwarded: list[str], source: str | None
) -> None:
    assert GATE.source(scope(client, *forwarded)) == source


def test_nobody_is_trusted_if_the_setting_is_none() -> None:
    assert Gate(Config(trusted_proxies="none")).source(scope("127.0.0.1", "203.0.113.7")) == "127.0.0.1"


def test_an_address_beyond_its_limit_waits_and_others_do_not() -> None:
    gate = Gate(Config(address_rate=2))

    waits = [gate.wait(scope("203.0.113.7"), 1000.0) for _ in range(12)]

    assert waits == [0] * 10 + [1, 1]
    assert gate.wait(scope("203.0.113.8"), 1000.0) == 0
    assert gate.wait(scope("203.0.113.7"), 1001.0) == 0


def test_no_rate_is_no_limit() -> None:
    gate = Gate(Config(address_rate=0))

    assert {gate.wait(scope("203.0.113.7"), 1000.0) for _ in range(10_000)} == {0}
