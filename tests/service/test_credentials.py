"""Credentials that end soon are told in time: in the list, and once in the log (issue: 30, 7 and 1 days)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from entrant.db.engine import Database, Tx, timestamp
from entrant.service import admin
from entrant.service.admin.credentials import days_left
from entrant.store import connections
from entrant.workspace.errors import NoSuch
from entrant.workspace.model import Token
from tests.support.workspaces import NewWorkspace, new_workspace

NOW = "2026-11-24T09:00:00.000000Z"


@pytest.mark.parametrize(
    ("expires", "days"),
    [
        ("2026-11-24T09:00:00.000001Z", 1),
        ("2026-11-25T09:00:00.000000Z", 1),
        ("2026-11-25T09:00:00.000001Z", 7),
        ("2026-12-01T09:00:00.000000Z", 7),
        ("2026-12-24T09:00:00.000000Z", 30),
        ("2026-12-24T09:00:00.000001Z", None),
    ],
)
def test_the_days_left_are_30_or_7_or_1(expires: str, days: int | None) -> None:
    assert days_left(NOW, expires) == days


@pytest.fixture
def acme(database: Database) -> NewWorkspace:
    """A workspace whose connection has a token and a client secret."""
    workspace = new_workspace(database)
    admin.create_secret(database, workspace.slug, None, "https://scim.example.com", 1)
    return workspace


def end(acme: NewWorkspace, table: str, left: timedelta) -> None:
    """Let the credentials of a kind end in so much time."""
    at = timestamp(datetime.now(UTC) + left)
    sql = {"token": "UPDATE token SET expires = :at", "secret": "UPDATE client_secret SET expires = :at"}[table]
    acme.database.write(acme.slug, lambda tx: tx.run(sql, at=at))


def test_what_lives_on_is_not_warned_of(acme: NewWorkspace) -> None:
    assert admin.list_endings(acme.database) == []
    assert [one.warning for one in admin.list_credentials(acme.database, acme.slug)] == [None, None]


@pytest.mark.parametrize("kind", ["token", "secret"])
def test_each_step_is_warned_of_once(acme: NewWorkspace, kind: str) -> None:
    warned = []
    for left in (timedelta(days=20), timedelta(days=6), timedelta(hours=5)):
        end(acme, kind, left)
        warned += [[(one.kind, one.days) for one in admin.warn_of_endings(acme.database)] for _ in range(2)]

    assert warned == [[(kind, 30)], [], [(kind, 7)], [], [(kind, 1)], []]
    (shown,) = admin.list_endings(acme.database)
    assert (shown.workspace, shown.kind, shown.days) == (acme.slug, kind, 1)
    assert {one.kind: one.warning for one in admin.list_credentials(acme.database, acme.slug)}[kind] == 1


def test_what_has_a_successor_is_not_warned_of(acme: NewWorkspace) -> None:
    """A token that was rotated with an overlap, a secret that has been changed for another."""
    end(acme, "secret", timedelta(days=3))
    admin.create_secret(acme.database, acme.slug, None, "https://scim.example.com")
    admin.rotate_token(acme.database, acme.slug, None, timedelta(hours=1))

    assert admin.list_endings(acme.database) == []
    assert {one.warning for one in admin.list_credentials(acme.database, acme.slug)} == {None}


def test_a_token_can_be_revoked_by_its_id_and_what_is_not_there_cannot(acme: NewWorkspace) -> None:
    token = admin.list_credentials(acme.database, acme.slug)[0]

    admin.revoke_credential(acme.database, acme.slug, None, token.id)

    assert acme.idp.get("/Users").status == 401
    assert [one.kind for one in admin.list_credentials(acme.database, acme.slug)] == ["secret"]
    with pytest.raises(NoSuch, match="no credential"):
        admin.revoke_credential(acme.database, acme.slug, None, token.id)


def test_a_credential_of_another_workspace_cannot_be_revoked(acme: NewWorkspace) -> None:
    """Product 9.2."""
    other = new_workspace(acme.database)
    for credential in admin.list_credentials(acme.database, acme.slug):
        with pytest.raises(NoSuch):
            admin.revoke_credential(other.database, other.slug, None, credential.id)


def test_access_tokens_that_have_ended_are_removed_and_no_others(acme: NewWorkspace) -> None:
    def insert(tx: Tx) -> None:
        for digest, expires, credential in (
            ("ended", "2020-01-01T00:00:00.000000Z", "secret"),
            ("alive", "2999-01-01T00:00:00.000000Z", "secret"),
            ("by hand", "2020-01-01T00:00:00.000000Z", None),
        ):
            token = Token("c", "masked", "2020-01-01T00:00:00.000000Z", expires, None, credential)
            connections.insert_token(tx, "w", digest, token)

    acme.database.write("w", insert)

    assert admin.purge_credentials(acme.database) == 1
    assert admin.purge_credentials(acme.database) == 0
