"""Every test of the database runs twice: on SQLite, and on a PostgreSQL cluster that the tests start themselves."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from entrant.db import open_database
from entrant.db.engine import Database
from entrant.db.postgres import PostgresSession
from entrant.store import MIGRATIONS
from tests.support.databases import Pool
from tests.support.postgres import Cluster, cluster

# How long an example takes says more of the machine than of the code.
settings.register_profile("entrant", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("entrant")


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    """The cluster of this process, with a migrated database to copy.

    It need not outlive a power cut: whether a commit of the service waits for the disk is PostgreSQL's own promise.
    Nobody sweeps it, so that plans do not depend on when that was.
    """
    with cluster(fsync="off", full_page_writes="off", autovacuum="off") as running:
        database = open_database(running.make("entrant_template"), MIGRATIONS)
        database.migrate()
        database.close()
        yield running


@pytest.fixture(scope="session")
def pool(postgres: Cluster) -> Iterator[Pool]:
    """Migrated databases of PostgreSQL."""
    made = Pool(postgres, "entrant_template")
    yield made
    made.close()


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy."""
    file = tmp_path_factory.mktemp("migrated") / "entrant.db"
    database = open_database(f"sqlite:///{file}", MIGRATIONS)
    database.migrate()
    database.close()
    return file


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database that has nothing in it."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'entrant.db'}"
        return
    running: Cluster = request.getfixturevalue("postgres")
    url = running.create()
    yield url
    running.drop(url)


@contextmanager
def migrated(request: pytest.FixtureRequest, folder: Path) -> Iterator[str]:
    """The URL of a migrated database of the engine that is the fixture's parameter; a file of SQLite in the folder."""
    if request.param == "sqlite":
        yield f"sqlite:///{shutil.copy(request.getfixturevalue('migrated_file'), folder / 'entrant.db')}"
        return
    databases: Pool = request.getfixturevalue("pool")
    with databases.lent() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a migrated database without workspaces."""
    with migrated(request, tmp_path) as url:
        yield url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A migrated database without workspaces, open."""
    opened = open_database(database_url, MIGRATIONS)
    yield opened
    opened.close()


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def module_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a migrated database for all tests of a file: they only read what is dear to put there."""
    with migrated(request, tmp_path_factory.mktemp("module")) as url:
        yield url


@pytest.fixture(scope="module")
def module_database(module_url: str) -> Iterator[Database]:
    """The same, open."""
    opened = open_database(module_url, MIGRATIONS)
    yield opened
    opened.close()


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[None]:
    """One for each time that answers of the database were waited for."""
    seen: list[None] = []
    hear = PostgresSession._hear

    def watched(self: PostgresSession) -> object:
        seen.append(None)
        return hear(self)

    monkeypatch.setattr(PostgresSession, "_hear", watched)
    return seen
