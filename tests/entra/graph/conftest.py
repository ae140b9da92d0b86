"""The Graph API of a tenant on either engine."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

import pytest
from cryptography.fernet import Fernet

from entrant.db import open_database
from entrant.db.engine import Database
from entrant.entra.graph.access import Access
from entrant.entra.jobs.provisioner import Provisioner
from entrant.entra.jobs.secrets import Vault
from entrant.entra.store import tenant as store
from entrant.service import admin
from entrant.store import MIGRATIONS
from tests.entra.graph.client import TOKEN, Client
from tests.entra.graph.gallery import Gallery, set_up
from tests.support.server import serving

_numbers = count(1)


@pytest.fixture
def access(tenant: Database) -> Access:
    """Who may use the API of a new tenant."""
    provisioner = Provisioner(tenant, Vault(Fernet.generate_key()), tenant.read(store.get).id)
    return Access(provisioner, client_secret="secret", development_token=TOKEN)


@pytest.fixture
def graph(access: Access) -> Client:
    """A script that uses the API."""
    return Client(access)


@dataclass(frozen=True)
class Service:
    """The SCIM service in a process of its own, and its database, open here too."""

    url: str
    database: Database

    def workspace(self) -> tuple[str, str]:
        """A new workspace's Tenant URL and secret token."""
        slug = f"ws{next(_numbers)}"
        admin.create_workspace(self.database, slug, name=slug)
        return f"{self.url}/scim/v2/{slug}", admin.create_connection(self.database, slug, "entra").token


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A target to provision."""
    url = f"sqlite:///{tmp_path_factory.mktemp('service') / 'entrant.db'}"
    with serving(url) as served:
        database = open_database(url, MIGRATIONS)
        yield Service(served.url, database)
        database.close()


@pytest.fixture
def gallery(graph: Client, service: Service) -> Gallery:
    """An application that provisions a workspace of the service, set up as a script would do it."""
    return set_up(graph, *service.workspace())
