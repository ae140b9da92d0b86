"""Functions on dates (entra-client 18.3, 18.7). Dates are texts in the form of `CDate`: `3/16/2020 7:00:00 AM`, UTC."""

from __future__ import annotations

import calendar
from collections.abc import Callable
from datetime import datetime, timedelta

from entrant.entra.mapping.attributes import Value

from .arguments import Arguments
from .netdate import GENERAL, format_date, parse_exact, parse_general

_FILE_TIME = datetime(1601, 1, 1)  # noqa: DTZ001  Active Directory counts from here; moments are UTC without a zone
_TICKS = 10_000_000  # 100 ns in a second

_LENGTHS = {"d": 86_400, "ww": 7 * 86_400, "h": 3_600, "n": 60, "s": 1}
"""Seconds of the intervals that always take as long; `yyyy` and `m` do not."""
_INTERVALS = ("yyyy", "m", *_LENGTHS)


def cdate(arguments: Arguments) -> Value:
    """A date in any usual form."""
    return _show(arguments.date(0))


def now(arguments: Arguments) -> Value:
    """The time by the emulator's clock."""
    return _show(arguments.environment.moment)


def date_add(arguments: Arguments) -> Value:
    """A date and some intervals later, or earlier."""
    interval, count, date = _interval(arguments), arguments.integer(1), arguments.date(2)
    if date is None:
        return None
    try:
        if interval in _LENGTHS:
            return _show(date + timedelta(seconds=_LENGTHS[interval] * count))
        return _show(_add_months(date, count * (12 if interval == "yyyy" else 1)))
    except (OverflowError, ValueError) as problem:
        return arguments.fail(f"the date is out of range: {problem}")


def _add_months(date: datetime, count: int) -> datetime:
    """The same day of another month, or that month's last one."""
    year, month = divmod(date.year * 12 + date.month - 1 + count, 12)
    if not 1 <= year <= 9999:  # noqa: PLR2004
        raise ValueError(f"the year {year}")
    return date.replace(year=year, month=month + 1, day=min(date.day, calendar.monthrange(year, month + 1)[1]))


def date_diff(arguments: Arguments) -> Value:
    """Whole intervals from the first date to the second; of weeks, how often one begins, on Sunday.

    The documented -493 weeks for 3449 days are not 492 whole weeks: weeks are counted by the calendar, as in VBA.
    """
    interval, first, second = _interval(arguments), arguments.date(1), arguments.date(2)
    if first is None or second is None:
        return None
    if interval == "ww":
        return (_sunday(second) - _sunday(first)).days // 7
    if interval in _LENGTHS:
        whole = abs(second - first) // timedelta(seconds=_LENGTHS[interval])
        return whole if second >= first else -whole
    months = _months(first, second) if second >= first else -_months(second, first)
    return months if interval == "m" else int(months / 12)


def _sunday(date: datetime) -> datetime:
    """The beginning of a date's week."""
    day = date.replace(hour=0, minute=0, second=0, microsecond=0)
    try:
        return day - timedelta(days=(day.weekday() + 1) % 7)
    except OverflowError:
        return day


def _months(early: datetime, late: datetime) -> int:
    """Whole months between two dates."""
    months = (late.year - early.year) * 12 + late.month - early.month
    return months if (late.day, late.time()) >= (early.day, early.time()) else months - 1


def date_from_num(arguments: Arguments) -> Value:
    """A date of Active Directory."""
    if arguments.value(0) is None:
        return None
    try:
        return _show(_FILE_TIME + timedelta(microseconds=arguments.integer(0) // 10))
    except OverflowError as problem:
        return arguments.fail(f"the date is out of range: {problem}")


def num_from_date(arguments: Arguments) -> Value:
    """A date as Active Directory has it."""
    date = arguments.date(0)
    return None if date is None else str((date - _FILE_TIME) // timedelta(microseconds=1) * (_TICKS // 1_000_000))


def format_date_time(arguments: Arguments) -> Value:
    """A date of one form in another. The older form of the function has three arguments, without the styles."""
    first = len(arguments) - 2
    source, before, after = arguments.text(0), arguments.text(first), arguments.text(first + 1)
    if not source:
        return None
    if not after:
        arguments.fail("the output format is missing")
    read: Callable[[str], datetime] = (lambda text: parse_exact(text, before)) if before else parse_general
    try:
        return format_date(read(source), after)
    except ValueError as problem:
        return arguments.fail(f'"{source}" is no date of the form "{before or GENERAL}": {problem}')


def _interval(arguments: Arguments) -> str:
    interval = arguments.text(0) or ""
    if interval not in _INTERVALS:
        arguments.fail(f'"{interval}" is no interval; there are {", ".join(_INTERVALS)}')
    return interval


def _show(date: datetime | None) -> str | None:
    return None if date is None else format_date(date, GENERAL)
