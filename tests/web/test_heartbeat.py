"""No input within the bounds holds the interpreter, at any entry point (product 9.5).

The entry points are read from the tables of routes and pages, and the fields of forms from the code of the pages, so that
a new one is tried without being named here. What is fetched from elsewhere is in `FETCHED`.
"""

from __future__ import annotations

import contextlib
import hashlib
import inspect
import re
import socket
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest

from entrant.config import Config
from entrant.db import open_database
from entrant.scim.openapi import PATHS
from entrant.scim.routes import METHODS
from entrant.service import admin
from entrant.service.oauth import metadata
from entrant.service.oauth.form import MAX_FORM as MAX_TOKEN_FORM
from entrant.store import MIGRATIONS
from entrant.web import console
from entrant.web.console.edge import MAX_FORM
from entrant.web.console.routes import PAGES, Page
from entrant.web.console.visit import SESSION_COOKIE
from tests.support.application import application, migrated
from tests.support.heartbeat import Attack, holds
from tests.support.hostile import BODIES, HEAD, PIECES, TEXT, encoded, message
from tests.support.sessions import begin_session

FETCHED: list[tuple[str, Callable[[float], object]]] = []
"""What reads a document that another server, or an administrator, has given: its name, and what reads so much of one."""

BODY_METHODS = frozenset({"POST", "PUT", "PATCH"})
OWNER = "owner@acme.example"
PARAMETERS = ("filter", "sortBy", "sortOrder", "attributes", "excludedAttributes", "startIndex", "count", "cursor", "x")
HEADERS = ("authorization", "if-match", "if-none-match", "accept", "accept-encoding", "content-type", "cookie", "x-request-id",
           "x-forwarded-for", "traceparent", "origin", "user-agent", "prefer")  # fmt: skip
QUICK = ("marks", "characters that come apart", "letters with thirty marks", "backslashes", "not")
"""Kinds of text that are tried in every place; all others in some."""
QUICK_BODIES = ("small numbers", "names", "operations", "members")
WHOLE = {("/Users", "POST"), ("/Users/{id}", "PATCH"), ("/Groups/{id}", "PUT"), ("/Bulk", "POST")}
"""The routes that are sent every kind of message, as large as it may be; to all others an eighth is sent."""
_FIELD = re.compile(r'(?:form|query)(?:\.get)?\(f?"([a-z_{}-]+)"')
_DO = re.compile(r'name="do" value="([a-z-]+)"')
TEMPLATES = Path(console.__file__).parent / "templates"
DONE = {do for file in TEMPLATES.glob("*.html") for do in _DO.findall(file.read_text())}


