"""How answers get from the database's threads to the event loop that waits for them."""

from __future__ import annotations

from asyncio import AbstractEventLoop, Future
from collections import deque
from threading import get_ident

from entrant.scim.wire import Response


class Mailbox:
    """Takes answers on any thread and hands them to their futures on the loop's.

    Waking a loop costs a system call and competes for the interpreter. A batch of writes is answered all at once,
    so one wake-up delivers everything that has gathered by the time the loop gets to it.
    """

    def __init__(self, loop: AbstractEventLoop) -> None:
        self._loop = loop
        self._thread = get_ident()
        self._answers: deque[tuple[Future[Response], Response]] = deque()
        self._woken = False

    def put(self, future: Future[Response], response: Response) -> None:
        """Leave the answer to a request; called on any thread."""
        if get_ident() == self._thread:
            if not future.done():  # cancelled, which is why it comes now
                future.set_result(response)
            return
        self._answers.append((future, response))
        if not self._woken:
            self._woken = True
            self._loop.call_soon_threadsafe(self._deliver)

    def _deliver(self) -> None:
        # Lowered before the box is emptied: an answer that comes after the last look wakes the loop again.
        self._woken = False
        while self._answers:
            future, response = self._answers.popleft()
            if not future.done():  # cancelled when the server stops without waiting any longer
                future.set_result(response)
