"""A tenant's database on either engine, a copy of one that is made once."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from entrant.db.engine import Database
from entrant.entra.store import open_tenant
from tests.support.databases import Pool
from tests.support.postgres import Cluster

TEMPLATE = "entra_template"


@pytest.fixture(scope="session")
def tenant_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with a new tenant, to copy."""
    path = tmp_path_factory.mktemp("tenant") / "entra.db"
    open_tenant(f"sqlite:///{path}").close()
    return path


@pytest.fixture(scope="session")
def tenant_pool(postgres: Cluster) -> Iterator[Pool]:
    """Databases of PostgreSQL with a new tenant."""
    open_tenant(postgres.make(TEMPLATE)).close()
    made = Pool(postgres, TEMPLATE)
    yield made
    made.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def tenant_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of the database of a new tenant."""
    if request.param == "sqlite":
        yield f"sqlite:///{shutil.copy(request.getfixturevalue('tenant_file'), tmp_path / 'entra.db')}"
        return
    databases: Pool = request.getfixturevalue("tenant_pool")
    with databases.lent() as url:
        yield url


@pytest.fixture
def tenant(tenant_url: str) -> Iterator[Database]:
    """The database of a new tenant, open."""
    opened = open_tenant(tenant_url)
    yield opened
    opened.close()
