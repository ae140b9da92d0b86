"""Reads that share a snapshot on PostgreSQL: what they ask travels together, and each is answered as if it were alone.

Decision 0020; product 9.2, 9.4.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import Future
from typing import TypeVar

import psycopg
import pytest

from entrant.db import open_database
from entrant.db.database import FAST_READERS
from entrant.db.engine import Database, DatabaseError, Lane, Later, StrayWorkspace, TimeLimit, Tx, Work
from entrant.db.postgres import PostgresSession
from entrant.store import MIGRATIONS
from tests.support.futures import promise

T = TypeVar("T")
NUMBER = "SELECT CAST(:n AS INT) AS n"
DIVIDE = "SELECT 1 / CAST(:n AS INT) AS n"


@pytest.fixture
def database(empty_postgres: str) -> Iterator[Database]:
    """A database without tables."""
    database = open_database(empty_postgres, MIGRATIONS)
    yield database
    database.close()


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The statements that have been sent, and `wait` for each time that answers were waited for."""
    seen: list[bytes] = []
    send, hear = PostgresSession._send, PostgresSession._hear

    def watched_send(self: PostgresSession, text: bytes, *rest: object) -> object:
        seen.append(text)
        return send(self, text, *rest)  # type: ignore[arg-type]

    def watched_hear(self: PostgresSession) -> object:
        seen.append(b"wait")
        return hear(self)

    monkeypatch.setattr(PostgresSession, "_send", watched_send)
    monkeypatch.setattr(PostgresSession, "_hear", watched_hear)
    return seen


def submit(database: Database, work: Work[T]) -> Future[T]:
    """Queue a short read."""
    return promise(lambda done: database.submit_read(work, done))


def together(database: Database, *works: Work[T]) -> list[Future[T]]:
    """Run works in one snapshot: all readers are held until these have queued up, and then only one is let go."""
    gates = [threading.Event() for _ in range(FAST_READERS)]
    held = [threading.Semaphore(0) for _ in gates]

    def hold(n: int) -> Work[bool]:
        def work(_tx: Tx) -> bool:
            held[n].release()
            return gates[n].wait(20)

        return work

    holding: list[Future[bool]] = []
    for n in range(len(gates)):
        holding.append(submit(database, hold(n)))
        assert held[n].acquire(timeout=20)  # only then the next, so that another reader takes it
    futures = [submit(database, work) for work in works]
    gates[0].set()
    for future in futures:
        future.exception(20)
    for gate, held_up in zip(gates, holding, strict=True):
        gate.set()
        assert held_up.result(20)
    return futures


def number(tx: Tx, n: int) -> int:
    """That number, from the database."""
    row = tx.one(NUMBER, n=n)
    assert row is not None
    return int(row["n"])


def chain(first: int, length: int) -> Work[list[int]]:
    """A work whose every question needs the answer before it."""

    def work(tx: Tx) -> list[int]:
        found = [number(tx, first)]
        for _ in range(length - 1):
            found.append(number(tx, found[-1] + 1))
        return found

    return work


def test_questions_of_several_works_go_in_as_many_journeys_as_the_longest_work_has(
    database: Database, sent: list[bytes]
) -> None:
    together(database, chain(0, 1))
    sent.clear()

    futures = together(database, chain(0, 1), chain(100, 3), chain(200, 2), chain(300, 3))

    assert [future.result() for future in futures] == [[0], [100, 101, 102], [200, 201], [300, 301, 302]]
    assert len([text for text in sent if b"CAST" in text]) == 9
    assert sent.count(b"wait") == 3


def test_what_several_ask_is_asked_once_in_a_snapshot(database: Database, sent: list[bytes]) -> None:
    futures = together(database, *(chain(7, 2) for _ in range(5)))

    assert [future.result() for future in futures] == [[7, 8]] * 5
    assert len([text for text in sent if b"CAST" in text]) == 2


def test_a_question_is_asked_anew_in_another_snapshot(database: Database) -> None:
    database.write("", lambda tx: tx.run("CREATE TABLE note (n INT)"))
    count = "SELECT COUNT(*) AS n FROM note"

    def look(tx: Tx) -> list[int]:
        return [row["n"] for row in tx.all(count)]

    before = [future.result() for future in together(database, look, look)]
    database.write("", lambda tx: tx.run("INSERT INTO note VALUES (1)"))

    assert before == [[0], [0]]
    assert [future.result() for future in together(database, look, look)] == [[1], [1]]


def test_one_whose_statement_fails_fails_alone(database: Database) -> None:
    def divide(tx: Tx) -> list[int]:
        return [row["n"] for row in tx.all(DIVIDE, n=0)]

    first, bad, last = together(database, chain(1, 3), divide, chain(50, 2))

    assert (first.result(), last.result()) == ([1, 2, 3], [50, 51])
    with pytest.raises(DatabaseError, match="division by zero"):
        bad.result()


