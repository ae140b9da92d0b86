"""Whether anything holds the interpreter: how much of the process's time passes between two beats of a thread.

The time is the CPU time of the process, so that a machine that is busy with other work does not lengthen it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

BOUND = 0.05  # seconds (product 9.5)
GROWTH = 1.25  # of a gap, from half of an input to all of it; what does not grow is not the input's
TRIES = 4  # of which the shortest counts: any one may be lengthened by something else
PAUSE = 0.001


@dataclass(frozen=True)
class Attack:
    """A hostile input: what sends so much of it, where 1.0 is all that the bounds let through."""

    name: str
    send: Callable[[float], object]


def longest_gap(act: Callable[[], object]) -> float:
    """The longest time, in seconds of CPU of this process, in which no other thread had the interpreter."""
    longest, stopped = 0.0, threading.Event()

    def beat() -> None:
        nonlocal longest
        last = time.process_time()
        while not stopped.is_set():
            time.sleep(PAUSE)
            now = time.process_time()
            longest = max(longest, now - last)
            last = now

    thread = threading.Thread(target=beat)
    thread.start()
    try:
        act()
    finally:
        stopped.set()
        thread.join()
    return longest


def holds(attack: Attack) -> str | None:
    """What an input does to the interpreter, if it holds it for longer than BOUND and the longer the larger it is."""
    whole = longest_gap(lambda: attack.send(1.0))
    for _ in range(TRIES):
        if whole <= BOUND:
            return None
        whole = min(whole, longest_gap(lambda: attack.send(1.0)))
    half = min(longest_gap(lambda: attack.send(0.5)) for _ in range(TRIES))
    if whole <= max(BOUND, GROWTH * half):
        return None
    return f"{attack.name}: {whole * 1000:.0f} ms, half of it {half * 1000:.0f} ms"
