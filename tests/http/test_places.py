"""How many connections a process holds (product 9.5)."""

from __future__ import annotations

from entrant.http.places import Place, Places
from entrant.http.sources import Sources

SERVED, REFUSED, CLOSED = Place.SERVED, Place.REFUSED, Place.CLOSED


def test_beyond_the_total_some_are_refused_and_the_rest_closed() -> None:
    places = Places(Sources(), total=3, refused=2)

    assert [places.take(f"203.0.113.{number}") for number in range(7)] == [SERVED] * 3 + [REFUSED] * 2 + [CLOSED] * 2


def test_one_address_does_not_take_the_places_of_all() -> None:
    places = Places(Sources(), total=5, of_an_address=2)

    assert [places.take("203.0.113.1") for _ in range(3)] == [SERVED, SERVED, REFUSED]
    assert [places.take("2001:db8:1:2::1"), places.take("2001:db8:1:2::2")] == [SERVED, SERVED]
    assert places.take("2001:db8:1:2::3") is REFUSED  # the same site
    assert places.take("203.0.113.2") is SERVED


def test_a_trusted_proxy_may_take_all_of_them() -> None:
    places = Places(Sources(["10.0.0.0/8"]), total=5, of_an_address=2)

    assert [places.take("10.1.1.1") for _ in range(6)] == [SERVED] * 5 + [REFUSED]


def test_a_place_that_is_given_back_is_there_again() -> None:
    places = Places(Sources(), total=5, of_an_address=1, refused=1)
    for _ in range(3):
        assert [places.take("203.0.113.1") for _ in range(3)] == [SERVED, REFUSED, CLOSED]
        places.give_back("203.0.113.1", REFUSED)
        places.give_back("203.0.113.1", SERVED)
