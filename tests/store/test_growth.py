"""What a planner knows of a table does not go out of date while it grows (decision 0019)."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from contextlib import closing

import psycopg
import pytest

from entrant.db import open_database
from entrant.db.engine import Database
from entrant.db.queries import load
from entrant.scim.wire import Response
from entrant.store import MIGRATIONS
from tests.bench.record import Statement
from tests.support.cost import cost, explained, planning, prepared, rows_read, trace
from tests.support.databases import Pool
from tests.support.idp import Idp
from tests.support.workspaces import NewWorkspace, new_workspace

USERS = 1_000
GROUPS = 20
FEW = 20  # rows that one statement reads
FEW_STEPS = {"sqlite": 150, "postgresql": 10}  # steps or buffers
PATIENCE = 30.0  # seconds that PostgreSQL may take to publish how many rows there are; it takes one
ONCE = ("INSERT INTO member (", "INSERT INTO member_value")
UNTOLD = {
    "sqlite": """SELECT i.name FROM sqlite_schema t, pragma_index_list(t.name) i, pragma_index_info(i.name) c
        WHERE t.type = 'table' AND c.seqno = 0 AND c.name = 'workspace'
          AND i.name NOT IN (SELECT idx FROM sqlite_stat1 WHERE stat LIKE '1000000 %')""",
    "postgresql": """SELECT attrelid::regclass FROM pg_attribute JOIN pg_class c ON c.oid = attrelid
        WHERE c.relkind = 'r' AND attname IN ('workspace', 'group_id')
          AND NOT EXISTS (SELECT 1 FROM pg_options_to_table(attoptions)
                          WHERE option_name = 'n_distinct' AND option_value = '1')""",
}
SPOILED = {
    "sqlite": ["ANALYZE"],  # describes each index by the data of that day
    "postgresql": [
        # As PostgreSQL 15.20 leaves every column: with an option, and not with ours
        "ALTER TABLE {table} ALTER COLUMN workspace RESET (n_distinct)",
        "ALTER TABLE {table} ALTER COLUMN workspace SET (n_distinct_inherited = -1)",
        "ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY",
    ],
}
UNFORCED = """SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
    AND relname NOT IN ('setting', 'migration', 'service_key') AND NOT (relrowsecurity AND relforcerowsecurity)"""


def ask(url: str, *statements: str) -> list[tuple[object, ...]]:
    """Run statements past the program; the rows of the last."""
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as file, file:
            return [file.execute(statement).fetchall() for statement in statements][-1]
    with psycopg.connect(url) as connection:
        for statement in statements:
            cursor = connection.execute(statement.encode())
        return cursor.fetchall() if cursor.description else []


def test_planners_are_told_of_every_table_that_a_workspace_may_hold_all_of_it(database_url: str) -> None:
    assert ask(database_url, UNTOLD[database_url.partition(":")[0]]) == []


def test_a_database_that_has_something_else_in_its_place_is_brought_up_to_date(
    empty_database_url: str,
) -> None:
    """Each table is asked for the thing itself, not for the absence of everything else (decision 0008)."""
    engine = empty_database_url.partition(":")[0]
    database = open_database(empty_database_url, MIGRATIONS)
    database.migrate()
    new_workspace(database).idp.group("Everyone")
    spoil = [s.format(table=table) for s in SPOILED[engine] for table in ("member", "membership", "log")]
    ask(empty_database_url, *spoil)
    assert ask(empty_database_url, UNTOLD[engine]) != []

    database.migrate()
    database.close()

    assert ask(empty_database_url, UNTOLD[engine]) == []
    if engine == "postgresql":
        assert ask(empty_database_url, UNFORCED) == []


def test_one_of_many_groups_alike_is_not_read_to_take_a_member_out(database: Database, database_url: str) -> None:
    """Product 9.3; that most groups are small says nothing of the members of one."""
    alike = f"""INSERT INTO membership (workspace, group_id, member_id, kind)
        WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {GROUPS * USERS // 10})
        SELECT 'w' || i % {GROUPS}, 'g' || i % {GROUPS}, 'm' || i, 'User' FROM n"""
    parameters = {"workspace": "w1", "group_id": "g1", "ids": ["m1"]}
    if database.name == "sqlite":
        with closing(sqlite3.connect(database_url.removeprefix("sqlite:///"))) as file, file:
            file.execute(alike)
    else:
        with psycopg.connect(database_url, autocommit=True) as connection:
            connection.execute(alike.encode())
            connection.execute("ANALYZE")

    spent = cost(database, database_url, [Statement(load("entrant.store", "memberships")["remove"], parameters)])

    assert spent <= FEW_STEPS[database.name]


def test_plans_for_a_few_users_are_replaced_when_there_are_many(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    """On SQLite plans do not depend on how many there are."""
    with pool.lent() as url, planning(url) as connection:
        connection.autocommit = True
        database = open_database(url, MIGRATIONS)
        workspace = new_workspace(database)
        idp = workspace.idp
        user = idp.user("ada", emails=[{"value": "ada@x.y", "type": "work"}])
        group = idp.group("Everyone", idp.user("ben"))
        connection.execute("ANALYZE")
        statements = _statements(workspace, user, group)
        calls = {prepared(connection, f"s{n}", statement): statement.sql for n, statement in enumerate(statements)}
        for call in calls:
            explained(connection, "COSTS", call)

        _add(idp, group)
        database.close()  # its connections say how much they have written
        _wait_for_rows(connection)
        monkeypatch.setattr("entrant.db.database.UPKEEP_SECONDS", 0.0)
        database = open_database(url, MIGRATIONS)
        database.write("", lambda _tx: None)
        database.close()

        costs = {sql: _rows(connection, call) for call, sql in calls.items()}
        assert {sql: cost for sql, cost in costs.items() if cost > FEW} == {}


def _statements(workspace: NewWorkspace, user: str, group: str) -> list[Statement]:
    """Those of requests about one user; what adds the user is left out, since it cannot run again."""
    requests: list[Callable[[Idp], Response]] = [
        lambda idp: idp.get(f"/Users/{user}"),
        lambda idp: idp.get("/Users?filter=userName+eq+%22ada%22"),
        lambda idp: idp.get("/Users?filter=externalId+eq+%22ada%22"),
        lambda idp: idp.get("/Users?filter=emails.value+eq+%22ada@x.y%22"),
        lambda idp: idp.get(f"/Groups/{group}?excludedAttributes=members"),
        lambda idp: idp.get("/Groups?filter=displayName+eq+%22everyone%22&excludedAttributes=members"),
        lambda idp: idp.post_user("new", emails=[{"value": "new@x.y", "type": "work"}]),
        lambda idp: idp.patch(f"/Users/{user}", {"op": "Replace", "path": "userName", "value": "ada2"}),
        lambda idp: idp.add(group, user),
        lambda idp: idp.remove(group, user),
        lambda idp: idp.request("DELETE", f"/Users/{idp.user('gone')}"),
    ]
    traced = [statement for request in requests for statement in trace(workspace, request)]
    return list({s.sql: s for s in traced if not s.sql.startswith(ONCE)}.values())


def _add(idp: Idp, group: str) -> None:
    """Many users, all in the group."""
    operations = [
        {"method": "POST", "path": "/Users", "bulkId": str(n), "data": {
            "userName": f"user{n}", "externalId": f"e{n}", "emails": [{"value": f"user{n}@x.y", "type": "work"}],
        }}
        for n in range(USERS)
    ]  # fmt: skip
    answer = idp.request("POST", "/Bulk", {"Operations": operations}).json()
    idp.add(group, *[o["location"].rpartition("/")[2] for o in answer["Operations"]])


def _wait_for_rows(connection: psycopg.Connection) -> None:
    patience = time.monotonic() + PATIENCE
    tables = "ARRAY['member', 'member_value', 'membership']::regclass[]"
    while time.monotonic() < patience:
        row = connection.execute(f"SELECT min(pg_stat_get_live_tuples(t)) FROM unnest({tables}) t".encode()).fetchone()
        if row is not None and row[0] >= USERS:
            return
        time.sleep(0.01)
    raise TimeoutError


def _rows(connection: psycopg.Connection, call: str) -> int:
    """What a statement reads, in a transaction that is undone."""
    with connection.transaction(force_rollback=True):
        return rows_read(explained(connection, "ANALYZE", call))
