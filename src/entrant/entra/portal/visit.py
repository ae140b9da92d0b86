"""The values of a page: what was asked, and what all pages share."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, urlencode

from entrant.db import Database
from entrant.entra.jobs.provisioner import Provisioner
from entrant.scim.wire import Response
from entrant.ui import Pages

from .winding import Winder

Fields = Mapping[str, tuple[str, ...]]
"""The fields of a query or form, each with all its values."""


@dataclass(frozen=True, slots=True)
class Site:
    """What all visits share."""

    p: Provisioner
    pages: Pages
    winder: Winder


@dataclass(frozen=True, slots=True)
class Visit:
    """One request for a page. `browser` is the secret of its cookie, on which its forms rest."""

    site: Site
    method: str
    params: Mapping[str, str]
    query_fields: Fields
    form_fields: Fields
    browser: str
    refusal: str | None = None
    """Why what a form asked for was refused; shown on the page that the form is on."""
    form_kept: bool = field(default=False)
    """Whether the form is shown again as it was sent, because it was refused or only tried."""

    @property
    def p(self) -> Provisioner:
        """The emulator."""
        return self.site.p

    @property
    def db(self) -> Database:
        """Its database."""
        return self.site.p.db

    @property
    def csrf(self) -> str:
        """What a form must bring along: only pages that were sent to this browser know it."""
        return hashlib.sha256(f"csrf:{self.browser}".encode()).hexdigest()

    def query(self, name: str) -> str:
        """A field of the query, the last one of that name; empty if there is none."""
        return (self.query_fields.get(name) or ("",))[-1]

    def form(self, name: str) -> str:
        """A field of the form, without white space around it."""
        return (self.form_fields.get(name) or ("",))[-1].strip()

    def all(self, name: str) -> tuple[str, ...]:
        """Every value that a field of the form has."""
        return self.form_fields.get(name, ())


def url(*path: str, **query: str | None) -> str:
    """The address of a page; query fields that are empty or None are left out."""
    given = {name: value for name, value in query.items() if value}
    address = "/" + "/".join(quote(part, safe="") for part in path)
    return f"{address}?{urlencode(given)}" if given else address


def redirect(location: str) -> Response:
    """Go on there, by GET."""
    return Response(303, {"location": location, "cache-control": "no-store"})