@dataclass(frozen=True)
class Site:
    """The real application."""

    port: int
    token: str
    secret: str
    largest: int
    csrf: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "csrf", hashlib.sha256(f"csrf:{self.secret}".encode()).hexdigest())

    def send(self, method: str, target: str, body: bytes = b"", headers: Mapping[str, str] = {}) -> bytes:
        """Everything that is answered; never 5xx."""
        given = {"host": f"127.0.0.1:{self.port}", "connection": "close", "authorization": f"Bearer {self.token}"}
        given |= {"cookie": f"{SESSION_COOKIE}={self.secret}", "content-length": str(len(body)), **headers}
        lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in given.items())]
        with socket.create_connection(("127.0.0.1", self.port), timeout=120) as connection:
            answer = b""
            with contextlib.suppress(ConnectionResetError, BrokenPipeError):  # refused before the body was read
                connection.sendall("\r\n".join([*lines, "", ""]).encode() + body)
                while piece := connection.recv(65_536):
                    answer += piece
        assert answer[9:12] in {b"501", b"503"} or answer[9:10] in b"234", (method, target[:100], answer[:500])
        return answer


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The application without limits of rate, and an admin who is signed in."""
    config = Config(database=migrated(tmp_path_factory.mktemp("beat")), connection_rate=0, address_rate=0)
    database = open_database(config.database, MIGRATIONS)
    admin.create_workspace(database, "acme", "Acme", OWNER)
    token = admin.create_connection(database, "acme", "entra").token
    secret = begin_session(database, "acme", OWNER)
    database.close()
    interval = sys.getswitchinterval()
    sys.setswitchinterval(0.0005)  # as the server has it
    with application(config) as url:
        yield Site(urlsplit(url).port or 0, token, secret, config.max_body)
    sys.setswitchinterval(interval)


def beats(attacks: Iterable[Attack]) -> None:
    """None of the attacks holds the interpreter."""
    found = [problem for attack in attacks if (problem := holds(attack)) is not None]

    assert found == []


@pytest.mark.parametrize("kind", PIECES)
def test_no_text_in_a_head_holds_the_interpreter(site: Site, kind: str) -> None:
    base = "/scim/v2/acme"

    def get(place: str, make: Callable[[str], str]) -> Attack:
        return Attack(place, lambda part: site.send("GET", make(encoded(kind, part * HEAD))))

    def attacks() -> Iterator[Attack]:
        yield get("parameters", f"{base}/Users?{{}}".format)
        for name in PARAMETERS:
            yield get(name, f"{base}/Users?{name}={{}}".format)
        for path in ("/scim/v2/", f"{base}/", f"{base}/Users/", f"{base}/Schemas/", "/console/", "/console/acme/members/",
                     "/console/acme/set-up/", "/scim/oauth/", "/"):  # fmt: skip
            yield get(path, f"{path}{{}}".format)
        for name in HEADERS if PIECES[kind].isascii() else ():
            for path in (f"{base}/Users", "/console/acme/profile"):
                yield _header(site, path, name, (PIECES[kind] * HEAD)[:HEAD])

    beats(attacks())


def _header(site: Site, path: str, name: str, value: str) -> Attack:
    return Attack(
        f"{name} of {path}", lambda part: site.send("GET", path, headers={name: value[: int(part * len(value))]})
    )


def test_no_number_of_headers_holds_the_interpreter(site: Site) -> None:
    many = "x\r\na: " * (HEAD // 6) + "x"

    beats(iter([_header(site, "/scim/v2/acme/Users", "a", many), _header(site, "/console/acme/profile", "a", many)]))


WITH_BODY = [
    (PATHS[point], method) for point, methods in METHODS.items() for method in methods if method in BODY_METHODS
]


def _message(kind: str, part: float) -> bytes:
    return message(kind, part * TEXT)


def _body(kind: str, size: int, part: float) -> bytes:
    return BODIES[kind](int(part * size))


@pytest.mark.parametrize(("path", "method"), WITH_BODY)
def test_no_message_holds_the_interpreter(site: Site, path: str, method: str) -> None:
    target = "/scim/v2/acme" + path.replace("{id}", "x")

    def attack(kind: str, make: Callable[[float], bytes]) -> Attack:
        bodies = {part: make(part) for part in (0.5, 1.0)}
        return Attack(
            kind,
            lambda part: site.send(method, target, bodies[part], headers={"content-type": "application/scim+json"}),
        )

    whole = (path, method) in WHOLE
    size = site.largest - 1_000 if whole else site.largest // 8

    def attacks() -> Iterator[Attack]:
        for kind in PIECES if whole else QUICK:
            yield attack(kind, partial(_message, kind))
        for kind in BODIES if whole else QUICK_BODIES:
            yield attack(kind, partial(_body, kind, size))

    beats(attacks())


@pytest.mark.parametrize("path", [f"/scim/v2/acme{path}" for path in PATHS.values()])
def test_no_query_of_any_route_holds_the_interpreter(site: Site, path: str) -> None:
    def get(name: str, kind: str) -> Attack:
        def send(part: float) -> bytes:
            text = encoded(kind, part * HEAD / 2)
            return site.send("GET", f"{path.replace('{id}', text)}?{name}={text}")

        return Attack(f"{name} {kind}", send)

    beats(get(name, kind) for name in ("filter", "attributes") for kind in QUICK)


def fields_of(page: Page) -> set[str]:
    """The names of fields that the code of a page reads."""
    modules = {sys.modules[work.__module__] for work in (page.show, page.act) if work is not None}
    names = {name for module in modules for name in _FIELD.findall(inspect.getsource(module))}
    return {re.sub(r"\{.*?\}", "0", name) for name in names} | {"csrf"}


def done_by(page: Page) -> set[str]:
    """The values of the field `do` that the code of a page knows."""
    source = inspect.getsource(sys.modules[page.act.__module__]) if page.act else ""
    return {do for do in DONE if f'"{do}"' in source} or {""}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.path)
def test_no_page_of_the_console_holds_the_interpreter(site: Site, page: Page) -> None:
    target = "/console" + re.sub(
        r"\{(\w+)\}", lambda found: {"slug": "acme", "provider": "entra"}.get(found[1], "x"), page.path
    )

    def attacks() -> Iterator[Attack]:
        for name in fields_of(page):
            for kind in QUICK:
                yield Attack(f"?{name} {kind}", _getter(site, f"{target}?{name}=", kind))
                for do in done_by(page) if page.act is not None else ():
                    yield _form(site, target, f"csrf={site.csrf}&do={do}&text-0=x&{name}=", kind, _room(kind))
        if page.path.endswith("/sign-in"):
            nowhere, head = target.replace("acme", "nowhere"), f"csrf={site.csrf}&password=x&email="
            for kind in PIECES:
                yield _form(site, nowhere, head, kind, _room(kind))
                yield _form(site, nowhere, head, kind, MAX_FORM - 1_000)

    beats(attacks())


def _getter(site: Site, before: str, kind: str) -> Callable[[float], bytes]:
    return lambda part: site.send("GET", before + encoded(kind, part * HEAD))


def _form(site: Site, target: str, head: str, kind: str, size: int, **headers: str) -> Attack:
    given = {"content-type": "application/x-www-form-urlencoded", **headers}
    return Attack(
        f"{head} {kind}",
        lambda part: site.send("POST", target, (head + encoded(kind, part * size)).encode(), headers=given),
    )


def _room(kind: str) -> int:
    """Bytes of a field of a form that has as many characters as a text may have, if they fit the form."""
    return min(MAX_FORM - 1_000, TEXT // len(PIECES[kind]) * len(quote(PIECES[kind], safe="")))


@pytest.mark.parametrize("endpoint", [metadata.TOKEN, metadata.REVOKE, metadata.METADATA])
def test_no_token_request_holds_the_interpreter(site: Site, endpoint: str) -> None:
    names = (
        "grant_type",
        "scope",
        "client_id",
        "client_secret",
        "client_assertion",
        "client_assertion_type",
        "token",
        "x",
    )

    def attacks() -> Iterator[Attack]:
        for name in names:
            head = "&".join(f"{other}=client_credentials" for other in names[:4] if other != name)
            for kind in PIECES:
                yield _form(
                    site,
                    f"{metadata.ROOT}acme/{endpoint}",
                    f"{head}&{name}=",
                    kind,
                    MAX_TOKEN_FORM - 500,
                    authorization="",
                )

    beats(attacks())


@pytest.mark.parametrize(("name", "read"), FETCHED)
def test_no_document_holds_the_interpreter(name: str, read: Callable[[float], object]) -> None:
    beats(iter([Attack(name, read)]))
