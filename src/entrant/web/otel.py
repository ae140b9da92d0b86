"""OpenTelemetry traces: one span for each request (semantic conventions for HTTP servers).

A span has the method, the route's template and the status. It has neither path nor query, which may name people, and no
header but the two that carry the caller's trace.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from entrant.http.asgi import Scope

CARRIED = frozenset({b"traceparent", b"tracestate"})  # W3C Trace Context
SERVER_ERROR = 500


def exporting_provider() -> TracerProvider:
    """A provider that sends spans to the collector that OpenTelemetry's variables name."""
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415  of the extra

    # What OpenTelemetry's variables say of the process comes over what we say.
    resource = Resource.create({"service.name": "entrant"}).merge(OTELResourceDetector().detect())
    provider = TracerProvider(resource=resource)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return provider


class RequestTracer:
    """Makes the spans of requests."""

    def __init__(self, provider: TracerProvider) -> None:
        self._provider = provider
        self._tracer = provider.get_tracer("entrant")
        self._propagator = TraceContextTextMapPropagator()

    @contextmanager
    def span(self, scope: Scope, route: str) -> Iterator[Callable[[int], None]]:
        """A block that is the span of one request; what it gives is told the status of the answer."""
        carrier = {n.decode("latin-1"): v.decode("latin-1") for n, v in scope["headers"] if n in CARRIED}
        span = self._tracer.start_span(
            f"{scope['method']} {route}",
            context=self._propagator.extract(carrier) if carrier else None,
            kind=SpanKind.SERVER,
            attributes={"http.request.method": scope["method"], "http.route": route},
        )

        def set_status(status: int) -> None:
            span.set_attribute("http.response.status_code", status)
            if status >= SERVER_ERROR or not status:
                span.set_status(StatusCode.ERROR)

        try:
            yield set_status
        finally:
            span.end()

    def close(self) -> None:
        """Send what has not been sent."""
        self._provider.shutdown()
