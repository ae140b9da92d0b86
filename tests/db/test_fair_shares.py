"""Product 9.7: what is shared is shared by workspace, and what nobody waits for any more is cancelled.

Each overlap is forced: a work of one workspace is held at a gate while another's is submitted.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager

import pytest

from entrant.db import database as module
from entrant.db import open_database, workers
from entrant.db.database import SLOW_READERS, WRITERS
from entrant.db.engine import Cancel, Cancelled, Database, Done, Lane, TimeLimit, Tx, Work
from entrant.db.session import MAX_FAST_CHARACTERS, MAX_FAST_ROWS
from entrant.store import MIGRATIONS
from tests.support.futures import promise

PATIENCE = 60  # seconds; only a failure waits for so long
NUMBERS = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < :most) "
COUNT = NUMBERS + "SELECT COUNT(*) AS n FROM n"
ROWS = NUMBERS + "SELECT x FROM n"
LENGTHY = {
    "sqlite": "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT COUNT(*) AS n FROM n",
    "postgresql": "SELECT pg_sleep(600)",
}


class Gate:
    """Holds the works that come to it until it is opened."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self._held = threading.Semaphore(0)
        self._open = threading.Event()

    def work(self, name: str) -> Work[str]:
        """A work that waits at the gate."""

        def run(_: Tx) -> str:
            self.begun.append(name)
            self._held.release()
            assert self._open.wait(PATIENCE)
            return name

        return run

    def wait(self) -> None:
        """Wait until another work is at the gate."""
        assert self._held.acquire(timeout=PATIENCE)

    def open(self) -> None:
        """Let all through."""
        self._open.set()


@contextmanager
def gate() -> Iterator[Gate]:
    """A gate that is open in the end, whatever happens."""
    made = Gate()
    try:
        yield made
    finally:
        made.open()


def slow(database: Database, key: str, work: Work[str]) -> tuple[Future[str], Cancel]:
    """Submit a slow read."""
    cancels: list[Cancel] = []

    def submit(done: Done[str]) -> None:
        cancels.append(database.submit_read(work, done, Lane.SLOW, key))

    return promise(submit), cancels[0]


def fast(database: Database, work: Work[int]) -> int:
    """Submit a read of the fast lane, as an event loop does, and wait for it."""

    def submit(done: Done[int]) -> None:
        database.submit_read(work, done, key="a")

    return promise(submit).result(PATIENCE)


def written(database: Database, key: str, work: Work[str]) -> tuple[Future[str], Cancel]:
    """Submit a write."""
    cancels: list[Cancel] = []

    def submit(done: Done[str]) -> None:
        cancels.append(database.submit_write(key, work, done))

    return promise(submit), cancels[0]


def test_slow_reads_of_one_workspace_leave_a_reader_to_the_others(notes: Database) -> None:
    """As many as there are readers, and one of them under way: another workspace's slow read waits for none."""
    with gate() as busy:
        held = [slow(notes, "a", busy.work(f"a{n}"))[0] for n in range(SLOW_READERS + 1)]
        busy.wait()

        assert notes.read(lambda tx: str(tx.lane), Lane.SLOW, "b") == Lane.SLOW
        assert busy.begun == ["a0"]

    assert [future.result(PATIENCE) for future in held] == ["a0", "a1", "a2"]


def test_a_cancelled_read_that_waits_is_never_begun(notes: Database) -> None:
    with gate() as busy:
        first, _ = slow(notes, "a", busy.work("first"))
        busy.wait()
        second, cancel = slow(notes, "a", busy.work("second"))
        third, _ = slow(notes, "a", busy.work("third"))

        cancel()

        assert isinstance(second.exception(PATIENCE), Cancelled)
    assert [first.result(PATIENCE), third.result(PATIENCE)] == ["first", "third"]
    assert busy.begun == ["first", "third"]


def test_a_cancelled_read_that_is_under_way_is_stopped(
    empty_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "TIME_LIMIT", 600.0)
    database = open_database(empty_database_url, MIGRATIONS)
    begun = threading.Event()

    def work(tx: Tx) -> str:
        begun.set()
        return str(tx.all(LENGTHY[tx.engine]))

    future, cancel = slow(database, "a", work)
    assert begun.wait(PATIENCE)

    cancel()

    assert isinstance(future.exception(PATIENCE), Cancelled)
    assert slow(database, "a", lambda tx: str(tx.all("SELECT 1 AS n")[0]["n"]))[0].result(PATIENCE) == "1"
    database.close()


def test_a_read_that_is_cancelled_when_it_is_done_harms_nobody(notes: Database) -> None:
    future, cancel = slow(notes, "a", lambda _: "done")
    assert future.result(PATIENCE) == "done"

    cancel()

    assert slow(notes, "a", lambda tx: str(tx.all("SELECT 1 AS n")[0]["n"]))[0].result(PATIENCE) == "1"


def test_a_cancelled_write_that_waits_is_never_done_and_one_under_way_is(notes: Database) -> None:
    with gate() as busy:
        first, cancel_first = written(notes, "a", busy.work("first"))
        busy.wait()
        second, cancel_second = written(notes, "a", busy.work("second"))

        cancel_first()
        cancel_second()

        assert isinstance(second.exception(PATIENCE), Cancelled)
    assert first.result(PATIENCE) == "first"
    assert busy.begun == ["first"]


