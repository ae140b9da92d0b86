"""Dates by .NET's format strings, invariant culture (entra-client 18.3)."""
# ruff: noqa: DTZ001  moments are UTC without a zone

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrant.entra.mapping.expressions.netdate import GENERAL, format_date, parse_exact, parse_general

MOMENT = datetime(2009, 6, 5, 13, 45, 7, 123_400)


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("d", "06/05/2009"),
        ("D", "Friday, 05 June 2009"),
        ("f", "Friday, 05 June 2009 13:45"),
        ("F", "Friday, 05 June 2009 13:45:07"),
        ("g", "06/05/2009 13:45"),
        ("G", "06/05/2009 13:45:07"),
        ("M", "June 05"),
        ("O", "2009-06-05T13:45:07.1234000Z"),
        ("R", "Fri, 05 Jun 2009 13:45:07 GMT"),
        ("s", "2009-06-05T13:45:07"),
        ("t", "13:45"),
        ("T", "13:45:07"),
        ("u", "2009-06-05 13:45:07Z"),
        ("y", "2009 June"),
        (GENERAL, "6/5/2009 1:45:07 PM"),
        ("yy y yyyyy", "09 9 02009"),
        ("%d", "5"),
        ("dd ddd dddd", "05 Fri Friday"),
        ("MMM MMMM", "Jun June"),
        ("h hh H HH", "1 01 13 13"),
        ("m mm s ss", "45 45 7 07"),
        ("f fff fffffff", "1 123 1234000"),
        ("FFFF.FFFFFFF", "1234.1234"),
        ("t tt", "P PM"),
        ("z zz zzz K", "+0 +00 +00:00 Z"),
        ("gg", "A.D."),
        (r"'its' h\h", "its 1h"),
        ("yyyyMMddHHmmss.fZ", "20090605134507.1Z"),
    ],
)
def test_moments_are_written(form: str, text: str) -> None:
    assert format_date(MOMENT, form) == text


@pytest.mark.parametrize(
    ("form", "text", "moment"),
    [
        ("yyyyMMddHHmmss.fZ", "20150123105347.1Z", datetime(2015, 1, 23, 10, 53, 47, 100_000)),
        ("yyyy-MM-ddzzz", "2020-12-31-08:00", datetime(2020, 12, 31, 8)),
        ("yyyy-MM-ddTHH:mm:ssK", "2020-12-31T10:00:00+02:00", datetime(2020, 12, 31, 8)),
        ("yyyy-MM-ddTHH:mm:ssK", "2020-12-31T10:00:00Z", datetime(2020, 12, 31, 10)),
        ("M/d/yyyy hh:mm:ss tt", " 3/16/2020 12:00:00 am ", datetime(2020, 3, 16)),
        ("M/d/yyyy h:mm t", "3/16/2020 12:30 P", datetime(2020, 3, 16, 12, 30)),
        ("d.M.yy", "1.2.50", datetime(1950, 2, 1)),
        ("d.M.yy", "1.2.49", datetime(2049, 2, 1)),
        ("ddd, dd MMM yyyy", "Fri, 05 jun 2009", datetime(2009, 6, 5)),
        ("dddd d MMMM yyyy", "friday 5 JUNE 2009", datetime(2009, 6, 5)),
        ("d", "06/05/2009", datetime(2009, 6, 5)),
        ("yyyy", "2009", datetime(2009, 1, 1)),
        ("HH:mm:ss.FFF yyyy", "01:02:03. 2009", datetime(2009, 1, 1, 1, 2, 3)),
    ],
)
def test_texts_are_read(form: str, text: str, moment: datetime) -> None:
    assert parse_exact(text, form) == moment


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("yyyy-MM-dd", "2009-6-5"),
        ("yyyy-MM-dd", "2009-13-05"),
        ("yyyy-MM-dd", "2009-02-30"),
        ("yyyy-MM-dd", "2009-02-03x"),
        ("yyyy-MM-dd", "0000-01-01"),
        ("h tt", "13 PM"),
        ("MMM", "Foo"),
        ("yyyy-MM-dd HH zzz", "9999-12-31 23 -23:00"),
        ("yyyyzzz", "0001+23:00"),
        ("yyyyzzz", "2001+24:00"),
    ],
)
def test_a_text_of_another_form_is_refused(form: str, text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_exact(text, form)


@given(st.datetimes(min_value=datetime(1, 1, 1)))
def test_the_round_trip_form_reads_back(moment: datetime) -> None:
    assert parse_exact(format_date(moment, "o"), "o") == moment
    assert parse_general(format_date(moment, "o")) == moment


@given(st.text(max_size=30), st.text("yMdHhmsfFtzK'\\ :/-", max_size=15))
def test_any_text_and_format_give_a_date_or_are_refused(text: str, form: str) -> None:
    for date in (_date(lambda: parse_exact(text, form)), _date(lambda: parse_general(text))):
        assert date is None or date.tzinfo is None


def _date(read: Callable[[], datetime]) -> datetime | None:
    try:
        return read()
    except ValueError:
        return None
