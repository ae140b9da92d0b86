"""Who gets in by an OpenID provider: an issuer's subject that is bound to a member, and nobody else (product 9.6)."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from entrant.scim.wire import Json
from entrant.service import admin
from entrant.workspace.errors import InvalidSetting
from tests.support.provider import Provider, providing
from tests.web.console.browser import Browser, Desk, text_of

ADA = "ada@acme.example"
PASSWORD = "correct horse battery staple"


@pytest.fixture(scope="module")
def _running() -> Iterator[Provider]:
    with providing() as running:
        yield running


@pytest.fixture
def provider(_running: Provider) -> Provider:
    _running.documents.clear()
    _running.claims, _running.user_info = {}, None
    return _running


@pytest.fixture
def joined(desk: Desk, owner: Browser, provider: Provider) -> Desk:
    """The console, which trusts the provider, and believes it about addresses in acme.example."""
    trust(owner, provider)
    admin.set_domains(desk.database, desk.slug, ["acme.example"])
    return desk


def trust(owner: Browser, provider: Provider) -> None:
    answer = owner.post("settings/sign-in", do="save", issuer=provider.url, client_id="entrant", client_secret="s3cret")
    assert answer.status_code == 303, text_of(answer.content)


def enter(browser: Browser, provider: Provider, start: str = "sign-in/openid", **claims: Json) -> httpx.Response:
    """Sign in at the provider as whoever has these claims, and come back."""
    begun = browser.get(start)
    assert begun.status_code == 303, text_of(begun.content)
    back = provider.visit(begun.headers["location"])
    provider.claims = claims
    return browser.client.get(back)


def enter_by_link(browser: Browser, provider: Provider, link: str, **claims: Json) -> httpx.Response:
    """Follow a set-up link, and sign in at the provider from its page."""
    browser.open_link(link)
    return enter(browser, provider, "set-up/openid", **claims)


def who(browser: Browser) -> str | None:
    """The userName of whoever is signed in."""
    page = browser.get("profile")
    return None if page.status_code == 303 else text_of(page.content)


def verified(address: Json) -> dict[str, Json]:
    return {"email": address, "email_verified": True}


def bound(desk: Desk) -> list[tuple[str, str, str]]:
    return [(each.user_name, each.subject, each.way) for each in admin.list_identities(desk.database, desk.slug)]


@pytest.mark.parametrize("address", [ADA, "Ada@ACME.example"])
def test_a_verified_address_in_an_allowed_domain_signs_in_its_member(
    joined: Desk, provider: Provider, address: str
) -> None:
    joined.idp.user(ADA)
    browser = joined.browser()

    assert enter(browser, provider, sub="1", **verified(address)).status_code == 303
    assert ADA in (who(browser) or "")
    assert bound(joined) == [(ADA, "1", "verified email")]


def test_an_address_of_a_member_whose_user_name_is_another_signs_them_in(joined: Desk, provider: Provider) -> None:
    joined.idp.user("a.lovelace", emails=[{"value": ADA, "type": "work"}])
    browser = joined.browser()

    enter(browser, provider, sub="1", **verified(ADA))

    assert "a.lovelace" in (who(browser) or "")


def test_afterwards_the_subject_alone_signs_in_whatever_else_is_said(joined: Desk, provider: Provider) -> None:
    joined.idp.user(ADA)
    enter(joined.browser(), provider, sub="1", **verified(ADA))
    browser = joined.browser()

    enter(browser, provider, sub="1", preferred_username=joined.admin, **verified(joined.admin))

    assert ADA in (who(browser) or "")


CLAIMS: dict[str, dict[str, Json]] = {
    "preferred_username": {"preferred_username": ADA},
    "upn": {"upn": ADA},
    "unique_name": {"unique_name": ADA},
    "name": {"name": ADA},
    "subject": {"sub": ADA},
    "email alone": {"email": ADA},
    "email not verified": {"email": ADA, "email_verified": False},
    "email verified as text": {"email": ADA, "email_verified": "true"},
    "email verified as a number": {"email": ADA, "email_verified": 1},
    "email verified elsewhere": {"email": ADA, "xms_edov": True, "verified_primary_email": [ADA]},
    "another domain": verified("ada@other.example"),
    "a subdomain": verified("ada@mail.acme.example"),
    "a domain that ends so": verified("ada@evil-acme.example"),
    "two addresses in one": verified(f"{ADA},x@acme.example"),
    "a name before it": verified(f"Ada <{ADA}>"),
    "a long s": verified("ada@acme.example\u017f"),
    "white space": verified(f" {ADA}"),
    "no address": verified("ada"),
    "too long": verified("a" * 400 + "@acme.example"),
}


@pytest.mark.parametrize("claims", CLAIMS.values(), ids=list(CLAIMS))
def test_nothing_else_that_a_provider_says_names_a_member(
    joined: Desk, provider: Provider, claims: dict[str, Json]
) -> None:
    joined.idp.user(ADA, emails=[{"value": "ada@other.example", "type": "work"}])
    browser = joined.browser()

    answer = enter(browser, provider, **({"sub": "1"} | claims))

    assert answer.status_code in {400, 403}
    assert who(browser) is None
    assert bound(joined) == []


HOMOGRAPHS = {
    "kelvin sign": ("mike@acme.example", "mi\u212ae@acme.example"),
    "long s": ("sam@acme.example", "\u017fam@acme.example"),
    "composed": ("jos\u00e9@acme.example", "jose\u0301@acme.example"),
    "sharp s": ("strasse@acme.example", "stra\u00dfe@acme.example"),
    "cyrillic a": ("ada@acme.example", "\u0430da@acme.example"),
    "full width": ("ada@acme.example", "\uff41da@acme.example"),
    "capital dotted i": ("i\u0307da@acme.example", "\u0130da@acme.example"),
    "unicode capitals": ("\u00e9va@acme.example", "\u00c9va@acme.example"),
}


@pytest.mark.parametrize("pair", HOMOGRAPHS.values(), ids=list(HOMOGRAPHS))
@pytest.mark.parametrize("turned", [False, True], ids=["said", "stored"])
def test_an_address_that_only_looks_or_folds_alike_signs_nobody_in(
    joined: Desk, provider: Provider, pair: tuple[str, str], *, turned: bool
) -> None:
    stored, said = reversed(pair) if turned else pair
    joined.idp.user(stored)
    browser = joined.browser()

    assert enter(browser, provider, sub="1", **verified(said)).status_code == 403
    assert who(browser) is None


def test_an_address_of_two_active_members_signs_nobody_in_and_of_one_inactive_does(
    joined: Desk, provider: Provider
) -> None:
    joined.idp.user(ADA)
    second = joined.idp.user("second", emails=[{"value": ADA.upper(), "type": "other"}])
    browser = joined.browser()
    assert enter(browser, provider, sub="1", **verified(ADA)).status_code == 403

    joined.idp.patch(f"/Users/{second}", {"op": "Replace", "path": "active", "value": "False"})

    assert enter(browser, provider, sub="1", **verified(ADA)).status_code == 303


def test_without_an_allowed_domain_no_address_binds(joined: Desk, provider: Provider) -> None:
    admin.set_domains(joined.database, joined.slug, [])
    joined.idp.user(ADA)

    assert enter(joined.browser(), provider, sub="1", **verified(ADA)).status_code == 403


def test_an_address_that_was_passed_on_does_not_sign_in_its_next_owner(joined: Desk, provider: Provider) -> None:
    joined.idp.user(ADA)
    enter(joined.browser(), provider, sub="1", **verified(ADA))

    assert enter(joined.browser(), provider, sub="2", **verified(ADA)).status_code == 403


def test_the_same_subject_of_another_issuer_is_somebody_else(joined: Desk, owner: Browser, provider: Provider) -> None:
    joined.idp.user(ADA)
    enter(joined.browser(), provider, sub="1", **verified(ADA))
    with providing() as other:
        trust(owner, other)
        browser = joined.browser()

        assert enter(browser, other, sub="1").status_code == 403
        assert enter(browser, other, iss=provider.url, sub="1").status_code == 400
        assert who(browser) is None


def test_a_deprovisioned_member_s_account_signs_nobody_in(joined: Desk, provider: Provider) -> None:
    member = joined.idp.user(ADA)
    enter(joined.browser(), provider, sub="1", **verified(ADA))
    joined.idp.patch(f"/Users/{member}", {"op": "Replace", "path": "active", "value": "False"})
    browser = joined.browser()

    answer = enter(browser, provider, sub="1", **verified(ADA))
    nobody = enter(browser, provider, sub="2", **verified("nobody@acme.example"))

    assert (answer.status_code, who(browser)) == (403, None)
    assert text_of(answer.content) == text_of(nobody.content)


def test_the_account_of_a_deleted_member_is_forgotten(joined: Desk, provider: Provider) -> None:
    member = joined.idp.user(ADA)
    enter(joined.browser(), provider, sub="1", **verified(ADA))

    joined.idp.request("DELETE", f"/Users/{member}")

    assert bound(joined) == []


def test_an_address_that_userinfo_alone_has_counts_if_it_is_of_the_same_subject(
    joined: Desk, provider: Provider
) -> None:
    joined.idp.user(ADA)
    provider.user_info = {"sub": "2", **verified(ADA)}
    assert enter(joined.browser(), provider, sub="1").status_code == 403

    provider.user_info = {"sub": "1", **verified(ADA)}

    assert enter(joined.browser(), provider, sub="1").status_code == 303


def link_of(desk: Desk, member: str) -> str:
    return admin.create_setup_link(desk.database, desk.slug, member).path.partition(f"/{desk.slug}/")[2]


def test_a_set_up_link_binds_whoever_signs_in_once_and_sets_no_password(joined: Desk, provider: Provider) -> None:
    joined.idp.user(ADA)
    link, browser = link_of(joined, ADA), joined.browser()
    assert "set-up/openid" in browser.open_link(link).text

    assert enter_by_link(browser, provider, link, sub="7").status_code == 303
    assert ADA in (who(browser) or "")
    assert bound(joined) == [(ADA, "7", "set-up link")]
    assert joined.browser().open_link(link).status_code == 410
    assert joined.database.read(lambda tx: tx.all("SELECT member FROM account")) == []
    assert enter_by_link(joined.browser(), provider, link, sub="8").status_code == 403


def test_a_set_up_link_does_not_take_an_account_from_another_member(joined: Desk, provider: Provider) -> None:
    joined.idp.user(ADA)
    enter(joined.browser(), provider, sub="1", **verified(ADA))
    link = link_of(joined, joined.admin)
    browser = joined.browser()

    answer = enter_by_link(browser, provider, link, sub="1")

    assert "bound to another member" in text_of(answer.content)
    assert joined.browser().open_link(link).status_code == 200
    assert bound(joined) == [(ADA, "1", "verified email")]


def test_a_new_set_up_link_puts_another_account_in_the_place_of_the_first(joined: Desk, provider: Provider) -> None:
    joined.idp.user(ADA)
    enter(joined.browser(), provider, sub="1", **verified(ADA))

    enter_by_link(joined.browser(), provider, link_of(joined, ADA), sub="2")

    assert bound(joined) == [(ADA, "2", "set-up link")]
    assert enter(joined.browser(), provider, sub="1", **verified(ADA)).status_code == 403


def test_binding_and_signing_in_are_in_the_audit_log_with_issuer_and_subject(joined: Desk, provider: Provider) -> None:
    joined.idp.user(ADA)
    enter(joined.browser(), provider, sub="1", **verified(ADA))
    entries = [each for each in admin.list_audit(joined.database, joined.slug) if "subject" in each.details]

    assert {entry.action for entry in entries} == {"identity.bind", "session.begin"}
    for entry in entries:
        assert (entry.details["issuer"], entry.details["subject"]) == (provider.url, "1")
        assert entry.actor_name == ADA


def test_whoever_is_erased_is_no_subject_of_the_provider_any_more(joined: Desk, provider: Provider) -> None:
    """Product 2.11."""
    member = joined.idp.user(ADA)
    subject = "248289761001-of-ada"
    enter(joined.browser(), provider, sub=subject, **verified(ADA))

    admin.erase_member(joined.database, joined.slug, member)

    kept = [*admin.list_audit(joined.database, joined.slug), *admin.list_identities(joined.database, joined.slug)]
    assert subject not in str(kept)
    assert ADA not in str(kept)


def test_an_admin_sees_and_ends_a_member_s_account_and_sessions(
    joined: Desk, owner: Browser, provider: Provider
) -> None:
    member = joined.idp.user(ADA)
    browser = joined.browser()
    enter(browser, provider, sub="subject-1", **verified(ADA))
    for page in (f"members/{member}", "settings/sign-in"):
        text = text_of(owner.get(page).content)
        assert ("subject-1" in text, provider.url in text) == (True, True), page

    owner.post(f"members/{member}", do="end-sessions")
    assert who(browser) is None
    enter(browser, provider, sub="subject-1")
    answer = owner.post(f"members/{member}", do="end-identity", issuer=provider.url, subject="subject-1")

    assert answer.status_code == 303
    assert who(browser) is None
    assert enter(browser, provider, sub="subject-1").status_code == 403
    assert {"session.end", "identity.end"} <= {e.action for e in admin.list_audit(joined.database, joined.slug)}


def test_a_member_ends_their_own_sessions_and_nobody_else_s(joined: Desk, owner: Browser) -> None:
    joined.idp.user(ADA)
    here, there = joined.browser(ADA), joined.browser(ADA)
    theirs = admin.list_sessions(joined.database, joined.slug, admin_id(joined))[0].id

    assert here.post("profile", do="end-session", session=theirs).status_code == 404
    here.post("profile", do="end-sessions")

    assert who(there) is None
    assert ADA in (who(here) or "")
    assert owner.get().status_code == 200


def admin_id(desk: Desk) -> str:
    return next(each.id for each in admin.list_members(desk.database, desk.slug) if each.user_name == desk.admin)


@pytest.mark.parametrize("name", ["acme", "a cme.example", "@acme.example", ".example", "x" * 300 + ".example", ""])
def test_what_is_no_domain_is_not_allowed(desk: Desk, name: str) -> None:
    with pytest.raises(InvalidSetting):
        admin.set_domains(desk.database, desk.slug, ["fine.example", name])
