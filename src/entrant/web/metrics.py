"""What is counted, for Prometheus. Nothing personal, and no workspace: labels have few values, whoever asks.

A route is a template such as `/Users/{id}`. One process has its own registry; several processes that share a port
write to files of one folder, and each answers for all of them (prometheus_client's multiprocess mode).
"""

from __future__ import annotations

import hmac
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    start_http_server,
)
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from entrant.scim.wire import Response
from entrant.service.admin import ENDINGS, EndingView

PATH = "/metrics"
FOLDER = "PROMETHEUS_MULTIPROC_DIR"
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"})
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
COLLECTIONS = {"users": "/Users", "groups": "/Groups", "schemas": "/Schemas", "resourcetypes": "/ResourceTypes"}
SINGLE = {
    ".search": "/.search",
    "bulk": "/Bulk",
    "me": "/Me",
    "serviceproviderconfig": "/ServiceProviderConfig",
}
SLUG_PARTS = 4  # of a split path up to the workspace: "", "scim", "v2", slug


# The times at which series began are of no use here and would double them.
disable_created_metrics()  # type: ignore[no-untyped-call]  # the library leaves it untyped


class Metrics:
    """The metrics of one process."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        if not shared():
            ProcessCollector(registry=self._registry)
        self._requests = Counter(
            "entrant_requests", "Requests answered.", ["route", "method", "status"], registry=self._registry
        )
        self._seconds = Histogram(
            "entrant_request_seconds", "Time to the end of an answer.", ["route"], buckets=SECONDS,
            registry=self._registry,
        )  # fmt: skip
        self._ending = Gauge(
            "entrant_credentials_ending",
            "Tokens and client secrets without a successor, by the days that are left at most.",
            ["kind", "days"],
            registry=self._registry,
            multiprocess_mode="mostrecent",
        )
        self._counters: dict[tuple[str, str, int], Counter] = {}
        self._histograms: dict[str, Histogram] = {}

    def count(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count a request that has been answered."""
        key = (route, method if method in METHODS else "other", status)
        counter = self._counters.get(key)
        if counter is None:
            counter = self._counters[key] = self._requests.labels(*map(str, key))
        counter.inc()
        histogram = self._histograms.get(route)
        if histogram is None:
            histogram = self._histograms[route] = self._seconds.labels(route)
        histogram.observe(seconds)

    def set_endings(self, endings: Iterable[EndingView]) -> None:
        """Show how many tokens and client secrets end soon."""
        all_ = list(endings)
        for kind in ("token", "secret"):
            for days in ENDINGS:
                number = sum(end.kind == kind and end.days == days for end in all_)
                self._ending.labels(kind, str(days)).set(number)

    def answer(self, token: str, authorization: str) -> Response:
        """The metrics, for whoever has the token; a page that does not exist where none is set."""
        if not token:
            return Response(404)
        scheme, _, given = authorization.partition(" ")
        if scheme.lower() != "bearer" or not hmac.compare_digest(given.strip().encode(), token.encode()):
            return Response(401, {"www-authenticate": 'Bearer realm="metrics"'})
        return Response(200, {"content-type": CONTENT_TYPE_LATEST}, generate_latest(self.registry()))

    def registry(self) -> CollectorRegistry:
        """What is shown: of this process, or of all that share its folder."""
        return shared_registry() if shared() else self._registry


def shared() -> bool:
    """Whether this process counts into a folder, together with others."""
    return FOLDER in os.environ


def share_between_processes() -> Path:
    """Let processes that this one starts count into one folder, which is returned; before any of them imports this."""
    folder = tempfile.mkdtemp(prefix="entrant-metrics-")
    os.environ[FOLDER] = folder
    return Path(folder)


def shared_registry() -> CollectorRegistry:
    """What all processes that share a folder have counted."""
    together = CollectorRegistry()
    MultiProcessCollector(together)  # type: ignore[no-untyped-call]  # the library leaves it untyped
    return together


def listen(address: str, registry: CollectorRegistry) -> None:
    """Serve metrics to whoever asks at `host:port`, on a thread of its own. Raises OSError."""
    host, _, port = address.rpartition(":")
    start_http_server(int(port), addr=host.strip("[]"), registry=registry)


def route_of(path: str) -> str:
    """The template of a path: few values, none of which names a workspace, a resource or a person."""
    parts = path.split("/", 7)
    if len(parts) < SLUG_PARTS or parts[1] != "scim":
        if path.startswith("/.well-known/oauth-"):
            return "/oauth"
        return path if path in {PATH, "/healthz", "/readyz"} else "other"
    if parts[2] == "oauth":
        return f"/oauth/{parts[4]}" if len(parts) > SLUG_PARTS and parts[4] in {"token", "revoke"} else "/oauth"
    rest = [part for part in parts[SLUG_PARTS:] if part]
    name = rest[0].lower() if rest else ""
    collection = COLLECTIONS.get(name)
    if collection is None or len(rest) == 1:
        return collection or SINGLE.get(name, "/")
    return f"{collection}/.search" if rest[1].lower() == ".search" else f"{collection}/{{id}}"
