"""The audit log: what people did, done or refused, in a chain that shows every change."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import replace

import psycopg
import pytest

from entrant.db.engine import Database, DatabaseError, Tx
from entrant.service import admin
from entrant.service.admin import AuditView, acting
from entrant.workspace.audit import Actor, Channel
from entrant.workspace.errors import DomainError, LastAdmin, NoSuch
from entrant.workspace.roles import parse_rule
from tests.support.workspaces import NewWorkspace, new_workspace

ROOT = Actor(Channel.CLI, "cli:root")
SCHEMA = {"id": "urn:example:params:1.0:User", "name": "X", "attributes": [{"name": "badge", "type": "string"}]}


@pytest.fixture
def acme(database: Database) -> NewWorkspace:
    """A workspace with a connection."""
    return new_workspace(database)


def audit(workspace: NewWorkspace) -> list[AuditView]:
    """All entries, oldest first."""
    return admin.list_audit(workspace.database, workspace.slug, limit=1_000)[::-1]


WRITES: dict[str, Callable[[Database, str], object]] = {
    "connection.create": lambda db, slug: admin.create_connection(db, slug, "okta"),
    "connection.disable": lambda db, slug: admin.set_enabled(db, slug, None, enabled=False),
    "connection.enable": lambda db, slug: admin.set_enabled(db, slug, None, enabled=True),
    "connection.rotate": lambda db, slug: admin.rotate_token(db, slug, None),
    "member.invite": lambda db, slug: admin.invite(db, slug, "ada@example.com", "admin"),
    "member.role": lambda db, slug: admin.set_role(db, slug, "ben", "admin"),
    "member.deactivate": lambda db, slug: admin.deactivate(db, slug, "ben"),
    "member.reinvite": lambda db, slug: admin.reinvite(db, slug, "gone"),
    "rules.set": lambda db, slug: admin.set_rules(db, slug, [parse_rule("equals:Chiefs=admin")]),
    "schema.add": lambda db, slug: admin.add_schema(db, slug, SCHEMA),
    "schema.remove": lambda db, slug: admin.remove_schema(db, slug, "urn:example:params:1.0:Old"),
    "workspace.set": lambda db, slug: admin.set_default_role(db, slug, "member"),
}


@pytest.mark.parametrize("action", WRITES)
def test_every_write_is_in_it_with_who_did_it(acme: NewWorkspace, action: str) -> None:
    acme.idp.user("ben")
    acme.idp.set_active(acme.idp.user("gone"), active=False)
    admin.add_schema(acme.database, acme.slug, {**SCHEMA, "id": "urn:example:params:1.0:Old"})
    before = audit(acme)

    with acting(ROOT):
        WRITES[action](acme.database, acme.slug)

    (entry,) = audit(acme)[len(before) :]
    assert (entry.action, entry.channel, entry.actor, entry.outcome) == (action, "cli", "cli:root", "done")
    assert admin.verify_audit(acme.database, acme.slug)[0].problem is None


def test_it_begins_with_the_making_of_the_workspace(database: Database) -> None:
    with acting(ROOT):
        admin.create_workspace(database, "fresh", "Fresh", "root@example.com")

    (entry,) = admin.list_audit(database, "fresh")
    assert (entry.sequence, entry.action, entry.actor) == (1, "workspace.create", "cli:root")


def test_an_entry_tells_whom_it_concerned_and_whose_role_changed(acme: NewWorkspace) -> None:
    ben = acme.idp.user("ben")

    admin.set_role(acme.database, acme.slug, "ben", "admin")

    entry = audit(acme)[-1]
    assert entry.target == ben
    assert entry.details == {
        "role": "admin",
        "userName": "ben",
        "roles": [{"member": ben, "userName": "ben", "roleBefore": "member", "roleAfter": "admin"}],
    }


def test_what_was_refused_is_in_it_and_changed_nothing(acme: NewWorkspace) -> None:
    admin.set_role(acme.database, acme.slug, acme.idp.user("ben"), "admin")

    with acting(ROOT), pytest.raises(LastAdmin):
        admin.deactivate(acme.database, acme.slug, "ben")

    entry = audit(acme)[-1]
    assert (entry.action, entry.outcome, entry.detail) == (
        "member.deactivate",
        "refused",
        "Cannot remove the last workspace admin",
    )
    assert [m.active for m in admin.list_members(acme.database, acme.slug)] == [True]


def test_a_workspace_that_does_not_exist_has_no_audit_log(database: Database) -> None:
    for call in (lambda: admin.invite(database, "nowhere", "a@b.c"), lambda: admin.verify_audit(database, "nowhere")):
        with pytest.raises(NoSuch):
            call()


def test_no_token_is_in_it(acme: NewWorkspace) -> None:
    token = admin.rotate_token(acme.database, acme.slug, None).token

    assert token[9:-4] not in repr(audit(acme))


@pytest.mark.parametrize("statement", ["UPDATE audit SET actor = 'x'", "DELETE FROM audit"])
def test_the_service_cannot_change_or_remove_an_entry(acme: NewWorkspace, statement: str) -> None:
    def work(tx: Tx) -> None:
        tx.run(statement)

    with pytest.raises(DatabaseError, match="append-only"):
        acme.database.write(acme.slug, work)

    assert audit(acme)


def tamper(url: str, *statements: str) -> None:
    """Change the table as one can who owns the database: with its guards taken off."""
    if url.startswith("sqlite"):
        with sqlite3.connect(url.removeprefix("sqlite:///")) as connection:
            for name in ("audit_keeps_entries", "audit_loses_nothing"):
                connection.execute(f"DROP TRIGGER {name}")
            for statement in statements:
                connection.execute(statement)
        connection.close()
    else:
        with psycopg.connect(url) as server:
            server.execute("ALTER TABLE audit DISABLE TRIGGER ALL")
            for statement in statements:
                server.execute(statement.encode())


@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        ("UPDATE audit SET actor = 'someone' WHERE sequence = 2", "entry 2 is not as it was written"),
        ("UPDATE audit SET target = NULL WHERE sequence = 3", "entry 3 is not as it was written"),
        ("UPDATE audit SET details = '{}' WHERE sequence = 3", "entry 3 is not as it was written"),
        ("DELETE FROM audit WHERE sequence = 3", "entry 3 is missing"),
        ("DELETE FROM audit WHERE sequence = 1", "entry 1 is missing"),
    ],
)
def test_the_first_entry_that_was_tampered_with_is_named(
    acme: NewWorkspace, database_url: str, statement: str, problem: str
) -> None:
    for name in ("a", "b", "c"):
        admin.invite(acme.database, acme.slug, f"{name}@example.com")

    tamper(database_url, statement)

    (check,) = admin.verify_audit(acme.database)
    assert check.problem == problem


def test_an_anchor_shows_that_the_end_was_cut_off(acme: NewWorkspace, database_url: str) -> None:
    admin.invite(acme.database, acme.slug, "a@example.com")
    (check,) = admin.verify_audit(acme.database, acme.slug)
    anchor = admin.parse_anchor(f"{check.sequence}:{check.hash}")
    assert admin.verify_audit(acme.database, acme.slug, anchor)[0].problem is None

    tamper(database_url, f"DELETE FROM audit WHERE sequence = {check.sequence}")

    assert admin.verify_audit(acme.database, acme.slug)[0].problem is None
    assert admin.verify_audit(acme.database, acme.slug, anchor)[0].problem == (
        f"entry {check.sequence}, which the anchor names, is missing"
    )


@pytest.mark.parametrize("text", ["", "1", "x:y", f"-1:{'a' * 64}", f"1:{'a' * 63}"])
def test_an_anchor_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(DomainError):
        admin.parse_anchor(text)


def test_a_flood_of_wrong_credentials_leaves_a_bounded_trace(acme: NewWorkspace) -> None:
    """The first call is told at once; afterwards the logs say how many there were, to a power of ten."""
    stranger = replace(acme.idp, token="scim-wrong")
    before = len(audit(acme))

    for _ in range(105):
        assert stranger.request("POST", "/Users", {"userName": "x" * 2_000}).status == 401

    entries = audit(acme)[before:]
    assert [(e.action, e.actor, e.details["callsThisHour"]) for e in entries] == [
        ("access.refused", "stranger", calls) for calls in (1, 10, 100)
    ]
    logged = admin.list_log(acme.database, acme.slug, failed=True)
    assert len(logged) == 11
    assert "xxx" not in repr(logged)
    assert admin.verify_audit(acme.database, acme.slug)[0].problem is None
