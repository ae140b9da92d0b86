"""An emulator's database, on both engines."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from entrant.db import Database, open_database
from entrant.entra.jobs.provisioner import Provisioner
from entrant.entra.jobs.secrets import open_vault
from entrant.entra.store import MIGRATIONS

TENANT = "11111111-2222-3333-4444-555555555555"


@pytest.fixture
def entra_database(empty_database_url: str) -> Iterator[Database]:
    """An emulator's database without anything in it."""
    database = open_database(empty_database_url, MIGRATIONS)
    database.migrate()
    yield database
    database.close()


@pytest.fixture
def provisioner(entra_database: Database, tmp_path: Path) -> Provisioner:
    """What operations on jobs need."""
    return Provisioner(entra_database, open_vault(f"sqlite:///{tmp_path}/x.db", {}), TENANT)
