"""Migrations are applied once, in order, by whoever comes first (docs/decisions/0008-migrations.md)."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path

import pytest

from entrant.db import open_database
from entrant.db.engine import DatabaseError
from entrant.store import MIGRATIONS

FIRST = "0001_first.sql"
NEW_FILES = 40  # of ten that eight opened at once, one used to fail
SECOND = "0002_second.sql"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with one migration."""
    (tmp_path / "migrations").mkdir()
    (tmp_path / "migrations" / FIRST).write_text("CREATE TABLE a (id key_text PRIMARY KEY, at utc_text);\n")
    return tmp_path / "migrations"


def migrate(url: str, folder: Path) -> list[str]:
    """Apply what is missing; the names."""
    database = open_database(url, folder)
    try:
        return database.migrate()
    finally:
        database.close()


def test_what_is_missing_is_applied_once(empty_database_url: str, folder: Path) -> None:
    assert migrate(empty_database_url, folder) == ["0001_first"]
    (folder / SECOND).write_text("ALTER TABLE a ADD COLUMN b TEXT;\nCREATE INDEX a_b ON a (b);\n")
    assert migrate(empty_database_url, folder) == ["0002_second"]
    assert migrate(empty_database_url, folder) == []


def test_a_migration_that_fails_leaves_nothing(empty_database_url: str, folder: Path) -> None:
    (folder / SECOND).write_text("CREATE TABLE b (id TEXT);\nCREATE TABLE a (id TEXT);\n")
    with pytest.raises(DatabaseError):
        migrate(empty_database_url, folder)
    (folder / SECOND).write_text("CREATE TABLE b (id TEXT);\n")
    assert migrate(empty_database_url, folder) == ["0002_second"]


def test_a_migration_that_was_changed_afterwards_is_refused(empty_database_url: str, folder: Path) -> None:
    migrate(empty_database_url, folder)
    (folder / FIRST).write_text("CREATE TABLE a (id TEXT);\n")
    with pytest.raises(DatabaseError, match="0001_first"):
        migrate(empty_database_url, folder)


def test_a_database_of_a_newer_version_is_refused(empty_database_url: str, folder: Path, tmp_path: Path) -> None:
    newer = tmp_path / "newer"
    shutil.copytree(folder, newer)
    (newer / SECOND).write_text("CREATE TABLE b (id TEXT);\n")
    migrate(empty_database_url, newer)
    with pytest.raises(DatabaseError, match="0002_second"):
        migrate(empty_database_url, folder)


def migrate_at_once(url: str, number: int) -> tuple[list[str], list[DatabaseError]]:
    """What so many that open a database at the same moment apply, and what they fail with."""
    applied: list[str] = []
    failures: list[DatabaseError] = []
    start = threading.Barrier(number)

    def run() -> None:
        database = open_database(url, MIGRATIONS)
        start.wait(10)
        try:
            applied.extend(database.migrate())
        except DatabaseError as failure:
            failures.append(failure)
        finally:
            database.close()

    threads = [threading.Thread(target=run) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return applied, failures


def test_several_at_once_apply_each_once(empty_database_url: str) -> None:
    applied, failures = migrate_at_once(empty_database_url, 4)

    assert failures == []
    assert sorted(applied) == sorted(set(applied))
    assert applied


def test_a_new_file_is_opened_by_many_at_once(tmp_path: Path) -> None:
    """Whoever comes while another changes it to write-ahead logging waits, as for any other lock."""
    for n in range(NEW_FILES):
        assert migrate_at_once(f"sqlite:///{tmp_path / f'{n}.db'}", 8)[1] == []
