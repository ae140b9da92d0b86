"""Writes that are committed in groups: each is done wholly or not at all, and answered after the commit."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from typing import TypeVar

import pytest

from entrant.db.engine import Database, DatabaseError, Tx, Work
from tests.support.futures import promise

T = TypeVar("T")
INSERT = "INSERT INTO note (id, text) VALUES (:id, :text)"


def put(tx: Tx, name: str, text: str = "") -> None:
    """Insert a note."""
    tx.run(INSERT, id=name, text=text)


def names(database: Database) -> list[str]:
    """The ids of all notes."""
    return [row["id"] for row in database.read(lambda tx: tx.all("SELECT id FROM note ORDER BY id"))]


def together(database: Database, works: list[Work[object]]) -> list[Future[object]]:
    """Run works in one batch: a first write holds the writer until all have queued up."""
    held, release = threading.Event(), threading.Event()

    def hold(_: Tx) -> None:
        held.set()
        release.wait(10)

    def submit(work: Work[T]) -> Future[T]:
        return promise(lambda done: database.submit_write("w", work, done))

    first = submit(hold)
    assert held.wait(10)
    futures = [submit(work) for work in works]
    release.set()
    first.result(10)
    return futures


def test_works_that_queue_up_share_a_transaction(notes: Database) -> None:
    seen: list[tuple[str, int]] = []

    def work(n: int) -> Work[object]:
        def run(tx: Tx) -> int:
            seen.append((tx.now, tx.peers))
            put(tx, f"n{n}")
            return n

        return run

    futures = together(notes, [work(n) for n in range(10)])

    assert [future.result(10) for future in futures] == list(range(10))
    assert len(set(seen)) == 1
    assert seen[0][1] == 10
    assert len(names(notes)) == 10


class Refused(Exception):
    """A work's own failure."""


def refuse() -> None:
    """Fail."""
    raise Refused


def test_a_work_that_fails_after_writing_leaves_nothing_and_the_others_everything(notes: Database) -> None:
    def fail(tx: Tx) -> None:
        put(tx, "bad")
        tx.later(INSERT, id="bad later", text="")
        raise Refused

    def good(name: str) -> Work[object]:
        def run(tx: Tx) -> None:
            put(tx, name)
            tx.later(INSERT, id=name + " later", text="")

        return run

    first, bad, last = together(notes, [good("a"), fail, good("z")])

    first.result(10)
    last.result(10)
    with pytest.raises(Refused):
        bad.result(10)
    assert names(notes) == ["a", "a later", "z", "z later"]


def test_a_statement_that_fails_is_its_own_works_failure(notes: Database) -> None:
    same = {"id": "x", "text": ""}
    duplicate, good = together(notes, [lambda tx: tx.many(INSERT, [same, same]), lambda tx: put(tx, "y")])

    with pytest.raises(DatabaseError):
        duplicate.result(10)
    good.result(10)
    assert names(notes) == ["y"]


@pytest.mark.parametrize("outer_fails", [True, False])
def test_atomic_blocks_nest(notes: Database, outer_fails: bool) -> None:  # noqa: FBT001
    def work(tx: Tx) -> None:
        put(tx, "before")
        try:
            with tx.atomic():
                put(tx, "outer")
                with suppress(Refused), tx.atomic():
                    put(tx, "inner")
                    tx.later(INSERT, id="inner later", text="")
                    refuse()
                put(tx, "after inner")
                if outer_fails:
                    refuse()
        except Refused:
            put(tx, "after outer")

    notes.write("w", work)

    expected = ["after outer", "before"] if outer_fails else ["after inner", "before", "outer"]
    assert names(notes) == expected


def test_what_is_put_off_is_done_once_with_its_sum(notes: Database) -> None:
    notes.write("w", lambda tx: put(tx, "counter"))
    add = "UPDATE note SET size = size + :size WHERE id = :id"

    def count(n: int, *, fails: bool = False) -> Work[object]:
        def run(tx: Tx) -> None:
            tx.add(add, {"id": "counter"}, size=n)
            if fails:
                put(tx, "never")
                raise Refused

        return run

    for future in together(notes, [count(1), count(10), count(100, fails=True), count(1000)]):
        future.exception(10)

    row = notes.read(lambda tx: tx.one("SELECT size FROM note WHERE id = 'counter'"))
    assert row is not None
    assert row["size"] == 1011


def test_the_memo_is_shared_within_a_batch_and_forgotten_with_what_it_was_about(notes: Database) -> None:
    seen: list[object] = []

    def look(tx: Tx) -> None:
        seen.append(tx.memo.get("k"))
        tx.memo["k"] = "kept"

    def fail(tx: Tx) -> None:
        put(tx, "x")
        tx.memo["k"] = "of a write that was undone"
        raise Refused

    for future in together(notes, [look, look, fail, look]):
        future.exception(10)

    assert "of a write that was undone" not in seen
    assert "kept" in seen


def test_time_never_stands_still(notes: Database) -> None:
    times = [notes.write("w", lambda tx: tx.now) for _ in range(50)]

    assert times == sorted(set(times))


def test_lists_are_one_parameter(notes: Database) -> None:
    notes.write("w", lambda tx: tx.many(INSERT, [{"id": name, "text": ""} for name in ("a", "b", "it's")]))
    sql = "SELECT id FROM note WHERE id IN :ids ORDER BY id"

    def find(*ids: str) -> list[str]:
        return [row["id"] for row in notes.read(lambda tx: tx.all(sql, ids=list(ids)))]

    assert find("a", "it's", "zz") == ["a", "it's"]
    assert find() == []


def test_reads_see_one_snapshot(notes: Database) -> None:
    """A read that goes on while others write sees none of it."""
    counts: list[int] = []

    def count(tx: Tx) -> int:
        row = tx.one("SELECT COUNT(*) AS n FROM note")
        assert row is not None
        return int(row["n"])

    def look_twice(tx: Tx) -> None:
        counts.append(count(tx))
        writer = threading.Thread(target=notes.write, args=("w", lambda inner: put(inner, "meanwhile")))
        writer.start()
        writer.join(10)
        counts.append(count(tx))

    notes.read(look_twice)

    assert counts == [0, 0]
    assert names(notes) == ["meanwhile"]


def test_a_closed_database_refuses_and_closes_twice(notes: Database) -> None:
    notes.close()
    notes.close()
    with pytest.raises(DatabaseError):
        notes.write("w", lambda tx: put(tx, "late"))
    with pytest.raises(DatabaseError):
        names(notes)


def test_what_is_queued_is_done_before_closing(notes: Database) -> None:
    def work(n: int) -> Callable[[Tx], object]:
        return lambda tx: put(tx, f"n{n:02}")

    futures = together(notes, [work(n) for n in range(20)])
    notes.close()

    assert all(future.done() for future in futures)
