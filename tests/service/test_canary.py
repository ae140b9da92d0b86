"""Secrets that are sent where they do not belong are found in no table, log or answer (product 6.3)."""

from __future__ import annotations

import base64
import logging
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import quote_plus

import psycopg
import pytest

from entrant.db.engine import Database
from entrant.scim.wire import Json
from entrant.service import admin
from entrant.service.oauth import OAuth
from entrant.service.sign_in import NotLetIn, open_session, sign_in, use_link
from entrant.workspace.tokens import make_token
from tests.support.idp import ENTERPRISE, USER
from tests.support.oauth import CONFIG, Client, basic
from tests.support.workspaces import NewWorkspace, new_workspace

CANARY = "cAnArY-7f3e-9b2c"
PATCHES: list[Json] = [
    {"op": "add", "path": "password", "value": CANARY},
    {"op": "Replace", "path": f"{USER}:password", "value": {"deep": [CANARY]}},
    {"op": "add", "value": {"password": CANARY}},
    {"op": "add", "value": {f"{USER}:passWord": CANARY, "displayName": "y"}},
    {"op": "remove", "path": f'password[value eq "{CANARY}"]'},
    {"op": "replace", "path": f'emails[password eq "{CANARY}"].value', "value": "x"},
    {"op": "bogus", "path": "password", "value": CANARY},
    {"op": "add", "path": "clientSecret", "value": CANARY},
]
BODIES: list[Json] = [
    {"userName": "b1", "password": CANARY},
    {"userName": "b2", "PASSWORD": {"value": CANARY}},
    {"userName": "b3", ENTERPRISE: {"password": CANARY}},
    {"userName": "b4", "emails": [{"value": "x@example.com", "password": CANARY}]},
    {"userName": "b5", "access_token": CANARY, "client_secret": CANARY},
    {"password": CANARY},
    {"userName": 1, "password": CANARY},
]


@pytest.fixture(params=["entra", "strict"])
def acme(database: Database, request: pytest.FixtureRequest) -> NewWorkspace:
    """A workspace with a tolerant connection, and one with a strict one."""
    return new_workspace(database, request.param)


def rows(url: str) -> Iterator[str]:
    """Every row of every table."""
    if url.startswith("sqlite"):
        connection = sqlite3.connect(url.removeprefix("sqlite:///"))
        for (table,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            yield from (repr((table, row)) for row in connection.execute(f'SELECT * FROM "{table}"'))
        connection.close()
        return
    with psycopg.connect(url) as server:
        tables = server.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        for (table,) in tables:
            yield from (repr((table, row)) for row in server.execute(f'SELECT * FROM "{table}"'.encode()))


def test_a_secret_that_is_sent_is_kept_nowhere(
    acme: NewWorkspace, database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    user = acme.idp.user("ada")
    sent = [acme.idp.request("POST", "/Users", body) for body in BODIES]
    sent += [acme.idp.request("PUT", f"/Users/{user}", body) for body in BODIES]
    sent += [acme.idp.patch(f"/Users/{user}", operation) for operation in PATCHES]
    sent += [acme.idp.patch("/Users/nobody", operation) for operation in PATCHES]
    operations = [{"method": "POST", "path": "/Users", "bulkId": f"b{n}", "data": b} for n, b in enumerate(BODIES)]
    sent.append(acme.idp.request("POST", "/Bulk", {"Operations": operations}))
    sent.append(acme.idp.request("POST", "/Users/.search", {"filter": f'password eq "{CANARY}"'}))
    sent.append(acme.idp.get("/Users?filter=" + quote_plus(f'password eq "{CANARY}"')))
    sent.append(acme.idp.get(f"/Users?access_token={CANARY}&filter=x"))
    basic = base64.b64encode(f"id:{CANARY}".encode()).decode()
    for header in (f"Bearer {CANARY}", f"Basic {basic}", CANARY, f"Bearer {make_token(lambda n: CANARY.encode() * 3)}"):
        sent.append(replace(acme.idp, headers={"authorization": header}).get(f"/Users?token={CANARY}"))

    answers = [f"{r.status} {dict(r.headers)} {r.read().decode()}" for r in sent]
    shown = [
        repr(admin.list_log(acme.database, acme.slug, limit=1_000)),
        repr(admin.list_audit(acme.database, acme.slug)),
    ]

    hidden = (CANARY, basic)
    assert [text for text in rows(database_url) if any(h in text for h in hidden)] == []
    assert [text for text in [*shown, caplog.text] if any(h in text for h in hidden)] == []
    # A refusal may quote a filter or path to the one who has just sent it, and to nobody else.
    quoted = [a for a in answers if CANARY in a and not a.startswith("400 ")]
    assert quoted == []


def test_the_secrets_that_there_are_are_kept_nowhere(
    acme: NewWorkspace, database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Tokens, client secrets, passwords, links and sessions, used rightly and wrongly by every way in."""
    caplog.set_level(logging.DEBUG)
    database, slug = acme.database, acme.slug
    made = admin.create_secret(database, slug, None, CONFIG.public_url)
    client = Client(acme, OAuth(database, CONFIG), made.client_id, made.client_secret)
    access = client.idp(client.by_secret()).token
    client.by_secret(f"{made.client_secret}{CANARY}")
    client.post({"grant_type": "password", "username": CANARY, "password": CANARY, "client_assertion": CANARY})
    client.on("revoke").post({"token": CANARY}, authorization=basic(CANARY, CANARY))
    rotated = admin.rotate_token(database, slug, None).token
    replace(acme.idp, token=rotated).get("/Users")
    owner = admin.invite(database, slug, "owner@example.com", "admin")
    link = admin.create_setup_link(database, slug, owner.user_name)
    link_secret = link.path.rpartition("#")[2]
    first = use_link(database, slug, link_secret, CANARY)
    second = sign_in(database, slug, "owner@example.com", CANARY, None)
    assert open_session(database, slug, second.session) is not None
    with pytest.raises(NotLetIn):
        sign_in(database, slug, "owner@example.com", f"{CANARY}!", "192.0.2.1")
    shown = [repr(admin.list_log(database, slug, limit=1_000)), repr(admin.list_audit(database, slug)), caplog.text]

    hidden = (
        CANARY,
        made.client_secret,
        access,
        acme.idp.token,
        rotated,
        link_secret,
        first,
        second.session,
        second.device,
    )
    assert [(h, text) for text in [*rows(database_url), *shown] for h in hidden if h in text] == []
    deeds = [(e.action, e.actor) for e in admin.list_audit(database, slug)]
    assert deeds.count(("session.begin", owner.id)) == 2
