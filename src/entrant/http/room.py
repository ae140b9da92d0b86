"""How many bytes of request bodies a process holds at once.

A small body may always come: how many of these there are is bounded by the connections. Larger ones have a room of a
certain size; when it is full, the next is refused, and may be sent again once others have been served.
"""

from __future__ import annotations

from types import TracebackType
from typing import Self

from entrant.scim.errors import Unavailable

SMALL = 65_536  # bytes of a body that needs no room
MAX_HELD = 268_435_456  # bytes in a room: 32 of the largest bodies, as they are by default


class Room:
    """For one event loop. `size` is in bytes."""

    def __init__(self, size: int) -> None:
        self.free = size

    def hold(self) -> Hold:
        """What one request holds of it, given back at the end of a `with` block."""
        return Hold(self)


class Hold:
    """Bytes of one request."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._size = 0

    def grow(self, size: int) -> None:
        """Hold `size` bytes altogether; raises Unavailable if there is no room for them."""
        if size <= SMALL:
            return
        if size - self._size > self._room.free:
            raise Unavailable("the service holds as many large bodies as it can; repeat the request later")
        self._room.free -= size - self._size
        self._size = size

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._room.free += self._size
        self._size = 0
