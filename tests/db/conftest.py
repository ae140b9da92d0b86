"""A database with one table of its own, on both engines."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from entrant.db import open_database
from entrant.db.engine import Database
from entrant.store import MIGRATIONS
from tests.support.postgres import Cluster


@pytest.fixture
def notes(empty_database_url: str) -> Iterator[Database]:
    """A database with the table `note`."""
    database = open_database(empty_database_url, MIGRATIONS)
    sql = "CREATE TABLE note (id TEXT PRIMARY KEY, text TEXT, size BIGINT NOT NULL DEFAULT 0)"
    database.write("", lambda tx: tx.run(sql))
    yield database
    database.close()


@pytest.fixture
def empty_postgres(postgres: Cluster) -> Iterator[str]:
    """The URL of a PostgreSQL database that has nothing in it."""
    url = postgres.create()
    yield url
    postgres.drop(url)
