"""Signing in by OpenID Connect, against a real provider in a process of its own."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from entrant.service import admin
from tests.support.openid import openid_provider
from tests.web.console.browser import Browser, Desk, text_of


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    """A provider that has verified the addresses of three people."""
    known = ("owner@acme.example", "nobody@acme.example", "left@acme.example")
    with openid_provider(*({"sub": each, "email": each, "email_verified": True} for each in known)) as url:
        yield url


@pytest.fixture
def joined(desk: Desk, owner: Browser, issuer: str) -> Desk:
    """The console, which trusts the provider."""
    answer = owner.post("settings/sign-in", do="save", issuer=issuer, client_id="entrant", client_secret="s3cret")
    assert answer.status_code == 303, text_of(answer.content)
    admin.set_domains(desk.database, desk.slug, ["acme.example"])
    return desk


def authorize(browser: Browser, sub: str | None) -> httpx.Response:
    """Go to the provider, be let in as `sub` or turn back, and come back with what it gives."""
    at_provider = browser.get("sign-in/openid").headers["location"]
    form = {"action": "deny"} if sub is None else {"sub": sub}
    with httpx.Client(timeout=30) as client:
        back = client.post(at_provider, data=form).headers["location"]
    return browser.client.get(back)


def test_a_member_signs_in_by_the_provider(joined: Desk) -> None:
    browser = joined.browser()
    assert "Sign in with your identity provider" in browser.get("sign-in").text

    answer = authorize(browser, joined.admin)

    assert (answer.status_code, answer.headers["location"]) == (303, f"/console/{joined.slug}/")
    assert "Overview" in text_of(browser.get().content)


@pytest.mark.parametrize("who", ["nobody@acme.example", "left@acme.example"])
def test_whoever_is_no_active_member_is_not_let_in(joined: Desk, who: str) -> None:
    joined.idp.user("left@acme.example", active=False)
    browser = joined.browser()

    answer = authorize(browser, who)

    assert (answer.status_code, browser.secret) == (403, None)
    assert "signs nobody in here" in text_of(answer.content)


def test_turning_back_at_the_provider_lets_nobody_in(joined: Desk) -> None:
    browser = joined.browser()

    assert (authorize(browser, None).status_code, browser.secret) == (400, None)


def test_an_answer_for_another_browser_is_worth_nothing(joined: Desk) -> None:
    """Else somebody could be signed in to another's account: the state is this browser's alone."""
    mine, other = joined.browser(), joined.browser()
    at_provider = mine.get("sign-in/openid").headers["location"]
    with httpx.Client(timeout=30) as client:
        back = client.post(at_provider, data={"sub": joined.admin}).headers["location"]
    other.get("sign-in/openid")

    answer = other.client.get(back)

    assert (answer.status_code, other.secret) == (400, None)


def test_a_code_that_is_not_the_provider_s_lets_nobody_in(joined: Desk) -> None:
    browser = joined.browser()
    state = httpx.URL(browser.get("sign-in/openid").headers["location"]).params["state"]

    answer = browser.get(f"sign-in/openid/back?code=invented&state={state}")

    assert (answer.status_code, browser.secret) == (400, None)


def test_a_provider_that_is_none_is_not_saved(desk: Desk, owner: Browser) -> None:
    answer = owner.post("settings/sign-in", do="save", issuer=desk.url, client_id="entrant", client_secret="s3cret")

    assert answer.status_code == 409
    assert admin.show_sign_in(desk.database, desk.slug) is None


def test_the_client_secret_is_nowhere_in_the_database_and_on_no_page(joined: Desk, owner: Browser) -> None:
    rows = joined.database.read(lambda tx: [*tx.all("SELECT * FROM sign_in_provider"), *tx.all("SELECT * FROM audit")])
    found = admin.find_openid_client(joined.database, joined.slug)

    assert "s3cret" not in str([dict(row) for row in rows])
    assert "s3cret" not in owner.get("settings/sign-in").text
    assert found is not None
    assert found.client_secret == "s3cret"


def test_a_workspace_can_do_without_the_provider_again(joined: Desk, owner: Browser) -> None:
    owner.post("settings/sign-in", do="remove")

    assert "identity provider" not in joined.browser().get("sign-in").text.partition("<main")[2]
    assert joined.browser().get("sign-in/openid").status_code == 400
