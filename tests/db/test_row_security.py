"""Row-level security on PostgreSQL: a second wall beneath the workspace in every query (decision 0014; product 9.2).

The role of all tests is an ordinary one, as a deployment has it: row-level security does not bind a superuser.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import psycopg
import pytest

from entrant.db import open_database
from entrant.db.database import QueuedDatabase
from entrant.db.engine import Database, DatabaseError, Lane, StrayWorkspace, Tx
from entrant.store import MIGRATIONS, workspaces
from tests.support.databases import Pool
from tests.support.idp import Idp
from tests.support.postgres import SUPERUSER, Cluster
from tests.support.server import command
from tests.support.workspaces import NewWorkspace, new_workspace


@pytest.fixture
def postgres_url(pool: Pool) -> Iterator[str]:
    """A migrated database that belongs to a role without privileges."""
    with pool.lent() as url:
        yield url


@pytest.fixture
def postgres_database(postgres_url: str) -> Iterator[Database]:
    database = open_database(postgres_url, MIGRATIONS)
    yield database
    database.close()


@pytest.fixture
def two(postgres_database: Database) -> tuple[NewWorkspace, NewWorkspace]:
    """Two workspaces with a user in a group each."""
    made = new_workspace(postgres_database), new_workspace(postgres_database)
    for workspace in made:
        workspace.idp.group("Staff", workspace.idp.user("ada"))
    return made


def fail() -> None:
    raise KeyError


def id_of(workspace: NewWorkspace) -> str:
    found = workspace.database.read(lambda tx: workspaces.find(tx, workspace.slug))
    assert found is not None
    return found.id


def tables(url: str) -> list[str]:
    """The tables that have rows of workspaces."""
    with psycopg.connect(url) as server:
        rows = server.execute(
            "SELECT table_name FROM information_schema.columns "
            "WHERE column_name = 'workspace' AND table_schema = 'public' AND table_name <> 'effective_role'"
        ).fetchall()
    return sorted(name for (name,) in rows)


def enter(tx: Tx, workspace: str) -> None:
    """The first statement of a work that names its workspace."""
    tx.all("SELECT 1 FROM member WHERE workspace = :workspace LIMIT 1", workspace=workspace)


def test_every_table_of_workspaces_has_the_policy_and_it_binds_its_owner(postgres_url: str) -> None:
    with psycopg.connect(postgres_url) as server:
        bound = server.execute(
            "SELECT c.relname FROM pg_class c JOIN pg_policy p ON p.polrelid = c.oid "
            "WHERE c.relrowsecurity AND c.relforcerowsecurity"
        ).fetchall()

    assert {name for (name,) in bound} == {*tables(postgres_url), "workspace"}
    assert len(bound) > 10


def test_a_statement_that_forgot_the_workspace_sees_nothing_of_another(
    postgres_database: Database, postgres_url: str, two: tuple[NewWorkspace, NewWorkspace]
) -> None:
    mine, other = map(id_of, two)

    for lane in (Lane.FAST, Lane.SLOW):
        for table in tables(postgres_url):

            def look(tx: Tx, table: str = table) -> set[str]:
                enter(tx, mine)
                return {row["workspace"] for row in tx.all(f"SELECT workspace FROM {table}")}

            assert postgres_database.read(look, lane) <= {mine}, table
    for sql in ("SELECT id FROM workspace", "SELECT workspace AS id FROM effective_role"):

        def look_at_once(tx: Tx, sql: str = sql) -> set[str]:
            enter(tx, mine)
            return {row["id"] for row in tx.all(sql)}

        assert postgres_database.read(look_at_once) == {mine}
    assert other != mine


def test_a_write_that_forgot_the_workspace_changes_nothing_of_another(
    postgres_database: Database, two: tuple[NewWorkspace, NewWorkspace]
) -> None:
    mine = id_of(two[0])

    def work(tx: Tx) -> tuple[int, int]:
        enter(tx, mine)
        return tx.changed("UPDATE member SET active = 0"), tx.changed("DELETE FROM membership")

    assert postgres_database.write(two[0].slug, work) == (1, 1)
    assert [user["active"] for user in two[1].idp.find("/Users", 'userName eq "ada"')] == [True]
    assert len(two[1].idp.members(two[1].idp.find("/Groups", 'displayName eq "Staff"')[0]["id"])) == 1


def test_a_row_cannot_be_put_into_another_workspace(
    postgres_database: Database, two: tuple[NewWorkspace, NewWorkspace]
) -> None:
    mine, other = map(id_of, two)

    def work(tx: Tx) -> None:
        enter(tx, mine)
        tx.run("UPDATE member SET workspace = :other", other=other)

    with pytest.raises(DatabaseError, match="row-level security"):
        postgres_database.write(two[0].slug, work)


def test_the_requests_of_one_token_stay_in_its_workspace_after_a_rollback(
    postgres_database: Database, two: tuple[NewWorkspace, NewWorkspace]
) -> None:
    """What is set within a savepoint is gone with it; the next statement sets it again."""
    mine = id_of(two[0])

    def work(tx: Tx) -> set[str]:
        for _ in range(2):
            try:
                with tx.atomic():
                    tx.run("UPDATE member SET active = 1 WHERE workspace = :workspace", workspace=mine)
                    fail()
            except KeyError:
                pass
        tx.run("UPDATE member SET active = 1 WHERE workspace = :workspace", workspace=mine)
        return {row["workspace"] for row in tx.all("SELECT workspace FROM member")}

    assert postgres_database.write(two[0].slug, work) == {mine}


def test_reads_that_share_a_snapshot_are_each_in_their_own_workspace(
    postgres_database: Database, two: tuple[NewWorkspace, NewWorkspace]
) -> None:
    """The readers are held up until many requests of both wait, and then serve them together."""
    for workspace in two:
        workspace.idp.user(workspace.slug)
    free, held = threading.Event(), threading.Semaphore(0)

    def block(_tx: Tx) -> None:
        held.release()
        free.wait(10)

    for _ in range(2):
        postgres_database.submit_read(block, lambda _r, _f: None)
        assert held.acquire(timeout=10)  # only then the next, so that the other reader takes it
    found: list[tuple[str, list[str]]] = []

    def ask(idp: Idp, name: str) -> None:
        found.append((name, [user["userName"] for user in idp.find("/Users", "id pr")]))

    threads = [threading.Thread(target=ask, args=(w.idp, w.slug)) for _ in range(8) for w in two]
    for thread in threads:
        thread.start()
    patience = time.monotonic() + 8
    while waiting(postgres_database) < len(threads) and time.monotonic() < patience:
        time.sleep(0.005)
    all_waited = waiting(postgres_database) == len(threads)
    free.set()
    for thread in threads:
        thread.join(30)

    assert all_waited
    assert sorted(found) == sorted((w.slug, ["ada", w.slug]) for _ in range(8) for w in two)


def waiting(database: Database) -> int:
    """How many short reads have queued up."""
    assert isinstance(database, QueuedDatabase)
    return database._fast._size


@pytest.mark.parametrize("way", ["one", "all", "run", "many"])
def test_a_work_that_names_a_second_workspace_is_a_mistake(database: Database, way: str) -> None:
    """On both engines, so that the mistake is found on either."""
    sql = "DELETE FROM member WHERE workspace = :workspace"

    def work(tx: Tx) -> None:
        enter(tx, "first")
        if way == "many":
            tx.many(sql, [{"workspace": "second"}])
        else:
            getattr(tx, way)(sql, workspace="second")

    with pytest.raises(StrayWorkspace):
        database.write("x", work)


def test_a_work_that_is_about_all_workspaces_says_so(
    postgres_database: Database, two: tuple[NewWorkspace, NewWorkspace]
) -> None:
    def work(tx: Tx) -> set[str]:
        tx.everywhere()
        for workspace in ("first", "second"):
            enter(tx, workspace)
        return {row["workspace"] for row in tx.all("SELECT workspace FROM member")}

    assert postgres_database.write("x", work) == {id_of(workspace) for workspace in two}


def test_a_superuser_is_told_that_the_wall_is_missing(postgres: Cluster) -> None:
    url = postgres.create()
    name = url.rpartition("@/")[2].partition("?")[0]

    assert "superuser" not in command(url, "migrate").stderr
    warned = command(postgres.url(name, SUPERUSER), "migrate")

    assert warned.returncode == 0
    assert warned.stderr.startswith("Warning: the database role of Entrant is a superuser")
    postgres.drop(url)
