"""What stands before every route of the real application: limits, metrics, logs, traces."""

from __future__ import annotations

import logging
import socket
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import msgspec
import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from prometheus_client.parser import text_string_to_metric_families

from entrant.config import Config, Switch
from entrant.db import open_database
from entrant.db.engine import timestamp
from entrant.service import admin
from entrant.store import MIGRATIONS
from entrant.web import app as app_module
from entrant.web.access_log import redacted
from entrant.web.logs import JsonFormatter
from entrant.web.metrics import route_of
from entrant.web.otel import RequestTracer
from entrant.web.traces import open_tracer
from tests.support.application import application, migrated
from tests.web.server import read_answer

METRICS_TOKEN = "metrics-token-of-the-tests"
CANARY = "cAnArY-51f2"
PROXIED = {"x-forwarded-for": "203.0.113.7"}


@dataclass(frozen=True)
class Acme:
    """A workspace behind the application."""

    url: str
    token: str
    client_id: str
    client_secret: str

    @property
    def headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.token}"}


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """Everything on."""
    return Config(database=migrated(tmp_path), metrics_token=METRICS_TOKEN, access_log=Switch.ON, address_rate=1)


@pytest.fixture
def acme(config: Config) -> Iterator[Acme]:
    """A workspace behind an application with these settings."""
    database = open_database(config.database, MIGRATIONS)
    admin.create_workspace(database, "acme", "Acme")
    token = admin.create_connection(database, "acme", "entra").token
    secret = admin.create_secret(database, "acme", None, config.public_url)
    database.close()
    with application(config) as url:
        yield Acme(url, token, secret.client_id, secret.client_secret)


@pytest.mark.parametrize(
    ("path", "route"),
    [
        ("/scim/v2/acme/Users", "/Users"),
        ("/scim/v2/acme//users/", "/Users"),
        ("/scim/v2/acme/Users/ada@example.com", "/Users/{id}"),
        ("/scim/v2/acme/Groups/.search", "/Groups/.search"),
        ("/scim/v2/acme/.search", "/.search"),
        ("/scim/v2/acme/Bulk", "/Bulk"),
        ("/scim/v2/acme/ada@example.com", "/"),
        ("/scim/v2/acme", "/"),
        ("/scim/v2", "other"),
        ("/scim/oauth/acme/token", "/oauth/token"),
        ("/scim/oauth/acme/ada", "/oauth"),
        ("/.well-known/oauth-authorization-server/scim/oauth/acme", "/oauth"),
        ("/metrics", "/metrics"),
        ("/ada@example.com", "other"),
    ],
)
def test_a_route_names_neither_workspace_nor_person(path: str, route: str) -> None:
    assert route_of(path) == route


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("", ""),
        ("filter=userName%20eq%20%22ada%22&count=1", "filter=…&count=…"),
        ("aadOptscim062020", "aadOptscim062020=…"),
        ("ada@example.com", "?=…"),
        ("&".join(f"p{n}=x" for n in range(50)), "&".join(f"p{n}=…" for n in range(10))),
    ],
)
def test_of_a_query_the_names_of_parameters_remain(query: str, shown: str) -> None:
    assert redacted(query) == shown


def until_refused(client: httpx.Client, route: str) -> httpx.Response:
    """The first 429, or the last of so many answers."""
    answer = client.post(route, headers=PROXIED, content=b"x" * 1_000)
    for _ in range(200):
        if answer.status_code == 429:
            break
        answer = client.post(route, headers=PROXIED, content=b"x" * 1_000)
    return answer


