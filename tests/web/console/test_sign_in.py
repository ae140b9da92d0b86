"""Who gets into the console, for how long, and what everybody else is told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from entrant.db.engine import timestamp
from entrant.service import admin
from entrant.service.sign_in import IDLE, LIFETIME, MAX_ACCOUNT_TRIES, MAX_ADDRESS_TRIES, MAX_TRIES
from tests.support.sessions import begin_session
from tests.web.console.browser import Browser, Desk, text_of

PASSWORD = "correct horse battery staple"
ATTACKER = "192.0.2.66"


def set_up(desk: Desk, member: str) -> Browser:
    """A browser in which the member has just set PASSWORD by a link."""
    browser = desk.browser()
    browser.open_link(admin.create_setup_link(desk.database, desk.slug, member).path)
    answer = browser.post("set-up", password=PASSWORD, again=PASSWORD)
    assert answer.status_code == 303, answer.text
    return browser


def sign_in(browser: Browser, email: str, password: str) -> httpx.Response:
    return browser.post("sign-in", email=email, password=password)


def test_a_set_up_link_sets_a_password_and_signs_in_once(desk: Desk) -> None:
    link = admin.create_setup_link(desk.database, desk.slug, desk.admin).path.partition(f"/{desk.slug}/")[2]
    browser = desk.browser()

    browser.open_link(link)
    first = browser.post("set-up", password=PASSWORD, again=PASSWORD)
    second = desk.browser().open_link(link)

    assert (first.status_code, first.headers["location"]) == (303, f"/console/{desk.slug}/")
    assert "Overview" in browser.get().text
    assert second.status_code == 410
    assert sign_in(desk.browser(), desk.admin.upper(), PASSWORD).status_code == 303


def test_the_secret_of_a_link_is_in_no_address_that_the_server_is_sent(desk: Desk) -> None:
    """Addresses are kept by proxies, logs and histories."""
    link = admin.create_setup_link(desk.database, desk.slug, desk.admin).path
    path, _, secret = link.partition("#")
    browser, asked = desk.browser(), list[str]()
    browser.client.event_hooks["request"] = [lambda request: asked.append(str(request.url))]

    browser.open_link(link)
    browser.post("set-up", password=PASSWORD, again=PASSWORD)

    assert path == f"/console/{desk.slug}/set-up"
    assert asked
    assert [address for address in asked if secret in address] == []
    old = desk.browser().get(f"set-up/{secret}")
    assert (old.status_code, old.headers["location"]) == (303, link)


def test_what_is_no_code_of_a_link_is_refused_on_the_form(desk: Desk) -> None:
    for code in ("", "x", "a b" * 20, "x" * 2_000, "ä" * 40, "a;b=c" * 10):
        answer = desk.browser().post("set-up", do="open", link=code)
        assert "not a set-up code" in text_of(answer.content)
        assert "entrant_set_up" not in answer.cookies


def test_a_new_set_up_link_ends_the_one_before(desk: Desk) -> None:
    first, second = (
        admin.create_setup_link(desk.database, desk.slug, desk.admin).path.partition(f"/{desk.slug}/")[2]
        for _ in range(2)
    )

    assert desk.browser().open_link(first).status_code == 410
    assert desk.browser().open_link(second).status_code == 200


@pytest.mark.parametrize(
    ("password", "again", "reason"),
    [
        ("short", "short", "at least 12 characters"),
        (PASSWORD, PASSWORD + "x", "not the same"),
        ("owner@acme.example", "owner@acme.example", "must not be your e-mail address"),
    ],
)
def test_a_weak_or_mistyped_password_is_not_set_and_the_link_still_works(
    desk: Desk, password: str, again: str, reason: str
) -> None:
    link = admin.create_setup_link(desk.database, desk.slug, desk.admin).path.partition(f"/{desk.slug}/")[2]
    browser = desk.browser()

    browser.open_link(link)
    refused = browser.post("set-up", password=password, again=again)

    assert (refused.status_code, reason in text_of(refused.content)) == (409, True)
    assert browser.post("set-up", password=PASSWORD, again=PASSWORD).status_code == 303


def test_whoever_is_not_let_in_gets_one_answer(desk: Desk) -> None:
    """A wrong password, no such member, a member without a password, no such workspace."""
    set_up(desk, desk.admin)
    admin.invite(desk.database, desk.slug, "no.password@acme.example")
    nowhere = desk.browser()
    nowhere.client.base_url = httpx.URL(f"{desk.url}/console/nowhere/")

    answers = [
        sign_in(browser, email, "wrong wrong wrong")
        for browser, email in (
            (desk.browser(), desk.admin),
            (desk.browser(), "nobody@acme.example"),
            (desk.browser(), "no.password@acme.example"),
            (nowhere, desk.admin),
        )
    ]

    assert {answer.status_code for answer in answers} == {401}
    assert {text_of(a.content).replace("nowhere", desk.slug) for a in answers} == {text_of(answers[0].content)}


def at(browser: Browser, address: str) -> Browser:
    """A browser at an address of the internet."""
    browser.client.headers["x-forwarded-for"] = address
    return browser


def guess(desk: Desk, email: str, tries: int, address: str) -> None:
    """Wrong passwords from an address: one is checked, the others are counted without waiting for their hashes."""
    assert sign_in(at(desk.browser(), address), email, "wrong wrong wrong").status_code == 401
    desk.database.write(
        "sign-in",
        lambda tx: tx.run(
            "UPDATE sign_in_try SET tries = :tries WHERE subject NOT LIKE 'address:%' AND subject NOT LIKE 'device:%'",
            tries=tries,
        ),
    )


def is_refused(answer: httpx.Response) -> bool:
    """Whether there were too many attempts."""
    return "too many attempts" in text_of(answer.content)


@pytest.mark.parametrize("email", ["owner@acme.example", "nobody@acme.example"])
def test_an_account_is_tried_from_one_address_only_so_often_even_with_the_right_password(
    desk: Desk, email: str
) -> None:
    """Whether or not there is such an account."""
    set_up(desk, desk.admin)
    guess(desk, email, MAX_TRIES, ATTACKER)
    browser = at(desk.browser(), ATTACKER)

    assert is_refused(sign_in(browser, email, PASSWORD))
    assert browser.secret is None


def test_wrong_passwords_from_one_address_lock_nobody_out_at_another(desk: Desk) -> None:
    """Product 9.8."""
    set_up(desk, desk.admin)
    guess(desk, desk.admin, MAX_TRIES, ATTACKER)

    assert sign_in(at(desk.browser(), "198.51.100.7"), desk.admin, PASSWORD).status_code == 303


def test_addresses_of_one_ipv6_site_are_one_source(desk: Desk) -> None:
    set_up(desk, desk.admin)
    guess(desk, desk.admin, MAX_TRIES, "2001:db8:1:2::a")

    assert is_refused(sign_in(at(desk.browser(), "2001:db8:1:2:ffff::b"), desk.admin, PASSWORD))
    assert sign_in(at(desk.browser(), "2001:db8:1:3::a"), desk.admin, PASSWORD).status_code == 303


@pytest.mark.parametrize("tries", [MAX_TRIES, MAX_ACCOUNT_TRIES])
def test_a_browser_that_has_signed_in_before_is_not_locked_out_by_others(desk: Desk, tries: int) -> None:
    """Product 9.8: not even at the address that they come from, nor if they come from a thousand."""
    set_up(desk, desk.admin)
    known = at(desk.browser(), ATTACKER)
    assert sign_in(known, desk.admin, PASSWORD).status_code == 303
    assert known.post("sign-out").status_code == 303
    guess(desk, desk.admin, tries, ATTACKER)

    assert is_refused(sign_in(at(desk.browser(), ATTACKER), desk.admin, PASSWORD))
    assert sign_in(known, desk.admin, PASSWORD).status_code == 303


def test_guesses_from_everywhere_together_are_bounded(desk: Desk) -> None:
    set_up(desk, desk.admin)
    guess(desk, desk.admin, MAX_ACCOUNT_TRIES, ATTACKER)

    assert is_refused(sign_in(at(desk.browser(), "198.51.100.7"), desk.admin, PASSWORD))


def test_a_browser_is_known_to_the_account_that_it_signed_in_to_and_to_no_other(desk: Desk) -> None:
    set_up(desk, desk.admin)
    admin.invite(desk.database, desk.slug, "ada@acme.example")
    set_up(desk, "ada@acme.example")
    browser = at(desk.browser(), ATTACKER)
    assert sign_in(browser, "ada@acme.example", PASSWORD).status_code == 303
    assert browser.post("sign-out").status_code == 303
    guess(desk, desk.admin, MAX_TRIES, ATTACKER)

    assert is_refused(sign_in(browser, desk.admin, PASSWORD))


def test_a_known_browser_has_a_limit_of_its_own(desk: Desk) -> None:
    set_up(desk, desk.admin)
    known = desk.browser()
    assert sign_in(known, desk.admin, PASSWORD).status_code == 303
    assert known.post("sign-out").status_code == 303
    sign_in(known, desk.admin, "wrong wrong wrong")
    desk.database.write("t", lambda tx: tx.run("UPDATE sign_in_try SET tries = :tries", tries=MAX_TRIES))

    assert is_refused(sign_in(known, desk.admin, PASSWORD))


def test_an_address_is_let_try_only_so_many_accounts(desk: Desk) -> None:
    set_up(desk, desk.admin)
    here, elsewhere = desk.browser(), desk.browser()
    here.client.headers["x-forwarded-for"], elsewhere.client.headers["x-forwarded-for"] = "192.0.2.1", "192.0.2.2"
    sign_in(here, "nobody@acme.example", PASSWORD)

    desk.database.write("sign-in", lambda tx: tx.run(
        "UPDATE sign_in_try SET tries = :tries WHERE subject LIKE 'address:%'", tries=MAX_ADDRESS_TRIES
    ))  # fmt: skip

    assert "too many attempts" in text_of(sign_in(here, desk.admin, PASSWORD).content)
    assert sign_in(elsewhere, desk.admin, PASSWORD).status_code == 303


def test_tries_are_counted_again_from_none_after_their_window(desk: Desk) -> None:
    set_up(desk, desk.admin)
    guess(desk, desk.admin, MAX_ACCOUNT_TRIES, ATTACKER)
    earlier = timestamp(datetime.now(UTC) - timedelta(minutes=16))
    desk.database.write("sign-in", lambda tx: tx.run("UPDATE sign_in_try SET since = :earlier", earlier=earlier))

    assert sign_in(at(desk.browser(), ATTACKER), desk.admin, PASSWORD).status_code == 303


def test_signing_in_begins_a_new_session_and_ends_the_one_that_the_browser_had(desk: Desk) -> None:
    browser = set_up(desk, desk.admin)
    before = browser.secret
    thief = desk.browser()
    thief.client.cookies.set("entrant_session", before or "", domain="127.0.0.1", path=f"/console/{desk.slug}")
    page = browser.get()
    csrf = page.text.partition('name="csrf" value="')[2].partition('"')[0]

    again = browser.client.post("sign-in", data={"csrf": csrf, "email": desk.admin, "password": PASSWORD})

    assert again.status_code == 303
    assert browser.secret != before
    assert browser.get().status_code == 200
    assert thief.get().status_code == 303


def test_signing_out_ends_the_session(desk: Desk, owner: Browser) -> None:
    secret = owner.secret or ""

    answer = owner.post("sign-out")
    owner.client.cookies.set("entrant_session", secret, domain="127.0.0.1", path=f"/console/{desk.slug}")

    assert answer.status_code == 303
    assert owner.get().headers["location"].startswith(f"/console/{desk.slug}/sign-in")


@pytest.mark.parametrize(
    "column_and_age",
    [("seen", IDLE), ("created", LIFETIME)],
    ids=["idle", "absolute"],
)
def test_a_session_ends_by_rest_and_by_age(desk: Desk, owner: Browser, column_and_age: tuple[str, timedelta]) -> None:
    column, age = column_and_age
    earlier = timestamp(datetime.now(UTC) - age - timedelta(seconds=1))
    assert owner.get().status_code == 200

    desk.database.write("s", lambda tx: tx.run(f"UPDATE session SET {column} = :earlier", earlier=earlier))

    assert owner.get().status_code == 303


def off(desk: Desk, member: str) -> None:
    assert desk.idp.patch(f"/Users/{member}", {"op": "Replace", "path": "active", "value": "False"}).status == 200


def gone(desk: Desk, member: str) -> None:
    assert desk.idp.request("DELETE", f"/Users/{member}").status == 204


def by_hand(desk: Desk, member: str) -> None:
    admin.deactivate(desk.database, desk.slug, member)


@pytest.mark.parametrize("leave", [off, gone, by_hand])
def test_sessions_end_with_the_request_that_takes_access(desk: Desk, leave: Callable[[Desk, str], None]) -> None:
    """Product 2.4: by SCIM or by hand; coming back does not bring them back."""
    member = desk.idp.user("ada@acme.example")
    browser = desk.browser("ada@acme.example")
    assert browser.get("profile").status_code == 200

    leave(desk, member)

    left = desk.database.read(lambda tx: tx.all("SELECT digest FROM session WHERE member = :member", member=member))
    assert left == []
    assert browser.get("profile").status_code == 303
    if leave is not gone:
        desk.idp.patch(f"/Users/{member}", {"op": "Replace", "path": "active", "value": "True"})
        assert browser.get("profile").status_code == 303


def test_an_inactive_member_cannot_sign_in(desk: Desk) -> None:
    admin.invite(desk.database, desk.slug, "ada@acme.example")
    set_up(desk, "ada@acme.example")

    admin.deactivate(desk.database, desk.slug, "ada@acme.example")

    assert sign_in(desk.browser(), "ada@acme.example", PASSWORD).status_code == 401


def test_the_password_of_a_deleted_member_is_forgotten(desk: Desk) -> None:
    member = desk.idp.user("ada@acme.example")
    set_up(desk, "ada@acme.example")

    desk.idp.request("DELETE", f"/Users/{member}")

    assert desk.database.read(lambda tx: tx.all("SELECT member FROM account")) == []


def test_an_admin_who_is_one_no_more_sees_only_themselves(desk: Desk) -> None:
    member = desk.idp.user("ada@acme.example")
    group = desk.idp.group("Admins", member)
    browser = desk.browser("ada@acme.example")
    assert browser.get("members").status_code == 200

    desk.idp.patch(f"/Groups/{group}", {"op": "Remove", "path": "members", "value": [{"value": member}]})

    assert browser.get("members").status_code == 403
    assert "default role" in text_of(browser.get("profile").content)


def test_a_link_leads_on_to_the_page_that_was_wanted_and_never_elsewhere(desk: Desk) -> None:
    set_up(desk, desk.admin)

    wanted = desk.browser().get("members?state=admin").headers["location"]
    answers = [
        (b := desk.browser()).client.post(
            "sign-in", data={"csrf": b.csrf("sign-in"), "email": desk.admin, "password": PASSWORD, "to": to}
        ).headers["location"]
        for to in ("members", "//evil.example", "../../evil", "https://evil.example/", "\\\\evil.example")
    ]  # fmt: skip

    assert wanted == f"/console/{desk.slug}/sign-in?to=members"
    home = f"/console/{desk.slug}/"
    assert answers == [f"{home}members", f"{home}//evil.example", home, f"{home}https://evil.example/", home]


def test_a_member_whom_the_provider_took_over_keeps_the_password(desk: Desk) -> None:
    """Product 2.2: adopted by the e-mail address; signed in by it although the userName is another now."""
    admin.invite(desk.database, desk.slug, "ada@acme.example")
    set_up(desk, "ada@acme.example")

    desk.idp.user("ada.lovelace@acme.example", emails=[{"value": "ada@acme.example", "type": "work"}])

    assert sign_in(desk.browser(), "ada@acme.example", PASSWORD).status_code == 303


def test_the_secret_of_a_session_is_nowhere_in_the_database(desk: Desk) -> None:
    secret = begin_session(desk.database, desk.slug, desk.admin)

    rows = desk.database.read(lambda tx: tx.all("SELECT * FROM session"))

    assert secret not in str([dict(row) for row in rows])
