"""What keeps a page from being used against whoever looks at it (issue of the console; OWASP ASVS 5.0 §3)."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from entrant.service import admin
from entrant.ui.text import DIRECTIONS
from entrant.web.console.routes import PAGES, Page, Who
from entrant.web.console.visit import SESSION_COOKIE, SET_UP_COOKIE
from tests.web.console.browser import Browser, Desk, parse, text_of

EVIL = "<script>alert(1)</script>\"'&{{'zq'*3}}\u202eevil\u202c\u200f"
LONG = "x" * 1_900
ELSEWHERE = {"/{slug}/sign-out", "/{slug}/confirm/openid", "/{slug}/held/{id}"}
"""Pages that lead away, or need what the fixture does not have: a provider, a held change."""
FORMS = [page for page in PAGES if page.act is not None and page.who is not Who.ANYONE]


def address(page: Page, **values: str) -> str:
    """The path of a page below the workspace's, with these values in it."""
    path = page.path.removeprefix("/{slug}/")
    for name, value in values.items():
        path = path.replace(f"{{{name}}}", value)
    return path


def named(pages: list[Page]) -> dict[str, object]:
    return {"argvalues": pages, "ids": [page.path for page in pages]}


@pytest.fixture
def filled(desk: Desk, owner: Browser) -> dict[str, list[str]]:
    """Ids for every page: a member with a set-up link, a group and log entries, whose every value is hostile."""
    user = desk.idp.user(
        f"{EVIL}@acme.example", displayName=f"{EVIL}{LONG}", title=EVIL, name={"familyName": EVIL},
        emails=[{"value": f"{EVIL}@x", "type": EVIL, "primary": True}], externalId=EVIL,
    )  # fmt: skip
    group = desk.idp.group(f"{EVIL}{LONG} admin", user)
    desk.idp.group(f"{EVIL} inner", group)
    desk.idp.post_user(f"{EVIL}@acme.example")
    desk.idp.post_group(f"{EVIL} member", user)
    desk.idp.get(f"/Users?filter=userName+eq+%22{'%3Cscript%3E' * 3}%22%20x")
    admin.invite(desk.database, desk.slug, f"\u202e<b>{'y' * 250}@acme.example".replace("\u202e", ""))
    entries = [entry.id for entry in admin.list_log(desk.database, desk.slug)]
    owner.post(f"members/{user}", do="link")
    return {"member": [user], "group": [group], "entry": entries}


def every_address(filled: dict[str, list[str]]) -> list[str]:
    """Every page that an admin can open, with the ids of what is there."""
    ids = {"members": "member", "groups": "group", "log": "entry"}
    found = []
    for page in PAGES:
        if page.who is not Who.ANYONE and page.path not in ELSEWHERE:
            for value in filled[ids[page.path.split("/")[2]]] if "{id}" in page.path else [""]:
                providers = ["entra", "okta"] if "{provider}" in page.path else [""]
                found += [address(page, id=value, provider=provider) for provider in providers]
    return [
        *found,
        "members?q=%3Cscript",
        f"groups/{filled['group'][0]}?rename=%3Cscript%3E",
        f"log?resource={filled['member'][0]}",
    ]


def test_every_page_is_valid_and_what_the_provider_sent_is_inert(
    desk: Desk, owner: Browser, filled: dict[str, list[str]]
) -> None:
    for path in every_address(filled):
        answer = owner.get(path)
        assert answer.status_code == 200, path
        document = parse(answer.content)
        scripts = [(e.get("src", "").partition("?")[0], e.text) for e in document.iter("script")]
        assert scripts == [("/console/-/htmx.min.js", None), ("/console/-/app.js", None)], path
        assert not DIRECTIONS & set(answer.text), path
        assert "zqzqzq" not in answer.text, path
        inline = [name for e in document.iter() for name in e.attrib if name == "style" or name.startswith("on")]
        assert inline == [], path


def test_no_page_needs_anything_from_outside(desk: Desk, owner: Browser, filled: dict[str, list[str]]) -> None:
    for path in every_address(filled):
        for element in parse(owner.get(path).content).iter():
            for name in ("src", "href", "action", "hx-get", "hx-post", "srcset", "poster", "data"):
                assert element.get(name, "/").startswith(("/", "#")), (path, name, element.get(name))


