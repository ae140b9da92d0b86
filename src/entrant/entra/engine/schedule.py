"""When something that failed is tried again (entra-client 14.2, 15.6, 15.7): times in, times out.

Times are the UTC text of `entrant.db.engine.timestamp`, which sorts as it is.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from entrant.db.engine import timestamp

from .switches import Switches

_DAY = timedelta(days=1)
_MINUTES_TO_FIRST_ATTEMPT = 5  # of a quarantine, as in Graph's samples (15.6)


def later(moment: str, by: timedelta) -> str:
    """That much after a moment."""
    return timestamp(datetime.fromisoformat(moment) + by)


def next_retry(first_failure: str, failures: int, now: str, switches: Switches) -> str | None:
    """When an operation is tried again after so many failures; None if it is given up (14.2).

    The distances are counted from the first failure; 0 hours is the next cycle, whenever that is.
    """
    hours = switches.retry_hours
    first = datetime.fromisoformat(first_failure)
    given_up = first + timedelta(days=switches.give_up_days)
    present = datetime.fromisoformat(now)
    if present >= given_up:
        return None
    if failures <= len(hours):
        due = first + timedelta(hours=hours[failures - 1])
    else:
        due = first + timedelta(hours=hours[-1] if hours else 0) + (failures - len(hours)) * _DAY
    while due < present:
        due += _DAY
    return timestamp(min(due, given_up))


def next_attempt(series_began: str, series_count: int, now: str) -> str:
    """When a job in quarantine is tried again: after minutes, 6, 12 and 24 hours, then daily (15.6, 15.7)."""
    if series_count == 1:
        return later(now, timedelta(minutes=_MINUTES_TO_FIRST_ATTEMPT))
    steps = (6, 12, 24)
    began = datetime.fromisoformat(series_began)
    due = began + timedelta(hours=steps[min(series_count - 2, 2)])
    present = datetime.fromisoformat(now)
    while due <= present:
        due += _DAY
    return timestamp(due)
