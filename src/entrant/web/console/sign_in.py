"""Signing in by password, the set-up link that leads to one, and signing out."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from urllib.parse import quote

from entrant.service import sign_in
from entrant.service.admin import has_sign_in
from entrant.service.devices import LIFETIME
from entrant.service.passwords import MIN_LENGTH
from entrant.service.sign_in import LINK_ENDED
from entrant.workspace.errors import InvalidSetting

from .cookies import cookie, no_cookie, session_cookie
from .render import Look, message, page
from .visit import DEVICE_COOKIE, SESSION_COOKIE, SET_UP_COOKIE, Reply, Visit, redirect

MAX_PATH = 500  # characters of the page to go on to
SET_UP_PATH = "/set-up"  # below which the browser sends the secret of a set-up link
SET_UP_LIFETIME = timedelta(minutes=30)  # for choosing a password; the link itself lives longer
CODE = re.compile(r"[A-Za-z0-9_-]{20,100}")


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


def show_old_link(visit: Visit) -> Reply:
    """A link made before its secret moved behind the `#`, where no proxy or log sees it."""
    return redirect(f"{visit.url('set-up')}#{quote(visit.params['link'], safe='')}")


def show_set_up(visit: Visit) -> Reply:
    """The form for the secret of a set-up link, then the one for a password, for whoever has the link.

    The secret is in no address that reaches the server: a script takes it from behind the `#`, or its owner enters it.
    """
    code = visit.cookies.get(SET_UP_COOKIE, "")
    if not code:
        return page(visit, "set_up_code.html", Look("Set up your account"))
    owner = sign_in.find_link(visit.database, visit.slug, code)
    if owner is None:
        ended = message(visit, 410, "This link has expired", f"{LINK_ENDED}.")
        return replace(ended, cookies=(*ended.cookies, no_cookie(visit, SET_UP_COOKIE, SET_UP_PATH)))
    return page(
        visit,
        "set_up.html",
        Look("Choose a password"),
        user_name=owner.member.doc["userName"],
        workspace=owner.workspace.name,
        least=MIN_LENGTH,
        openid=visit.url("set-up/openid") if _has_openid(visit) else None,
    )


def set_up(visit: Visit) -> Reply:
    """Keep the secret of a link for the pages that follow, or set the password and sign in."""
    if visit.form.get("do") == "open":
        code = visit.form.get("link", "").strip().rpartition("#")[2]
        if not CODE.fullmatch(code):
            raise InvalidSetting("That is not a set-up code; copy the whole link, or what follows its #")
        kept = cookie(visit, SET_UP_COOKIE, code, max_age=int(SET_UP_LIFETIME.total_seconds()), path=SET_UP_PATH)
        return redirect(visit.url("set-up"), kept)
    password = visit.form.get("password", "")
    if password != visit.form.get("again", ""):
        raise InvalidSetting("The two passwords are not the same")
    session = sign_in.use_link(visit.database, visit.slug, visit.cookies.get(SET_UP_COOKIE, ""), password)
    return let_in(visit, session, "", no_cookie(visit, SET_UP_COOKIE, SET_UP_PATH))


def _has_openid(visit: Visit) -> bool:
    return has_sign_in(visit.database, visit.slug)


def wanted(visit: Visit) -> str:
    """The page to go on to: always one of this workspace, since it is put behind its address."""
    return safe_path(visit.form.get("to") or visit.query.get("to", ""))


def safe_path(to: str) -> str:
    """A path below the workspace's, or nothing."""
    return to if len(to) <= MAX_PATH and ".." not in to and to.isascii() and to.isprintable() and "\\" not in to else ""