def test_all_statements_of_a_read_have_one_time_limit(empty_database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """However short each of them is."""
    monkeypatch.setattr(module, "TIME_LIMIT", 0.2)
    database = open_database(empty_database_url, MIGRATIONS)

    def work(tx: Tx) -> str:
        while True:
            tx.all("SELECT 1 AS n")

    with pytest.raises(TimeLimit):
        slow(database, "a", work)[0].result(PATIENCE)
    assert database.read(lambda tx: tx.all("SELECT 1 AS n")[0]["n"], Lane.SLOW) == 1
    database.close()


@pytest.mark.parametrize("sql", [COUNT, ROWS])
def test_a_read_beyond_the_bounds_leaves_the_thread_that_asks(notes: Database, sql: str) -> None:
    """An event loop goes on: what was submitted is run again by a thread of the slow lane, wherever it began."""
    seen: list[tuple[Lane | None, str]] = []

    def work(tx: Tx) -> int:
        seen.append((tx.lane, threading.current_thread().name))
        return len(tx.all(sql, most=10_000))

    assert fast(notes, work) > 0
    if notes.name == "postgresql" and sql is COUNT:
        return  # another process counts, which holds nobody here; its time is bounded
    assert [lane for lane, _ in seen] == [Lane.FAST, Lane.SLOW]
    assert seen[1][1].startswith("slow-reader")


@pytest.mark.parametrize(("rows", "characters"), [(MAX_FAST_ROWS, 1), (1, MAX_FAST_CHARACTERS)])
@pytest.mark.parametrize("beyond", [0, 1])
def test_what_a_fast_read_takes_is_bounded_however_many_statements_it_has(
    notes: Database, rows: int, characters: int, beyond: int
) -> None:
    lanes: list[Lane | None] = []

    def work(tx: Tx) -> int:
        lanes.append(tx.lane)
        for n in range(2):
            some = rows // 2 + (beyond if n else 0) if rows > 1 else 1
            size = characters // 2 + (beyond if n else 0) if characters > 1 else 1
            tx.all(NUMBERS + "SELECT CAST(:text AS TEXT) AS text FROM n", most=some, text="x" * size)
        return 0

    fast(notes, work)

    assert lanes == [Lane.FAST, Lane.SLOW][: 1 + beyond]


def test_a_long_write_of_one_workspace_holds_up_no_other_where_several_can_be_written(notes: Database) -> None:
    """Whatever the name of the other is: none has a writer in common with a busy one."""
    if notes.name == "sqlite":
        pytest.skip("a SQLite file is written by one at a time")
    with gate() as busy:
        held = [written(notes, "a", busy.work(f"a{n}"))[0] for n in range(WRITERS + 1)]
        busy.wait()

        others = [written(notes, f"other-{n}", lambda _: "done")[0] for n in range(20)]

        assert {future.result(PATIENCE) for future in others} == {"done"}
        assert busy.begun == ["a0"]
    assert [future.result(PATIENCE) for future in held] == [f"a{n}" for n in range(WRITERS + 1)]


def test_of_a_batch_a_workspace_has_a_share_of_the_time_while_others_wait(
    notes: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "SHARE_SECONDS", 0.0)
    ran: list[str] = []

    def work(name: str) -> Work[str]:
        def run(tx: Tx) -> str:
            ran.append(name)
            return tx.now

        return run

    with gate() as busy:
        keys = ["a"] if notes.name == "sqlite" else [f"busy-{n}" for n in range(WRITERS)]
        for key in keys:
            written(notes, key, busy.work(key))
            busy.wait()
        futures = [written(notes, name[0], work(name))[0] for name in ("a1", "a2", "a3", "b1", "b2")]
    moments = [future.result(PATIENCE) for future in futures]

    of_a, of_b = ([name for name in ran if name[0] == key] for key in "ab")
    assert (of_a, of_b) == (["a1", "a2", "a3"], ["b1", "b2"])
    assert moments[3] < moments[2]
    if notes.name == "sqlite":
        assert moments[0] == moments[3]  # the other's first is in the same batch
        assert moments[1] > moments[0]


def test_an_only_workspace_fills_its_batches(notes: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "SHARE_SECONDS", 0.0)
    with gate() as busy:
        written(notes, "a", busy.work("first"))
        busy.wait()
        futures = [written(notes, "a", lambda tx: tx.now)[0] for _ in range(20)]
    assert len({future.result(PATIENCE) for future in futures}) == 1


def test_one_workspace_does_not_fill_the_queue(notes: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("entrant.db.shares.MAX_QUEUE_SHARE", 3)
    with gate() as busy:
        written(notes, "a", busy.work("first"))
        busy.wait()
        futures = [written(notes, "a", lambda _: "done")[0] for _ in range(5)]
        other, _ = written(notes, "b", lambda _: "done")

        assert [future.done() for future in futures] == [False, False, False, True, True]
    assert [future.result(PATIENCE) for future in (*futures[:3], other)] == ["done"] * 4


def test_a_long_write_is_followed_by_those_of_others_before_another_of_its_workspace(
    notes: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    if notes.name == "postgresql":
        pytest.skip("a busy workspace has one writer, and the others have the others")
    monkeypatch.setattr(workers, "LONG_SECONDS", -1.0)  # every write counts as long
    monkeypatch.setattr(workers, "REST", 1e9)
    monkeypatch.setattr("entrant.db.shares.MAX_REST_SECONDS", 1e9)
    with gate() as busy:
        held = [written(notes, "a", busy.work("first"))[0]]
        busy.wait()
        held += [written(notes, "b", lambda _: "b")[0], written(notes, "a", lambda _: "second")[0]]
    assert [future.result(PATIENCE) for future in held[:2]] == ["first", "b"]

    for n in range(20):
        assert written(notes, f"other-{n}", lambda _: "done")[0].result(PATIENCE) == "done"
        assert not held[2].done()
    assert held[2].result(PATIENCE) == "second"  # when no other has come for a while
