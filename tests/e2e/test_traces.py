"""Traces of the real program, as a collector of OpenTelemetry receives them over HTTP (OTLP, protobuf)."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from tests.support.application import migrated
from tests.support.server import entrant_json, serving

CANARY = "cAnArY-7f3e-9b2c"
TRACE = "0af7651916cd43dd8448eb211c80319c"
CALLER = "b7ad6b7169203331"


@dataclass
class Collector:
    """A receiver of traces, and all that it has received."""

    url: str
    requests: list[tuple[str, str, bytes]] = field(default_factory=list)
    """Path, media type and body."""

    def resources(self) -> list[dict[str, str]]:
        """What each export says of the process that it comes from."""
        return [
            {pair.key: pair.value.string_value for pair in part.resource.attributes}
            for export in self._exports()
            for part in export.resource_spans
        ]

    def spans(self) -> list[Span]:
        """All spans, in the order in which they arrived."""
        return [
            span
            for export in self._exports()
            for resource in export.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]

    def _exports(self) -> Iterator[ExportTraceServiceRequest]:
        for _, _, body in self.requests:
            yield ExportTraceServiceRequest.FromString(body)


@contextmanager
def collecting(status: int = 200) -> Iterator[Collector]:
    """A collector that answers with a status."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            if self.headers.get("content-encoding") == "gzip":
                body = gzip.decompress(body)
            collector.requests.append((self.path, self.headers["content-type"], body))
            self.send_response(status)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        collector = Collector(f"http://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield collector
        server.shutdown()
        thread.join()


@pytest.fixture
def acme(tmp_path: Path) -> tuple[str, str]:
    """A database with a workspace `acme`, and the token of its connection."""
    url = migrated(tmp_path)
    entrant_json(url, "workspace", "create", "acme", "--name", "Acme", "--admin", "ada@acme.com")
    return url, entrant_json(url, "connection", "create", "acme", "--provider", "entra")["token"]


@pytest.mark.parametrize("compression", ["none", "gzip"])
def test_each_request_is_a_span_that_names_nobody(
    acme: tuple[str, str], monkeypatch: pytest.MonkeyPatch, compression: str
) -> None:
    """Secrets, passwords and names of people, sent wherever a client can put them, reach no collector."""
    url, token = acme
    headers = {"authorization": f"Bearer {token}", "traceparent": f"00-{TRACE}-{CALLER}-01"}
    with collecting() as collector:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_COMPRESSION", compression)
        with serving(url) as server, httpx.Client(base_url=server.url, headers={"user-agent": CANARY}) as client:
            client.post("/scim/v2/acme/Users", headers=headers, json={"userName": CANARY, "password": CANARY})
            client.get(f'/scim/v2/acme/Users?filter=userName eq "{CANARY}"&{CANARY}=1', headers=headers)
            client.get(f"/scim/v2/{CANARY}/Users/{CANARY}", headers={"authorization": f"Bearer {CANARY}"})
            client.post(f"/scim/oauth/{CANARY}/token", data={"client_secret": CANARY}, auth=(CANARY, CANARY))
            client.post("/console/acme/sign-in", data={"email": CANARY, "password": CANARY, "csrf": CANARY})
            client.get(f"/console/acme/set-up/{CANARY}", headers={"cookie": f"{CANARY}={CANARY}"})
            client.request("OPTIONS", f"/{CANARY}?{CANARY}", headers={"baggage": f"user={CANARY}"})

    spans = collector.spans()
    assert {(path, kind) for path, kind, _ in collector.requests} == {("/v1/traces", "application/x-protobuf")}
    assert [span.name for span in spans[:3]] == ["POST /Users", "GET /Users", "GET /Users/{id}"]
    assert len(spans) == 7
    assert {span.kind for span in spans} == {Span.SPAN_KIND_SERVER}
    assert [(span.trace_id.hex(), span.parent_span_id.hex()) for span in spans[:2]] == [(TRACE, CALLER)] * 2
    assert {pair.key for span in spans for pair in span.attributes} == {
        "http.request.method", "http.route", "http.response.status_code",
    }  # fmt: skip
    assert {resource["service.name"] for resource in collector.resources()} == {"entrant"}
    for secret in (CANARY, token, "ada@acme.com"):
        assert [body for *_, body in collector.requests if secret.encode() in body] == []


def test_the_process_is_called_what_opentelemetrys_variables_call_it(
    acme: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with collecting() as collector:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", f"{collector.url}/intake")
        monkeypatch.setenv("OTEL_SERVICE_NAME", "scim-eu")
        monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=test")
        with serving(acme[0]) as server:
            httpx.get(f"{server.url}/healthz")

    (resource,) = collector.resources()
    assert [path for path, *_ in collector.requests] == ["/intake"]
    assert (resource["service.name"], resource["deployment.environment.name"]) == ("scim-eu", "test")


@pytest.mark.parametrize("status", [400, 503], ids=str)
def test_a_collector_that_takes_nothing_harms_no_request(
    acme: tuple[str, str], monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    url, token = acme
    with collecting(status) as collector:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "1")
        monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "10")
        with serving(url) as server, httpx.Client(base_url=server.url) as client:
            answers = [
                client.get("/scim/v2/acme/Users", headers={"authorization": f"Bearer {token}"}).status_code
                for _ in range(5)
            ]
        ended = server.process.returncode

    assert answers == [200] * 5
    assert collector.requests
    assert ended == 0


def test_errors_of_the_service_are_errors_of_the_span(acme: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    with collecting() as collector:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
        with serving(acme[0]) as server:
            httpx.get(f"{server.url}/scim/v2/acme/Me")
            httpx.get(f"{server.url}/scim/v2/acme/Me", headers={"authorization": f"Bearer {acme[1]}"})

    assert [span.status.code for span in collector.spans()] == [Status.STATUS_CODE_UNSET, Status.STATUS_CODE_ERROR]
