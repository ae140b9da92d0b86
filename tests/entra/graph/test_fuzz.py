"""Whatever is sent to Graph works or is answered 4xx (product 9.5)."""

from __future__ import annotations

import base64
from urllib.parse import quote

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from entrant.entra.graph.entities import USER
from entrant.entra.graph.errors import GraphError
from entrant.entra.graph.handler import Graph
from entrant.entra.graph.login import Login
from entrant.entra.graph.odata.evaluate import predicate
from entrant.entra.graph.odata.parser import parse_filter
from entrant.entra.graph.routes import ROUTES
from entrant.scim.wire import Request
from tests.entra.graph.client import Client

FEW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
WORDS = st.sampled_from(
    ["displayName", "eq", "'x'", "(", ")", "and", "or", "not", "businessPhones/any(p:", "p", "null", "true", ",", "in",
     "startsWith(", "createdDateTime", "ge", "2026-01-02", "1", "/", "$count", "id", "'\0'", "contains(", "otherMails"]
)  # fmt: skip
VALUES = st.one_of(st.text(max_size=20), st.lists(WORDS, max_size=12).map(" ".join))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
NAMES = ["@odata.id", "members@odata.bind", "displayName", "userPrincipalName", "parameters", "value", "credentials",
         "criteria", "appRoles", "ids", "templateId", "principalId", "resourceId", "businessPhones", "mail", "requests",
         "accountEnabled", "mailNickname", "passwordProfile", "mailEnabled", "securityEnabled"]  # fmt: skip
KEYS = st.sampled_from(["x", "a@contoso.com", "0ad1a5b2-5f0d-4c4e-9c39-000000000001", "%00", "a%2Fb", "('x')"])


@pytest.fixture
def client(graph: Client) -> Client:
    """A tenant with a user and a group."""
    graph.user("ann")
    graph.group("Sales")
    return graph


@FEW
@given(text=st.one_of(st.text(max_size=60), st.lists(WORDS, max_size=20).map(" ".join)))
def test_any_text_is_a_filter_or_refused(text: str) -> None:
    try:
        holds = predicate(parse_filter(text, USER))
    except GraphError:
        return
    assert holds({"id": "1", "displayName": "X"}) in {True, False}


@FEW
@given(
    path=st.sampled_from(
        ["users", "groups", "users/delta", "auditLogs/provisioning", "servicePrincipals", "users/$count"]
    ),
    options=st.dictionaries(
        st.sampled_from(["filter", "orderby", "search", "select", "expand", "top", "skiptoken", "deltatoken", "count"]),
        VALUES,
        max_size=3,
    ),
)
def test_any_query_works_or_is_refused(client: Client, path: str, options: dict[str, str]) -> None:
    query = "&".join(f"${name}={quote(value)}" for name, value in options.items())

    response = client.send("GET", f"{path}?{query}", consistencylevel="eventual")

    assert response.status < 500, response.read()


@FEW
@given(path=st.sampled_from(["users", "groups/delta", "users/delta", "servicePrincipals", "groups"]), token=JSON)
def test_any_token_works_or_is_refused(client: Client, path: str, token: object) -> None:
    text = base64.urlsafe_b64encode(msgspec.json.encode(token)).decode().rstrip("=")
    for name in ("skiptoken", "deltatoken"):
        assert client.send("GET", f"{path}?${name}={text}").status < 500


@FEW
@given(route=st.sampled_from(ROUTES), body=st.dictionaries(st.sampled_from(NAMES), JSON, max_size=4), key=KEYS)
def test_any_body_works_or_is_refused(
    client: Client, route: tuple[object, str, str, object], body: object, key: str
) -> None:
    _, method, pattern, _ = route

    response = client.send(method, pattern.replace("{}", key), body)

    assert response.status < 500, response.read()


@FEW
@given(path=st.text(max_size=30), body=st.binary(max_size=60), header=st.text(max_size=30))
def test_any_bytes_work_or_are_refused(client: Client, path: str, body: bytes, header: str) -> None:
    for handle, start in ((Graph(client.access).handle, "/v1.0/"), (Login(client.access).handle, "/")):
        request = Request("POST", start + quote(path), "", {"authorization": header, "content-type": header}, body)
        assert handle(request).status < 500
