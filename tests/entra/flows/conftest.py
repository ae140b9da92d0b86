"""A new tenant on SQLite for each test; what is asked of the database is tested on both engines elsewhere."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from entrant.db.engine import Database
from entrant.entra.store import open_tenant


@pytest.fixture(scope="session", name="tenant_file")
def _tenant_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The database of a new tenant, closed, to copy."""
    file = tmp_path_factory.mktemp("tenant") / "entra.db"
    open_tenant(f"sqlite:///{file}").close()
    return file


@pytest.fixture(name="new_tenant")
def _new_tenant(tenant_file: Path, tmp_path: Path) -> Iterator[Database]:
    """A tenant on SQLite."""
    shutil.copy(tenant_file, tmp_path / "entra.db")
    opened = open_tenant(f"sqlite:///{tmp_path / 'entra.db'}")
    yield opened
    opened.close()
