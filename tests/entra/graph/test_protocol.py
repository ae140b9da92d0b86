"""What every answer of Graph has, and who gets one (graph-surface 3.6, 9.1, 9.9)."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode
from uuid import UUID

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from entrant.entra.graph.access import Access
from entrant.entra.graph.handler import Graph
from entrant.entra.graph.login import Login
from entrant.scim.wire import Json, Request, Response
from tests.entra.graph.client import Client, user_body

SCOPE = "https://graph.microsoft.com/.default"


def test_every_answer_has_ids_and_the_content_type_of_graph(graph: Client) -> None:
    response = graph.send("GET", "users", client_request_id="mine-1")

    assert str(UUID(response.headers["request-id"])) == response.headers["request-id"]
    assert response.headers["client-request-id"] == "mine-1"
    assert response.headers["content-type"].startswith("application/json;odata.metadata=minimal;")
    assert response.json()["@odata.context"] == "https://graph.example/v1.0/$metadata#users"


def test_a_refusal_comes_in_the_envelope_with_its_ids(graph: Client) -> None:
    response = graph.send("GET", "users/nobody@contoso.com", client_request_id="mine-2")

    error = response.json()["error"]
    assert set(error) == {"code", "message", "innerError"}
    assert set(error["innerError"]) == {"date", "request-id", "client-request-id"}
    assert error["innerError"]["request-id"] == response.headers["request-id"]
    assert error["innerError"]["client-request-id"] == "mine-2"


def test_a_client_request_id_that_cannot_be_sent_back_is_replaced(graph: Client) -> None:
    for given in ("x" * 101, "a\nb", "ä"):
        response = graph.send("GET", "users", client_request_id=given)
        assert response.headers["client-request-id"] == response.headers["request-id"]


def test_both_versions_have_the_same_users(graph: Client) -> None:
    ann = graph.user("ann")

    beta = replace(graph, version="beta")

    assert beta.get(f"users/{ann['id']}")["@odata.context"].startswith("https://graph.example/beta/")
    assert replace(graph, version="v2.0").error("GET", "users")[:2] == (400, "BadRequest")


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [("nowhere", 400, "BadRequest"), ("users/1/2/3", 400, "BadRequest"), ("%ff", 400, "BadRequest")],
)
def test_an_address_that_is_none_is_refused(graph: Client, path: str, status: int, code: str) -> None:
    assert graph.error("GET", path)[:2] == (status, code)


def test_a_method_that_is_not_offered_is_refused_with_those_that_are(graph: Client) -> None:
    response = graph.send("PUT", "users")

    assert (response.status, response.headers["allow"]) == (405, "GET, POST")


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff", b'"x"', b"[" * 100_000, b'{"a":' * 100_000])
def test_a_body_that_is_no_object_is_refused(graph: Client, body: bytes) -> None:
    headers = {"authorization": "Bearer development", "content-type": "application/json"}
    response = Graph(graph.access).handle(Request("POST", "/v1.0/users", "", headers, body))

    assert (response.status, response.json()["error"]["code"]) == (400, "BadRequest")


def test_a_body_of_another_type_is_refused(graph: Client) -> None:
    assert graph.error("POST", "users", user_body("ann"), content_type="text/plain")[0] == 415


# Access -----------------------------------------------------------------------------------------------------------


def ask(access: Access, path: str, form: dict[str, str] | None = None, **headers: str) -> Response:
    """A request to the login endpoints."""
    method = "GET" if form is None else "POST"
    body = urlencode(form).encode() if form else b""
    return Login(access).handle(
        Request(method, path, "", {":scheme": "https", "host": "graph.example", **headers}, body)
    )


def grant(access: Access, scope: str = SCOPE, **more: str) -> Json:
    """The answer of the token endpoint to a client with the right secret."""
    form = {"grant_type": "client_credentials", "client_id": "script", "client_secret": "secret", "scope": scope}
    return ask(access, f"/{access.provisioner.tenant}/oauth2/v2.0/token", {**form, **more}).json()


def test_a_token_of_the_tenant_opens_graph(graph: Client) -> None:
    """T1 of graph-surface 3.6."""
    answer = grant(graph.access)

    assert (answer["token_type"], answer["expires_in"]) == ("Bearer", 3600)
    assert graph.send("GET", "users", authorization=f"Bearer {answer['access_token']}").status == 200


def test_a_token_verifies_by_the_published_keys(graph: Client) -> None:
    tenant = graph.access.provisioner.tenant
    token = grant(graph.access, "api://target/.default")["access_token"]
    there = ask(graph.access, f"/{tenant}/v2.0/.well-known/openid-configuration").json()

    keys = ask(graph.access, there["jwks_uri"].removeprefix("https://graph.example")).json()
    claims = jwt.decode(token, KeySet.import_key_set(keys)).claims

    assert there["token_endpoint"] == f"https://graph.example/{tenant}/oauth2/v2.0/token"
    assert (claims["aud"], claims["iss"], claims["tid"]) == ("api://target", there["issuer"], tenant)


def test_other_tokens_do_not_open_graph(graph: Client) -> None:
    issuer = graph.access.provisioner.issuer
    right = {"aud": "https://graph.microsoft.com", "tid": issuer.tenant}
    now = datetime.now(UTC)
    tokens = {
        "expired": issuer.issue(right, now - timedelta(hours=2)),
        "not yet valid": issuer.issue(right, now + timedelta(hours=2)),
        "for another": grant(graph.access, "api://target/.default")["access_token"],
        "of another tenant": issuer.issue({**right, "tid": "x"}, now),
        "unsigned": "eyJhbGciOiJub25lIn0.eyJhdWQiOiJodHRwczovL2dyYXBoLm1pY3Jvc29mdC5jb20ifQ.",
        "nonsense": "x.y.z",
        "not ASCII": "ä",
    }

    for what, token in tokens.items():
        response = graph.send("GET", "users", authorization=f"Bearer {token}")
        assert (response.status, response.json()["error"]["code"]) == (401, "InvalidAuthenticationToken"), what
        assert response.headers["www-authenticate"].startswith("Bearer ")
    for header in ("", "Basic eDp5", "Bearer", "Bearer "):
        assert graph.send("GET", "users", authorization=header).status == 401


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"host": "127.0.0.1:8080"}, 200),
        ({"host": "[::1]:8080"}, 200),
        ({"host": "localhost"}, 200),
        ({"host": "graph.microsoft.com"}, 200),
        ({"host": "localhost:8080", "origin": "https://localhost:8080"}, 200),
        ({"host": "rebound.example:8080"}, 403),
        ({"host": "localhost:8080", "origin": "https://page.example"}, 403),
        ({"host": "localhost:8080", "origin": "null"}, 403),
    ],
    ids=str,
)
def test_an_open_emulator_asks_programs_on_this_machine_for_no_token(
    graph: Client, headers: dict[str, str], status: int
) -> None:
    opened = Client(replace(graph.access, open=True))

    assert opened.send("GET", "users", authorization="", **headers).status == status


@pytest.mark.parametrize(
    ("change", "status", "error"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"client_secret": ""}, 401, "invalid_client"),
        ({"client_id": ""}, 400, "invalid_request"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"scope": "User.Read"}, 400, "invalid_scope"),
        ({"scope": ""}, 400, "invalid_request"),
    ],
)
def test_the_token_endpoint_refuses_in_the_form_of_oauth(
    access: Access, change: dict[str, str], status: int, error: str
) -> None:
    form = {"grant_type": "client_credentials", "client_id": "x", "client_secret": "secret", "scope": SCOPE, **change}

    response = ask(access, f"/{access.provisioner.tenant}/oauth2/v2.0/token", form)

    assert (response.status, response.json()["error"]) == (status, error)


def test_without_a_secret_nobody_gets_a_token(access: Access) -> None:
    closed = replace(access, client_secret="")
    form = {"grant_type": "client_credentials", "client_id": "x", "client_secret": "", "scope": SCOPE}

    assert ask(closed, f"/{access.provisioner.tenant}/oauth2/v2.0/token", form).status == 401


def test_a_client_may_show_itself_by_http_basic(access: Access) -> None:
    basic = base64.b64encode(b"script:secret").decode()
    form = {"grant_type": "client_credentials", "scope": SCOPE}

    response = ask(access, "/common/oauth2/v2.0/token", form, authorization=f"Basic {basic}")

    assert response.status == 200


def test_another_tenant_is_not_found(access: Access) -> None:
    form = {"grant_type": "client_credentials", "client_id": "x", "client_secret": "secret", "scope": SCOPE}

    assert ask(access, "/elsewhere/oauth2/v2.0/token", form).json()["error"] == "invalid_request"
    assert ask(access, "/elsewhere/discovery/v2.0/keys").status == 400
    assert ask(access, "/nowhere").status == 400


def test_instance_discovery_leads_back_here(access: Access) -> None:
    found = ask(access, "/common/discovery/instance").json()

    assert found["tenant_discovery_endpoint"].startswith("https://graph.example/")


# Batches ----------------------------------------------------------------------------------------------------------


def test_a_batch_runs_its_requests_in_order(graph: Client) -> None:
    answer = graph.post(
        "$batch",
        {
            "requests": [
                {
                    "id": "1",
                    "method": "POST",
                    "url": "/users",
                    "headers": {"Content-Type": "application/json"},
                    "body": user_body("ann"),
                },
                {"id": "2", "method": "GET", "url": "/users/ann@contoso.com?$select=id", "dependsOn": ["1"]},
                {"id": "3", "method": "GET", "url": "/users/nobody"},
                {"id": "4", "method": "DELETE", "url": "/users/ann@contoso.com", "dependsOn": ["3"]},
                {
                    "id": "5",
                    "method": "GET",
                    "url": "/users/$count",
                    "headers": {"ConsistencyLevel": "eventual"},
                },
            ]
        },
        status=200,
    )

    responses = {each["id"]: each for each in answer["responses"]}
    assert {id_: each["status"] for id_, each in responses.items()} == {
        "1": 201,
        "2": 200,
        "3": 404,
        "4": 424,
        "5": 200,
    }
    assert responses["2"]["body"]["id"] == responses["1"]["body"]["id"]
    assert responses["2"]["body"]["@odata.context"].startswith("https://graph.example/v1.0/")
    assert base64.b64decode(responses["5"]["body"]) == b"1"


@pytest.mark.parametrize(
    "requests",
    [
        [],
        [{"id": "1", "method": "GET"}],
        [{"id": "1", "method": "GET", "url": "/users"}] * 2,
        [{"id": "1", "method": "GET", "url": "/users", "dependsOn": ["2"]}],
        [{"id": "1", "method": "POST", "url": "/$batch"}],
        [{"id": "1", "method": "POST", "url": "/users", "body": "no base64"}],
        [{"id": str(n), "method": "GET", "url": "/users"} for n in range(21)],
        ["x"],
        "x",
    ],
)
def test_a_batch_that_is_none_is_refused(graph: Client, requests: object) -> None:
    assert graph.error("POST", "$batch", {"requests": requests})[:2] == (400, "BadRequest")


def test_a_batch_is_nested_no_deeper_than_any_other_body(graph: Client) -> None:
    deep: object = 1
    for _ in range(60):
        deep = [deep]

    requests = [{"id": "1", "method": "POST", "url": "/users", "body": {"displayName": deep}}]
    assert graph.error("POST", "$batch", {"requests": requests})[:2] == (400, "BadRequest")
