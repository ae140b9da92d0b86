"""The PostgreSQL driver: what goes in comes back, statements travel together, and nothing grows without bound."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import psycopg
import pytest

from entrant.db import open_database
from entrant.db.engine import Database, DatabaseError, Lane, Tx, Value
from entrant.db.postgres import MAX_PLANS, ROWS, PostgresSession
from entrant.store import MIGRATIONS

TEXTS = (
    "",
    "plain",
    "it's",
    'a "quoted" one',
    "back\\slash",
    "{curly},comma",
    "NULL",
    "zwölf ≠ 十二 😀",
    "\t\n\r",
    "x" * 70_000,
)


@pytest.fixture
def session(empty_postgres: str) -> Iterator[PostgresSession]:
    """A connection with a table."""
    session = PostgresSession(empty_postgres)
    session.begin(write=True)
    session.execute("CREATE TABLE thing (id TEXT, small SMALLINT, big BIGINT, real DOUBLE PRECISION, raw BYTEA)", {})
    session.control("COMMIT")
    yield session
    session.close()


@pytest.mark.parametrize(
    ("column", "value"),
    [("id", text) for text in TEXTS]
    + [("small", 0), ("small", 1), ("small", -32_768), ("big", 2**63 - 1), ("big", -(2**63)), ("big", 2**31)]
    + [
        ("real", 0.1),
        ("real", -1e300),
        ("raw", b""),
        ("raw", b"\0\xff\\x"),
        ("raw", None),
        ("id", None),
        ("big", None),
    ],
)
def test_a_value_comes_back_as_it_went(session: PostgresSession, column: str, value: Value) -> None:
    session.begin(write=True)
    session.execute(f"INSERT INTO thing ({column}) VALUES (:value)", {"value": value})

    assert session.query(f"SELECT {column} AS it FROM thing", {}) == [{"it": value}]

    session.control("ROLLBACK")


@pytest.mark.parametrize("number", [1, 2, ROWS, ROWS + 1, 3 * ROWS])
def test_rows_that_are_inserted_together_are_those_that_were_given(session: PostgresSession, number: int) -> None:
    rows: list[dict[str, Value]] = [
        {"id": None if n % 3 == 1 else f"it's ${n}", "big": None if n % 3 == 2 else n} for n in range(number)
    ]
    session.begin(write=True)
    session.execute_many("INSERT INTO thing (big, id) VALUES (:big, :id)", [*rows])

    assert session.query("SELECT id, big FROM thing ORDER BY ctid", {}) == rows

    session.control("ROLLBACK")


def test_rows_go_one_by_one_where_a_statement_does_more_than_insert_them(session: PostgresSession) -> None:
    session.begin(write=True)
    session.execute("CREATE UNIQUE INDEX thing_id ON thing (id)", {})
    sql = "INSERT INTO thing (id, big) VALUES (:id, :big) ON CONFLICT (id) DO UPDATE SET big = thing.big + excluded.big"

    session.execute_many(sql, [{"id": "a", "big": 1}, {"id": "a", "big": 2}])

    assert session.query("SELECT big FROM thing", {}) == [{"big": 3}]

    session.control("ROLLBACK")


def test_a_list_finds_each_of_its_texts_and_no_other(session: PostgresSession) -> None:
    session.begin(write=True)
    session.execute_many("INSERT INTO thing (id) VALUES (:id)", [{"id": text} for text in (*TEXTS, "another")])

    found = session.query("SELECT id FROM thing WHERE id IN :ids", {"ids": list(TEXTS)})
    none = session.query("SELECT id FROM thing WHERE id IN :ids", {"ids": []})

    assert sorted(row["id"] for row in found) == sorted(TEXTS)
    assert none == []
    session.control("ROLLBACK")


@pytest.mark.parametrize("value", ["a\0b", ["fine", "a\0b"]])
def test_a_text_with_nul_is_refused_and_not_cut_short(session: PostgresSession, value: Value) -> None:
    session.begin(write=True)
    comparison = "= :value" if isinstance(value, str) else "IN :value"
    with pytest.raises(DatabaseError, match="NUL"):
        session.query(f"SELECT id FROM thing WHERE id {comparison}", {"value": value})
    session.control("ROLLBACK")


def test_more_statements_than_are_read_at_a_time_are_all_done(session: PostgresSession) -> None:
    session.begin(write=True)
    session.execute_many("INSERT INTO thing (big) VALUES (:n)", [{"n": n} for n in range(5_000)])

    assert session.query("SELECT COUNT(*) AS n, SUM(big) AS total FROM thing", {}) == [
        {"n": 5_000, "total": 12_497_500}
    ]

    session.control("ROLLBACK")


def test_a_failure_among_statements_under_way_is_told_and_undone(session: PostgresSession) -> None:
    session.begin(write=True)
    session.execute("INSERT INTO thing (id) VALUES ('kept?')", {})
    session.execute("INSERT INTO thing (small) VALUES (:n)", {"n": 70_000})
    session.execute("INSERT INTO thing (id, small) VALUES ('after', 1)", {})
    with pytest.raises(DatabaseError, match="out of range"):
        session.control("COMMIT")
    session.control("ROLLBACK")

    session.begin(write=True)
    session.execute("INSERT INTO thing (id, small) VALUES ('after', 1)", {})
    assert session.query("SELECT id FROM thing", {}) == [{"id": "after"}]
    session.control("ROLLBACK")


def test_what_failed_is_not_committed(session: PostgresSession) -> None:
    """Even if whoever asked took no notice of the failure."""
    session.begin(write=True)
    with pytest.raises(DatabaseError):
        session.query("SELECT 1/0 AS n", {})
    with pytest.raises(DatabaseError, match="had failed"):
        session.control("COMMIT")


def test_prepared_statements_do_not_pile_up(session: PostgresSession) -> None:
    """A filter may have any shape, and each shape is a statement."""
    for n in range(2 * MAX_PLANS):
        session.begin(write=False)
        session.query(f"SELECT {n} AS n", {})
        session.end_snapshot()
    session.begin(write=False)

    [row] = session.query("SELECT COUNT(*) AS n FROM pg_prepared_statements", {})

    assert row["n"] <= MAX_PLANS + 2
    session.control("COMMIT")


def test_a_table_may_get_a_column_while_it_is_in_use(empty_postgres: str) -> None:
    """An upgrade beside a running process: its prepared `SELECT *` is prepared anew."""
    database = open_database(empty_postgres, MIGRATIONS)
    database.write("", lambda tx: tx.run("CREATE TABLE note (id TEXT PRIMARY KEY)"))
    database.write("", lambda tx: tx.run("INSERT INTO note VALUES ('a')"))
    read = "SELECT * FROM note"
    assert database.read(lambda tx: [dict(row) for row in tx.all(read)]) == [{"id": "a"}]
    assert database.write("w", lambda tx: [dict(row) for row in tx.all(read)]) == [{"id": "a"}]

    with psycopg.connect(empty_postgres) as other:
        other.execute("ALTER TABLE note ADD COLUMN text TEXT")

    wanted = [{"id": "a", "text": None}]
    for _ in range(3):  # of each reader
        assert database.read(lambda tx: [dict(row) for row in tx.all(read)]) == wanted
    assert database.write("w", lambda tx: [dict(row) for row in tx.all(read)]) == wanted
    database.close()


def test_a_statement_that_waits_keeps_no_other_thread_waiting(empty_postgres: str) -> None:
    database = open_database(empty_postgres, MIGRATIONS)
    with psycopg.connect(empty_postgres) as other:
        other.execute("SELECT pg_advisory_xact_lock(1)")
        waiting = threading.Thread(
            target=lambda: database.write("w", lambda tx: tx.one("SELECT pg_advisory_xact_lock(1) AS got"))
        )
        waiting.start()
        while not other.execute("SELECT 1 FROM pg_locks WHERE NOT granted").fetchone():
            pass

        assert database.read(one, Lane.FAST) == 1

        assert waiting.is_alive()
    waiting.join(10)
    assert not waiting.is_alive()
    database.close()


def one(tx: Tx) -> int:
    row = tx.one("SELECT 1 AS one")
    assert row is not None
    return int(row["one"])


def test_a_database_that_is_not_there_is_away(empty_postgres: str) -> None:
    database: Database = open_database(empty_postgres.replace("host=", "host=/nowhere"), MIGRATIONS)
    with pytest.raises(DatabaseError):
        database.read(one)
    database.close()
