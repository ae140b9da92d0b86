"""The server's log is bounded, whoever makes it write (product 9.10)."""

from __future__ import annotations

import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrant.web.logs import LINES, SOURCE_LINES, Bounded

Steps = list[tuple[int, str | None, int, float]]


def record(line: int, source: str | None) -> logging.LogRecord:
    made = logging.LogRecord("x", logging.INFO, "file.py", line, "said %s", ("this",), None)
    if source is not None:
        made.source = source
    return made


@given(
    st.lists(
        st.tuples(
            st.integers(1, 3),
            st.sampled_from([None, "192.0.2.1", "192.0.2.2"]),
            st.integers(1, 2 * LINES),
            st.sampled_from([0.0, 10.0, 59.0, 61.0]),
        ),
        max_size=30,
    )
)
def test_a_minute_has_so_many_lines_of_one_place_and_none_is_left_out_unsaid(steps: Steps) -> None:
    now = 0.0
    bounded = Bounded(lambda: now)
    sent: dict[tuple[int, str | None], int] = {}
    known: dict[tuple[int, str | None], int] = {}
    for line, source, times, pause in steps:
        now += pause
        key = (line, source)
        written = 0
        for _ in range(times):
            entry = record(line, source)
            sent[key] = sent.get(key, 0) + 1
            if bounded.filter(entry):
                written += 1
                known[key] = known.get(key, 0) + 1 + getattr(entry, "facts", {}).get("left_out", 0)
        assert written <= (LINES if source is None else SOURCE_LINES)
    now += 61.0
    for key, count in sent.items():
        last = record(*key)
        assert bounded.filter(last)
        assert known[key] + getattr(last, "facts", {}).get("left_out", 0) == count


def test_memory_for_counting_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("entrant.web.logs.MAX_COUNTED", 10)
    bounded = Bounded(lambda: 0.0)

    written = sum(bounded.filter(record(1, f"source {n}")) for n in range(2 * SOURCE_LINES))

    assert written <= 10 + SOURCE_LINES
