"""Documents that a sign-in provider sends: whatever they are like, nobody gets in by them and no page fails."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from entrant.scim.wire import Json
from tests.support.hostile_keys import hostile_set
from tests.support.provider import CONFIGURATION, Provider, providing
from tests.web.console.browser import Browser, Desk, text_of

leaves = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=12)
    | st.sampled_from(
        ["", "http://[", "https://", "//", "javascript:alert(1)", "http://a b/", "http://127.0.0.1:99999/", "http://x\r\ny: z/",
         "http://127.0.0.1:1/é", "http://user@127.0.0.1/", "ftp://127.0.0.1/", "http://127.0.0.1/#x", 10**400, "x" * 20_000, "\x00"]
    )
)  # fmt: skip
values = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=5,
)
RAW = [
    b"",
    b"\xff\xfe",
    b"NaN",
    b"[" * 100_000,
    b'{"a":' * 50_000,
    b"1" * 200_000,
    b'"\\ud800"',
    b"\xef\xbb\xbf{}",
    b"{" * 10,
]


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with providing() as running:
        yield running


@pytest.fixture
def joined(desk: Desk, owner: Browser, provider: Provider) -> Desk:
    """The console, which trusts the provider."""
    provider.documents.clear()
    provider.claims = {"sub": "1"}
    answer = owner.post("settings/sign-in", do="save", issuer=provider.url, client_id="entrant", client_secret="s3cret")
    assert answer.status_code == 303, text_of(answer.content)
    return desk


def right(provider: Provider, path: str) -> dict[str, Json]:
    """A document of the provider as it should be."""
    provider.documents.clear()
    body = provider.answer(path)
    assert body is not None
    document: dict[str, Json] = msgspec.json.decode(body)
    return document


def sign_in(desk: Desk, provider: Provider, changed: dict[str, bytes]) -> list[int]:
    """The statuses of a sign-in's pages while the provider serves these documents."""
    browser = desk.browser()
    provider.documents = changed if CONFIGURATION in changed else {}
    begun = browser.get("sign-in/openid")
    if begun.status_code != 303 or not begun.headers["location"].startswith(provider.url):
        return [begun.status_code]
    back = provider.visit(begun.headers["location"])
    provider.documents = changed
    answer = browser.client.get(back)
    assert browser.secret is None
    return [begun.status_code, answer.status_code]


@pytest.mark.parametrize("path", [CONFIGURATION, "/token", "/keys", "/user-info"])
@given(data=st.data())
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_a_document_of_any_shape_is_a_clear_refusal(
    joined: Desk, provider: Provider, path: str, data: st.DataObject
) -> None:
    provider.user_info = {"sub": "1", "email": "a@b.example", "email_verified": True}
    known = right(provider, path)
    document = data.draw(
        st.builds(lambda name, value: known | {name: value}, st.sampled_from(sorted(known)), values)
        | st.sampled_from(sorted(known)).map(lambda name: {each: known[each] for each in known if each != name})
        | values
    )
    body = data.draw(st.sampled_from(RAW) | st.just(encoded(document)))

    assert set(sign_in(joined, provider, {path: body})) <= {303, 400, 403}, document


@given(
    name=st.sampled_from(["iss", "sub", "aud", "exp", "nonce", "azp", "email", "email_verified", "auth_time"]),
    value=values,
)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_a_claim_of_any_shape_is_a_clear_refusal(joined: Desk, provider: Provider, name: str, value: Json) -> None:
    provider.claims = {"sub": "1", "email": "a@b.example", "email_verified": True, name: value}
    provider.user_info = None

    assert set(sign_in(joined, provider, {})) <= {303, 400, 403}


@given(document=values, name=st.sampled_from(["issuer", "jwks_uri", "authorization_endpoint", "token_endpoint", None]))
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_a_configuration_of_any_shape_is_refused_when_it_is_entered(
    joined: Desk, owner: Browser, provider: Provider, document: Json, name: str | None
) -> None:
    wanted = document if name is None else right(provider, CONFIGURATION) | {name: document}
    provider.documents = {CONFIGURATION: encoded(wanted)}

    answer = owner.post("settings/sign-in", do="save", issuer=provider.url, client_id="entrant", client_secret="s3cret")

    assert answer.status_code in {303, 409}


def test_keys_that_cost_minutes_are_not_read(joined: Desk, provider: Provider) -> None:
    """Product 9.5; `tests/service/oauth/test_hostile_keys.py` has the other ways to send them."""
    keys = msgspec.json.encode(hostile_set(9_689, 6))

    assert sign_in(joined, provider, {"/keys": keys}) == [303, 400]


def encoded(document: Json) -> bytes:
    """As JSON, numbers of any length included."""
    with suppress(OverflowError, msgspec.MsgspecError):
        return msgspec.json.encode(document)
    return b'{"issuer":' + b"9" * 400 + b"}"