def test_an_address_beyond_its_limit_is_429_on_every_route(acme: Acme) -> None:
    routes = ["/scim/v2/acme/Users", "/scim/oauth/acme/token", "/nowhere", "/metrics", "/console/acme/sign-in"]
    with httpx.Client(base_url=acme.url) as client:
        first = client.get("/scim/v2/acme/Users", headers=PROXIED | acme.headers)
        answers = [until_refused(client, route) for route in routes]
        other = client.get("/scim/v2/acme/Users", headers={"x-forwarded-for": "203.0.113.8"} | acme.headers)
        near = client.get("/scim/v2/acme/Users", headers=acme.headers)

    assert first.status_code == 200
    assert [answer.status_code for answer in answers] == [429] * 5
    kinds = [answer.headers["content-type"].partition(";")[0] for answer in answers]
    assert kinds == ["application/scim+json"] * 4 + ["text/html"]
    assert "Try again in" in answers[-1].text
    assert all(int(answer.headers["retry-after"]) >= 1 and answer.headers["x-request-id"] for answer in answers)
    assert (other.status_code, near.status_code) == (200, 200)


def test_a_connection_beyond_its_limit_is_429_before_its_body_is_there(config: Config, acme: Acme) -> None:
    with application(replace(config, connection_rate=1)) as url, httpx.Client(base_url=url) as client:
        until = [client.get("/scim/v2/acme/Users", headers=acme.headers).status_code for _ in range(7)]
        head = f"POST /scim/v2/acme/Users HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {acme.token}\r\n"
        with socket.create_connection(("127.0.0.1", client.base_url.port or 0), timeout=10) as connection:
            connection.sendall(f"{head}content-length: 1000\r\n\r\n".encode())
            answer = read_answer(connection)

    assert until[-1] == 429
    assert answer.startswith(b"HTTP/1.1 429 ")


def samples(text: str) -> dict[tuple[str, ...], float]:
    """The values of the counter of requests, by route, method and status."""
    return {
        (sample.labels["route"], sample.labels["method"], sample.labels["status"]): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == "entrant_requests_total"
    }


def test_requests_are_counted_by_route_method_and_status(acme: Acme) -> None:
    with httpx.Client(base_url=acme.url) as client:
        client.get("/scim/v2/acme/Users", headers=acme.headers)
        client.get("/scim/v2/acme/Users/1", headers=acme.headers)
        client.get("/scim/v2/acme/Users/2", headers=acme.headers)
        client.request("TRACE", "/scim/v2/acme/Users", headers=acme.headers)
        answer = client.get("/metrics", headers={"authorization": f"Bearer {METRICS_TOKEN}"})

    assert samples(answer.text) == {
        ("/Users", "GET", "200"): 1,
        ("/Users/{id}", "GET", "404"): 2,
        ("/Users", "other", "405"): 1,
    }
    assert 'entrant_request_seconds_count{route="/Users/{id}"} 2' in answer.text
    assert 'entrant_credentials_ending{days="30",kind="secret"} 0' in answer.text


def test_metrics_are_for_those_who_have_the_token(acme: Acme, config: Config) -> None:
    for headers in ({}, {"authorization": "Bearer wrong"}, acme.headers, {"authorization": METRICS_TOKEN}):
        assert httpx.get(f"{acme.url}/metrics", headers=headers).status_code == 401
    with application(replace(config, metrics_token="")) as url:
        assert httpx.get(f"{url}/metrics", headers={"authorization": "Bearer"}).status_code == 404


def test_what_ends_soon_is_in_the_log_once_and_in_the_metrics(config: Config, caplog: pytest.LogCaptureFixture) -> None:
    database = open_database(config.database, MIGRATIONS)
    admin.create_workspace(database, "acme", "Acme")
    admin.create_connection(database, "acme", "entra")
    admin.create_secret(database, "acme", None, config.public_url)
    soon = timestamp(datetime.now(UTC) + timedelta(days=3))
    database.write("acme", lambda tx: tx.run("UPDATE client_secret SET expires = :soon", soon=soon))
    database.close()
    headers = {"authorization": f"Bearer {METRICS_TOKEN}"}

    for _ in range(2):
        with application(config) as url:
            while 'days="7",kind="secret"} 1' not in httpx.get(f"{url}/metrics", headers=headers).text:
                pass  # the look at what ends soon is made beside the start

    (warning,) = [record for record in caplog.records if "has no successor" in record.getMessage()]
    line = msgspec.json.decode(JsonFormatter().format(warning))
    assert (line["level"], line["workspace"], line["kind"], line["days"]) == ("warning", "acme", "secret", 7)


