"""What stands before every page: the session, who may see it, and the proof that a form is one of ours."""

from __future__ import annotations

import hmac
import logging
from dataclasses import replace

from entrant.db.engine import DatabaseError, TimeLimit
from entrant.service.admin import acting
from entrant.service.outside import Outside
from entrant.service.sign_in import Seat, open_session
from entrant.ui.text import sentence
from entrant.workspace.audit import NOBODY, Actor, Channel
from entrant.workspace.errors import DomainError, NoSuch

from . import confirm
from .cookies import cookie
from .render import message
from .routes import Page, Who
from .visit import SESSION_COOKIE, VISITOR_COOKIE, Reply, Visit, redirect

logger = logging.getLogger(__name__)


def answer(page: Page, visit: Visit) -> Reply:
    """What a visit to a page gets."""
    try:
        seat = _seat(visit)
        visit = replace(visit, seat=seat)
        refused = _turn_away(page, visit)
        reply = refused or _answer(page, visit)
    except NoSuch as missing:
        return message(visit, 404, "Not found", sentence(missing.detail))
    except TimeLimit:
        return message(visit, 503, "That takes too long", "Narrow the search or the filters and try again.")
    except DatabaseError:
        return message(visit, 503, "Not available", "The database does not answer. Try again in a moment.")
    except Outside:
        raise
    except Exception:  # the one place of the console that answers 500
        facts = {"request_id": visit.request_id}
        logger.exception("request %s: the page %s failed", visit.request_id, page.path, extra={"facts": facts})
        return _failed(visit)
    if seat is None and VISITOR_COOKIE not in visit.cookies and page.who is Who.ANYONE and visit.slug:
        line = cookie(visit, VISITOR_COOKIE, visit.secret)
        return replace(reply, cookies=(*reply.cookies, line))
    return reply


def _failed(visit: Visit) -> Reply:
    """The page for a failure that nobody has foreseen. It names the request as the log does, and no cause."""
    done = " Look whether what you asked for was done before you ask again." if visit.method == "POST" else ""
    text = f"This is a fault of the service, and its log says more. Tell whoever runs it the request id.{done}"
    return message(visit, 500, "Something went wrong", text, request_id=visit.request_id)


def _seat(visit: Visit) -> Seat | None:
    secret = visit.cookies.get(SESSION_COOKIE)
    seat = open_session(visit.database, visit.slug, secret) if secret and visit.slug else None
    if seat is not None and secret:
        visit.site.known.add(visit.slug, secret)
    return seat


def _turn_away(page: Page, visit: Visit) -> Reply | None:
    """The answer to those who may not see the page, whatever is on it; None for the others."""
    if page.who is not Who.ANYONE and visit.seat is None:
        wanted = visit.path.removeprefix(f"/console/{visit.slug}/") if visit.method == "GET" else ""
        return redirect(visit.url("sign-in", to=wanted))
    if page.who is Who.ADMIN and not visit.is_admin:
        if page.path == "/{slug}/":
            return redirect(visit.url("profile"))
        return message(visit, 403, "Only for admins", "Only an admin of this workspace can see this page.")
    return None


def _answer(page: Page, visit: Visit) -> Reply:
    if visit.method != "POST" or page.act is None:
        return page.show(visit)
    if not hmac.compare_digest(visit.form.get("csrf", "").encode(), visit.csrf.encode()):
        text = "This form is no longer good, because you have signed in or out since. Go back, reload, and try again."
        return message(visit, 403, "Please try again", text)
    try:
        with acting(_actor(visit)):
            if page.asks_again(visit.form):
                checked = confirm.check(visit)
                if isinstance(checked, Reply):
                    return checked
                visit = checked
            return page.act(visit)
    except NoSuch:
        raise
    except DomainError as refused:
        return page.show(replace(visit, refusal=sentence(refused.detail)))


def _actor(visit: Visit) -> Actor:
    if visit.seat is None:
        return NOBODY
    member = visit.seat.member
    return Actor(Channel.CONSOLE, member.id, member.doc["userName"])
