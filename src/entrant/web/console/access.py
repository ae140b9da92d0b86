"""The forms about sessions and bound accounts, on the pages of a member and on one's own."""

from __future__ import annotations

from entrant.service import admin
from entrant.workspace.errors import InvalidSetting

from .cookies import no_cookie
from .visit import SESSION_COOKIE, Reply, Visit, redirect


def act_on_own(visit: Visit) -> Reply:
    """End sessions of one's own: one, or all but this one."""
    seat = visit.seat
    if seat is None:
        raise LookupError("the page is for members")
    match visit.form.get("do"):
        case "end-session":
            id_ = visit.form.get("session", "")
            admin.end_sessions(visit.database, visit.slug, seat.member.id, session=id_)
            if seat.session.startswith(id_):
                return redirect(visit.url("sign-in", done="signed-out"), no_cookie(visit, SESSION_COOKIE))
        case "end-sessions":
            admin.end_sessions(visit.database, visit.slug, seat.member.id, but=seat.session)
        case _:
            raise InvalidSetting("The form does not say what to do")
    return redirect(visit.url("profile", done="session-ended"))


def end_sessions(visit: Visit, member_id: str) -> None:
    """End the sessions of a member, or one of them; this one goes on."""
    here = visit.seat.session if visit.seat else ""
    id_ = visit.form.get("session") or None
    admin.end_sessions(visit.database, visit.slug, member_id, session=id_, but=here)


def end_identity(visit: Visit, member_id: str) -> None:
    """End a bound account of a member."""
    form = visit.form
    admin.end_identity(visit.database, visit.slug, member_id, form.get("issuer", ""), form.get("subject", ""))
