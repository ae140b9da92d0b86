"""Cookies: never for scripts, never from another site's forms, and only over https where that is how we are reached."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import quote

from .visit import COOKIES, SESSION_COOKIE, Visit


def read_cookies(headers: Iterable[str]) -> dict[str, str]:
    """Our cookies among all that the browser sends.

    None of ours is in quotes, the reading of which takes Python's own parser time that grows with their square.
    """
    pairs = (part.strip().partition("=") for header in headers for part in header.split(";"))
    return {name: value for name, _, value in pairs if name in COOKIES}


def cookie(visit: Visit, name: str, value: str, *, max_age: int | None = None, path: str = "") -> str:
    """A Set-Cookie line for the pages of this workspace, or for those below `path`."""
    if name not in COOKIES:
        raise ValueError(f"the cookie {name} would be set and never read")
    # Lax, not Strict: whoever follows a link to the console from a message is still signed in; no form is sent so.
    parts = [
        f"{name}={value}",
        f"Path={visit.site.root}/{quote(visit.slug, safe='')}{path}",
        "HttpOnly",
        "SameSite=Lax",
    ]
    if max_age is not None:
        parts.append(f"Max-Age={max_age}")
    if visit.site.secure:
        parts.append("Secure")
    return "; ".join(parts)


def session_cookie(visit: Visit, secret: str) -> str:
    """The cookie of a session. It ends with the browser; the session itself ends sooner, by its age."""
    return cookie(visit, SESSION_COOKIE, secret)


def no_cookie(visit: Visit, name: str, path: str = "") -> str:
    """Forget a cookie."""
    return cookie(visit, name, "", max_age=0, path=path)