def test_no_canary_is_in_any_log_line_metric_or_trace(
    acme: Acme, config: Config, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Secrets, passwords and names of people, sent wherever a client can put them."""
    caplog.set_level(logging.DEBUG)
    spans = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(spans))
    monkeypatch.setattr(app_module, "open_tracer", lambda _: RequestTracer(provider))
    token = f"/scim/oauth/{CANARY}/token"
    form = {"grant_type": "client_credentials", "client_id": acme.client_id, "client_secret": CANARY}
    with application(config) as url, httpx.Client(base_url=url) as client:
        client.get(f'/scim/v2/acme/Users?filter=userName eq "{CANARY}"&{CANARY}={CANARY}', headers=acme.headers)
        client.get(f"/scim/v2/{CANARY}/Users/{CANARY}", headers={"authorization": f"Bearer {CANARY}"})
        client.post("/scim/v2/acme/Users", headers=acme.headers, json={"userName": CANARY, "password": CANARY})
        client.post(token, data=form, headers={"x-forwarded-for": CANARY, "user-agent": CANARY})
        client.post("/scim/oauth/acme/token", data=form, auth=(CANARY, CANARY))
        client.post("/scim/oauth/acme/token", data={"client_assertion": CANARY, "grant_type": CANARY})
        client.request("OPTIONS", f"/{CANARY}?{CANARY}")
        good = client.post("/scim/oauth/acme/token", data=form | {"client_secret": acme.client_secret}).json()
        client.get("/scim/v2/acme/Users", headers={"authorization": f"Bearer {good['access_token']}"})
        metrics = client.get("/metrics", headers={"authorization": f"Bearer {METRICS_TOKEN}"}).text
    provider.shutdown()

    lines = [
        JsonFormatter().format(record) for record in caplog.records if record.name.startswith(("entrant", "uvicorn"))
    ]
    traces = [span.to_json() for span in spans.get_finished_spans()]
    assert len(lines) >= 10
    assert len(traces) == 10
    for secret in (CANARY, acme.token, acme.client_secret, good["access_token"], METRICS_TOKEN):
        assert [text for text in [*lines, *traces, metrics] if secret in text] == []


def test_a_span_has_route_and_status_and_goes_on_the_callers_trace() -> None:
    spans = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(spans))
    trace = "0af7651916cd43dd8448eb211c80319c"
    scope = {"method": "GET", "headers": [(b"traceparent", f"00-{trace}-b7ad6b7169203331-01".encode())]}

    with RequestTracer(provider).span(scope, "/Users/{id}") as set_status:
        set_status(503)
    provider.shutdown()

    (span,) = spans.get_finished_spans()
    assert span.name == "GET /Users/{id}"
    assert f"{span.context.trace_id:032x}" == trace
    assert dict(span.attributes or {}) == {
        "http.request.method": "GET",
        "http.route": "/Users/{id}",
        "http.response.status_code": 503,
    }
    assert not span.status.is_ok


def test_there_are_no_traces_unless_a_collector_is_named() -> None:
    assert open_tracer({"OTEL_SERVICE_NAME": "x"}) is None


def test_a_log_line_is_one_json_object_with_its_facts() -> None:
    record = logging.LogRecord("entrant.x", logging.WARNING, "", 0, "%s\nnext", ("line",), None)
    record.facts = {"request_id": "r1"}

    line = JsonFormatter().format(record)

    assert line.startswith('{"time":"')
    assert line.endswith('"level":"warning","logger":"entrant.x","message":"line\\nnext","request_id":"r1"}')
