"""What must not be read in the database is encrypted."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from entrant.entra.jobs.secrets import MASKED, Unreadable, masked, open_vault


def test_a_value_is_read_back_by_whoever_has_the_key(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/entra.db"
    sealed = open_vault(url, {}).seal("the token")

    assert "token" not in sealed
    assert open_vault(url, {}).open(sealed) == "the token"


def test_the_key_file_is_its_owners_alone(tmp_path: Path) -> None:
    open_vault(f"sqlite:///{tmp_path}/entra.db", {})

    assert stat.S_IMODE((tmp_path / "entra.db.key").stat().st_mode) == 0o600


def test_processes_that_start_together_have_one_key(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/entra.db"
    with ThreadPoolExecutor(8) as pool:
        vaults = list(pool.map(lambda _: open_vault(url, {}), range(8)))

    assert {vault.open(vaults[0].seal("x")) for vault in vaults} == {"x"}


def test_a_key_may_come_from_the_environment(tmp_path: Path) -> None:
    given = {"ENTRANT_ENTRA_KEY": Fernet.generate_key().decode()}
    url = f"sqlite:///{tmp_path}/entra.db"

    assert open_vault(url, given).open(open_vault(url, given).seal("x")) == "x"
    assert list(tmp_path.iterdir()) == []


def test_another_key_reads_nothing(tmp_path: Path) -> None:
    sealed = open_vault(f"sqlite:///{tmp_path}/one.db", {}).seal("x")

    with pytest.raises(Unreadable, match="another key"):
        open_vault(f"sqlite:///{tmp_path}/two.db", {}).open(sealed)


def test_a_key_that_is_none_is_refused() -> None:
    with pytest.raises(Unreadable, match="ENTRANT_ENTRA_KEY is no key"):
        open_vault("sqlite:///x", {"ENTRANT_ENTRA_KEY": "secret"})


def test_what_is_shown_of_a_connection_has_no_secrets() -> None:
    """graph-surface 9.7: an unknown key counts as secret, an empty value is shown as empty."""
    values = {
        "BaseAddress": "https://x",
        "SecretToken": "t",
        "Oauth2ClientSecret": "",
        "AppKey": "k",
        "SyncAll": "true",
    }

    assert masked(values) == {**values, "SecretToken": MASKED, "AppKey": MASKED}
