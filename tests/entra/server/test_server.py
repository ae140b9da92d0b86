"""The emulator's edge, as a process that speaks http and https on two ports."""

from __future__ import annotations

import os
import signal
import ssl
import stat
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from cryptography import x509

from entrant.entra.server.certificate import RENEW_BEFORE, ensure_certificate
from entrant.entra.server.edge import Mount

PROGRAM = """
import sys
from pathlib import Path
from entrant.entra.server.certificate import ensure_certificate
from entrant.entra.server.edge import SCHEME, Mount, application
from entrant.entra.server.run import Port, listen, run
from entrant.db import DatabaseError
from entrant.scim.wire import Request, Response

def echo(request: Request) -> Response:
    if request.path.endswith("/gone"):
        raise DatabaseError("no")
    if request.path.endswith("/stream"):
        return Response(200, {"content-type": "text/plain"}, (b"x" * 1000 for _ in range(1000)))
    told = f"{request.method} {request.headers[SCHEME]} {request.path}?{request.query} {len(request.body)}"
    return Response(200, {"content-type": "text/plain"}, told.encode())

ports = [Port(listen("127.0.0.1", 0)), Port(listen("127.0.0.1", 0), ensure_certificate(Path(sys.argv[1])))]
mounts = [Mount("/v1.0", echo), Mount("/*/oauth2", echo)]
run(application(mounts, max_body=1000), ports, lambda: print(*(p.socket.getsockname()[1] for p in ports), flush=True))
"""


@dataclass(frozen=True)
class Running:
    process: subprocess.Popen[str]
    http: str
    https: str
    client: httpx.Client


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The edge in front of a handler that says what it was asked."""
    folder = tmp_path_factory.mktemp("server")
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(folder)], stdout=subprocess.PIPE, text=True, env={**os.environ}
    ) as process:
        assert process.stdout is not None
        plain, secure = process.stdout.readline().split()
        trust = ssl.create_default_context(cafile=folder / "entra-ca.pem")
        with httpx.Client(verify=trust) as client:
            yield Running(process, f"http://127.0.0.1:{plain}", f"https://127.0.0.1:{secure}", client)
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0  # it ends of itself, without a word of complaint


def test_both_ports_reach_the_same_handlers(server: Running) -> None:
    plain = server.client.get(f"{server.http}/v1.0/users?$top=1")
    secure = server.client.post(f"{server.https}/v1.0/a%2Fb", content=b"{}")

    assert plain.text == "GET http /v1.0/users?$top=1 0"
    assert secure.text == "POST https /v1.0/a%2Fb? 2"


def test_the_certificate_stands_for_the_names_of_the_real_service(server: Running) -> None:
    answer = server.client.get(f"{server.https}/v1.0/x", extensions={"sni_hostname": "graph.microsoft.com"})

    assert answer.status_code == 200


def test_a_path_that_nobody_serves_is_404(server: Running) -> None:
    answers = [server.client.get(f"{server.http}{path}").status_code for path in ("/v1.00", "/x", "/v1.0x/users")]

    assert answers == [404, 404, 404]


def test_a_body_that_is_too_long_is_413(server: Running) -> None:
    answer = server.client.post(f"{server.http}/v1.0/x", content=b"x" * 1001)

    assert answer.status_code == 413


def test_a_database_that_is_not_available_is_503(server: Running) -> None:
    answer = server.client.get(f"{server.http}/v1.0/gone")

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")


def test_a_body_made_in_chunks_arrives_whole(server: Running) -> None:
    answer = server.client.get(f"{server.http}/v1.0/stream")

    assert len(answer.content) == 1_000_000


def test_head_is_get_without_body(server: Running) -> None:
    answer = server.client.head(f"{server.http}/v1.0/users")

    assert (answer.status_code, answer.content) == (200, b"")


def test_health(server: Running) -> None:
    assert server.client.get(f"{server.http}/healthz").json() == {"status": "ok"}


@pytest.mark.parametrize(
    ("prefix", "path"),
    [
        ("/v1.0", "/v1.0"),
        ("/v1.0", "/v1.0/users"),
        ("/*/oauth2", "/common/oauth2/v2.0/token"),
        ("/", "/anything"),
    ],
)
def test_a_mount_answers_below_its_prefix(prefix: str, path: str) -> None:
    assert _matches(prefix, path)


@pytest.mark.parametrize(("prefix", "path"), [("/v1.0", "/v1.01"), ("/*/oauth2", "/oauth2/v2.0/token")])
def test_a_mount_answers_nowhere_else(prefix: str, path: str) -> None:
    assert not _matches(prefix, path)


def _matches(prefix: str, path: str) -> bool:
    return Mount(prefix, lambda _: pytest.fail("not to be called")).matches(path.split("/")[1:])


def test_a_certificate_is_made_once_and_again_for_another_name(tmp_path: Path) -> None:
    first = ensure_certificate(tmp_path).chain.read_bytes()
    again = ensure_certificate(tmp_path).chain.read_bytes()
    other = ensure_certificate(tmp_path, ["emulator.test"])

    assert first == again
    assert first != other.chain.read_bytes()
    assert b"PRIVATE" not in other.authority.read_bytes() + other.chain.read_bytes()
    assert stat.S_IMODE(other.key.stat().st_mode) == 0o600


def test_a_certificate_lasts_longer_than_it_is_used(tmp_path: Path) -> None:
    certificate = x509.load_pem_x509_certificate(ensure_certificate(tmp_path).chain.read_bytes())

    assert certificate.not_valid_after_utc - RENEW_BEFORE > datetime.now(UTC) + timedelta(days=300)
