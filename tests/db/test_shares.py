"""How what waits for the database is shared out: nobody waits for all that a busy workspace has sent."""

from __future__ import annotations

import pytest

from entrant.db import shares
from entrant.db.shares import MAX_SHARE, Job, Queue
from entrant.db.workers import MAX_BATCH


def queue(keys: str, *, mixed: bool) -> Queue:
    """Jobs of these keys, in that order."""
    made = Queue(mixed=mixed)
    for key in keys:
        made.put(job(key))
    return made


def job(key: str) -> Job:
    """A job that does nothing."""
    return Job(key, lambda _: None, lambda _result, _failure: None)


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


class Clock:
    """A clock that a test moves."""

    now = 1_000.0

    def monotonic(self) -> float:
        """The time."""
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(shares, "time", made)
    return made


def test_after_a_long_work_a_key_rests_while_others_come(clock: Clock) -> None:
    """Of the one writer of a file, a workspace whose writes are long has a part that others hardly notice."""
    waiting = queue("ba", mixed=True)
    waiting.take(MAX_BATCH)
    waiting.rest("b", 3.0)
    for key in "bab":
        waiting.put(job(key))

    first = taken(waiting)
    clock.now += 2.9
    waiting.put(job("a"))
    second = taken(waiting)
    clock.now += 0.2

    assert [first, second, taken(waiting)] == ["a", "a", "bb"]


def test_a_key_rests_no_longer_than_the_bound(clock: Clock) -> None:
    waiting = queue("ba", mixed=True)
    waiting.take(MAX_BATCH)
    waiting.rest("b", 1e9)
    clock.now += shares.MAX_REST_SECONDS
    waiting.put(job("a"))
    waiting.put(job("b"))

    assert taken(waiting) == "ab"


@pytest.mark.parametrize("keys", ["b", "ba"])
def test_a_key_does_not_rest_when_no_other_comes_or_none_has_for_a_while(clock: Clock, keys: str) -> None:
    waiting = queue(keys, mixed=True)
    waiting.take(MAX_BATCH)
    waiting.rest("b", 9.0)
    if len(keys) > 1:
        clock.now += shares.RECENT_SECONDS
    waiting.put(job("b"))

    assert taken(waiting) == "b"


def test_what_is_given_back_goes_before_the_rest_of_its_key_and_behind_the_others() -> None:
    waiting = queue("bb", mixed=True)
    first, second = waiting.take(MAX_BATCH)
    for key in "ab":
        waiting.put(job(key))

    waiting.give_back([second])

    found = waiting.take(MAX_BATCH)
    assert [each.key for each in found] == ["a", "b", "b"]
    assert found[1] is second
    assert first not in found
