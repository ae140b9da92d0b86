"""Whether requests are traced: where the extra `otel` is installed and OpenTelemetry's variables name a collector."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from importlib.util import find_spec
from typing import Protocol

from entrant.http.asgi import Scope

logger = logging.getLogger(__name__)

ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")


class Tracer(Protocol):
    """Makes spans."""

    def span(self, scope: Scope, route: str) -> AbstractContextManager[Callable[[int], None]]:
        """A block that is the span of one request; what it gives is told the status of the answer."""

    def close(self) -> None:
        """Send what has not been sent."""


def open_tracer(environment: Mapping[str, str]) -> Tracer | None:
    """What makes spans and sends them to the collector; None where none is named."""
    if not any(environment.get(name) for name in ENDPOINTS):
        return None
    if find_spec("opentelemetry") is None or find_spec("opentelemetry.exporter") is None:
        logger.warning("requests are not traced: install entrant[otel]")
        return None
    from .otel import RequestTracer, exporting_provider  # noqa: PLC0415  loaded only where it is used

    return RequestTracer(exporting_provider())
