"""A tenant's database on either engine."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from entrant.db.engine import Database
from entrant.entra.store import open_tenant


@pytest.fixture
def tenant(empty_database_url: str) -> Iterator[Database]:
    """The database of a new tenant, open."""
    opened = open_tenant(empty_database_url)
    yield opened
    opened.close()
