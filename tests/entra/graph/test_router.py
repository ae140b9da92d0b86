"""Addresses as Graph's clients write them (graph-surface 3.3, 9.5, 9.6, 9.9)."""

from __future__ import annotations

import pytest

from entrant.entra.graph.errors import GraphError
from entrant.entra.graph.router import Key, Router

ROUTER = Router[str](
    [
        ("GET", "users", "list"),
        ("POST", "users", "create"),
        ("GET", "users/$count", "count"),
        ("GET", "users/delta", "delta"),
        ("GET", "users/{}", "get"),
        ("PUT", "users/{}/manager/$ref", "set manager"),
        ("DELETE", "groups/{}/members/{}/$ref", "remove member"),
        ("GET", "groups/{}/members/user", "user members"),
        ("GET", "directory/deletedItems/user", "deleted users"),
        ("GET", "directory/deletedItems/{}", "deleted"),
        ("POST", "directory/deletedItems/{}/restore", "restore"),
        ("GET", "servicePrincipals/{}", "principal"),
        ("GET", "servicePrincipals/{}/synchronization/jobs/{}/schema/filterOperators", "operators"),
    ]
)

USER = Key("ann@contoso.example")


@pytest.mark.parametrize(
    ("method", "path", "target", "keys"),
    [
        ("GET", "users", "list", ()),
        ("GET", "/users/", "list", ()),
        ("GET", "users/$count", "count", ()),
        ("GET", "users/%24count", "count", ()),
        ("GET", "users/delta", "delta", ()),
        ("GET", "users/delta()", "delta", ()),
        ("GET", "users/microsoft.graph.delta()", "delta", ()),
        ("GET", "users/ann@contoso.example", "get", (USER,)),
        ("GET", "users/ann%40contoso.example", "get", (USER,)),
        ("GET", "users('ann%40contoso.example')", "get", (USER,)),
        ("GET", "USERS/ann@contoso.example", "get", (USER,)),
        ("GET", "users/ann_x%23EXT%23@contoso.example", "get", (Key("ann_x#EXT#@contoso.example"),)),
        ("GET", "users/a%2Fb", "get", (Key("a/b"),)),
        ("GET", "users('o''neil@contoso.example')", "get", (Key("o'neil@contoso.example"),)),
        ("PUT", "users/1/manager/$ref", "set manager", (Key("1"),)),
        ("DELETE", "groups/1/members/2/$ref", "remove member", (Key("1"), Key("2"))),
        ("GET", "groups/1/members/graph.user", "user members", (Key("1"),)),
        ("GET", "groups/1/members/microsoft.graph.user", "user members", (Key("1"),)),
        ("GET", "directory/deletedItems/graph.user", "deleted users", ()),
        ("GET", "directory/deletedItems/1", "deleted", (Key("1"),)),
        ("POST", "directory/deletedItems/1/microsoft.graph.restore", "restore", (Key("1"),)),
        ("GET", "servicePrincipals(appId='1')", "principal", (Key("1", "appId"),)),
        ("GET", "servicePrincipals(appId=%271%27)", "principal", (Key("1", "appId"),)),
        (
            "GET",
            "servicePrincipals/1/synchronization/jobs/scim.2/schema/filterOperators()",
            "operators",
            (Key("1"), Key("scim.2")),
        ),
    ],
)
def test_an_address_leads_to_an_operation(method: str, path: str, target: str, keys: tuple[Key, ...]) -> None:
    assert ROUTER.find(method, path) == (target, keys)


@pytest.mark.parametrize(
    "path", ["", "nowhere", "users/1/nowhere", "users/%00", "users/%ff", "groups/1/members", "/".join("x" * 40)]
)
def test_an_address_that_leads_nowhere_is_refused(path: str) -> None:
    with pytest.raises(GraphError) as refusal:
        ROUTER.find("GET", path)

    assert refusal.value.status == 400


def test_a_method_that_an_address_does_not_have_names_those_it_has() -> None:
    with pytest.raises(GraphError) as refusal:
        ROUTER.find("DELETE", "users")

    assert refusal.value.status == 405
    assert refusal.value.headers == {"allow": "GET, POST"}
