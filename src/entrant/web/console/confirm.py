"""Asking again who is there, before a form that could hand the workspace to somebody else (`Page.fresh`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from entrant.service.confirming import confirm_by_password, ways_to_confirm
from entrant.service.sign_in import FRESH, NotLetIn, TooManyTries
from entrant.ui.text import sentence

from .render import Look, page
from .sign_in import wanted
from .visit import Reply, Visit, redirect

PATH = "confirm"
FIELD = "confirm-password"
SECRET = "client_secret"  # noqa: S105  the field of a form whose value is on no page


def check(visit: Visit) -> Visit | Reply:
    """The visit of somebody who has shown who they are, who may go on; or the page that asks."""
    seat = visit.seat
    if seat is None or seat.fresh:
        return visit
    path = visit.path.removeprefix(f"/console/{visit.slug}/")
    if visit.form.get(SECRET):
        return redirect(visit.url(PATH, to=path))
    given = visit.form.get(FIELD)
    if given is None:
        return _page(visit, path, visit.form)
    form = {name: value for name, value in visit.form.items() if name != FIELD}
    try:
        confirm_by_password(visit.database, seat, given)
    except (NotLetIn, TooManyTries) as refused:
        return _page(replace(visit, refusal=sentence(refused.detail)), path, form)
    return replace(visit, seat=replace(seat, fresh=True), form=form)


def show(visit: Visit) -> Reply:
    """The page that asks, before a form that cannot be sent along."""
    return _page(visit, wanted(visit), {"to": wanted(visit)})


def act(visit: Visit) -> Reply:
    """Go back to the form."""
    if visit.seat is None:
        raise LookupError("the page is for members")
    confirm_by_password(visit.database, visit.seat, visit.form.get(FIELD, ""))
    return redirect(visit.url(wanted(visit), done="confirmed"))


def _page(visit: Visit, path: str, fields: Mapping[str, str]) -> Reply:
    if visit.seat is None:
        raise LookupError("the page is for members")
    return page(
        visit,
        "confirm.html",
        Look("Confirm that it is you"),
        status=403 if visit.method == "POST" else 200,
        ways=ways_to_confirm(visit.database, visit.seat),
        fields={name: value for name, value in fields.items() if name not in {"csrf", FIELD}},
        provider=visit.url(f"{PATH}/openid", to=path),
        minutes=int(FRESH.total_seconds() // 60),
        user_name=visit.seat.member.doc["userName"],
    )
