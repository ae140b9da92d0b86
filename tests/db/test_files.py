"""The file of a SQLite database belongs to its owner alone, and to one server (product 9.4)."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from entrant.db import open_database
from entrant.db.engine import DatabaseError
from entrant.db.sqlite import InUse
from entrant.store import MIGRATIONS
from tests.support.command import run_here


@pytest.fixture(params=[0o022, 0o000, 0o077], ids=oct)
def umask(request: pytest.FixtureRequest) -> Iterator[None]:
    """Whatever the shell has set."""
    before = os.umask(request.param)
    yield
    os.umask(before)


def modes(folder: Path) -> dict[str, int]:
    return {file.name: stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()}


@pytest.mark.usefixtures("umask")
def test_nobody_else_may_read_a_new_file_its_log_or_its_lock(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path}/new.db", MIGRATIONS, serving=True)
    database.migrate()
    database.write("", lambda _tx: None)  # by a connection that stays, and its log with it
    seen = modes(tmp_path)
    database.close()

    assert {name for name in seen if not name.endswith("-shm")} == {"new.db", "new.db-wal", "new.db.lock"}
    assert set(seen.values()) == {0o600}


def test_a_file_that_others_may_read_is_closed_to_them_and_left_to_its_group(tmp_path: Path) -> None:
    file = tmp_path / "old.db"
    file.touch()
    file.chmod(0o644)

    database = open_database(f"sqlite:///{file}", MIGRATIONS)
    database.migrate()
    database.close()

    assert stat.S_IMODE(file.stat().st_mode) == 0o640


def test_a_file_has_one_server_by_whatever_link_it_is_named(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "link.db").symlink_to(tmp_path / "data" / "real.db")
    (tmp_path / "folder").symlink_to(tmp_path / "data")
    first = open_database(f"sqlite:///{tmp_path}/link.db", MIGRATIONS, serving=True)
    first.migrate()

    for name in ("data/real.db", "folder/real.db", "link.db", "data/../folder/./real.db"):
        with pytest.raises(InUse):
            open_database(f"sqlite:///{tmp_path}/{name}", MIGRATIONS, serving=True)
    first.close()


def test_a_lock_that_is_a_link_to_another_file_is_refused(tmp_path: Path) -> None:
    """Who may write into the folder could otherwise have us create, or lock, a file elsewhere."""
    (tmp_path / "new.db.lock").symlink_to(tmp_path / "elsewhere")

    with pytest.raises(DatabaseError, match=r"new\.db cannot be used"):
        open_database(f"sqlite:///{tmp_path}/new.db", MIGRATIONS, serving=True)
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize(
    "command", [("serve",), ("workspace", "list"), ("migrate",), ("entra", "user", "list"), ("entra", "serve")]
)
@pytest.mark.parametrize("place", ["missing/folder/x.db", "file/x.db", "folder"])
def test_a_place_where_no_file_can_be_is_named_in_one_sentence(
    tmp_path: Path, command: tuple[str, ...], place: str
) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    url = f"sqlite:///{tmp_path}/{place}"

    environment = {"ENTRANT_DATABASE": url, "ENTRANT_ENTRA_DATABASE": url}

    if "serve" in command:  # in a process of its own, since it ends with sockets open
        ports = ["--port", "0", "--https-port", "0"][: 2 if len(command) == 1 else 4]
        words = [sys.executable, "-m", "entrant", *command, *ports]
        done = subprocess.run(
            words, env={**os.environ, **environment}, capture_output=True, text=True, check=False, timeout=120
        )
    else:
        done = run_here(*command, **environment)

    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1, done.stderr
    assert "Traceback" not in done.stderr
