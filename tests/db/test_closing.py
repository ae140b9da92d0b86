"""Closing a SQLite database leaves one file that has everything in it, fit to be copied."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from entrant.db import open_database
from entrant.db.engine import Tx
from entrant.store import MIGRATIONS

OPENINGS = 30  # of two connections that close at the same moment, one in five times neither was the last
READERS = 4


def look(tx: Tx) -> object:
    return tx.one("SELECT COUNT(*) AS n FROM setting")


def test_what_was_written_is_in_the_file_itself(tmp_path: Path) -> None:
    left = []
    for n in range(OPENINGS):
        file = tmp_path / f"{n}.db"
        database = open_database(f"sqlite:///{file}", MIGRATIONS)
        database.migrate()

        with ThreadPoolExecutor(READERS) as pool:
            list(pool.map(lambda _: database.read(look), range(READERS)))  # noqa: B023  done before the next one
        database.write("one", lambda tx: tx.run("INSERT INTO setting (name, value) VALUES ('a', 'b')"))
        database.close()

        left += [log for log in tmp_path.glob("*-wal") if log.stat().st_size]
    assert left == []
