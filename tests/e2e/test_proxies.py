"""The proxies of docs/deployment, as they stand there but for names and ports, in front of the real program."""

from __future__ import annotations

import getpass
import re
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from entrant.config import Config
from entrant.entra.server.certificate import Certificate, ensure_certificate
from tests.support.application import migrated
from tests.support.server import entrant_json, serving
from tests.web.console.browser import Browser

DOCUMENTED = Path(__file__).parents[2] / "docs" / "deployment"
NAME = "scim.example.com"
PASSWORD = "correct horse battery staple"
PATIENCE = 20.0  # seconds until a proxy listens
SCIM = {"content-type": "application/scim+json"}


@dataclass
class Site:
    """The service behind a proxy, as the world reaches it."""

    port: int
    plain_port: int
    trust: ssl.SSLContext
    log: Path
    token: str = ""
    setup: str = ""
    clients: list[httpx.Client] = field(default_factory=list)

    def client(self, path: str = "/scim/v2/acme", source: str = "127.0.0.1", **headers: str) -> httpx.Client:
        """A client with an address of this machine, which says no User-Agent, as Entra does."""
        transport = httpx.HTTPTransport(verify=self.trust, local_address=source)
        base = f"https://127.0.0.1:{self.port}{path}/"
        client = httpx.Client(base_url=base, transport=transport, timeout=60, headers={"host": NAME, **headers})
        del client.headers["user-agent"]
        client.event_hooks["request"] = [lambda request: request.extensions.update(sni_hostname=NAME)]
        self.clients.append(client)
        return client

    def provider(self, source: str = "127.0.0.1") -> httpx.Client:
        """The provider's client."""
        return self.client(source=source, authorization=f"Bearer {self.token}")


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def nginx(folder: Path, upstream: str, site: Site, certificate: Certificate) -> list[str]:
    """Write nginx's configuration; the command that runs it."""
    text = (DOCUMENTED / "nginx.conf").read_text()
    text = re.sub(r" +listen \[::\].*\n", "", text)
    text = text.replace("listen 443", f"listen 127.0.0.1:{site.port}")
    text = text.replace("listen 80", f"listen 127.0.0.1:{site.plain_port}")
    text = text.replace("127.0.0.1:8000", upstream).replace("127.0.0.1:8001", f"127.0.0.1:{free_port()}")
    text = re.sub(r"/etc/letsencrypt/\S+fullchain.pem", str(certificate.chain), text)
    text = re.sub(r"/etc/letsencrypt/\S+privkey.pem", str(certificate.key), text)
    text = text.replace("/var/log/nginx/entrant.log", str(site.log))
    paths = "".join(
        f"{name}_temp_path {folder / name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    # As root, nginx would work as a user who cannot reach the test's folder.
    (folder / "nginx.conf").write_text(
        f"user {getpass.getuser()};\nworker_processes 1; pid {folder / 'pid'}; events {{}}\n"
        f"http {{ {paths} types {{}}\n{text}\n}}\n"
    )
    return ["nginx", "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log"), "-g", "daemon off;"]


def caddy(folder: Path, upstream: str, site: Site, certificate: Certificate) -> list[str]:
    """Write Caddy's configuration; the command that runs it."""
    text = (DOCUMENTED / "Caddyfile").read_text()
    tls = f"tls {certificate.chain} {certificate.key}\n\tbind 127.0.0.1"
    text = text.replace(f"{NAME} {{", f"{NAME} {{\n\t{tls}")
    text = text.replace("127.0.0.1:8000", upstream).replace("127.0.0.1:8001", f"127.0.0.1:{free_port()}")
    text = text.replace("\tlog {", f"\tlog {{\n\t\toutput file {site.log}")
    ports = f"https_port {site.port}\n\thttp_port {site.plain_port}"
    options = f"{{\n\tadmin off\n\t{ports}\n\tstorage file_system {folder}\n}}\n"
    (folder / "Caddyfile").write_text(options + text)
    return ["caddy", "run", "--config", str(folder / "Caddyfile"), "--adapter", "caddyfile"]


PROXIES: dict[str, Callable[[Path, str, Site, Certificate], list[str]]] = {"nginx": nginx, "caddy": caddy}


