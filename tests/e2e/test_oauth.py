"""OAuth as administrators and providers use it: the real commands, the real server (product 1.1, 1.3; entra-client 3.3, 3.6)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from entrant.scim.wire import Json
from tests.support.application import migrated
from tests.support.issuer import TENANT, Issuer, issuing
from tests.support.server import command, entrant_json, serving

ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@pytest.fixture
def acme(database_url: str) -> str:
    """The URL of a database with a workspace that has a connection."""
    entrant_json(database_url, "workspace", "create", "acme", "--name", "Acme", "--admin", "ada@acme.com")
    entrant_json(database_url, "connection", "create", "acme", "--provider", "entra")
    return database_url


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    """An issuer on this machine."""
    with issuing() as running:
        yield running


def ask(endpoint: str, form: dict[str, str]) -> httpx.Response:
    """Ask for a token as the provider does."""
    return httpx.post(endpoint, data={"grant_type": "client_credentials", **form})


def status(base: str, token: Json) -> int:
    """What a test of the connection is answered."""
    headers = {"authorization": f"Bearer {token}"}
    return httpx.get(f"{base}/scim/v2/acme/Users?startIndex=1&count=1", headers=headers).status_code


def test_a_provider_is_connected_changes_its_secret_and_is_cut_off(
    acme: str, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENTRANT_PRIVATE_ISSUERS", "on")
    with serving(acme) as server:
        first = entrant_json(acme, "connection", "oauth", "acme")
        assert set(first) == {"clientId", "clientSecret", "tokenEndpoint", "scope", "expiresAt"}
        assert first["tokenEndpoint"] == f"{server.url}/scim/oauth/acme/token"
        form = {"client_id": first["clientId"], "client_secret": first["clientSecret"], "scope": first["scope"]}
        old = ask(first["tokenEndpoint"], form).json()["access_token"]
        assert status(server.url, old) == 200

        second = entrant_json(acme, "connection", "oauth", "acme", "--years", "1")
        new = ask(first["tokenEndpoint"], {**form, "client_secret": second["clientSecret"]}).json()["access_token"]
        secrets = [c for c in entrant_json(acme, "connection", "credentials", "acme") if c["kind"] == "secret"]
        assert [secret["lastUsed"] is None for secret in secrets] == [False, False]
        entrant_json(acme, "connection", "revoke", "acme", secrets[0]["id"])
        assert [status(server.url, token) for token in (old, new)] == [401, 200]
        assert ask(first["tokenEndpoint"], form).status_code == 401

        federation = entrant_json(
            acme, "connection", "federate", "acme",
            "--issuer", issuer.url, "--audience", "api://entrant", "--subject", "the-app", "--tenant", TENANT,
        )  # fmt: skip
        shown = {
            "client_id": federation["clientId"],
            "client_assertion": issuer.sign(),
            "client_assertion_type": ASSERTION,
        }
        federated = ask(federation["tokenEndpoint"], {**shown, "baseAddress": server.url}).json()
        assert federated["expires_in"] == 3600
        assert status(server.url, federated["access_token"]) == 200

        entrant_json(acme, "connection", "disable", "acme")
        assert [status(server.url, token) for token in (new, federated["access_token"])] == [401, 401]


def test_commands_say_what_is_missing_in_a_sentence(tmp_path: Path) -> None:
    acme = migrated(tmp_path)
    entrant_json(acme, "workspace", "create", "acme", "--name", "Acme", "--admin", "ada@acme.com")
    entrant_json(acme, "connection", "create", "acme", "--provider", "entra")
    for arguments, sentence in (
        (("oauth", "nowhere"), 'There is no workspace "nowhere".'),
        (("federate", "acme"), "Say --issuer, --audience and --subject; or --keys for a client that signs for itself."),
        (("federate", "acme", "--keys", "missing.json"), "missing.json cannot be read as a key set."),
        (("revoke", "acme", "nothing"), "The connection has no credential nothing."),
    ):
        done = command(acme, "connection", *arguments)

        assert (done.returncode, done.stderr.strip()) == (1, sentence)
