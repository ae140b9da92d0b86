"""The Graph API of a tenant on either engine."""

from __future__ import annotations

import pytest
from cryptography.fernet import Fernet

from entrant.db.engine import Database
from entrant.entra.graph.access import Access
from entrant.entra.jobs.provisioner import Provisioner
from entrant.entra.jobs.secrets import Vault
from entrant.entra.store import tenant as store
from tests.entra.graph.client import TOKEN, Client


@pytest.fixture
def access(tenant: Database) -> Access:
    """Who may use the API of a new tenant."""
    provisioner = Provisioner(tenant, Vault(Fernet.generate_key()), tenant.read(store.get).id)
    return Access(provisioner, client_secret="secret", development_token=TOKEN)


@pytest.fixture
def graph(access: Access) -> Client:
    """A script that uses the API."""
    return Client(access)
