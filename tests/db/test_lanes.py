"""Reads that cost much wait for each other, not the cheap ones for them; and none takes longer than the limit."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from entrant.db import database as module
from entrant.db import open_database
from entrant.db.engine import Database, Lane, Later, TimeLimit, Tx, Unavailable
from entrant.store import MIGRATIONS

FOREVER = {
    "sqlite": "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT COUNT(*) AS n FROM n",
    "postgresql": "SELECT pg_sleep(60)",
}


@pytest.fixture
def quick(empty_database_url: str, monkeypatch: pytest.MonkeyPatch) -> Database:
    """A database whose reads are stopped soon."""
    monkeypatch.setattr(module, "TIME_LIMIT", 0.2)
    return open_database(empty_database_url, MIGRATIONS)


def test_a_read_over_the_limit_is_stopped_and_the_next_is_served(quick: Database) -> None:
    """Performance P7: no filter holds a core for more than its time limit."""
    for lane in Lane:
        with pytest.raises(TimeLimit):
            quick.read(lambda tx: tx.all(FOREVER[quick.name]), lane)
        row = quick.read(lambda tx: tx.one("SELECT 1 AS one"), lane)
        assert row is not None
        assert row["one"] == 1
    quick.close()


def test_a_read_can_ask_for_the_slow_lane(notes: Database) -> None:
    def work(tx: Tx) -> Lane | None:
        if tx.lane is Lane.FAST:
            raise Later
        return tx.lane

    assert notes.read(work) is Lane.SLOW


def test_slow_reads_do_not_hold_up_fast_ones(notes: Database) -> None:
    release = threading.Event()
    slow = [threading.Thread(target=lambda: notes.read(lambda tx: release.wait(10), Lane.SLOW)) for _ in range(8)]
    for thread in slow:
        thread.start()

    assert notes.read(lambda tx: tx.lane) is Lane.FAST

    release.set()
    for thread in slow:
        thread.join(10)


def test_a_lost_connection_is_opened_again(database: Database, database_url: str) -> None:
    """PostgreSQL restarts, or a proxy drops what is idle."""
    if database.name != "postgresql":
        pytest.skip("a SQLite file has no connection to lose")
    database.write("w", lambda tx: tx.one("SELECT 1"))
    database.read(lambda tx: tx.one("SELECT 1"))

    with psycopg.connect(database_url, autocommit=True) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()"
        )

    assert database.read(lambda tx: tx.one("SELECT 1")) is not None
    assert database.write("w", lambda tx: tx.one("SELECT 1")) is not None


def test_a_connection_lost_in_the_middle_fails_that_batch_alone(database: Database, database_url: str) -> None:
    if database.name != "postgresql":
        pytest.skip("a SQLite file has no connection to lose")

    def cut(tx: Tx) -> None:
        row = tx.one("SELECT pg_backend_pid() AS pid")
        assert row is not None
        with psycopg.connect(database_url, autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(%s)", [row["pid"]])
        tx.one("SELECT 1")

    with pytest.raises(Unavailable):
        database.write("w", cut)
    assert database.write("w", lambda tx: tx.one("SELECT 1")) is not None


@pytest.fixture
def file(tmp_path: Path) -> Iterator[Database]:
    """A SQLite database."""
    database = open_database(f"sqlite:///{tmp_path / 'entrant.db'}", MIGRATIONS)
    yield database
    database.close()


def test_a_short_read_of_a_file_needs_no_other_thread(file: Database) -> None:
    assert file.read(lambda _: threading.current_thread()) is threading.current_thread()


def test_while_one_is_served_here_the_next_goes_to_the_readers(file: Database) -> None:
    begun, release = threading.Event(), threading.Event()

    def hold(_: Tx) -> bool:
        begun.set()
        return release.wait(10)

    first = threading.Thread(target=lambda: file.read(hold))
    first.start()
    assert begun.wait(10)

    assert file.read(lambda _: threading.current_thread().name).startswith("fast-reader")

    release.set()
    first.join(10)


def test_a_closed_database_serves_nobody(file: Database) -> None:
    assert file.read(lambda tx: tx.lane) is Lane.FAST
    file.close()
    with pytest.raises(Unavailable):
        file.read(lambda tx: tx.lane)
