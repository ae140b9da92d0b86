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


def test_several_at_once_apply_each_once(empty_database_url: str) -> None:
    applied: list[str] = []
    failures: list[Exception] = []
    start = threading.Barrier(4)

    def run() -> None:
        database = open_database(empty_database_url, MIGRATIONS)
        start.wait(10)
        try:
            applied.extend(database.migrate())
        except DatabaseError as failure:
            failures.append(failure)
        finally:
            database.close()

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert failures == []
    assert sorted(applied) == sorted(set(applied))
    assert applied
