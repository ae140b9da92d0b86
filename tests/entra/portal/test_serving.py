"""`entrant entra serve` and its portal, as a process."""

from __future__ import annotations

import shutil
from pathlib import Path

import httpx
import pytest

from entrant.cli.entra.serving import _portal_access
from entrant.config import ConfigError
from tests.support.portal import emulating

PASSWORD = "correct horse battery"
GRAPH = {"ENTRANT_ENTRA_GRAPH_TOKEN": "a-token-for-graph-that-is-long"}


@pytest.fixture
def tenant_url(tmp_path: Path, tenant_file: Path) -> str:
    """One engine is enough: nothing here is about the database."""
    return f"sqlite:///{shutil.copy(tenant_file, tmp_path / 'entra.db')}"


def test_where_others_can_reach_it_the_portal_asks_for_its_password(tenant_url: str) -> None:
    with emulating(tenant_url, "--host", "0.0.0.0", ENTRANT_ENTRA_PORTAL_PASSWORD=PASSWORD, **GRAPH) as served:
        refused = httpx.get(f"{served.url}/users")
        shown = httpx.get(f"{served.url}/users", auth=("anybody", PASSWORD))

    assert refused.status_code == 401
    assert "New user" in shown.text


def test_where_others_can_reach_it_there_is_no_portal_without_a_password(tenant_url: str) -> None:
    with emulating(tenant_url, "--host", "0.0.0.0", **GRAPH) as served:
        answer = httpx.get(f"{served.url}/users")
        said = served.process.stdout.readline() if served.process.stdout else ""

    assert answer.status_code == 404
    assert "There is no portal" in said


def test_a_password_that_is_easily_guessed_is_refused() -> None:
    with pytest.raises(ConfigError, match="at least 12"):
        _portal_access("127.0.0.1", "short")


def test_on_this_machine_alone_a_password_can_be_asked_for_too() -> None:
    found = _portal_access("127.0.0.1", PASSWORD)

    assert found is not None
    assert found.password == PASSWORD
