"""The authorization server's addresses and metadata (RFC 8414), and what a connection says it accepts."""

from __future__ import annotations

import pytest

from entrant.db.engine import Database
from entrant.scim.wire import Json, Request
from entrant.service import admin
from entrant.service.oauth import OAuth
from entrant.service.oauth.metadata import Place, find_place, metadata_address
from tests.support.issuer import Issuer
from tests.support.oauth import CONFIG, Client

WELL_KNOWN = "/.well-known/oauth-authorization-server"


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("/scim/oauth/acme/token", Place("acme", "token")),
        ("/scim/oauth/acme/token/", Place("acme", "token")),
        ("/scim/oauth/acme/revoke", Place("acme", "revoke")),
        (f"{WELL_KNOWN}/scim/oauth/acme", Place("acme", "metadata")),
        (f"{WELL_KNOWN}/prefix/scim/oauth/acme", Place("acme", "metadata")),
        (f"/scim/oauth/acme{WELL_KNOWN}", Place("acme", "metadata")),
        ("/scim/oauth/acme", None),
        ("/scim/oauth//token", None),
        ("/scim/oauth/acme/other", None),
        ("/scim/oauth/a%2Fb/token", None),
        ("/scim/oauth/a%00b/token", None),
        (f"/scim/oauth/{'a' * 64}/token", None),
        (WELL_KNOWN, None),
        ("/scim/v2/acme/Users", None),
    ],
)
def test_where_a_path_leads(path: str, place: Place | None) -> None:
    assert find_place(path) == place


def test_the_address_of_the_metadata_keeps_the_path_of_the_public_url_behind() -> None:
    assert metadata_address("https://h.example/scim-app", "acme") == (
        "https://h.example/.well-known/oauth-authorization-server/scim-app/scim/oauth/acme"
    )


def test_metadata_are_the_same_whether_or_not_there_is_a_workspace(database: Database) -> None:
    oauth = OAuth(database, CONFIG)

    answer = oauth.handle(Request("GET", f"{WELL_KNOWN}/scim/oauth/nowhere"))

    assert answer.status == 200
    message = answer.json()
    assert message["issuer"] == "https://scim.example.com/scim/oauth/nowhere"
    assert message["token_endpoint"] == "https://scim.example.com/scim/oauth/nowhere/token"
    assert message["grant_types_supported"] == ["client_credentials"]


def test_other_methods_are_not_allowed(client: Client) -> None:
    path = f"/scim/oauth/{client.workspace.slug}/token"

    answer = client.oauth.handle(Request("GET", path, "grant_type=client_credentials"))

    assert (answer.status, answer.headers["allow"]) == (405, "POST")


def schemes(client: Client, token: str) -> list[tuple[str, bool]]:
    """What ServiceProviderConfig says, to whoever has that token."""
    path = f"{client.workspace.idp.base}/ServiceProviderConfig"
    answer = client.workspace.idp.send(Request("GET", path, "", {"authorization": f"Bearer {token}"}))
    listed: Json = answer.json()["authenticationSchemes"]
    return [(scheme["type"], scheme["primary"]) for scheme in listed]


def test_a_connection_lists_what_it_accepts_and_what_was_used_first(client: Client) -> None:
    """RFC 7643 §5."""
    database, slug, by_hand = client.workspace.database, client.workspace.slug, client.workspace.idp.token
    access = client.by_secret().json()["access_token"]

    assert schemes(client, by_hand) == [("oauthbearertoken", True), ("oauth2", False)]
    assert schemes(client, access) == [("oauth2", True), ("oauthbearertoken", False)]

    token, secret = admin.list_credentials(database, slug)
    admin.revoke_credential(database, slug, None, token.id)
    assert schemes(client, access) == [("oauth2", True)]

    by_hand = admin.rotate_token(database, slug, None).token
    admin.revoke_credential(database, slug, None, secret.id)
    assert schemes(client, by_hand) == [("oauthbearertoken", True)]


def test_a_federation_is_listed_too(federated: Client, issuer: Issuer) -> None:
    secret = admin.list_credentials(federated.workspace.database, federated.workspace.slug)[1]
    admin.revoke_credential(federated.workspace.database, federated.workspace.slug, None, secret.id)

    assert ("oauth2", False) in schemes(federated, federated.workspace.idp.token)
