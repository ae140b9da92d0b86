"""What a hostile workspace sends, by kind, and what its neighbor does in the meantime.

A kind prepares what it needs and returns the requests, which the load generator repeats over all of its connections.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TypeAlias
from urllib.parse import urlencode

import msgspec

from entrant.db.engine import Database
from entrant.scim.wire import Request
from entrant.service import admin
from tests.bench.client import HOST
from tests.support.idp import Idp
from tests.support.issuer import new_key, sign
from tests.support.server import Serving
from tests.support.silent import silent_server


@dataclass(frozen=True)
class Ground:
    """A running server, and one workspace on it. `stack` closes what a kind opens."""

    server: Serving
    database: Database
    slug: str
    idp: Idp
    stack: ExitStack


Prepare: TypeAlias = Callable[[Ground], list[bytes]]
"""The requests that the hostile workspace sends, from the first to the last and again."""

Probe: TypeAlias = Callable[[int], int]
"""One request of the neighbor, the n-th; its status."""


@dataclass(frozen=True)
class Kind:
    """A hostile neighbor. `probe` returns what the other workspace does; what it gets must be 200."""

    prepare: Prepare
    probe: Callable[[Ground], Probe]


def scim(ground: Ground) -> Probe:
    """Write and look up a user alternately."""
    name = f"worker@{ground.slug}.example"
    user = ground.idp.user(name)

    def probe(n: int) -> int:
        if n % 2:
            return ground.idp.get(f'/Users?filter=userName+eq+"{name}"').status
        return ground.idp.patch(f"/Users/{user}", {"op": "Replace", "path": "displayName", "value": f"Name {n}"}).status

    return probe


def page(ground: Ground) -> Probe:
    """Open the page for signing in."""
    return lambda _n: ground.idp.send(_get(f"/console/{ground.slug}/sign-in")).status


def token(ground: Ground) -> Probe:
    """Get an access token by a client secret."""
    made = admin.create_secret(ground.database, ground.slug, None, ground.server.url)
    form = {"grant_type": "client_credentials", "client_id": made.client_id, "client_secret": made.client_secret}
    body = urlencode(form).encode()
    return lambda _n: ground.idp.send(_post(f"/scim/oauth/{ground.slug}/token", body)).status


def requests(ground: Ground) -> list[bytes]:
    """Write and look up a user, as fast as that is answered."""
    user = ground.idp.user("flood@b.example")
    body = msgspec.json.encode({"Operations": [{"op": "Replace", "path": "displayName", "value": "Flood"}]})
    head = f"host: {HOST}\r\nauthorization: Bearer {ground.idp.token}\r\n"
    kind = f"content-type: application/scim+json\r\ncontent-length: {len(body)}\r\n"
    base = f"/scim/v2/{ground.slug}/Users"
    return [
        f"PATCH {base}/{user} HTTP/1.1\r\n{head}{kind}\r\n".encode() + body,
        f"GET {base}?filter=userName+eq+%22flood@b.example%22 HTTP/1.1\r\n{head}\r\n".encode(),
    ]


def issuer(ground: Ground) -> list[bytes]:
    """Begin to sign in at an identity provider that takes connections and never answers."""
    address = ground.stack.enter_context(silent_server())
    admin.set_sign_in(ground.database, ground.slug, address, "client", "secret")
    return [f"GET /console/{ground.slug}/sign-in/openid HTTP/1.1\r\nhost: {HOST}\r\n\r\n".encode()]


def assertions(ground: Ground) -> list[bytes]:
    """Show assertions of ten issuers whose keys are on a server that takes connections and never answers."""
    sent = []
    for n in range(10):
        address = ground.stack.enter_context(silent_server())
        admin.federate(
            ground.database, ground.slug, None, ground.server.url,
            issuer=address, audience="api://entrant", subject="app", tenant=None, private=True,
        )  # fmt: skip
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": sign(new_key(f"key{n}"), {"iss": address, "sub": "app", "aud": "api://entrant"}),
        }
        body = urlencode(form).encode()
        head = f"POST /scim/oauth/{ground.slug}/token HTTP/1.1\r\nhost: {HOST}\r\ncontent-length: {len(body)}\r\n"
        sent.append(f"{head}content-type: application/x-www-form-urlencoded\r\n\r\n".encode() + body)
    return sent


KINDS: Mapping[str, Kind] = {
    "requests": Kind(requests, scim),
    "issuer": Kind(issuer, page),
    "token": Kind(assertions, token),
}


def _get(path: str) -> Request:
    return Request("GET", path)


def _post(path: str, body: bytes) -> Request:
    return Request("POST", path, "", {"content-type": "application/x-www-form-urlencoded"}, body)
