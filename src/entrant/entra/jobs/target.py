"""Reaching a job's target: the connection's credentials on the way to its origin."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from urllib.parse import urlsplit

from entrant.entra.engine.switches import Switches
from entrant.entra.model import ServicePrincipal
from entrant.scim.wire import Handler

from .connection import Connection, Method
from .credentials import ClientCredentials, Federation, Fetched, Grant, Secret, Tokens, authorized
from .driver import Driver, Limits
from .tokens import LIFETIME, Issuer

MAX_PARALLEL = 64  # threads of one cycle; far beyond what any target is glad of


@contextmanager
def reach(
    connection: Connection,
    app: ServicePrincipal,
    issuer: Issuer,
    switches: Switches,
    stop: threading.Event | None = None,
) -> Iterator[Handler]:
    """A handler for requests to the target, authorized; its connections are closed at the end."""
    limits = limits_of(switches)
    with ExitStack() as opened:
        driver = opened.enter_context(Driver(connection.tenant.origin, limits, stop=stop))
        tokens = _tokens(connection, app, issuer, limits, opened)
        yield authorized(driver.send, tokens)


def limits_of(switches: Switches) -> Limits:
    """How a job's requests are sent."""
    return Limits(
        timeout_seconds=switches.request_timeout,
        honour_retry_after=switches.honour_retry_after,
        max_retry_after_seconds=switches.max_retry_after,
        per_second=switches.max_per_second or None,
        parallel=min(switches.max_parallel, MAX_PARALLEL),
    )


def _tokens(connection: Connection, app: ServicePrincipal, issuer: Issuer, limits: Limits, opened: ExitStack) -> Tokens:
    if connection.method is Method.BEARER:
        return Secret(connection.secret_token) if connection.secret_token else Fetched(lambda: _own(app, issuer))
    url = urlsplit(connection.token_endpoint)
    send = opened.enter_context(Driver(f"{url.scheme}://{url.netloc}", limits)).send
    if connection.method is Method.CLIENT_CREDENTIALS:
        grant = ClientCredentials(
            connection.token_endpoint, connection.client_id, connection.client_secret, connection.scope
        )
        return Fetched(lambda: grant.fetch(send))
    audience = connection.audience or f"api://{app.app_id}"
    federation = Federation(
        connection.token_endpoint,
        connection.client_id,
        lambda: issuer.assertion(app.app_id, app.id, audience, datetime.now(UTC)),
        connection.scope,
    )
    return Fetched(lambda: federation.fetch(send))


def _own(app: ServicePrincipal, issuer: Issuer) -> Grant:
    """A token that the tenant issues, where no secret token was given (entra-client 3.2)."""
    return Grant(issuer.bearer(app.id, datetime.now(UTC)), LIFETIME.total_seconds())