@pytest.mark.parametrize(
    "path", ["", "members", "sign-in", "set-up/none", "nothing/like/that", "../-/style.css", "../-/no"]
)
def test_everything_is_sent_with_the_headers_that_confine_it(desk: Desk, owner: Browser, path: str) -> None:
    headers = owner.get(path).headers

    policy = dict(part.strip().split(" ", 1) for part in headers["content-security-policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["frame-ancestors"] == "'none'"
    assert policy["form-action"] == "'self'"
    assert policy["base-uri"] == "'none'"
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"


def test_pages_are_not_kept_by_caches_and_assets_are(desk: Desk, owner: Browser) -> None:
    assert owner.get("members").headers["cache-control"] == "no-store"
    assert "immutable" in owner.get("../-/style.css").headers["cache-control"]


@pytest.mark.parametrize("page", **named(FORMS))  # type: ignore[arg-type]
def test_a_form_without_its_token_is_refused(desk: Desk, owner: Browser, page: Page) -> None:
    member = desk.idp.user("ada@acme.example")
    other = desk.browser(desk.admin)
    path = address(page, id=member)

    answers = [
        owner.client.post(path, data=data) for data in ({}, {"csrf": ""}, {"csrf": other.csrf("members/invite")})
    ]

    assert [answer.status_code for answer in answers] == [403, 403, 403]
    assert owner.get("members").status_code == 200


def test_signing_in_needs_the_token_of_this_browser(desk: Desk) -> None:
    """Else another site could sign somebody in to an account of its choosing."""
    browser, other = desk.browser(), desk.browser()

    answer = browser.client.post("sign-in", data={"csrf": other.csrf("sign-in"), "email": "a@b.c", "password": "x"})

    assert answer.status_code == 403


@pytest.mark.parametrize(("public", "secure"), [("https://entrant.example", True), ("http://entrant.example", False)])
def test_cookies_are_for_this_site_alone_and_not_for_scripts(
    desks: Callable[..., Desk], public: str, *, secure: bool
) -> None:
    desk = desks(public_url=public)
    browser = desk.browser()
    link = admin.create_setup_link(desk.database, desk.slug, desk.admin).path.partition("#")[2]
    shown = browser.get("set-up")
    visitor = shown.headers["set-cookie"]
    csrf = next(e for e in parse(shown.content).iter("input") if e.get("name") == "csrf").get("value", "")
    jar = visitor.partition(";")[0]
    form = {"csrf": csrf, "do": "open", "link": link}
    kept = browser.client.post("set-up", data=form, headers={"cookie": jar}).headers["set-cookie"]
    jar = f"{jar}; {kept.partition(';')[0]}"
    form = {"csrf": csrf, "password": "correct horse battery", "again": "correct horse battery"}
    answer = browser.client.post("set-up", data=form, headers={"cookie": jar})

    for cookie in (visitor, kept, *answer.headers.get_list("set-cookie")):
        parts = [part.strip() for part in cookie.split(";")[1:]]
        path = f"/console/{desk.slug}" + ("/set-up" if cookie.startswith(SET_UP_COOKIE) else "")
        assert {"HttpOnly", "SameSite=Lax", f"Path={path}"} <= set(parts)
        assert ("Secure" in parts) is secure


def test_a_console_behind_a_path_has_its_addresses_below_it(desks: Callable[..., Desk]) -> None:
    desk = desks(public_url="https://example.com/entrant")

    text = desk.browser().get("sign-in").text

    assert 'href="/entrant/console/-/style.css' in text


@pytest.mark.parametrize("page", **named([page for page in PAGES if page.who is Who.ADMIN]))  # type: ignore[arg-type]
def test_members_who_are_not_admins_see_nothing_but_themselves(desk: Desk, page: Page) -> None:
    member = desk.idp.user("ada@acme.example", displayName="Ada")
    browser = desk.browser("ada@acme.example")

    answer = browser.get(address(page, id=member, provider="entra"))
    own = browser.get("profile")

    assert answer.status_code == (303 if page.path == "/{slug}/" else 403)
    assert "Ada" not in answer.text.partition("<main")[2]
    assert (own.status_code, "Ada" in own.text) == (200, True)
    assert not any(True for _ in parse(own.content).iter("nav"))


@pytest.mark.parametrize("page", **named([page for page in PAGES if page.who is not Who.ANYONE]))  # type: ignore[arg-type]
def test_strangers_are_asked_to_sign_in_whether_or_not_there_is_such_a_page_or_workspace(
    desk: Desk, page: Page
) -> None:
    member = desk.idp.user("ada@acme.example")
    here, nowhere = desk.browser(), desk.browser()
    nowhere.client.base_url = httpx.URL(f"{desk.url}/console/nowhere/")
    path = address(page, id=member, provider="entra")

    answers = [here.get(path), nowhere.get(path)]

    assert [answer.status_code for answer in answers] == [303, 303]
    assert answers[0].headers["location"] == answers[1].headers["location"].replace("nowhere", desk.slug)


def test_another_workspace_s_session_and_ids_are_a_stranger_s(
    desk: Desk, owner: Browser, filled: dict[str, list[str]]
) -> None:
    """Product 9.2."""
    admin.create_workspace(desk.database, "other", "Other", "boss@other.example")
    theirs = desk.browser()
    theirs.client.base_url = httpx.URL(f"{desk.url}/console/other/")
    theirs.open_link(admin.create_setup_link(desk.database, "other", "boss@other.example").path)
    assert theirs.post("set-up", password="correct horse battery", again="correct horse battery").status_code == 303
    stolen = desk.browser()
    stolen.client.base_url = httpx.URL(f"{desk.url}/console/other/")
    stolen.client.cookies.set(SESSION_COOKIE, owner.secret or "", domain="127.0.0.1", path="/console/other")

    with_ids = [theirs.get(f"{kind}s/{filled[kind][0]}") for kind in ("member", "group")]
    with_ids += [theirs.get(f"log/{filled['entry'][0]}")]
    unknown = "01a20e82-2ebb-73ea-8b0b-0c17b06d4285"
    made_up = [theirs.get(f"{kind}/{unknown}") for kind in ("members", "groups", "log")]

    assert stolen.get("members").status_code == 303
    assert [a.status_code for a in with_ids] == [404, 404, 404]
    assert [text_of(a.content) for a in with_ids] == [text_of(a.content) for a in made_up]


def test_a_form_that_is_too_long_is_refused(desk: Desk, owner: Browser) -> None:
    answer = owner.client.post("members/invite", content=b"email=" + b"x" * 300_000)

    assert answer.status_code == 413
    assert answer.headers["content-type"].startswith("text/html")
    assert "at most 262,144 bytes" in text_of(answer.content)


@pytest.mark.parametrize("body", [b"\xff\xfe=1", b"a=%FF", b"&".join(b"a=1" for _ in range(2_000))])
def test_a_form_that_cannot_be_read_is_refused(desk: Desk, owner: Browser, body: bytes) -> None:
    answer = owner.client.post("members/invite", content=body)

    assert answer.status_code == 400
    assert "Go back, reload the page, and try again." in text_of(answer.content)


@pytest.mark.parametrize(
    "path",
    ["members?before=%00&q=%00", "log?before=zzz&since=x", "members/%00", "groups/..%2f..", "activity?before=999999999999999999999", "log?method=%27", "members?state=nobody"],
)  # fmt: skip
def test_any_address_is_answered(desk: Desk, owner: Browser, path: str) -> None:
    assert owner.get(path).status_code in {200, 400, 404}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.path)
def test_nothing_of_an_answer_is_made_of_the_host_that_a_request_names(desk: Desk, page: Page) -> None:
    """A cache, or a link with a Host of its own behind a careless proxy, would send people elsewhere."""
    path = "/console" + page.path.replace("{slug}", desk.slug).replace("{", "").replace("}", "")
    other = path[:-1] if path.endswith("/") else f"{path}/"
    with httpx.Client(headers={"host": "evil.example", "x-forwarded-host": "evil.example"}) as client:
        for wanted in (path, other, f"{other}?to=x", f"//evil.example{path}", f"{path}//evil.example/"):
            answer = client.get(desk.url + wanted)
            assert "evil.example" not in answer.text + str(answer.headers.multi_items()).replace(wanted, "")
            location = answer.headers.get("location", "/")
            assert location.startswith("/")
            assert not location.startswith("//")
        assert client.get(desk.url + other).headers.get("location", path).partition("?")[0] == path
