"""Backup and restore by the commands of docs/deployment.md, while the service has the database open (product 9.1)."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from entrant.db import open_database
from entrant.service import admin
from entrant.store import MIGRATIONS
from tests.support.postgres import Cluster, binaries
from tests.support.workspaces import new_workspace

GUIDE = (Path(__file__).parents[2] / "docs" / "deployment.md").read_text()
PATHS = {"/var/lib/entrant/": "data/", "/var/backups/": "backups/"}


def commands(heading: str, *programs: str) -> list[str]:
    """The lines of a section's blocks that begin with one of these programs."""
    section = GUIDE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    lines = [line for block in re.findall(r"```sh\n(.*?)```", section, re.DOTALL) for line in block.splitlines()]
    found = [line for line in lines if line.split()[0] in programs]
    assert found
    return found


def run(folder: Path, url: str, lines: list[str]) -> None:
    """Run lines of a shell as the guide has them, on folders of the test."""
    for original in lines:
        line = original
        for there, here in PATHS.items():
            line = line.replace(there, f"{folder}/{here}")
        path = f"{binaries()}:{os.environ['PATH']}"
        environment = {**os.environ, "ENTRANT_DATABASE": url, "PATH": path}
        done = subprocess.run(["sh", "-ec", line], env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, (line, done.stderr)


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, Path]:
    """The URL of an empty database, and the folder of the test."""
    for name in PATHS.values():
        (tmp_path / name).mkdir()
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/data/entrant.db", tmp_path
    running: Cluster = request.getfixturevalue("postgres")
    return running.create(), tmp_path


def test_what_is_restored_is_what_was_backed_up(place: tuple[str, Path]) -> None:
    url, folder = place
    embedded = url.startswith("sqlite")
    database = open_database(url, MIGRATIONS)
    database.migrate()
    acme = new_workspace(database)
    group = acme.idp.group("Staff", acme.idp.user("before"))
    run(folder, url, commands("Backup", "sqlite3" if embedded else "pg_dump"))
    acme.idp.add(group, acme.idp.user("afterwards"))
    admin.invite(database, acme.slug, "late@example.com")
    database.close()

    run(folder, url, commands("Restore", *(("cp", "rm") if embedded else ("pg_restore",))))

    database = open_database(url, MIGRATIONS)
    assert database.migrate() == []
    idp = acme.through(database).idp
    assert [user["userName"] for user in idp.get("/Users").json()["Resources"]] == ["before"]
    assert len(idp.members(group)) == 1
    assert idp.user("afterwards")
    assert [m.user_name for m in admin.list_members(database, acme.slug)] == ["before", "afterwards"]
    assert [check.problem for check in admin.verify_audit(database)] == [None]
    database.close()
