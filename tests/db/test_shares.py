"""How what waits for the database is shared out: nobody waits for all that a busy workspace has sent."""

from __future__ import annotations

import pytest

from entrant.db.shares import MAX_SHARE, Job, Queue
from entrant.db.workers import MAX_BATCH


def queue(keys: str, *, mixed: bool) -> Queue:
    """Jobs of these keys, in that order."""
    made = Queue(mixed=mixed)
    for key in keys:
        made.put(Job(key, lambda _: None, lambda _result, _failure: None))
    return made


def taken(waiting: Queue) -> str:
    """The keys of the next batch, which is done with at once."""
    jobs = waiting.take(MAX_BATCH)
    waiting.release(jobs)
    return "".join(job.key for job in jobs)


@pytest.mark.parametrize("mixed", [True, False])
def test_one_alone_may_fill_a_batch(*, mixed: bool) -> None:
    assert taken(queue("b" * 200, mixed=mixed)) == "b" * MAX_BATCH


def test_of_a_busy_one_a_share_is_taken_while_another_waits() -> None:
    waiting = queue("b" * 100 + "a" + "b" * 100, mixed=True)

    assert [taken(waiting), taken(waiting)] == ["b" * MAX_SHARE + "a", "b" * MAX_BATCH]


def test_where_batches_are_of_one_key_the_other_is_next() -> None:
    waiting = queue("b" * 100 + "a", mixed=False)

    assert [taken(waiting), taken(waiting), taken(waiting)] == ["b" * MAX_SHARE, "a", "b" * (100 - MAX_SHARE)]


def test_many_busy_ones_fill_a_batch_together() -> None:
    waiting = queue("abcdefghij" * 40, mixed=True)

    first, second = taken(waiting), taken(waiting)

    assert len(first) == len(second) == MAX_BATCH
    assert set(first + second) == set("abcdefghij")
    assert second[0] == "i"  # which had no place in the first
