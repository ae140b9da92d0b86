"""Addresses, queries and forms that no page of the portal has made."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from entrant.entra import directory
from entrant.entra.jobs.provisioner import Provisioner
from entrant.entra.model import ServicePrincipal
from entrant.scim.wire import Request
from tests.support.portal import HOST, Tab


@pytest.fixture
def tenant_url(tmp_path: Path, tenant_file: Path) -> str:
    """One engine is enough: what is odd is seen before any statement runs."""
    return f"sqlite:///{shutil.copy(tenant_file, tmp_path / 'entra.db')}"


@pytest.mark.parametrize(
    "address",
    [
        "/nothing",
        "/users/none",
        "/users/%00",
        "/users/%ff%fe",
        "/groups/00000000-0000-0000-0000-000000000000",
        "/apps/none",
        "/apps/none/provisioning/logs/x",
        "/users/new/more",
        "//users",
    ],
)
def test_what_is_not_there_is_said_to_be_not_there(tab: Tab, address: str) -> None:
    answer = tab.get(address)

    assert answer.status == 404
    assert b"<h1>" in answer.read()


@pytest.mark.parametrize(
    "query", ["q=%", "q=_", "after=x&id=%27", "after=%00", "q=%ff", "q=" + "a" * 5_000, "&".join(["a=b"] * 2_000)]
)
def test_odd_queries_do_no_harm(tab: Tab, query: str) -> None:
    for path in ("/users", "/groups", "/deleted-users", "/apps"):
        assert tab.get(f"{path}?{query}").status in {200, 400}


@pytest.mark.parametrize(
    "query",
    ["since=x", "since=2026-11-24T16:30", "since=0001-01-01T00:00%2B23:00", "identity=nobody", "before=x", "action=x"],
)
def test_odd_filters_of_the_log_do_no_harm(tab: Tab, app: ServicePrincipal, query: str) -> None:
    assert tab.get(f"/apps/{app.id}/provisioning/logs?{query}").status == 200


@pytest.mark.parametrize("body", [b"\xff", b"a=%ff", b"&".join([b"a=b"] * 2_000), b"x" * 9_000_000])
def test_a_form_that_cannot_be_read_is_refused(tab: Tab, body: bytes) -> None:
    answer = tab.handle(Request("POST", "/users/new", headers={"host": HOST}, body=body))

    assert answer.status in {400, 403}


def test_a_page_that_fails_is_one_of_ours_and_names_the_request_as_the_log_does(
    tab: Tab, p: Provisioner, caplog: pytest.LogCaptureFixture
) -> None:
    given = {"userPrincipalName": "a@contoso.com", "displayName": "A", "mailNickname": "a", "accountEnabled": True}
    user = directory.create_user(p.db, given).id
    p.db.write("x", lambda tx: tx.run("UPDATE object SET doc = '[' WHERE id = :user", user=user))

    answer = tab.get(f"/users/{user}")

    (record,) = [r for r in caplog.records if r.name == "entrant.entra.portal.handler"]
    text, request_id = answer.read().decode(), answer.headers["x-request-id"]
    assert answer.status == 500
    assert "Something went wrong" in text
    assert request_id in text
    assert request_id in record.getMessage()
    assert "Traceback" not in text
