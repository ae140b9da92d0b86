"""What a peer is asked: the operations of the service's own cases, with the peer's ids and the values it can change.

Operations are in the lower case of RFC 7644: Polis answers 200 to others and does nothing.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from entrant.scim.wire import Json
from tests.bench import cases, world
from tests.bench.cases import Ask, Case, find_users
from tests.bench.world import PATCH_OP, VALUES, World

from .registry import Durable


def asked(peer: Durable, size: World) -> list[Case]:
    """All that a peer is measured with: the reads of groups before anything is added to them."""
    return [cases.create(), lookup(peer, size), patch(peer, size), read(peer), add(peer, size)]


def lookup(peer: Durable, size: World) -> Case:
    """GET /Users?filter=userName eq."""
    user = partial(cases.scattered, size)
    return replace(cases.lookup(size), ask=lambda n: find_users("userName", peer.name_of(user(n))))


def patch(peer: Durable, size: World) -> Case:
    """PATCH of two attributes of a user; the answer has the values of the one request that is looked at."""
    user, like = partial(cases.scattered, size), cases.patch_user(size)

    def operations(n: int) -> Json:
        value = f"Changed {VALUES + n}"
        return _patch(*({"op": "replace", "path": path, "value": value} for path in peer.changed))

    return replace(
        like,
        ask=lambda n: Ask("PATCH", f"/Users/{peer.user_id(user(n))}", world.encode(operations(n))),
        check=lambda answer: (
            world.encode(answer).count(f'"Changed {VALUES + like.limit + cases.WARM}"'.encode()) == len(peer.changed)
        ),
    )


def read(peer: Durable) -> Case:
    """GET /Groups/{id}, with its members if the peer shows them."""
    return replace(
        cases.group_with_members(),
        ask=lambda n: Ask("GET", f"/Groups/{peer.group_id(cases.spread_group(n))}"),
        check=lambda answer: len(answer["members"]) == (world.SPREAD_MEMBERS if peer.shows_members else 0),
    )


def add(peer: Durable, size: World) -> Case:
    """PATCH that adds one member, over 1,000 groups in turn."""
    pair = partial(cases.spread, size)

    def ask(n: int) -> Ask:
        group, user = pair(n)
        operation = {"op": "add", "path": "members", "value": [{"value": peer.user_id(user)}]}
        return Ask("PATCH", f"/Groups/{peer.group_id(group)}", world.encode(_patch(operation)))

    return replace(cases.add_spread(size), ask=ask)


def _patch(*operations: Json) -> Json:
    return {"schemas": [PATCH_OP], "Operations": list(operations)}
