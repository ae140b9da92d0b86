"""How requests are authorized: bearer, client credentials, federation (entra-client 3)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from urllib.parse import parse_qs

import msgspec
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from entrant.entra.engine.job import TenantUrl
from entrant.entra.jobs.connection import (
    Connection,
    Method,
    MissingParameter,
    MixedCredentials,
    UnknownKey,
    parse_connection,
    parse_notifications,
    require_known,
)
from entrant.entra.jobs.credentials import (
    JWT_BEARER,
    ClientCredentials,
    Federation,
    Fetched,
    Grant,
    NoToken,
    Secret,
    authorized,
)
from entrant.entra.jobs.tokens import Issuer, SigningKey, jwks, new_key, openid_configuration
from entrant.entra.model import BadValue
from entrant.scim.wire import Handler, Json, Request, Response

TENANT = "11111111-2222-3333-4444-555555555555"
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
BASE = {"BaseAddress": "https://app.example/scim/?aadOptscim062020"}
OAUTH = {
    **BASE,
    "Oauth2ClientId": "c",
    "Oauth2ClientSecret": "s",
    "Oauth2TokenExchangeUri": "https://app.example/token",
}
KEYS = [new_key(), new_key()]


def token_endpoint(seen: list[Request], *answers: Json, status: int = 200) -> Handler:
    """Answers with the documents in order, the last one again and again."""
    left = list(answers)

    def handle(request: Request) -> Response:
        seen.append(request)
        return Response(status, {}, msgspec.json.encode(left[0] if len(left) == 1 else left.pop(0)))

    return handle


def target(*valid: str) -> tuple[Handler, list[str]]:
    """Lets these tokens in; and the tokens it has seen."""
    seen: list[str] = []

    def handle(request: Request) -> Response:
        seen.append(request.headers["authorization"].removeprefix("Bearer "))
        return Response(200 if seen[-1] in valid else 401)

    return handle, seen


def test_client_credentials_are_a_form_with_the_client_in_its_body() -> None:
    """3.3, 3.7; graph-surface T4: no Accept, no HTTP Basic."""
    seen: list[Request] = []
    send = token_endpoint(seen, {"access_token": "t", "expires_in": 3600})

    grant = ClientCredentials("https://app.example/oauth/token?x=1", "the id", "s&cret", "read").fetch(send)

    assert grant == Grant("t", 3600)
    assert seen == [
        Request(
            "POST",
            "/oauth/token",
            "x=1",
            {"content-type": "application/x-www-form-urlencoded"},
            b"grant_type=client_credentials&client_id=the+id&client_secret=s%26cret&scope=read",
        )
    ]


def test_a_federated_token_is_exchanged_for_an_assertion_that_the_keys_verify() -> None:
    """3.6."""
    issuer = Issuer(TENANT, lambda: KEYS[1])
    seen: list[Request] = []
    send = token_endpoint(seen, {"access_token": "t"})

    Federation("https://app.example/token", "client", lambda: issuer.assertion("app", "sp", "api://app", NOW)).fetch(
        send
    )

    form = {key: values[0] for key, values in parse_qs(seen[0].body.decode()).items()}
    published = KeySet.import_key_set(jwks(KEYS, "issuer"))
    assertion = jwt.decode(form.pop("client_assertion"), published, algorithms=["RS256"])
    assert form == {"grant_type": "client_credentials", "client_id": "client", "client_assertion_type": JWT_BEARER}
    assert assertion.header == {"alg": "RS256", "kid": KEYS[1].kid, "typ": "JWT"}
    assert assertion.claims.pop("uti")
    assert assertion.claims == {
        "iss": f"https://login.microsoftonline.com/{TENANT}/v2.0",
        "aud": "api://app",
        "sub": "sp",
        "oid": "sp",
        "appid": "app",
        "azp": "app",
        "tid": TENANT,
        "ver": "2.0",
        "iat": NOW.timestamp(),
        "nbf": NOW.timestamp() - 300,
        "exp": NOW.timestamp() + 3600,
    }


def test_a_blank_secret_token_becomes_a_token_of_the_tenant() -> None:
    """3.2: version 1, the same audience for every custom application."""
    token = Issuer(TENANT, lambda: KEYS[0]).bearer("sp", NOW)

    claims = jwt.decode(token, KeySet.import_key_set(jwks(KEYS, "i")), algorithms=["RS256"]).claims
    assert (claims["iss"], claims["aud"], claims["ver"]) == (
        f"https://sts.windows.net/{TENANT}/",
        "8adf8e6e-67b2-4cf2-a259-e3dc5476c621",
        "1.0",
    )


def test_the_published_keys_have_no_private_part() -> None:
    assert {name for key in jwks(KEYS, "i")["keys"] for name in key} == {"kty", "n", "e", "kid", "use", "issuer"}


def test_discovery_and_assertion_name_the_same_issuer() -> None:
    login = "https://127.0.0.1:8443"
    document = openid_configuration(login, TENANT)
    token = Issuer(TENANT, lambda: KEYS[0], login).assertion("a", "s", "aud", NOW)

    claims = jwt.decode(token, KeySet.import_key_set(jwks(KEYS, "i")), algorithms=["RS256"]).claims
    assert claims["iss"] == document["issuer"] == f"{login}/{TENANT}/v2.0"
    assert document["jwks_uri"] == f"{login}/{TENANT}/discovery/v2.0/keys"


def counted(*tokens: str, seconds: float = 3600) -> tuple[Callable[[], Grant], list[str]]:
    """Fetches these tokens one after the other; and those fetched so far."""
    fetched: list[str] = []

    def fetch() -> Grant:
        fetched.append(tokens[len(fetched)])
        return Grant(fetched[-1], seconds)

    return fetch, fetched


def test_a_token_is_kept_until_shortly_before_it_expires() -> None:
    fetch, fetched = counted("a", "b")
    moment = 0.0
    tokens = Fetched(fetch, now=lambda: moment)

    assert [tokens.token(), tokens.token()] == ["a", "a"]
    moment = 3539
    assert tokens.token() == "a"
    moment = 3540
    assert tokens.token() == "b"
    assert fetched == ["a", "b"]


def test_a_token_that_is_refused_is_fetched_anew_once() -> None:
    fetch, fetched = counted("old", "new", "never")
    handle, seen = target("new")

    send = authorized(handle, Fetched(fetch))

    assert [send(Request("GET", "/")).status for _ in range(2)] == [200, 200]
    assert (seen, fetched) == (["old", "new", "new"], ["old", "new"])


def test_a_refusal_of_the_new_token_too_is_the_answer() -> None:
    fetch, fetched = counted("old", "new", "never")
    handle, _ = target()

    assert authorized(handle, Fetched(fetch))(Request("GET", "/")).status == 401
    assert fetched == ["old", "new"]


def test_a_secret_token_is_sent_once() -> None:
    """3.1."""
    handle, seen = target()

    assert authorized(handle, Secret("t"))(Request("GET", "/")).status == 401
    assert seen == ["t"]


def test_a_token_that_cannot_be_had_is_no_answer() -> None:
    """3.9, 4.10: the probe fails with the code of invalid credentials."""

    def fetch() -> Grant:
        raise NoToken("the token endpoint https://x answered 401 (invalid_client)")

    response = authorized(target()[0], Fetched(fetch))(Request("GET", "/"))

    assert response == Response(
        0,
        {"reason": "SystemForCrossDomainIdentityManagementInvalidCredentials"},
        b"the token endpoint https://x answered 401 (invalid_client)",
    )


@pytest.mark.parametrize(
    ("answer", "status", "message"),
    [
        (
            {"error": "invalid_client", "error_description": "no such client"},
            401,
            "answered 401 (invalid_client: no such client)",
        ),
        (["t"], 200, "answered 200 and no JSON object"),
        ({"token": "t"}, 200, "gave no access_token that can be sent"),
        ({"access_token": "a\r\nb"}, 200, "gave no access_token that can be sent"),
        ({"access_token": "x" * 20_000}, 200, "gave no access_token that can be sent"),
    ],
)
def test_an_answer_without_token_is_told_without_the_secret(answer: Json, status: int, message: str) -> None:
    send = token_endpoint([], answer, status=status)

    with pytest.raises(NoToken) as refused:
        ClientCredentials("https://app.example/token", "c", "the secret").fetch(send)

    assert str(refused.value) == f"the token endpoint https://app.example/token {message}"


@pytest.mark.parametrize("expires_in", [None, "soon", -1, "Infinity"])
def test_a_token_without_a_lifetime_lives_an_hour(expires_in: Json) -> None:
    send = token_endpoint([], {"access_token": "t", "expires_in": expires_in})

    assert ClientCredentials("https://app.example/token", "c", "s").fetch(send).seconds == 3600


def test_nothing_secret_is_in_the_text_of_a_value() -> None:
    values = [
        Secret("hush"),
        Grant("hush", 1),
        ClientCredentials("e", "c", "hush"),
        SigningKey("kid", "hush"),
        Connection(TenantUrl("https://h", ""), Method.BEARER, secret_token="hush", client_secret="hush"),
    ]

    assert "hush" not in repr(values)


def test_a_bearer_connection() -> None:
    assert parse_connection({**BASE, "SecretToken": "t"}) == Connection(
        TenantUrl("https://app.example", "/scim/", "aadOptscim062020"), Method.BEARER, secret_token="t"
    )


@pytest.mark.parametrize(
    ("values", "method"),
    [
        (BASE, Method.BEARER),
        (OAUTH, Method.CLIENT_CREDENTIALS),
        ({**OAUTH, "AuthenticationType": "OAuth2ClientCredentialsGrant"}, Method.CLIENT_CREDENTIALS),
        ({**OAUTH, "Oauth2ClientSecret": "", "AuthenticationType": "WorkloadIdentityFederation"}, Method.FEDERATION),
    ],
)
def test_the_keys_say_how_requests_are_authorized(values: dict[str, str], method: Method) -> None:
    assert parse_connection(values).method is method


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({**OAUTH, "SecretToken": "t"}, MixedCredentials),
        ({**BASE, "SecretToken": "t", "AuthenticationType": "OAuth2ClientCredentialsGrant"}, MixedCredentials),
        ({"SecretToken": "t"}, MissingParameter),
        ({**OAUTH, "Oauth2ClientSecret": ""}, MissingParameter),
        ({**BASE, "AuthenticationType": "Basic"}, BadValue),
        ({**BASE, "SecretToken": "two words"}, BadValue),
        ({**OAUTH, "Oauth2TokenExchangeUri": "ftp://x"}, BadValue),
        ({"BaseAddress": "app.example"}, BadValue),
    ],
)
def test_a_connection_that_cannot_be_is_refused(values: dict[str, str], error: type[Exception]) -> None:
    """3.5."""
    with pytest.raises(error):
        parse_connection(values)


def test_an_unknown_key_is_named_as_the_real_service_does() -> None:
    """4.9, graph-surface 9.7."""
    with pytest.raises(UnknownKey, match=r"^Requested value 'Token' was not found\.$"):
        require_known({"Token": "t"})


def test_notification_settings_are_json_as_text() -> None:
    """15.11: numbers and flags may be text, as scripts write them."""
    read = parse_notifications('{"Enabled":false,"DeleteThresholdEnabled":"True","DeleteThresholdValue":"500"}')

    assert (read.enabled, read.delete_threshold_enabled, read.delete_threshold_value) == (False, True, 500)
