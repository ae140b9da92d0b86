"""Works whose results are waited for elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

from entrant.db.engine import Done

T = TypeVar("T")


def promise(submit: Callable[[Done[T]], object]) -> Future[T]:
    """What comes of a work that `submit` queues with the function it is given."""
    future: Future[T] = Future()

    def done(result: T | None, failure: BaseException | None) -> None:
        if failure is None:
            future.set_result(result)  # type: ignore[arg-type]
        else:
            future.set_exception(failure)

    submit(done)
    return future
