"""Keys of issuers while they change, are out of reach, or are being fetched (RFC 7517)."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from entrant.scim.wire import Json
from entrant.service.oauth import keys as keys_module
from entrant.service.oauth.assertion import BadAssertion, Unverified, parse_assertion
from entrant.service.oauth.fetch import FetchError
from entrant.service.oauth.key_set import read_key_set
from entrant.service.oauth.keys import FRESH, PAUSE, STALE, IssuerKeys
from entrant.workspace.model import Federation
from tests.support.issuer import Issuer, new_key

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
ISSUER = "https://issuer.example"
FEDERATION = Federation("f", "c", ISSUER, "aud", "sub", None, f"{ISSUER}/keys", "2026-11-24T09:00:00.000000Z")
OLD, NEW = new_key("old"), new_key("new")


def by(kid: str) -> Unverified:
    """An assertion by that key."""
    return Unverified("", ISSUER, "sub", kid, "RS256")


class Published:
    """What an issuer publishes; None is out of reach."""

    def __init__(self) -> None:
        self.keys: Json = key_set(OLD)
        self.fetches = 0

    def fetch(self, _: str) -> Json:
        self.fetches += 1
        if self.keys is None:
            raise FetchError("no answer")
        return self.keys


def key_set(*some: object) -> Json:
    """A set of public keys."""
    return {"keys": [key.as_dict(private=False) for key in some]}  # type: ignore[attr-defined]  # of any kind


def test_a_key_that_the_issuer_has_changed_to_is_fetched_when_it_is_first_used() -> None:
    published = Published()
    keys = IssuerKeys(published.fetch)
    keys.get(FEDERATION, by("old"), NOW)
    published.keys = key_set(NEW, OLD)

    later = NOW + PAUSE
    assert keys.get(FEDERATION, by("new"), later).kid == "new"
    assert keys.get(FEDERATION, by("old"), later).kid == "old"
    assert published.fetches == 2


def test_a_key_that_was_withdrawn_is_refused_when_the_keys_are_no_longer_fresh() -> None:
    published = Published()
    keys = IssuerKeys(published.fetch)
    keys.get(FEDERATION, by("old"), NOW)
    published.keys = key_set(NEW)

    keys.get(FEDERATION, by("old"), NOW + FRESH)
    with pytest.raises(BadAssertion):
        keys.get(FEDERATION, by("old"), NOW + FRESH + timedelta(seconds=1))


def test_keys_are_used_for_a_day_while_their_issuer_is_out_of_reach() -> None:
    published = Published()
    keys = IssuerKeys(published.fetch)
    keys.get(FEDERATION, by("old"), NOW)
    published.keys = None

    assert keys.get(FEDERATION, by("old"), NOW + STALE).kid == "old"
    with pytest.raises(FetchError):
        keys.get(FEDERATION, by("old"), NOW + STALE + timedelta(seconds=1))


def test_an_issuer_out_of_reach_is_not_asked_again_at_once() -> None:
    published = Published()
    published.keys = None
    keys = IssuerKeys(published.fetch)

    for _ in range(3):
        with pytest.raises(FetchError):
            keys.get(FEDERATION, by("old"), NOW)
    assert published.fetches == 1


def test_who_waits_for_a_fetch_does_not_wait_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys_module, "PATIENCE_SECONDS", 0.01)
    begun, go_on = threading.Event(), threading.Event()

    def fetch(_: str) -> Json:
        begun.set()
        go_on.wait(10)
        return key_set(OLD)

    keys = IssuerKeys(fetch)
    first = threading.Thread(target=keys.get, args=(FEDERATION, by("old"), NOW))
    first.start()
    begun.wait(10)

    try:
        with pytest.raises(FetchError, match="being fetched"):
            keys.get(FEDERATION, by("old"), NOW)
    finally:
        go_on.set()
        first.join(10)
    assert keys.get(FEDERATION, by("old"), NOW).kid == "old"


WEAK: list[Callable[[], Json]] = [
    lambda: {"kty": "oct", "k": "c2VjcmV0", "kid": "old"},
    lambda: OLD.as_dict(private=False) | {"use": "enc"},
    lambda: {"kty": "RSA", "n": "AQAB", "e": "AQAB", "kid": "old"},
    lambda: {"kty": "RSA", "kid": "old"},
    lambda: {"kty": "EC", "crv": "P-999", "x": "AA", "y": "AA"},
    lambda: {"kty": 7},
    lambda: "key",
]


def test_keys_that_should_not_sign_are_left_out() -> None:
    assert read_key_set({"keys": [weak() for weak in WEAK]}) == ()


@pytest.mark.parametrize("document", [None, [], {}, {"keys": {}}, {"keys": [{}] * 101}])
def test_what_is_no_key_set_is_an_error(document: Json) -> None:
    with pytest.raises(FetchError):
        read_key_set(document)


def test_a_configuration_of_another_issuer_leads_nowhere(issuer: Issuer) -> None:
    """OpenID Connect Discovery 1.0 §4.3."""
    documents: dict[str, Json] = {
        f"{ISSUER}/.well-known/openid-configuration": {"issuer": issuer.url, "jwks_uri": f"{ISSUER}/keys"}
    }
    keys = IssuerKeys(lambda address: documents[address])
    federation = Federation("f", "c", ISSUER, "aud", "sub", None, None, "2026-11-24T09:00:00.000000Z")

    with pytest.raises(FetchError, match="of another issuer"):
        keys.get(federation, parse_assertion(issuer.sign()), NOW)