def test_one_that_raises_fails_alone_before_and_after_it_has_asked(database: Database) -> None:
    def early(_tx: Tx) -> list[int]:
        raise KeyError("early")

    def late(tx: Tx) -> list[int]:
        number(tx, 1)
        raise KeyError("late")

    futures = together(database, early, chain(1, 3), late)

    assert futures[1].result() == [1, 2, 3]
    for future, name in ((futures[0], "early"), (futures[2], "late")):
        with pytest.raises(KeyError, match=name):
            future.result()


def test_a_text_that_the_database_does_not_take_is_its_own_works_failure(database: Database) -> None:
    def nul(tx: Tx) -> list[int]:
        return [row["n"] for row in tx.all("SELECT 1 AS n WHERE :text = 'x'", text="a\0b")]

    first, bad, last = together(database, chain(1, 2), nul, chain(50, 2))

    assert (first.result(), last.result()) == ([1, 2], [50, 51])
    with pytest.raises(DatabaseError, match="NUL"):
        bad.result()


def test_one_that_takes_too_long_fails_alone(empty_postgres: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("entrant.db.database.TIME_LIMIT", 0.3)
    database = open_database(empty_postgres, MIGRATIONS)

    def sleep(tx: Tx) -> list[int]:
        tx.all("SELECT pg_sleep(30)")
        return []

    first, bad, last = together(database, chain(1, 2), sleep, chain(50, 2))

    assert (first.result(), last.result()) == ([1, 2], [50, 51])
    with pytest.raises(TimeLimit):
        bad.result()
    database.close()


def test_one_that_asks_for_the_slow_lane_gets_there_and_the_others_are_answered(database: Database) -> None:
    def move(tx: Tx) -> list[int]:
        number(tx, 1)
        if tx.lane is Lane.FAST:
            raise Later
        return [number(tx, 99)]

    futures = together(database, chain(1, 2), move, chain(50, 2))

    assert [future.result(20) for future in futures] == [[1, 2], [99], [50, 51]]


def test_a_connection_that_is_lost_between_two_journeys_is_opened_anew(database: Database, empty_postgres: str) -> None:
    cut: list[int] = []

    def break_it(tx: Tx) -> list[int]:
        row = tx.one("SELECT pg_backend_pid() AS pid")
        assert row is not None
        if not cut:
            cut.append(row["pid"])
            with psycopg.connect(empty_postgres, autocommit=True) as other:
                other.execute("SELECT pg_terminate_backend(%s, 10000)", cut)
        return [number(tx, 5)]

    futures = together(database, chain(1, 3), break_it, chain(50, 2))

    assert [future.result() for future in futures] == [[1, 2, 3], [5], [50, 51]]
    assert cut


def test_each_is_in_its_own_workspace_whoever_asks_in_between(database: Database) -> None:
    """A question that forgets to name a workspace is asked where its work is, not where the last question was."""
    unnamed = "SELECT COALESCE(current_setting('entrant.workspace', true), '') AS it"
    where = f"{unnamed}, :workspace AS named"

    def look(workspace: str) -> Work[list[str]]:
        def work(tx: Tx) -> list[str]:
            return [row["it"] for sql in (unnamed, where, unnamed) for row in look_once(tx, sql, workspace)]

        return work

    def look_once(tx: Tx, sql: str, workspace: str) -> list[dict[str, str]]:
        rows = tx.all(sql, workspace=workspace) if sql == where else tx.all(sql)
        return [dict(row) for row in rows]

    futures = together(database, *(look(name) for name in ("a", "b", "a", "c")))

    assert [future.result() for future in futures] == [["", n, n] for n in ("a", "b", "a", "c")]


def test_one_that_has_named_no_workspace_is_in_all_of_them_whoever_asked_before(database: Database) -> None:
    sql = "SELECT COALESCE(current_setting('entrant.workspace', true), '') AS it"

    def named(tx: Tx) -> list[str]:
        return [row["it"] for row in tx.all(f"{sql}, :workspace AS named", workspace="a")]

    futures = together(database, named, lambda tx: [row["it"] for row in tx.all(sql)], named)

    assert [future.result() for future in futures] == [["a"], [""], ["a"]]


def test_one_that_strays_fails_alone(database: Database) -> None:
    sql = "SELECT :workspace AS it"

    def work(*names: str) -> Work[list[str]]:
        return lambda tx: [row["it"] for name in names for row in tx.all(sql, workspace=name)]

    first, bad, last = together(database, work("a", "a"), work("a", "b"), work("b", "b"))

    assert (first.result(), last.result()) == (["a", "a"], ["b", "b"])
    with pytest.raises(StrayWorkspace):
        bad.result()


def test_more_questions_than_are_under_way_at_a_time_are_all_answered(database: Database) -> None:
    """Of 32 works with long answers each, more than a socket holds."""
    sql = "SELECT repeat(CAST(:n AS TEXT), 30000) AS text"

    def work(n: int) -> Work[list[int]]:
        return lambda tx: [len(row["text"]) for k in range(9) for row in tx.all(sql, n=str(n * 10 + k))]

    futures = together(database, *(work(n) for n in range(100, 132)))

    assert [future.result() for future in futures] == [[120_000] * 9] * 32
