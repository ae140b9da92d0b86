"""The two values of a page: what was asked, by whom, and what is answered."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, urlencode

from entrant.config import Config
from entrant.db.engine import Database
from entrant.service.sign_in import Seat
from entrant.ui import Pages
from entrant.workspace.model import Role

from .known import Known

SESSION_COOKIE, VISITOR_COOKIE, OPENID_COOKIE = "entrant_session", "entrant_visitor", "entrant_openid"
DEVICE_COOKIE, SET_UP_COOKIE = "entrant_device", "entrant_set_up"
COOKIES = frozenset({SESSION_COOKIE, VISITOR_COOKIE, OPENID_COOKIE, DEVICE_COOKIE, SET_UP_COOKIE})
"""All that are set, and so all that are read."""


@dataclass(frozen=True, slots=True)
class Site:
    """What all visits share. `root` is the path of the console, without a slash at its end."""

    database: Database
    config: Config
    pages: Pages
    root: str
    known: Known = field(default_factory=Known)

    @property
    def secure(self) -> bool:
        """Whether people reach the console by https, so that cookies must not travel otherwise."""
        return self.config.public_url.startswith("https:")


@dataclass(frozen=True, slots=True)
class Visit:
    """One request for a page. Of query and form fields that come twice, the last counts.

    `secret` is that of the cookie on which forms rest: the session's, or a visitor's before there is one.
    """

    site: Site
    method: str
    path: str
    slug: str
    params: Mapping[str, str]
    query: Mapping[str, str]
    form: Mapping[str, str]
    cookies: Mapping[str, str]
    address: str | None
    """Where it comes from; None from a proxy that does not say."""
    secret: str
    request_id: str
    """By which the server's log and the answer name the request."""
    seat: Seat | None = None
    refusal: str | None = None
    """Why what the form asked for was refused; shown on the page that the form is on."""

    @property
    def database(self) -> Database:
        """The database."""
        return self.site.database

    @property
    def csrf(self) -> str:
        """What a form must bring along: only pages that were sent to this browser know it."""
        return hashlib.sha256(f"csrf:{self.secret}".encode()).hexdigest()

    @property
    def is_admin(self) -> bool:
        """Whether an admin of the workspace asks."""
        return self.seat is not None and self.seat.member.role is Role.ADMIN

    def url(self, path: str = "", **query: str | None) -> str:
        """The address of a page of this workspace; query fields that are empty or None are left out."""
        given = {name: value for name, value in query.items() if value}
        address = f"{self.site.root}/{quote(self.slug, safe='')}/{path}"
        return f"{address}?{urlencode(given)}" if given else address

    def public_url(self, path: str) -> str:
        """The whole address of a page, for other programs and people."""
        return f"{self.site.config.public_url}/console/{quote(self.slug, safe='')}/{path}"


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer. `cookies` are lines of Set-Cookie."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    cookies: tuple[str, ...] = ()


def redirect(location: str, *cookies: str) -> Reply:
    """Go on there, by GET."""
    return Reply(303, headers={"location": location, "cache-control": "no-store"}, cookies=cookies)
