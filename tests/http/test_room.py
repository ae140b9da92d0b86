"""How many bytes of bodies are held at once."""

from __future__ import annotations

import pytest

from entrant.http.room import SMALL, Room
from entrant.scim.errors import Unavailable


def test_small_bodies_need_no_room() -> None:
    room = Room(0)

    with room.hold() as one, room.hold() as other:
        one.grow(SMALL)
        other.grow(SMALL)


def test_large_bodies_have_the_room_between_them_and_give_it_back() -> None:
    room = Room(300_000)

    with room.hold() as other:
        other.grow(200_000)
        with room.hold() as one:
            one.grow(70_000)
            one.grow(100_000)
            with pytest.raises(Unavailable):
                one.grow(100_001)
        with room.hold() as next_:
            next_.grow(100_000)
        assert room.free == 100_000
    assert room.free == 300_000
