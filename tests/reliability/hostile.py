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

from entrant.db.engine import Database, Tx
from entrant.scim.listing import MAX_COUNT
from entrant.scim.schema import USER_URN
from entrant.scim.wire import Json, Request
from entrant.service import admin
from tests.bench.client import HOST
from tests.support.idp import Idp
from tests.support.issuer import new_key, sign
from tests.support.server import Serving
from tests.support.silent import silent_server

FILLED = 20_000  # users of a workspace whose lists are asked for
GROUPED = 10_000  # members of a group that is renamed
MEMBER = (
    "INSERT INTO member (workspace, id, source, active, user_name_key, revision, created, modified, doc, role) "
    "SELECT w.id, :id, 'provisioned', 1, :id, 1, :now, :now, :doc, 'member' FROM workspace w WHERE w.slug = :slug"
)
MEMBERSHIP = (
    "INSERT INTO membership (workspace, group_id, member_id, kind) "
    "SELECT w.id, :group_id, :id, 'User' FROM workspace w WHERE w.slug = :slug"
)


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


def deep_pages(ground: Ground) -> list[bytes]:
    """Ask for the last pages of many users by index, large and small, and for a large search."""
    _fill(ground, FILLED)
    head = f"host: {HOST}\r\nauthorization: Bearer {ground.idp.token}\r\n"
    base = f"/scim/v2/{ground.slug}/Users"
    last = FILLED - MAX_COUNT
    gets = [f"{base}?startIndex={last}&count={count}" for count in (1, 100, MAX_COUNT)]
    body = msgspec.json.encode({"startIndex": last, "count": MAX_COUNT})
    kind = f"content-type: application/scim+json\r\ncontent-length: {len(body)}\r\n"
    return [
        *(f"GET {target} HTTP/1.1\r\n{head}\r\n".encode() for target in gets),
        f"POST {base}/.search HTTP/1.1\r\n{head}{kind}\r\n".encode() + body,
    ]


def slow_filter(ground: Ground) -> list[bytes]:
    """Ask for users by what has no index, so that all of them are read."""
    _fill(ground, FILLED)
    head = f"host: {HOST}\r\nauthorization: Bearer {ground.idp.token}\r\n"
    filters = ['title co "nothing"', 'not (title co "x")', 'emails[type eq "none"].value co "y"']
    return [
        f"GET /scim/v2/{ground.slug}/Users?{urlencode({'filter': each})} HTTP/1.1\r\n{head}\r\n".encode()
        for each in filters
    ]


def large_role_group(ground: Ground) -> list[bytes]:
    """Give ten thousand members another role, and back, by renaming their group."""
    ground.idp.group("Other admins", ground.idp.user("boss"))  # so that there is an admin throughout
    group = ground.idp.group("Everybody")
    _fill(ground, GROUPED, group)
    base = f"/scim/v2/{ground.slug}/Groups/{group}"
    return [_patch(ground, base, "displayName", name) for name in ("Everybody admins", "Everybody")]


KINDS: Mapping[str, Kind] = {
    "requests": Kind(requests, scim),
    "deep-pages": Kind(deep_pages, scim),
    "slow-filter": Kind(slow_filter, scim),
    "large-role-group": Kind(large_role_group, scim),
    "issuer": Kind(issuer, page),
    "token": Kind(assertions, token),
}


def _fill(ground: Ground, number: int, group: str = "") -> None:
    """Write users into the database, all of them members of a group if one is given: by requests it takes minutes."""

    def work(tx: Tx) -> None:
        users = [
            {
                "id": f"{n:08}",
                "slug": ground.slug,
                "now": tx.now,
                "doc": msgspec.json.encode(_user(n)).decode(),
                "group_id": group,
            }
            for n in range(number)
        ]
        tx.many(MEMBER, users)
        tx.run(
            "UPDATE workspace SET user_count = user_count + :number WHERE slug = :slug", slug=ground.slug, number=number
        )
        if group:
            tx.many(MEMBERSHIP, users)
            tx.run("UPDATE groups SET member_count = :number WHERE id = :id", id=group, number=number)

    ground.database.write(ground.slug, work)


def _user(n: int) -> Json:
    name = f"user{n}@flood.example"
    return {
        "schemas": [USER_URN],
        "userName": name,
        "displayName": f"User {n}",
        "title": "Clerk of the first class",
        "name": {"givenName": "User", "familyName": str(n)},
        "emails": [{"value": name, "type": "work", "primary": True}],
    }


def _patch(ground: Ground, path: str, attribute: str, value: str) -> bytes:
    body = msgspec.json.encode({"Operations": [{"op": "Replace", "path": attribute, "value": value}]})
    return (
        f"PATCH {path} HTTP/1.1\r\nhost: {HOST}\r\nauthorization: Bearer {ground.idp.token}\r\n"
        f"content-type: application/scim+json\r\ncontent-length: {len(body)}\r\n\r\n"
    ).encode() + body


def _get(path: str) -> Request:
    return Request("GET", path)


def _post(path: str, body: bytes) -> Request:
    return Request("POST", path, "", {"content-type": "application/x-www-form-urlencoded"}, body)
