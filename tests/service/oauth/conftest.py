"""A workspace with a client, and its token endpoint."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from entrant.db.engine import Database
from entrant.service import admin
from entrant.service.oauth import OAuth
from tests.support.issuer import Issuer, issuing
from tests.support.oauth import CONFIG, Client
from tests.support.workspaces import new_workspace


@pytest.fixture
def client(database: Database) -> Client:
    """A client with a secret."""
    workspace = new_workspace(database)
    made = admin.create_secret(database, workspace.slug, None, CONFIG.public_url)
    return Client(workspace, OAuth(database, CONFIG), made.client_id, made.client_secret)


@pytest.fixture(scope="session")
def _running() -> Iterator[Issuer]:
    with issuing() as running:
        yield running


@pytest.fixture
def issuer(_running: Issuer) -> Issuer:
    """An issuer whose key is published, and whom nobody has asked yet."""
    _running.publish(_running.key)
    _running.asked.clear()
    return _running


@pytest.fixture
def federated(client: Client, issuer: Issuer) -> Client:
    """A client whose connection trusts the issuer."""
    admin.federate(
        client.workspace.database,
        client.workspace.slug,
        None,
        CONFIG.public_url,
        issuer=issuer.url,
        audience="api://entrant",
        subject="the-app",
        tenant=issuer.claims()["tid"],
        private=True,
    )
    return client
