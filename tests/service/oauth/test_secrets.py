"""Client credentials with a client secret (RFC 6749 §4.4; product 1.3; entra-client 3.3, 3.7; graph-surface 3.6 T4)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from entrant.service import admin
from entrant.service.oauth import OAuth
from entrant.workspace.errors import InvalidSetting
from tests.support.oauth import CONFIG, Client, basic
from tests.support.workspaces import new_workspace

GRANT = {"grant_type": "client_credentials"}


def test_a_token_for_a_secret_in_the_form_opens_scim(client: Client) -> None:
    answer = client.by_secret()

    message = answer.json()
    assert {name: value for name, value in message.items() if name != "access_token"} == {
        "token_type": "Bearer",
        "expires_in": 3600,
        "scope": "scim",
    }
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["pragma"] == "no-cache"
    assert client.idp(answer).get("/Users?startIndex=1&count=1").status == 200


def test_a_token_for_a_secret_in_the_header_opens_scim(client: Client) -> None:
    answer = client.post(GRANT, authorization=basic(client.id, client.secret))

    assert client.idp(answer).get("/Users").status == 200


@pytest.mark.parametrize("scope", ["scim", ""])
def test_the_scope_is_scim_or_left_out(client: Client, scope: str) -> None:
    form = {**GRANT, "client_id": client.id, "client_secret": client.secret, "scope": scope}

    assert client.post(form).json()["scope"] == "scim"


REFUSED = [
    ({}, 400, "invalid_request"),
    ({"grant_type": "authorization_code", "code": "x"}, 400, "unsupported_grant_type"),
    ({**GRANT}, 400, "invalid_request"),
    ({**GRANT, "client_id": "{id}"}, 400, "invalid_request"),
    ({**GRANT, "client_secret": "{secret}"}, 400, "invalid_request"),
    ({**GRANT, "client_id": "{id}", "client_secret": "{secret}", "client_assertion": "x"}, 400, "invalid_request"),
    ({**GRANT, "client_id": "{id}", "client_secret": "{secret}", "scope": "admin"}, 400, "invalid_scope"),
    ({**GRANT, "client_id": "{id}", "client_secret": "wrong"}, 401, "invalid_client"),
    ({**GRANT, "client_id": "nobody", "client_secret": "{secret}"}, 401, "invalid_client"),
    ({**GRANT, "client_id": "a\0b", "client_secret": "{secret}"}, 400, "invalid_request"),
    ({**GRANT, "client_id": "x" * 300, "client_secret": "{secret}"}, 400, "invalid_request"),
    ({**GRANT, "client_id": "{id}", "client_assertion": "a.b.c"}, 400, "invalid_request"),
]


def test_errors_are_those_of_the_rfc(client: Client) -> None:
    for form, status, error in REFUSED:
        filled = {name: value.format(id=client.id, secret=client.secret) for name, value in form.items()}

        answer = client.post(filled)

        assert (answer.status, answer.json()["error"]) == (status, error), form
        assert answer.headers["cache-control"] == "no-store"
        assert ("www-authenticate" in answer.headers) is (status == 401)


NO_FORMS = [
    (b'{"grant_type": "client_credentials"}', "application/json"),
    (b"grant_type=client_credentials&grant_type=client_credentials", "application/x-www-form-urlencoded"),
    (b"grant_type=%ff", "application/x-www-form-urlencoded"),
    (b"\xff", "application/x-www-form-urlencoded"),
    (b"&".join(b"a%d=1" % n for n in range(200)), "application/x-www-form-urlencoded"),
    (b"a=" + b"x" * 70_000, "application/x-www-form-urlencoded"),
]
UNREADABLE = ["Basic", "Basic x", "Basic !!!", "Basic bm9jb2xvbg==", "Basic YTpiAA=="]


def test_what_is_no_form_is_an_invalid_request(client: Client) -> None:
    for body, content_type in NO_FORMS:
        answer = client.send(body, **{"content-type": content_type})

        assert (answer.status, answer.json()["error"]) == (400, "invalid_request"), body[:40]


def test_credentials_that_cannot_be_read_are_an_invalid_request(client: Client) -> None:
    for header in UNREADABLE:
        assert client.post(GRANT, authorization=header).json()["error"] == "invalid_request", header


def test_a_client_of_another_workspace_is_a_stranger(client: Client) -> None:
    """Product 9.2."""
    other = new_workspace(client.workspace.database)
    made = admin.create_secret(other.database, other.slug, None, CONFIG.public_url)
    form = {**GRANT, "client_id": made.client_id, "client_secret": made.client_secret}

    stranger = client.post({**GRANT, "client_id": "nobody", "client_secret": "nothing"})
    answer = client.post(form)

    assert (answer.status, answer.headers, answer.body) == (stranger.status, stranger.headers, stranger.body)


def test_a_disabled_connection_gets_no_tokens_and_those_it_has_are_useless_at_once(client: Client) -> None:
    """Product 1.3."""
    idp = client.idp(client.by_secret())

    admin.set_enabled(client.workspace.database, client.workspace.slug, None, enabled=False)

    assert client.by_secret().status == 401
    assert idp.get("/Users").status == 401


def test_two_secrets_live_at_once_and_each_is_revoked_with_its_tokens(client: Client) -> None:
    database, slug = client.workspace.database, client.workspace.slug
    second = admin.create_secret(database, slug, None, CONFIG.public_url)
    of_first, of_second = client.idp(client.by_secret()), client.idp(client.by_secret(second.client_secret))
    with pytest.raises(InvalidSetting, match="2 client secrets already"):
        admin.create_secret(database, slug, None, CONFIG.public_url)
    first, *_ = [one for one in admin.list_credentials(database, slug) if one.kind == "secret"]

    admin.revoke_credential(database, slug, None, first.id)

    assert client.by_secret().status == 401
    assert of_first.get("/Users").status == 401
    assert of_second.get("/Users").status == 200
    assert client.by_secret(second.client_secret).status == 200


def test_a_secret_lives_for_one_to_three_years(client: Client) -> None:
    """entra-client 3.3."""
    database, slug = client.workspace.database, client.workspace.slug
    for years in (0, 4):
        with pytest.raises(InvalidSetting, match="1 to 3 years"):
            admin.create_secret(database, slug, None, CONFIG.public_url, years)

    made = admin.create_secret(database, slug, None, CONFIG.public_url, 1)

    left = datetime.fromisoformat(made.expires_at) - datetime.now(UTC)
    assert timedelta(days=364) < left <= timedelta(days=365)


def test_rotating_the_bearer_token_leaves_the_access_tokens_alone(client: Client) -> None:
    idp = client.idp(client.by_secret())

    admin.rotate_token(client.workspace.database, client.workspace.slug, None)

    assert client.workspace.idp.get("/Users").status == 401
    assert idp.get("/Users").status == 200


def test_access_tokens_live_as_long_as_the_setting_says(client: Client) -> None:
    """Graph-surface 3.6: `expires_in` is a number of 60 to 360 minutes."""
    config = type(CONFIG)(access_token_minutes=360)
    longer = Client(client.workspace, OAuth(client.workspace.database, config), client.id, client.secret)

    assert longer.by_secret().json()["expires_in"] == 360 * 60


def test_a_revoked_access_token_is_useless_and_revoking_nothing_succeeds(client: Client) -> None:
    """RFC 7009 §2.2."""
    answer, kept = client.by_secret(), client.idp(client.by_secret())
    form = {"client_id": client.id, "client_secret": client.secret}

    for token in (answer.json()["access_token"], "scim-nonsense", client.workspace.idp.token):
        assert client.on("revoke").post({**form, "token": token}).status == 200

    assert client.idp(answer).get("/Users").status == 401
    assert kept.get("/Users").status == 200
    assert client.workspace.idp.get("/Users").status == 200
    assert client.on("revoke").post(form).json()["error"] == "invalid_request"
    assert client.on("revoke").post({**form, "client_secret": "wrong", "token": "x"}).status == 401


def test_requests_for_tokens_are_in_the_log_without_what_was_shown(client: Client) -> None:
    client.by_secret("a-canary-that-nobody-may-keep")
    client.by_secret()

    refused, done = admin.list_log(client.workspace.database, client.workspace.slug)
    assert (refused.operation, refused.status, refused.connection) == ("POST /oauth/token", 401, None)
    assert refused.detail == "invalid_client: the client secret is wrong, revoked or expired"
    assert (done.status, done.connection, done.body) == (200, client.id, None)
    assert "canary" not in repr(refused)


def test_what_was_used_says_so(client: Client) -> None:
    database, slug = client.workspace.database, client.workspace.slug
    before = {one.kind: one.last_used for one in admin.list_credentials(database, slug)}

    client.by_secret()

    after = {one.kind: one.last_used for one in admin.list_credentials(database, slug)}
    assert before == {"token": None, "secret": None}
    assert after["token"] is None
    assert after["secret"] is not None
