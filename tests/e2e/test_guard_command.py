"""`entrant guard` as its users run it, beside a server that holds a change."""

from __future__ import annotations

import io
import sqlite3
from pathlib import Path

import pytest

from tests.support.idp import Idp
from tests.support.server import command, entrant_json, serving


def test_a_held_change_is_seen_approved_and_goes_through(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"sqlite:///{tmp_path}/entrant.db"
    entrant_json(url, "workspace", "create", "acme", "--name", "Acme", "--admin", "root@example.com")
    token = entrant_json(url, "connection", "create", "acme", "--provider", "entra")["token"]
    assert command(url, "guard", "list", "acme").stdout.strip() == "Nothing is held."
    assert entrant_json(url, "guard", "set", "acme", "deactivations", "0%")["deactivations"] == 0
    assert "at most 20 % of a group's members" in command(url, "guard", "show", "acme").stdout
    refused = command(url, "guard", "set", "acme", "deactivations", "half")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "whole number" in refused.stderr

    with serving(url) as server:
        idp = Idp(server.handler(), "/scim/v2/acme", token)
        users = [idp.user(f"user{n}") for n in range(10)]
        with sqlite3.connect(f"{tmp_path}/entrant.db", timeout=10) as connection:
            connection.execute("UPDATE member SET access_since = '2020-01-01T00:00:00.000000Z'")
            connection.execute("UPDATE connection SET first_write = '2020-01-01T00:00:00.000000Z'")
        connection.close()
        assert idp.set_active(users[0], active=False).status == 503

        listed = command(url, "guard", "list", "acme").stdout
        assert "waiting" in listed
        assert "user0" in listed
        (held,) = entrant_json(url, "guard", "list", "acme", "--waiting")
        assert entrant_json(url, "guard", "approve", "acme", held["id"])[0]["state"] == "approved"
        assert idp.set_active(users[0], active=False).status == 200

        assert idp.set_active(users[1], active=False).status == 503
        monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
        asked = command(url, "guard", "approve", "acme")  # without an id it asks
        assert asked.returncode == 1
        assert "user1" in asked.stdout
        assert "rejected" in command(url, "guard", "reject", "acme").stdout
        assert idp.set_active(users[1], active=False).status == 403
        assert "waits for a decision" in command(url, "guard", "reject", "acme").stderr
