"""Who may see the portal, and which forms it takes."""

from __future__ import annotations

import base64
import shutil
from pathlib import Path

import pytest

from entrant.entra import directory
from entrant.entra.jobs.provisioner import Provisioner
from entrant.entra.model import Kind
from entrant.entra.portal.access import PortalAccess
from entrant.entra.portal.handler import Portal
from entrant.scim.wire import Request
from tests.support.portal import HOST, Tab

NEW = [("userPrincipalName", "a@contoso.com"), ("displayName", "A"), ("accountEnabled", "on")]
PASSWORD = "correct horse battery"


@pytest.fixture
def tenant_url(tmp_path: Path, tenant_file: Path) -> str:
    """One engine is enough: none of this is about the database."""
    return f"sqlite:///{shutil.copy(tenant_file, tmp_path / 'entra.db')}"


def _users(p: Provisioner) -> int:
    return len(directory.page_of(p.db, Kind.USER))


def test_a_form_without_the_token_of_its_browser_changes_nothing(tab: Tab, p: Provisioner) -> None:
    tab.get("/users/new")

    for token in ([], [("csrf", "")], [("csrf", "0" * 64)], [("csrf", "é")]):
        assert tab.post("/users/new", [*NEW, *token]).status == 403
    assert _users(p) == 0


def test_the_token_of_another_browser_is_not_taken(tab: Tab, p: Provisioner) -> None:
    other = Tab(tab.handle)
    page = other.get("/users/new").read().decode()
    token = page.partition('name="csrf" value="')[2][:64]
    tab.get("/users/new")

    assert tab.post("/users/new", [*NEW, ("csrf", token)]).status == 403
    assert other.post("/users/new", [*NEW, ("csrf", token)]).status == 303


def test_a_form_of_another_origin_is_not_taken_even_with_the_token(tab: Tab, p: Provisioner) -> None:
    page = tab.get("/users/new").read().decode()
    form = [*NEW, ("csrf", page.partition('name="csrf" value="')[2][:64])]

    for origin in ("http://localhost:9", "https://evil.example", "null"):
        assert tab.post("/users/new", form, origin=origin).status == 403
    assert tab.post("/users/new", form, origin=f"http://{HOST}").status == 303


def test_the_cookie_is_for_this_site_alone_and_not_for_scripts(tab: Tab) -> None:
    line = tab.get("/").headers["set-cookie"]

    assert line.partition(";")[2] == " Path=/; HttpOnly; SameSite=Strict"
    assert "set-cookie" not in tab.get("/").headers


def test_over_https_the_cookie_travels_by_https_only(tab: Tab) -> None:
    tab.headers[":scheme"] = "https"

    assert tab.get("/").headers["set-cookie"].endswith("; Secure")


@pytest.mark.parametrize("address", ["/", "/users", "/nothing", "/-/style.css", "/-/nothing"])
def test_every_answer_forbids_inline_scripts_and_frames(tab: Tab, address: str) -> None:
    headers = tab.get(address).headers

    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8080", "127.0.0.1.evil.example", "localhost@evil", "", "[", "[::2]"]
)
def test_a_name_that_a_stranger_has_pointed_here_gets_nothing(tab: Tab, host: str) -> None:
    tab.headers["host"] = host

    assert tab.get("/").status == 421
    assert tab.get("/-/style.css").status == 421


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:8080", "[::1]:80", "LOCALHOST:1"])
def test_the_names_of_this_machine_are_answered(tab: Tab, host: str) -> None:
    tab.headers["host"] = host

    assert tab.get("/").status == 200


def test_with_a_password_nothing_is_shown_without_it(p: Provisioner) -> None:
    tab = Tab(Portal(p, PortalAccess(PASSWORD)).handle, headers={"host": "entra.example"})
    wrong = [
        "",
        "Basic",
        "Basic !",
        "Bearer x",
        f"Basic {_basic('x:wrong')}",
        f"Basic {_basic(PASSWORD)}",
        "Basic /w==",
    ]

    refused = []
    for value in wrong:
        tab.headers["authorization"] = value
        refused += [tab.get(path) for path in ("/", "/users", "/-/style.css")]
    tab.headers["authorization"] = f"Basic {_basic(f'anybody:{PASSWORD}')}"

    assert {answer.status for answer in refused} == {401}
    assert all(answer.headers["www-authenticate"].startswith("Basic ") for answer in refused)
    assert tab.get("/users").status == 200


def test_other_methods_are_refused(tab: Tab) -> None:
    assert tab.handle(Request("DELETE", "/users", headers={"host": HOST})).status == 405
    assert tab.handle(Request("POST", "/users", headers={"host": HOST})).status == 405


def _basic(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
