"""What makes a link or a credential asks again who is there: a session alone, found open or stolen, makes none."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from urllib.parse import parse_qsl, urlsplit

import pytest

from entrant.db.engine import Database
from entrant.scim.wire import Json
from entrant.service import admin, sign_in
from entrant.web.console.routes import PAGES, Page
from entrant.web.console.scim_forms import FORMS
from tests.support.provider import Provider, providing
from tests.web.console.browser import Browser, Desk, parse, text_of
from tests.web.console.test_identities import enter, enter_by_link, link_of, trust
from tests.web.console.test_sign_in import PASSWORD, set_up

TABLES = ("token", "client_secret", "federation", "setup_link", "sign_in_provider", "account", "identity")
"""Where what opens a workspace is kept."""
COLUMNS = ("protected",)
"""Marks of a member that decide who may change them, where there are such."""


def credentials(database: Database) -> list[object]:
    """All that opens a workspace, and all marks."""
    kept = [dict(row) for name in TABLES for row in database.read(lambda tx, n=name: tx.all(f"SELECT * FROM {n}"))]  # type: ignore[misc]
    members = database.read(lambda tx: tx.all("SELECT * FROM member ORDER BY id"))
    return [*kept, *({name: row[name] for name in COLUMNS if name in row} for row in members)]


def stale(desk: Desk) -> Browser:
    """A browser in which the admin signed in a while ago."""
    return desk.browser(desk.admin, fresh=False)


def forms_of(desk: Desk, page: Page, ids: dict[str, str]) -> Iterator[tuple[str, dict[str, str]]]:
    """The address and every form of a page, filled in with what the page suggests or what could be meant."""
    path = page.path.removeprefix("/{slug}/")
    for name, value in ids.items():
        path = path.replace(f"{{{name}}}", value)
    found = [
        {e.get("name", ""): e.get("value", "") for e in form.iter("input") if e.get("name")}
        for form in parse(desk.browser(desk.admin).get(path).content).iter("form")
    ]
    named = [
        {"do": name}
        for name in (
            *FORMS,
            "link",
            "save",
            "protect",
            "unprotect",
            "role",
            "deactivate",
            "reinvite",
            "erase",
            "approve",
        )
    ]
    usual = {
        "connection": admin.list_connections(desk.database, desk.slug)[0].id, "provider": "entra", "overlap": "0",
        "issuer": "https://issuer.example", "audience": "a", "subject": "s", "client_id": "c", "client_secret": "s3cret",
        "email": "new@acme.example", "role": "member", "password": PASSWORD, "again": PASSWORD,
    }  # fmt: skip
    filled = [usual | {name: value for name, value in form.items() if value} for form in [*found, *named, {}]]
    for n, form in enumerate(filled):
        form.pop("csrf", None)
        if form not in filled[:n] and form.get("do") not in {"revoke", "end-identity", "remove"}:
            yield path, form


def test_no_form_of_any_page_makes_a_link_or_a_credential_without_asking_again(desk: Desk) -> None:
    ids = {"id": desk.idp.user("ada@acme.example"), "provider": "entra"}
    before, asked = credentials(desk.database), set()
    browser = stale(desk)
    for page in PAGES:
        if (
            page.act is None
            or not page.path.startswith("/{slug}/")
            or "set-up" in page.path
            or "sign-" in page.path[7:14]
        ):
            continue
        for path, form in forms_of(desk, page, ids):
            csrf = hashlib.sha256(f"csrf:{browser.secret}".encode()).hexdigest()
            answer = browser.client.post(path, data=form | {"csrf": csrf})
            assert answer.status_code != 403 or "Confirm that it is you" in answer.text, (path, form)
            assert credentials(desk.database) == before, (path, form)
            if browser.secret is None:  # the form has ended this session
                browser = stale(desk)
            if "confirm" in answer.headers.get("location", "") or "Confirm that it is you" in answer.text:
                asked.add((path.partition("/")[0], form.get("do", "")))

    assert asked >= {
        ("members", "protect"), ("members", "unprotect"), ("members", "role"), ("members", "deactivate"),
        ("members", "reinvite"), ("members", "erase"), ("", "approve"),
        ("members", "link"), ("members", ""), ("settings", "create"), ("settings", "rotate"), ("settings", "secret"),
        ("settings", "federate"), ("settings", "save"),
    }  # fmt: skip


def test_the_password_is_asked_for_and_the_form_is_carried_out(desk: Desk) -> None:
    set_up(desk, desk.admin)
    member = desk.idp.user("ada@acme.example")
    browser = stale(desk)

    asked = browser.post(f"members/{member}", do="link")
    hidden = {e.get("name", ""): e.get("value", "") for e in parse(asked.content).iter("input")}
    wrong = browser.client.post(f"members/{member}", data=hidden | {"confirm-password": "wrong wrong wrong"})
    right = browser.client.post(f"members/{member}", data=hidden | {"confirm-password": PASSWORD})
    shown = browser.get(right.headers["location"])

    assert [asked.status_code, wrong.status_code, right.status_code] == [403, 403, 303]
    assert "The password is not right." in text_of(wrong.content)
    assert "/set-up#" in shown.text
    assert browser.post(f"members/{member}", do="link").status_code == 303
    outcomes = [e.outcome for e in admin.list_audit(desk.database, desk.slug) if e.action == "session.confirm"]
    assert outcomes == ["done", "refused"]


def test_a_form_with_a_secret_in_it_is_not_written_into_the_page_that_asks(desk: Desk) -> None:
    set_up(desk, desk.admin)
    browser = stale(desk)

    answer = browser.post("settings/sign-in", do="save", issuer=desk.url, client_id="c", client_secret="s3cret-value")
    asked = browser.get(answer.headers["location"])
    hidden = {e.get("name", ""): e.get("value", "") for e in parse(asked.content).iter("input")}
    back = browser.client.post("confirm", data=hidden | {"confirm-password": PASSWORD})

    assert "s3cret-value" not in asked.text
    assert back.headers["location"] == f"/console/{desk.slug}/settings/sign-in?done=confirmed"


def test_wrong_passwords_are_counted_and_lock_nobody_out_of_signing_in(desk: Desk) -> None:
    set_up(desk, desk.admin)
    browser = stale(desk)
    form = {"do": "link", "confirm-password": "wrong wrong wrong", "csrf": browser.csrf("members/invite")}
    browser.client.post("members/invite", data=form)
    desk.database.write("s", lambda tx: tx.run(
        "UPDATE sign_in_try SET tries = :tries WHERE subject LIKE 'confirm:%'", tries=sign_in.MAX_TRIES
    ))  # fmt: skip

    refused = browser.client.post("members/invite", data=form | {"confirm-password": PASSWORD})

    assert "too many attempts" in text_of(refused.content)
    assert desk.browser().post("sign-in", email=desk.admin, password=PASSWORD).status_code == 303


def test_the_question_comes_again_after_a_while(desk: Desk) -> None:
    browser = set_up(desk, desk.admin)
    path = browser.post("members/invite", email="new@acme.example", role="").headers["location"]
    assert path.endswith("/link")

    old = "2020-01-01T00:00:00.000000Z"
    desk.database.write("s", lambda tx: tx.run("UPDATE session SET confirmed = :old", old=old))

    assert "Confirm that it is you" in browser.post("members/invite", email="b@acme.example", role="").text


@pytest.fixture
def provider() -> Iterator[Provider]:
    with providing() as running:
        yield running


def by_provider(desk: Desk, owner: Browser, provider: Provider, **claims: Json) -> Browser:
    """A browser in which the admin has signed in by the provider, where they signed in long before."""
    trust(owner, provider)
    browser = desk.browser()
    enter_by_link(browser, provider, link_of(desk, desk.admin), sub="boss", **claims)
    return browser


def test_a_sign_in_at_the_provider_of_just_now_is_asked_for(desk: Desk, owner: Browser, provider: Provider) -> None:
    browser = by_provider(desk, owner, provider)
    asked = browser.post("members/invite", email="new@acme.example", role="")
    start = next(e for e in parse(asked.content).iter("a") if "confirm/openid" in e.get("href", "")).get("href", "")

    sent = dict(parse_qsl(urlsplit(browser.get(start).headers["location"]).query))
    back = enter(browser, provider, start, sub="boss", auth_time=int(time.time()))

    assert (sent["prompt"], sent["max_age"]) == ("login", "0")
    assert back.headers["location"] == f"/console/{desk.slug}/members/invite?done=confirmed"
    assert browser.post("members/invite", email="new@acme.example", role="").headers["location"].endswith("/link")


@pytest.mark.parametrize(
    ("claims", "status"),
    [
        ({"sub": "boss"}, 400),
        ({"sub": "boss", "auth_time": 1_600_000_000}, 303),
        ({"sub": "other", "auth_time": 4_000_000_000}, 400),
    ],
    ids=["no auth_time", "long ago", "somebody else"],
)
def test_another_answer_of_the_provider_confirms_nothing(
    desk: Desk, owner: Browser, provider: Provider, claims: dict[str, Json], status: int
) -> None:
    browser = by_provider(desk, owner, provider)

    assert enter(browser, provider, "confirm/openid?to=members", **claims).status_code == status
    assert browser.post("members/invite", email="new@acme.example", role="").status_code == 403


def test_who_has_just_signed_in_at_the_provider_is_not_asked(desk: Desk, owner: Browser, provider: Provider) -> None:
    browser = by_provider(desk, owner, provider, auth_time=int(time.time()))

    assert browser.post("members/invite", email="new@acme.example", role="").status_code == 303


def test_a_secret_is_shown_once_and_a_reload_makes_no_other(desk: Desk, owner: Browser) -> None:
    """Product 1.7."""
    connection = admin.list_connections(desk.database, desk.slug)[0].id
    for path, form in (
        ("members/invite", {"email": "new@acme.example"}),
        ("settings/scim", {"do": "secret", "connection": connection}),
        ("settings/scim", {"do": "rotate", "connection": connection, "overlap": "0"}),
    ):
        where = owner.post(path, **form).headers["location"]
        secrets = [
            e.get("value", "") for e in parse(owner.get(where).content).iter("input") if e.get("id") in
            {"link", "made-secret", "made-token"}
        ]  # fmt: skip
        kept = credentials(desk.database)
        again = owner.client.get(owner.client.base_url.join(where), follow_redirects=True)

        assert len(secrets) == 1, path
        assert secrets[0] not in again.text
        assert credentials(desk.database) == kept
        rows = desk.database.read(lambda tx: tx.all("SELECT * FROM shown_once"))
        assert rows == []
