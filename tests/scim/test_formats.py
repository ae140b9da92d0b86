"""What is a value of each data type (product 6.8; RFC 7643 §2.3)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrant.scim.formats import instant, is_base64, is_reference, to_number


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-30T12:00:00Z", "2026-11-30T12:00:00.000000Z"),
        ("2026-11-30T12:00:00", "2026-11-30T12:00:00.000000Z"),
        ("2026-11-30T12:00:00.1234567Z", "2026-11-30T12:00:00.123456Z"),
        ("2026-11-30T12:00:00.5+01:30", "2026-11-30T10:30:00.500000Z"),
        ("2026-12-31T24:00:00Z", "2027-01-01T00:00:00.000000Z"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000000Z"),
        ("9999-12-31T23:59:59-00:00", "9999-12-31T23:59:59.000000Z"),
    ],
)
def test_an_xsd_date_time_is_an_instant_of_fixed_width(text: str, moment: str) -> None:
    assert instant(text) == moment


@pytest.mark.parametrize(
    "text",
    ["", "2026-11-30", "2026-11-30 12:00:00", "2026-11-30T12:00", "2026-11-30T12", "20261130T120000Z", "2026-W49-1T12:00:00Z",
     "2026-11-30t12:00:00z", "2026-11-30T12:00:00,5Z", "2026-11-30T12:00:00.Z", "2026-11-30T12:00:00+14:01", "2026-11-30T24:00:01Z",
     "2026-11-30T12:00:00+01:00:30", "2026-11-30T12:00:60Z", "2026-02-30T12:00:00Z", "0000-01-01T00:00:00Z", "9999-12-31T23:59:59-01:00",
     "9999-12-31T24:00:00Z", "0001-01-01T00:00:00+01:00", "\u0662026-11-30T12:00:00Z", "2026-11-30T12:00:00Z\n", "5/23/2026 3:04:05 PM",
     "2026-11-30T12:00:00." + "1" * 60_000 + "x"],
)  # fmt: skip
def test_anything_else_is_no_date_time(text: str) -> None:
    assert instant(text) is None


@given(
    moment=st.datetimes(min_value=datetime(2, 1, 1), max_value=datetime(9998, 1, 1)),  # noqa: DTZ001  the zone is drawn
    minutes=st.integers(-14 * 60, 14 * 60),
)
def test_instants_have_the_order_of_time(moment: datetime, minutes: int) -> None:
    there = moment.replace(tzinfo=timezone(timedelta(minutes=minutes)))

    assert (
        instant(there.isoformat())
        == f"{there.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='microseconds')}Z"
    )


@pytest.mark.parametrize("text", ["", "YQ==", "YQ", "YWI=", "YWI", "YWJj", "+/+/"])
def test_base64_may_leave_its_padding_out(text: str) -> None:
    assert is_base64(text)


@pytest.mark.parametrize(
    "text", ["a", "abcde", "YQ=", "YWJj=", "=", "==", "a b=", "YQ==\n", "-_-_", "é===", "no base64!"]
)
def test_anything_else_is_no_base64(text: str) -> None:
    assert not is_base64(text)


@pytest.mark.parametrize(
    "text",
    ["", "https://example.com/a?b=c#d", "https://u:p@example.com:8080/", "http://[2001:db8::1]:80/x", "../Users/26118915", "/Users/1",
     "Users/1", "//example.com/x", "urn:ietf:params:scim:schemas:core:2.0:User", "mailto:a@b.example", "data:image/png;base64,iVBOR+/=",
     "https://example.com/%C3%A4", "https://example.com/~jörg/照片.jpg", "?q", "#f", "a/b:c", "http://", "file:///etc/passwd"],
)  # fmt: skip
def test_a_reference_is_a_uri_absolute_or_relative(text: str) -> None:
    assert is_reference(text)


@pytest.mark.parametrize(
    "text",
    ["a b", " ", "http://exa mple.com", "http://[::1", "http://a]b", "%", "%zz", "a%2", "1a:b", ":", "<a>", "a\\b", "a|b", "a^b", "`",
     'a"b', "{id}", "a\nb", "a\0b", "a\x7fb", "a#b#c", "http://a@b@c/", "\ufffe", "\u200e \u202e"],
)  # fmt: skip
def test_anything_else_is_no_reference(text: str) -> None:
    assert not is_reference(text)


@given(text=st.text(max_size=30) | st.from_regex(r"[a-z:/?#\[\]@%0-9.]{0,20}", fullmatch=True))
def test_a_reference_has_none_of_the_characters_that_no_uri_has(text: str) -> None:
    assert not is_reference(text) or not set(text) & set(' <>"{}|\\^`\n\0')


def test_a_number_is_in_the_range_of_binary64() -> None:
    assert to_number(10**308) == 1e308
    assert to_number(-0.0) == 0.0
    assert str(to_number(-0.0)) == "0.0"
    assert [to_number(value) for value in (10**309, -(10**400), float("inf"), float("nan"), True, "1", None)] == [
        None
    ] * 7
