"""An emulated tenant, on both engines, and the service as its target."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from entrant.db import Database, open_database
from entrant.entra.jobs.provisioner import Provisioner
from entrant.entra.jobs.secrets import open_vault
from entrant.entra.store import open_tenant, tenant
from entrant.store import MIGRATIONS
from tests.support.emulator import App, Target, Workspace, new_app
from tests.support.server import serving


@pytest.fixture
def entra_database(tenant_url: str) -> Iterator[Database]:
    """A new tenant's database."""
    database = open_tenant(tenant_url)
    yield database
    database.close()


@pytest.fixture
def provisioner(entra_database: Database, tmp_path: Path) -> Provisioner:
    """What operations on jobs need."""
    tenant_id = entra_database.read(lambda tx: tenant.get(tx).id)
    return Provisioner(entra_database, open_vault(f"sqlite:///{tmp_path}/x.db", {}), tenant_id)


@pytest.fixture(scope="session")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    """The service in a process of its own."""
    url = f"sqlite:///{tmp_path_factory.mktemp('service') / 'entrant.db'}"
    with serving(url) as served:
        database = open_database(url, MIGRATIONS)
        yield Target(served.url, database)
        database.close()


@pytest.fixture
def workspace(target: Target) -> Workspace:
    """A workspace without members."""
    return target.workspace()


@pytest.fixture
def app(provisioner: Provisioner, workspace: Workspace) -> App:
    """An application that is connected to the workspace."""
    made = new_app(provisioner)
    made.connect(workspace)
    return made
