"""Tenants and workspaces for tests of flows."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from entrant.db import open_database
from entrant.db.engine import Database
from entrant.entra.store import open_tenant
from entrant.store import MIGRATIONS
from tests.support.databases import Pool

from .pair import FLAG, MakePair, Pair


@pytest.fixture(name="folder")
def _folder() -> Iterator[Path]:
    """A folder in memory, where there is such a thing: these tests write thousands of small transactions."""
    memory = Path("/dev/shm")
    with TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else None) as name:
        yield Path(name)


@pytest.fixture(name="new_tenant")
def _new_tenant(tenant_file: Path, folder: Path) -> Iterator[Database]:
    """A tenant on SQLite: what is asked of the database is tested on both engines elsewhere."""
    shutil.copy(tenant_file, folder / "entra.db")
    opened = open_tenant(f"sqlite:///{folder / 'entra.db'}")
    yield opened
    opened.close()


@pytest.fixture(name="new_service")
def _new_service(migrated_file: Path, folder: Path) -> Iterator[Database]:
    """The service's database on SQLite."""
    shutil.copy(migrated_file, folder / "entrant.db")
    opened = open_database(f"sqlite:///{folder / 'entrant.db'}", MIGRATIONS)
    yield opened
    opened.close()


@pytest.fixture
def pair(new_tenant: Database, new_service: Database) -> Pair:
    """A tenant and a workspace on SQLite, the flag off."""
    return Pair(new_tenant, new_service)


@pytest.fixture
def make_pair(tenant_file: Path, new_service: Database, folder: Path) -> Iterator[MakePair]:
    """Gives a new tenant with a new workspace, as often as asked."""
    opened: list[Database] = []

    def make() -> Pair:
        file = folder / f"entra{len(opened)}.db"
        shutil.copy(tenant_file, file)
        opened.append(open_tenant(f"sqlite:///{file}"))
        return Pair(opened[-1], new_service)

    yield make
    for each in opened:
        each.close()


@pytest.fixture(name="every_pair", params=["sqlite-off", "sqlite-on", "postgresql-off", "postgresql-on"])
def _every_pair(request: pytest.FixtureRequest) -> Iterator[Pair]:
    """A tenant and a workspace on either engine, the flag on or off."""
    engine, _, flag = request.param.partition("-")
    url = FLAG if flag == "on" else ""
    if engine == "sqlite":
        yield Pair(request.getfixturevalue("new_tenant"), request.getfixturevalue("new_service"), url)
        return
    tenant, service = request.getfixturevalue("postgres_databases")
    yield Pair(tenant, service, url)


@pytest.fixture(name="postgres_databases")
def _postgres_databases(tenant_pool: Pool, pool: Pool) -> Iterator[tuple[Database, Database]]:
    """The databases of a new tenant and of the service without workspaces, on PostgreSQL."""
    with tenant_pool.lent() as of_tenant, pool.lent() as of_service:
        tenant, service = open_tenant(of_tenant), open_database(of_service, MIGRATIONS)
        yield tenant, service
        tenant.close()
        service.close()
