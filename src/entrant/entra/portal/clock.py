"""The clock: wound forward by forty minutes, a day, thirty days; made to stand still, or to go on.

Winding runs the cycles that fall due on the way, which may take its time: it goes on behind the page, which waits a
moment for it and then shows how far it has come.
"""

from __future__ import annotations

from datetime import timedelta

from entrant.entra.jobs import world
from entrant.entra.model import BadValue
from entrant.scim.wire import Response

from .render import Look, page
from .visit import Visit, redirect, url

STEPS = (("40m", "Advance 40 minutes"), ("24h", "Advance 24 hours"), ("30d", "Advance 30 days"))
TIMES = {"40m": timedelta(minutes=40), "24h": timedelta(hours=24), "30d": timedelta(days=30)}
PATIENCE_SECONDS = 20.0  # that the page waits before it shows how far the clock has come
MOST_SHOWN = 100  # of what happened on the way


def show(visit: Visit) -> Response:
    """What it shows, and what happened when it was last wound."""
    winding = visit.site.winder.last
    return page(
        visit,
        "clock.html",
        Look("Clock", "clock"),
        steps=STEPS,
        winding=winding,
        under_way=winding is not None and not winding.ended.is_set(),
        happened=list(winding.happened)[-MOST_SHOWN:] if winding else [],
    )


def act(visit: Visit) -> Response:
    """Wind it, stop it, let it go on."""
    do = visit.form("do")
    if do in TIMES:
        winding = visit.site.winder.wind(TIMES[do])
        arrived = winding.ended.wait(PATIENCE_SECONDS) and winding.problem is None
        return redirect(url("clock", done="advanced" if arrived else None))
    if do not in {"manual", "real"}:
        raise BadValue("choose what to do with the clock")
    visit.db.write(world.CLOCK, lambda tx: world.set_manual(tx, manual=do == "manual"))
    return redirect(url("clock", done="clock"))
