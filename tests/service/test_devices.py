"""Cookies by which an account knows a browser that has signed in to it (Product 9.8)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from entrant.db.engine import timestamp
from entrant.service.devices import LIFETIME, find, make

NOW = datetime(2026, 11, 30, tzinfo=UTC)
HASHED, OTHER = "$argon2id$one", "$argon2id$two"


def test_a_browser_is_known_for_its_lifetime() -> None:
    cookie = make(HASHED, timestamp(NOW))

    assert find(cookie, HASHED, timestamp(NOW)) == find(cookie, HASHED, timestamp(NOW + LIFETIME)) is not None
    assert find(cookie, HASHED, timestamp(NOW + LIFETIME + timedelta(seconds=1))) is None


def test_a_browser_is_not_known_to_another_account_nor_after_the_password_has_changed() -> None:
    assert find(make(HASHED, timestamp(NOW)), OTHER, timestamp(NOW)) is None


@pytest.mark.parametrize(
    "change",
    [
        lambda c: "",
        lambda c: "..",
        lambda c: c[:-1],
        lambda c: c + "0",
        lambda c: "x" + c,
        lambda c: c * 10,
        lambda c: c.replace(".", ".9", 1),
        lambda c: "\u00e9" + c,
    ],
)
def test_what_was_not_made_here_is_not_known(change: object) -> None:
    cookie = make(HASHED, timestamp(NOW))

    assert find(change(cookie), HASHED, timestamp(NOW)) is None  # type: ignore[operator]  # a function of text


def test_nobody_is_known_to_an_account_without_a_password() -> None:
    assert find(make("there is no account", timestamp(NOW)), None, timestamp(NOW)) is None
