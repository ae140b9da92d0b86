"""A browser without scripts: follows nothing by itself, keeps cookies, reads forms as HTML5 parses them."""

from __future__ import annotations

from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

import html5lib
import httpx

from entrant.db.engine import Database
from entrant.web.console.visit import SESSION_COOKIE
from tests.support.idp import Idp
from tests.support.sessions import begin_session


@dataclass(frozen=True)
class Desk:
    """A console that runs, a workspace on it, and the provider that speaks to the workspace."""

    url: str
    database: Database
    slug: str
    admin: str
    idp: Idp
    clients: list[httpx.Client] = field(default_factory=list)

    def browser(self, user_name: str | None = None, *, fresh: bool = True) -> Browser:
        """A new browser; signed in as a member if one is named, who has just shown who they are if `fresh`."""
        client = httpx.Client(base_url=f"{self.url}/console/{self.slug}/", timeout=30)
        self.clients.append(client)
        if user_name is not None:
            secret = begin_session(self.database, self.slug, user_name, fresh=fresh)
            client.cookies.set(SESSION_COOKIE, secret, domain="127.0.0.1", path=f"/console/{self.slug}")
        return Browser(client)


@dataclass(frozen=True)
class Browser:
    """Paths are relative to the workspace's pages."""

    client: httpx.Client

    def get(self, path: str = "") -> httpx.Response:
        """Open a page."""
        return self.client.get(self.client.base_url.join(path) if path.startswith("/") else path)

    def post(self, path: str, **fields: str) -> httpx.Response:
        """Send a form of a page, with its token."""
        return self.client.post(path, data={"csrf": self.csrf(path), **fields})

    def made(self, path: str, **fields: str) -> httpx.Response:
        """Send a form that makes a secret: the page that shows it, once."""
        answer = self.post(path, **fields)
        assert answer.status_code == 303, answer.text
        return self.get(answer.headers["location"])

    def open_link(self, link: str) -> httpx.Response:
        """Follow a set-up link, whose secret is behind its `#`, as a script would."""
        answer = self.post("set-up", do="open", link=link.rpartition("#")[2])
        return self.get("set-up") if answer.is_redirect else answer

    def csrf(self, path: str) -> str:
        """The token of the first form of a page."""
        page = self.get(path)
        found = [e for e in parse(page.content).iter("input") if e.get("name") == "csrf"]
        assert found, page.text
        return found[0].get("value", "")

    @property
    def secret(self) -> str | None:
        """The session's secret."""
        return self.client.cookies.get(SESSION_COOKIE)


def parse(page: bytes) -> Element:
    """The document; raises html5lib.html5parser.ParseError where it is not valid HTML."""
    parser = html5lib.HTMLParser(tree=html5lib.getTreeBuilder("etree"), strict=True, namespaceHTMLElements=False)
    document: Element = parser.parse(page.decode())
    return document


def text_of(page: bytes) -> str:
    """What is to be read on a page."""
    main = next(e for e in parse(page).iter("main"))
    return " ".join("".join(main.itertext()).split())
