"""The command line as its users type it (docs/command-line.md), on both engines."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import httpx
import pytest

from entrant.scim.wire import Json
from tests.support.idp import Idp
from tests.support.server import command, entrant, entrant_json, serving


@pytest.fixture
def acme(database_url: str) -> str:
    """The database of a workspace with one admin."""
    entrant_json(database_url, "workspace", "create", "acme", "--name", "Acme", "--admin", "root@example.com")
    return database_url


def test_a_first_day(empty_database_url: str) -> None:
    """From an empty database to provisioned members, with the shapes that scripts rely on; each command a process."""
    told = partial(entrant_json, run=entrant)
    url = empty_database_url
    assert told(url, "migrate")["applied"]
    assert told(url, "migrate")["applied"] == []
    told(url, "workspace", "create", "acme", "--name", "Acme", "--admin", "root@example.com")
    connection: Json = told(url, "connection", "create", "acme", "--provider", "entra")
    assert set(connection) == {"id", "workspace", "provider", "baseUrl", "token", "expiresAt"}
    assert connection["baseUrl"].endswith("/scim/v2/acme")

    with serving(url) as server:
        idp = Idp(server.handler(), "/scim/v2/acme", connection["token"])
        ada = idp.user("ada@example.com", displayName="Ada", emails=[{"value": "ada@example.com", "type": "work"}])
        idp.group("Acme-Admins", ada)
        assert idp.post_user("ADA@example.com").status == 409

        members = told(url, "members", "acme")
        groups = told(url, "groups", "acme")
        refused = told(url, "log", "acme", "--failed")
        listed = told(url, "connection", "list", "acme")

    shown = next(m for m in members if m["userName"] == "ada@example.com")
    assert shown == {
        "id": ada, "userName": "ada@example.com", "displayName": "Ada", "email": "ada@example.com", "role": "admin",
        "active": True, "source": "provisioned", "protected": False,
    }  # fmt: skip
    assert [(set(g), g["displayName"], g["role"], g["memberCount"]) for g in groups] == [
        ({"id", "displayName", "role", "memberCount"}, "Acme-Admins", "admin", 1)
    ]
    assert [entry["status"] for entry in refused] == [409]
    assert connection["token"] not in str(listed)
    assert listed[0]["lastContact"]


def test_a_connection_is_made_for_where_the_server_is(acme: str) -> None:
    """The base URL is that of the server that was last started, until a setting says another."""
    with serving(acme) as server:
        assert (
            entrant_json(acme, "connection", "create", "acme", "--provider", "okta")["baseUrl"]
            == f"{server.url}/scim/v2/acme"
        )
    stopped = entrant_json(acme, "connection", "rotate", "acme")["baseUrl"]
    elsewhere = command(acme, "connection", "rotate", "acme", ENTRANT_PUBLIC_URL="https://scim.example.com")

    assert stopped == f"{server.url}/scim/v2/acme"
    assert "https://scim.example.com/scim/v2/acme" in elsewhere.stdout


def test_settings_rules_and_roles(acme: str) -> None:
    assert entrant_json(acme, "workspace", "set", "acme", "default-role", "admin")["defaultRole"] == "admin"
    assert entrant_json(acme, "workspace", "set", "acme", "reactivation", "reinvite")["reactivation"] == "reinvite"
    assert entrant_json(acme, "workspace", "set", "acme", "adoption", "off")["adoption"] is False
    assert entrant_json(acme, "workspace", "show", "acme")["adoption"] is False
    assert [w["slug"] for w in entrant_json(acme, "workspace", "list")] == ["acme"]
    rules = ["equals:Bosses=admin", "prefix:dept-=member", "contains:a=b=admin"]
    entrant_json(acme, "rules", "set", "acme", *rules)
    assert command("sqlite:///x", "rules", "list", "--help").returncode == 0
    assert len(entrant_json(acme, "rules", "list", "acme")) == 3
    refused = command(acme, "member", "set-role", "acme", "root@example.com", "member")
    assert refused.returncode == 1
    assert "Cannot remove the last workspace admin" in refused.stderr


def test_a_token_is_rotated_with_and_without_overlap_and_a_connection_switched_off(acme: str) -> None:
    """Product 1.3: at once, while the server runs."""
    first = entrant_json(acme, "connection", "create", "acme", "--provider", "entra")["token"]

    with serving(acme) as server:

        def status(token: str) -> int:
            return Idp(server.handler(), "/scim/v2/acme", token).get("/Users?count=0").status

        assert status(first) == 200
        second = entrant_json(acme, "connection", "rotate", "acme", "--overlap", "1h")["token"]
        assert (status(first), status(second)) == (200, 200)
        third = entrant_json(acme, "connection", "rotate", "acme")["token"]
        assert (status(first), status(second), status(third)) == (401, 401, 200)
        assert command(acme, "connection", "disable", "acme").returncode == 0
        assert status(third) == 401
        assert command(acme, "connection", "enable", "acme").returncode == 0
        assert status(third) == 200


@pytest.mark.parametrize(
    "arguments",
    [
        ["workspace", "show", "nowhere"],
        ["workspace", "create", "acme", "--name", "Again", "--admin", "x@example.com"],
        ["workspace", "create", "Not a slug", "--name", "N", "--admin", "x@example.com"],
        ["workspace", "create", "other", "--name", "N", "--admin", "no address"],
        ["rules", "set", "acme", "nonsense"],
        ["rules", "set", "acme", "contains:x=owner"],
        ["member", "set-role", "acme", "nobody", "admin"],
        ["connection", "rotate", "acme"],
        ["log", "nowhere"],
        ["members", "nowhere"],
    ],
    ids=" ".join,
)
def test_a_failure_is_one_sentence_on_stderr(acme: str, arguments: list[str]) -> None:
    done = command(acme, *arguments)

    assert done.returncode != 0
    assert done.stdout == ""
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    assert "Traceback" not in done.stderr


def test_a_database_that_cannot_be_opened_is_said(tmp_path: Path) -> None:
    for url in (f"sqlite:///{tmp_path}/no/such/folder/x.db", "mysql://x", "postgresql://nobody@127.0.0.1:1/none"):
        done = entrant(url, "workspace", "list")
        assert done.returncode != 0
        assert "Traceback" not in done.stderr
        assert len(done.stderr.strip().splitlines()) == 1, done.stderr


def test_health_and_readiness(acme: str) -> None:
    with serving(acme) as server:
        assert httpx.get(f"{server.url}/healthz").status_code == 200
        assert httpx.get(f"{server.url}/readyz").status_code == 200


def test_the_log_is_followed(acme: str) -> None:
    token = entrant_json(acme, "connection", "create", "acme", "--provider", "entra")["token"]
    with serving(acme) as server:
        follower = subprocess.Popen(
            [sys.executable, "-m", "entrant", "log", "acme", "--follow"],
            env={**os.environ, "ENTRANT_DATABASE": acme},
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            time.sleep(1.0)
            Idp(server.handler(), "/scim/v2/acme", token).user("late@example.com")
            assert follower.stdout is not None
            assert "late@example.com" in follower.stdout.readline()
        finally:
            follower.terminate()
            follower.wait(10)
            assert follower.stdout is not None
            follower.stdout.close()


def test_a_second_server_on_one_sqlite_file_is_refused(tmp_path: Path) -> None:
    """Product 9.4: SQLite is written by one server."""
    url = f"sqlite:///{tmp_path}/entrant.db"
    with serving(url):
        done = entrant(url, "serve", "--port", "0")
    assert done.returncode != 0
    assert "Another server" in done.stderr


def test_the_demo_ends_by_itself(tmp_path: Path) -> None:
    done = entrant(f"sqlite:///{tmp_path}/unused.db", "demo", "--once")

    assert done.returncode == 0, done.stdout + done.stderr
    assert "✗" not in done.stdout
    assert "Cannot remove the last workspace admin" in done.stdout


def test_set_up_links_are_printed(database_url: str) -> None:
    command(database_url, "migrate")
    create = ("workspace", "create", "linked", "--name", "Linked", "--admin", "owner@linked.example")

    made = entrant_json(database_url, *create)
    again = entrant_json(database_url, "member", "link", "linked", "owner@linked.example")
    plain = command(database_url, "member", "link", "linked", "owner@linked.example")

    links = [made["setupLink"], again["setupLink"], plain.stdout.strip()]
    assert all(link.startswith("http://127.0.0.1:8000/console/linked/set-up#") for link in links)
    assert len(set(links)) == 3
