"""Signing in by password, the set-up link that leads to one, and signing out."""

from __future__ import annotations

from dataclasses import replace

from entrant.service import sign_in
from entrant.service.admin import has_sign_in
from entrant.service.devices import LIFETIME
from entrant.service.passwords import MIN_LENGTH
from entrant.service.sign_in import LINK_ENDED
from entrant.workspace.errors import InvalidSetting

from .cookies import cookie, no_cookie, session_cookie
from .render import Look, message, page
from .visit import DEVICE_COOKIE, SESSION_COOKIE, Reply, Visit, redirect

MAX_PATH = 500  # characters of the page to go on to


def choose(visit: Visit) -> Reply:
    """Ask for the workspace: each has its own address."""
    slug = visit.query.get("workspace", "").strip().lower()
    if slug:
        return redirect(replace(visit, slug=slug).url("sign-in"))
    return page(visit, "choose.html", Look("Your workspace"))


def show(visit: Visit) -> Reply:
    """The form; the same for a workspace that does not exist."""
    if visit.seat is not None:
        return redirect(visit.url())
    return page(
        visit,
        "sign_in.html",
        Look("Sign in"),
        status=401 if visit.refusal else 200,
        email=visit.form.get("email", ""),
        openid=_has_openid(visit),
        to=wanted(visit),
    )


def act(visit: Visit) -> Reply:
    """Begin a session; one that the browser had ends, so that no one can have planted it."""
    signed_in = sign_in.sign_in(
        visit.database,
        visit.slug,
        visit.form.get("email", ""),
        visit.form.get("password", ""),
        visit.address,
        visit.cookies.get(DEVICE_COOKIE, ""),
    )
    known = cookie(visit, DEVICE_COOKIE, signed_in.device, max_age=int(LIFETIME.total_seconds()), path="/sign-in")
    return let_in(visit, signed_in.session, wanted(visit), known)


def let_in(visit: Visit, secret: str, to: str = "", *cookies: str) -> Reply:
    """Go on with a new session."""
    before = visit.cookies.get(SESSION_COOKIE)
    if before:
        sign_in.sign_out(visit.database, visit.slug, before)
    return redirect(visit.url(to), session_cookie(visit, secret), *cookies)


def sign_out(visit: Visit) -> Reply:
    """End the session."""
    sign_in.sign_out(visit.database, visit.slug, visit.cookies.get(SESSION_COOKIE, ""))
    return redirect(visit.url("sign-in", done="signed-out"), no_cookie(visit, SESSION_COOKIE))


def show_set_up(visit: Visit) -> Reply:
    """The form for a password, for whoever has the link."""
    owner = sign_in.find_link(visit.database, visit.slug, visit.params["link"])
    if owner is None:
        return message(visit, 410, "This link does not work any more", f"{LINK_ENDED}.")
    return page(
        visit,
        "set_up.html",
        Look("Choose a password"),
        user_name=owner.member.doc["userName"],
        workspace=owner.workspace.name,
        least=MIN_LENGTH,
        openid=visit.url(f"set-up/{visit.params['link']}/openid") if _has_openid(visit) else None,
    )


def set_up(visit: Visit) -> Reply:
    """Set the password and sign in."""
    password = visit.form.get("password", "")
    if password != visit.form.get("again", ""):
        raise InvalidSetting("The two passwords are not the same")
    return let_in(visit, sign_in.use_link(visit.database, visit.slug, visit.params["link"], password))


def _has_openid(visit: Visit) -> bool:
    return has_sign_in(visit.database, visit.slug)


def wanted(visit: Visit) -> str:
    """The page to go on to: always one of this workspace, since it is put behind its address."""
    return safe_path(visit.form.get("to") or visit.query.get("to", ""))


def safe_path(to: str) -> str:
    """A path below the workspace's, or nothing."""
    return to if len(to) <= MAX_PATH and ".." not in to and to.isascii() and to.isprintable() and "\\" not in to else ""