@pytest.fixture(scope="module", params=PROXIES)
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A proxy in front of `entrant serve` with a workspace `acme`; two requests per second of one address."""
    name: str = request.param
    if shutil.which(name) is None:
        pytest.skip(f"{name} is not installed")
    folder = tmp_path_factory.mktemp(name)
    certificate = ensure_certificate(folder, [NAME])
    trust = ssl.create_default_context(cafile=certificate.authority)
    site = Site(free_port(), free_port(), trust, folder / "access.log")
    url = migrated(folder)
    made = entrant_json(url, "workspace", "create", "acme", "--name", "Acme", "--admin", "ada@acme.com")
    site.setup = made["setupLink"]
    site.token = entrant_json(url, "connection", "create", "acme", "--provider", "entra")["token"]
    with pytest.MonkeyPatch.context() as patch, ExitStack() as stack:
        patch.setenv("ENTRANT_ADDRESS_RATE", "2")
        server = stack.enter_context(serving(url, "--public-url", f"https://{NAME}"))
        command = PROXIES[name](folder, server.url.removeprefix("http://"), site, certificate)
        with (folder / "output").open("wb") as output:
            process = stack.enter_context(subprocess.Popen(command, stdout=output, stderr=output, cwd=folder))
        stack.callback(process.terminate)
        wait_for(site, process, folder / "output")
        yield site
        for client in site.clients:
            client.close()


def wait_for(site: Site, process: subprocess.Popen[bytes], output: Path) -> None:
    """Return once the proxy hands requests over."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and process.poll() is None:
        try:
            if site.client("").get("/readyz").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    pytest.fail(output.read_text())


def test_a_provider_writes_and_finds_what_it_wrote(site: Site) -> None:
    provider = site.provider()

    made = provider.post("Users", json={"userName": "a+b/c%@acme.com"}, headers=SCIM)
    found = provider.get('Users?filter=userName+eq+"a%2Bb%2Fc%25@acme.com"').json()
    odd = provider.get("Users/a%2Fb%3F")

    assert made.status_code == 201
    assert made.headers["location"] == f"https://{NAME}/scim/v2/acme/Users/{made.json()['id']}"
    assert made.headers["strict-transport-security"]
    assert [user["userName"] for user in found["Resources"]] == ["a+b/c%@acme.com"]
    assert (odd.status_code, odd.json()["status"]) == (404, "404")  # of the service, not of the proxy


def test_an_admin_signs_in_with_a_cookie_for_https_alone(site: Site) -> None:
    browser = Browser(site.client("/console/acme"))

    answer = browser.post(site.setup.partition("/console/acme/")[2], password=PASSWORD, again=PASSWORD)

    assert (answer.status_code, answer.headers["location"]) == (303, "/console/acme/")
    assert "; Secure" in answer.headers["set-cookie"]
    assert "Overview" in browser.get().text


def test_the_callers_address_is_the_one_that_is_limited(site: Site) -> None:
    one, other = site.provider("127.0.0.2"), site.provider("127.0.0.3")

    claims = [one.get("Users?count=0", headers={"x-forwarded-for": f"192.0.2.{n}"}).status_code for n in range(40)]

    assert set(claims) == {200, 429}
    assert other.get("Users?count=0").status_code == 200


def test_bodies_are_let_through_up_to_the_services_bound(site: Site) -> None:
    body = b'{"userName": "large@acme.com"}'.ljust(Config().max_body)

    within = site.provider().post("Users", content=body, headers=SCIM)
    try:
        beyond = site.provider().post("Users", content=body + b" ", headers=SCIM).status_code
    except httpx.TransportError:  # closed while the rest was on its way
        beyond = 413

    assert within.status_code == 201
    assert beyond == 413


def test_metrics_are_not_for_the_world(site: Site) -> None:
    assert site.client("").get("/metrics").status_code == 404


def test_nothing_is_taken_without_tls(site: Site) -> None:
    with pytest.raises((httpx.TransportError, httpx.HTTPStatusError)):
        httpx.get(f"http://127.0.0.1:{site.plain_port}/scim/v2/acme/Users", headers={"host": NAME}).raise_for_status()


def test_the_log_has_neither_query_nor_token(site: Site) -> None:
    site.provider().get('Users?filter=userName+eq+"marker-in-a-filter"')

    until = time.monotonic() + PATIENCE
    while "/scim/v2/acme/Users" not in (log := site.log.read_text()) and time.monotonic() < until:
        time.sleep(0.05)
    assert "/scim/v2/acme/Users" in log
    assert "marker-in-a-filter" not in log
    assert site.token not in log
