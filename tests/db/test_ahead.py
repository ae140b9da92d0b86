"""What is asked ahead of its need: the answer is what it would have been later (decision 0021)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import psycopg
import pytest

from entrant.db import open_database
from entrant.db.database import FAST_READERS
from entrant.db.engine import Database, DatabaseError, Tx
from entrant.store import MIGRATIONS

from .test_batches import Refused, refuse
from .test_batches import together as batch

COUNT = "SELECT COUNT(*) AS n FROM note"
BUMP = "UPDATE note SET size = size + 1 WHERE id = 'counter' RETURNING size"
INSERT = "INSERT INTO note (id) VALUES (:id)"


@pytest.fixture
def postgres_notes(empty_postgres: str) -> Iterator[Database]:
    """A PostgreSQL database with the table `note`."""
    database = open_database(empty_postgres, MIGRATIONS)
    database.write("", lambda tx: tx.run("CREATE TABLE note (id TEXT PRIMARY KEY, size BIGINT NOT NULL DEFAULT 0)"))
    yield database
    database.close()


def first(tx: Tx, sql: str) -> int:
    """The one number that a statement brings."""
    row = tx.one(sql)
    assert row is not None
    return int(next(iter(dict(row).values())))


def test_it_is_worth_asking_ahead_where_the_database_is_far(notes: Database) -> None:
    assert notes.read(lambda tx: tx.far) is (notes.name == "postgresql")
    assert notes.write("w", lambda tx: tx.far) is (notes.name == "postgresql")


def test_what_was_asked_ahead_is_not_asked_again(postgres_notes: Database, waits: list[None]) -> None:
    def work(tx: Tx) -> list[int]:
        tx.ahead(COUNT)
        tx.ahead(BUMP)
        tx.ahead("SELECT 7 AS n")
        return [first(tx, "SELECT 7 AS n"), first(tx, COUNT)]

    postgres_notes.write("w", lambda tx: tx.run(INSERT, id="counter"))
    waits.clear()

    assert postgres_notes.write("w", work) == [7, 1]
    assert len(waits) == 2  # for the answers, and for the commit
    assert postgres_notes.read(lambda tx: first(tx, "SELECT size FROM note")) == 1


@pytest.mark.parametrize(
    "write",
    [
        lambda tx: tx.run(INSERT, id="b"),
        lambda tx: tx.changed(INSERT, id="b"),
        lambda tx: tx.many(INSERT, [{"id": "b"}]),
        lambda tx: tx.all(f"{INSERT} RETURNING id", id="b"),
    ],
    ids=["run", "changed", "many", "all"],
)
def test_what_is_written_in_between_is_seen(notes: Database, write: Callable[[Tx], object]) -> None:
    def work(tx: Tx) -> tuple[int, int]:
        tx.run(INSERT, id="a")
        tx.ahead(COUNT)
        write(tx)
        return first(tx, COUNT), first(tx, COUNT)

    assert notes.write("w", work) == (2, 2)


def test_a_question_is_asked_as_often_as_its_answer_is_wanted(notes: Database) -> None:
    """A statement that changes something and was run ahead once stands for one run."""

    def work(tx: Tx) -> list[int]:
        tx.run(INSERT, id="counter")
        tx.ahead(BUMP)
        return [first(tx, BUMP), first(tx, BUMP), first(tx, BUMP)]

    assert notes.write("w", work) == [1, 2, 3]


def test_what_was_asked_ahead_in_vain_is_forgotten(postgres_notes: Database, empty_postgres: str) -> None:
    """Each time the same connection asks, and another process writes in between."""

    def insert(name: str) -> None:
        with psycopg.connect(empty_postgres) as other:
            other.execute("INSERT INTO note (id) VALUES (%s)", [name])

    postgres_notes.write("w", lambda tx: tx.ahead(COUNT))
    insert("a")
    assert postgres_notes.write("w", lambda tx: first(tx, COUNT)) == 1
    for _ in range(FAST_READERS):
        postgres_notes.read(lambda tx: tx.ahead(COUNT))
    insert("b")
    assert [postgres_notes.read(lambda tx: first(tx, COUNT)) for _ in range(FAST_READERS)] == [2] * FAST_READERS


def test_what_was_run_ahead_and_undone_is_run_again(notes: Database) -> None:
    """The batch of a work that fails after it has written is run again; the next is not told what was undone."""
    notes.write("w", lambda tx: tx.run(INSERT, id="counter"))

    def fail(tx: Tx) -> int:
        tx.run(INSERT, id="bad")
        tx.ahead(BUMP)
        refuse()
        return 0

    def bump(tx: Tx) -> int:
        return first(tx, BUMP)

    bad, one, two = batch(notes, [fail, bump, bump])

    assert (one.result(10), two.result(10)) == (1, 2)
    with pytest.raises(Refused):
        bad.result(10)
    assert notes.read(lambda tx: first(tx, "SELECT size FROM note WHERE id = 'counter'")) == 2


def test_an_answer_is_of_the_workspace_in_which_it_was_asked(postgres_notes: Database) -> None:
    where = "SELECT COALESCE(current_setting('entrant.workspace', true), '') AS it"

    def work(tx: Tx) -> list[str]:
        tx.everywhere()
        tx.ahead(where)
        rows = tx.all(where)
        tx.ahead(where)
        tx._scope = None  # type: ignore[attr-defined]  # as of a work that has only named its workspace since
        tx.entered("w")
        return [row["it"] for row in (*rows, *tx.all(where))]

    assert postgres_notes.write("w", work) == ["", "w"]


def test_a_statement_that_fails_ahead_is_its_own_works_failure(notes: Database) -> None:
    def divide(tx: Tx) -> int:
        if tx.far:
            tx.ahead("SELECT 1/0 AS n")
        return first(tx, "SELECT CAST('x' || 1/0 AS INT) AS n" if tx.far else "SELECT nothing AS n")

    def good(tx: Tx) -> int:
        tx.run(INSERT, id="good")
        return first(tx, COUNT)

    bad, fine = batch(notes, [divide, good])

    assert fine.result(10) == 1
    with pytest.raises(DatabaseError):
        bad.result(10)
