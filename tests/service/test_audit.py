"""The audit log: what people did, done or refused, in a chain that shows every change."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable
from dataclasses import replace

import psycopg
import pytest

from entrant.db.engine import Database, DatabaseError, Tx
from entrant.service import admin
from entrant.service.admin import AuditView, acting
from entrant.workspace.audit import Actor, Channel
from entrant.workspace.errors import DomainError, InvalidSetting, LastAdmin, NoSuch
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


REPLACE = """INTO audit (workspace, sequence, at, channel, actor, action, outcome, details, hash)
    SELECT workspace, sequence, at, channel, 'other', action, outcome, details, hash FROM audit WHERE sequence = 1"""


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET actor = 'x'",
        "UPDATE audit SET erased = 9, salt = NULL, hash = 'x'",
        "UPDATE audit SET erased = 9, actor = 'x'",
        "DELETE FROM audit",
        "DELETE FROM audit WHERE sequence = 1",
        "UPDATE audit_head SET sequence = 1",
        "UPDATE audit_head SET sequence = sequence + 1",
        "UPDATE audit_head SET hash = 'x'",
        "DELETE FROM audit_head",
        "sqlite: INSERT OR REPLACE " + REPLACE,
        "sqlite: REPLACE " + REPLACE,
        "sqlite: INSERT OR REPLACE INTO audit_head (workspace, sequence, hash) SELECT workspace, 0, '' FROM audit_head",
        "sqlite: UPDATE OR REPLACE audit SET sequence = 1 WHERE sequence = 2",
        "INSERT " + REPLACE.replace("sequence = 1", "sequence = 1 AND 1 = 1")
        + " ON CONFLICT (workspace, sequence) DO UPDATE SET actor = 'x'",
        ("INSERT INTO audit_head (workspace, sequence, hash) SELECT workspace, 0, '' FROM audit_head WHERE 1 = 1"
        " ON CONFLICT (workspace) DO UPDATE SET sequence = 0"),
        "INSERT " + REPLACE.replace("sequence, at,", "sequence, at,", 1).replace("SELECT workspace, sequence", "SELECT workspace, 99"),
        "postgresql: TRUNCATE audit",
        "postgresql: TRUNCATE audit_head",
        "postgresql: TRUNCATE audit_cut",
    ],
)  # fmt: skip
def test_the_service_cannot_change_or_remove_an_entry(acme: NewWorkspace, statement: str) -> None:
    engine, only, sql = statement.rpartition(": ")
    if only and engine != acme.database.name:
        pytest.skip("the other engine's")
    before = audit(acme)

    def work(tx: Tx) -> None:
        tx.everywhere()
        tx.run(sql)

    with pytest.raises(DatabaseError, match="append-only"):
        acme.database.write(acme.slug, work)

    assert audit(acme) == before
    assert admin.verify_audit(acme.database, acme.slug)[0].problem is None


def tamper(url: str, *statements: str) -> None:
    """Change the table as one can who owns the database: with its guards taken off."""
    if url.startswith("sqlite"):
        with sqlite3.connect(url.removeprefix("sqlite:///")) as connection:
            for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetchall():
                connection.execute(f"DROP TRIGGER {name}")
            for statement in statements:
                connection.execute(statement)
        connection.close()
    else:
        with psycopg.connect(url) as server:
            for table in ("audit", "audit_head", "audit_cut"):
                server.execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL".encode())
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
        ("DELETE FROM audit WHERE sequence < 4", "entry 1 is missing"),
        ("DELETE FROM audit WHERE sequence > 3", "entry 4 is missing, and all up to 5"),
        ("DELETE FROM audit", "entry 1 is missing, and all up to 5"),
        ("DELETE FROM audit_head", "the head of the log, which is kept beside it, is missing"),
        ("UPDATE audit_head SET hash = 'x'", "entry 5 is not the one that was written last"),
        (
            "UPDATE audit SET salt = NULL, erased = 5, actor = 'x' WHERE sequence = 2",
            "entry 2 is not as it was written",
        ),
        ("UPDATE audit SET salt = NULL WHERE sequence = 2", "entry 2 is not as it was written"),
        (
            (
                "INSERT INTO audit_cut (workspace, sequence, hash, at, key, signature)"
                " SELECT workspace, sequence, hash, at, 'k', '00' FROM audit WHERE sequence = 3"
            ),
            "where the log was cut is not signed by a key of this service",
        ),
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


def test_a_log_that_lost_all_and_its_head_is_not_called_whole_when_it_goes_on(
    acme: NewWorkspace, database_url: str
) -> None:
    tamper(database_url, "DELETE FROM audit", "DELETE FROM audit_head")
    admin.invite(acme.database, acme.slug, "a@example.com")

    assert admin.verify_audit(acme.database, acme.slug)[0].problem is not None


def test_an_anchor_shows_that_the_end_was_cut_off_and_the_head_set_back(acme: NewWorkspace, database_url: str) -> None:
    admin.invite(acme.database, acme.slug, "a@example.com")
    (check,) = admin.verify_audit(acme.database, acme.slug)
    anchor = admin.parse_anchor(f"{check.sequence}:{check.hash}")
    assert admin.verify_audit(acme.database, acme.slug, anchor)[0].problem is None

    last = f"sequence = {check.sequence}"
    tamper(
        database_url,
        f"DELETE FROM audit WHERE {last}",
        "UPDATE audit_head SET sequence = sequence - 1,"
        " hash = (SELECT hash FROM audit a WHERE a.workspace = audit_head.workspace ORDER BY sequence DESC LIMIT 1)",
    )

    assert admin.verify_audit(acme.database, acme.slug)[0].problem is None
    assert admin.verify_audit(acme.database, acme.slug, anchor)[0].problem == (
        f"entry {check.sequence}, which the anchor names, is missing"
    )


def test_a_log_is_cut_at_a_signed_anchor_from_which_the_rest_is_verified(acme: NewWorkspace, database_url: str) -> None:
    for name in ("a", "b", "c"):
        admin.invite(acme.database, acme.slug, f"{name}@example.com")
    before = audit(acme)

    assert admin.cut_audit(acme.database, acme.slug, before[3].at) == 3
    admin.rotate_keys(acme.database)  # what the key before has signed is still good

    after = audit(acme)
    assert [entry.sequence for entry in after] == [4, 5, 6]
    assert (after[-1].action, after[-1].details["through"], after[-1].details["hash"]) == (
        "audit.cut",
        3,
        before[2].hash,
    )
    (check,) = admin.verify_audit(acme.database, acme.slug)
    assert (check.problem, check.entries, check.cut) == (None, 3, 3)
    anchor = admin.parse_anchor(f"3:{before[2].hash}")
    assert admin.verify_audit(acme.database, acme.slug, anchor)[0].problem is None
    assert admin.cut_audit(acme.database, acme.slug, after[1].at) == 1
    assert admin.verify_audit(acme.database, acme.slug)[0].problem is None
    with pytest.raises(InvalidSetting):
        admin.cut_audit(acme.database, acme.slug, before[0].at)
    tamper(database_url, "DELETE FROM audit WHERE sequence = 5")
    assert admin.verify_audit(acme.database, acme.slug)[0].problem == "entry 5 is missing"
    tamper(database_url, "UPDATE audit_cut SET sequence = 5")
    assert "not signed" in (admin.verify_audit(acme.database, acme.slug)[0].problem or "")


def test_beyond_its_retention_each_log_is_cut(acme: NewWorkspace) -> None:
    new_workspace(acme.database)

    assert admin.purge_audit(acme.database, 0) == 0
    assert admin.purge_audit(acme.database, 30) == 0
    assert admin.purge_audit(acme.database, -3) == 4

    assert [check.entries for check in admin.verify_audit(acme.database)] == [1, 1]
    assert [check.problem for check in admin.verify_audit(acme.database)] == [None, None]


def test_what_is_exported_is_enough_to_follow_the_chain(acme: NewWorkspace) -> None:
    admin.invite(acme.database, acme.slug, "a@example.com")
    admin.cut_audit(acme.database, acme.slug, audit(acme)[1].at)

    beginning, *entries, end = admin.export_audit(acme.database, acme.slug)

    previous = beginning["hash"]
    for entry in entries:
        names = ("at", "channel", "actor", "actorName", "action", "target", "outcome", "detail", "details", "salt")
        parts = [beginning["workspace"], previous, str(entry["sequence"]), *(entry[name] for name in names)]
        previous = hashlib.sha256(
            b"".join(b"-1:" if p is None else f"{len(p.encode())}:{p}".encode() for p in parts)
        ).hexdigest()
        assert previous == entry["hash"]
    assert end["head"] == f"{entries[-1]['sequence']}:{previous}"


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
