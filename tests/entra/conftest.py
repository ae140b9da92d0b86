"""A tenant's database on either engine; its tables are made once a run and copied."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from entrant.db import open_database
from entrant.db.engine import Database
from entrant.entra.store import MIGRATIONS, open_tenant
from tests.support.postgres import Cluster


def _migrate(url: str) -> str:
    database = open_database(url, MIGRATIONS)
    database.migrate()
    database.close()
    return url


@pytest.fixture(scope="session")
def sqlite_tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with the emulator's tables, and nothing in them."""
    file = tmp_path_factory.mktemp("entra") / "template.db"
    _migrate(f"sqlite:///{file}")
    return file


@pytest.fixture(scope="session")
def postgres_tables(postgres: Cluster) -> str:
    """The name of a database with the emulator's tables, and nothing in them."""
    name = "entra_template"
    _migrate(postgres.make(name))
    return name


@pytest.fixture(params=["sqlite", "postgresql"])
def tenant_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an emulator's database in which nothing is yet."""
    if request.param == "sqlite":
        file = tmp_path / "entra.db"
        shutil.copy(request.getfixturevalue("sqlite_tables"), file)
        yield f"sqlite:///{file}"
        return
    running: Cluster = request.getfixturevalue("postgres")
    url = running.create(request.getfixturevalue("postgres_tables"))
    yield url
    running.drop(url)


@pytest.fixture
def tenant(tenant_url: str) -> Iterator[Database]:
    """The database of a new tenant, open."""
    opened = open_tenant(tenant_url)
    yield opened
    opened.close()
