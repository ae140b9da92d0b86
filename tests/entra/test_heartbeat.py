"""No input within the bounds holds the interpreter in the emulator either: portal, Microsoft Graph, sign-in (product 9.5).

Pages, addresses and fields are read from the emulator's tables and code.
"""

from __future__ import annotations

import hashlib
import inspect
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from entrant.db.engine import Database
from entrant.entra import directory, portal
from entrant.entra.graph.access import Access
from entrant.entra.graph.handler import Graph
from entrant.entra.graph.login import Login
from entrant.entra.graph.routes import ROUTES
from entrant.entra.jobs import operations
from entrant.entra.jobs.provisioner import Provisioner
from entrant.entra.jobs.secrets import Vault
from entrant.entra.portal.access import COOKIE, PortalAccess
from entrant.entra.portal.handler import Portal
from entrant.entra.portal.routes import PAGES, Page
from entrant.entra.store import tenant as tenants
from entrant.scim.wire import Handler, Request
from tests.support.heartbeat import Attack, holds
from tests.support.hostile import BODIES, HEAD, PIECES, TEXT, encoded, message

QUICK = ("marks", "characters that come apart", "letters with thirty marks", "backslashes", "parentheses", "digits")
FORM = 400_000  # bytes of a field
BODY = 4_000_000  # bytes of the largest request that Graph takes
SECRET = "s" * 32
CSRF = hashlib.sha256(f"csrf:{SECRET}".encode()).hexdigest()
OPTIONS = ("$filter", "$select", "$expand", "$orderby", "$search", "$top", "$skiptoken", "$deltatoken", "$count", "x")
_FIELD = re.compile(r'(?:form|query|all)\(f?"([A-Za-z_{}-]+)"')
_DO = re.compile(r'name="do" value="([a-z-]+)"')
DONE = {
    do for file in (Path(portal.__file__).parent / "templates").glob("*.html") for do in _DO.findall(file.read_text())
}


@pytest.fixture
def p(tenant: Database) -> Provisioner:
    return Provisioner(tenant, Vault(Fernet.generate_key()), tenant.read(lambda tx: tenants.get(tx).id))


@pytest.fixture(autouse=True)
def switching() -> Iterator[None]:
    """Threads take turns as they do in the server."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(0.0005)
    yield
    sys.setswitchinterval(interval)


def ask(handle: Handler, method: str, target: str, body: bytes = b"", **headers: str) -> None:
    """Send a request that may be refused, but not fail."""
    path, _, query = target.partition("?")
    given = {
        "host": "localhost:8080",
        ":scheme": "http",
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    answer = handle(Request(method, path, query, given, body))
    answer.read()

    assert answer.status < 500 or answer.status in {501, 503}


def fields_of(page: Page) -> list[str]:
    """The names of fields that the code of a page reads."""
    modules = {sys.modules[work.__module__] for work in (page.show, page.act) if work is not None}
    names = {re.sub(r"\{.*?\}", "0", name) for module in modules for name in _FIELD.findall(inspect.getsource(module))}
    return sorted(names | {"csrf"})


def done_by(page: Page) -> list[str]:
    """The values of the field `do` that the code of a page knows."""
    source = inspect.getsource(sys.modules[page.act.__module__]) if page.act else ""
    return sorted(do for do in DONE if f'"{do}"' in source) or [""]


@pytest.mark.parametrize("tenant_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.path)
def test_no_page_of_the_portal_holds_the_interpreter(p: Provisioner, page: Page) -> None:
    app = directory.create_app(p.db, "Acme")
    operations.create_job(p, app.id)
    target = re.sub(r"\{(\w+)\}", lambda found: {"app": app.id, "kind": "user"}.get(found[1], "x"), page.path)
    shown = Portal(p, PortalAccess())
    cookie = f"{COOKIE}={SECRET}"

    def get(name: str, kind: str) -> Attack:
        return Attack(
            f"?{name} {kind}",
            lambda part: ask(shown.handle, "GET", f"{target}?{name}={encoded(kind, part * HEAD)}", cookie=cookie),
        )

    def post(do: str, name: str, kind: str) -> Attack:
        def send(part: float) -> None:
            body = f"csrf={CSRF}&do={do}&{name}={encoded(kind, part * FORM)}".encode()
            ask(
                shown.handle,
                "POST",
                target,
                body,
                cookie=cookie,
                content_type="application/x-www-form-urlencoded",
                origin="http://localhost:8080",
            )

        return Attack(f"{do} {name} {kind}", send)

    def attacks() -> Iterator[Attack]:
        for name in fields_of(page):
            for kind in QUICK:
                yield get(name, kind)
                for do in done_by(page) if page.act is not None and name != "do" else ():
                    yield post(do, name, kind)

    try:
        assert [problem for attack in attacks() if (problem := holds(attack)) is not None] == []
    finally:
        shown.close()


@pytest.mark.parametrize("tenant_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("method", "address"), sorted({(method, address) for _, method, address, _ in ROUTES}))
def test_no_request_to_graph_holds_the_interpreter(p: Provisioner, method: str, address: str) -> None:
    graph = Graph(Access(p, client_secret="secret", development_token="development"))
    known = {"authorization": "Bearer development", "consistencylevel": "eventual", "content_type": "application/json"}

    def get(name: str, kind: str) -> Attack:
        def send(part: float) -> None:
            text = encoded(kind, part * HEAD / 2)
            ask(graph.handle, method, f"/v1.0/{address.replace('{}', text)}?{name}={text}", b"", **known)

        return Attack(f"{name} {kind}", send)

    def body(kind: str) -> Attack:
        return Attack(
            kind,
            lambda part: ask(
                graph.handle,
                method,
                f"/beta/{address.replace('{}', 'x')}",
                BODIES[kind](int(part * BODY)) if kind in BODIES else message(kind, part * TEXT),
                **known,
            ),
        )

    def attacks() -> Iterator[Attack]:
        if method == "GET":
            for name in OPTIONS:
                for kind in QUICK:
                    yield get(name, kind)
        elif method != "DELETE":
            for kind in (*QUICK, "small numbers", "names", "quotes", "lists"):
                yield body(kind)

    assert [problem for attack in attacks() if (problem := holds(attack)) is not None] == []


@pytest.mark.parametrize("tenant_url", ["sqlite"], indirect=True)
def test_no_request_to_the_login_server_holds_the_interpreter(p: Provisioner) -> None:
    login = Login(Access(p, client_secret="secret", development_token="development"))

    def post(name: str, kind: str) -> Attack:
        return Attack(
            f"{name} {kind}",
            lambda part: ask(
                login.handle, "POST", "/common/oauth2/v2.0/token", f"{name}={encoded(kind, part * 65_000)}".encode()
            ),
        )

    names = ("grant_type", "client_id", "client_secret", "scope", "resource", "x")
    attacks = (post(name, kind) for name in names for kind in PIECES)

    assert [problem for attack in attacks if (problem := holds(attack)) is not None] == []
