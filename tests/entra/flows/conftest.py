"""Tenants and workspaces for tests of flows."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from entrant.db import open_database
from entrant.db.engine import Database
from entrant.entra.store import open_tenant
from entrant.store import MIGRATIONS
from tests.support.postgres import Cluster

from .pair import FLAG, MakePair, Pair

_TABLES = (
    "setting",
    "object",
    "membership",
    "service_principal",
    "assignment",
    "change",
    "link",
    "exported_member",
    "escrow",
    "log",
)


@pytest.fixture(scope="session", name="tenant_file")
def _tenant_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The database of a new tenant, closed, to copy."""
    file = tmp_path_factory.mktemp("tenant") / "entra.db"
    open_tenant(f"sqlite:///{file}").close()
    return file


@pytest.fixture(scope="session", name="service_file")
def _service_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The service's database without workspaces, closed, to copy."""
    file = tmp_path_factory.mktemp("service") / "entrant.db"
    opened = open_database(f"sqlite:///{file}", MIGRATIONS)
    opened.migrate()
    opened.close()
    return file


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
def _new_service(service_file: Path, folder: Path) -> Iterator[Database]:
    """The service's database on SQLite."""
    shutil.copy(service_file, folder / "entrant.db")
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


@dataclass(frozen=True)
class Emptied:
    """A tenant's database on PostgreSQL that is emptied before each test: making one takes seconds."""

    cluster: Cluster
    url: str
    tenant: Database
    service: Database

    def databases(self) -> tuple[Database, Database]:
        """The tenant as it was when it was new, and a service in which each test has a workspace of its own."""
        self.cluster.admin(EMPTY, self.url)
        return self.tenant, self.service


EMPTY = f"TRUNCATE {', '.join(_TABLES)}"


@pytest.fixture(scope="session", name="emptied")
def _emptied(postgres: Cluster) -> Iterator[Emptied]:
    urls = postgres.create(), postgres.create("entrant_template")
    tenant, service = open_tenant(urls[0]), open_database(urls[1], MIGRATIONS)
    yield Emptied(postgres, urls[0], tenant, service)
    for database, each in zip((tenant, service), urls, strict=True):
        database.close()
        postgres.drop(each)


@pytest.fixture(name="postgres_databases")
def _postgres_databases(emptied: Emptied) -> tuple[Database, Database]:
    return emptied.databases()
