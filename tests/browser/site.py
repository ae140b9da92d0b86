"""The console that the browser visits, and the addresses of all its pages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from entrant.db.engine import Database
from tests.support.company import Company


@dataclass(frozen=True)
class Site:
    """A server on `url`; `pages` are names and paths below the workspace's pages."""

    url: str
    database: Database
    company: Company
    pages: tuple[tuple[str, str], ...]

    def page(self, path: str) -> str:
        """The address of a page of the workspace."""
        return f"{self.url}/console/{self.company.slug}/{path}"


def pages_of(company: Company) -> Iterator[tuple[str, str]]:
    """Every page that an admin can open."""
    yield "overview", ""
    yield "members", "members"
    yield "invite", "members/invite"
    yield "member", f"members/{company.member}"
    yield "member-deactivate", f"members/{company.member}?sure=deactivate"
    yield "members-none", "members?q=nobody"
    yield "groups", "groups"
    yield "group", f"groups/{company.group}?rename=Friends"
    yield "log", "log"
    yield "log-entry", f"log/{company.entry}"
    yield "activity", "activity"
    yield "scim", "settings/scim"
    yield "scim-off", f"settings/scim?sure=disable&connection={company.connection}"
    yield "scim-rotate", f"settings/scim?sure=rotate&connection={company.connection}"
    yield "guide-entra", "settings/scim/guide/entra"
    yield "guide-okta", "settings/scim/guide/okta"
    yield "roles", "settings/roles"
    yield "sign-in-settings", "settings/sign-in"
    yield "profile", "profile"
    yield "missing", "members/nobody"
