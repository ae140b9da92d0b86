"""Bringing a database up to the code: numbered SQL files, each applied once, in order, in a transaction."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources.abc import Traversable

from .engine import DatabaseError
from .session import Session

LEDGER = """CREATE TABLE IF NOT EXISTS migration (
    name TEXT PRIMARY KEY, checksum TEXT NOT NULL, applied TEXT NOT NULL
)"""
ENGINE = "-- engine: "  # before a statement that only one engine understands


class MigrationError(DatabaseError):
    """The database and the code do not fit together."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One file: its name without `.sql`, and its text."""

    name: str
    text: str

    @property
    def checksum(self) -> str:
        """Tells whether a file was changed after it had been applied."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def load(folder: Traversable) -> list[Migration]:
    """The migrations in a folder, in order."""
    files = sorted((file for file in folder.iterdir() if file.name.endswith(".sql")), key=lambda file: file.name)
    return [Migration(file.name.removesuffix(".sql"), file.read_text(encoding="utf-8")) for file in files]


def always(folder: Traversable, engine: str) -> list[str]:
    """The statements that an engine runs at the end of each migration."""
    file = folder / "always" / f"{engine}.sql"
    return split(file.read_text(encoding="utf-8"), engine) if file.is_file() else []


def pending(session: Session, migrations: list[Migration]) -> list[Migration]:
    """Those that are not applied; raises MigrationError if the database is newer than the code or a file changed."""
    applied = {
        str(row["name"]): str(row["checksum"]) for row in session.query("SELECT name, checksum FROM migration", {})
    }
    if newer := applied.keys() - {migration.name for migration in migrations}:
        raise MigrationError(
            f"the database has the migration {min(newer)}, which this version does not know; upgrade it"
        )
    for migration in migrations:
        if applied.get(migration.name, migration.checksum) != migration.checksum:
            raise MigrationError(
                f"the migration {migration.name} was changed after it had been applied to this database"
            )
    return [migration for migration in migrations if migration.name not in applied]


def apply(session: Session, migration: Migration, now: str) -> None:
    """Run one migration and note it, in the transaction that is open."""
    for statement in split(migration.text, session.engine):
        session.execute(statement, {})
    session.execute(
        "INSERT INTO migration (name, checksum, applied) VALUES (:name, :checksum, :now)",
        {"name": migration.name, "checksum": migration.checksum, "now": now},
    )


def split(text: str, engine: str) -> list[str]:
    """The statements of a file for an engine: each ends with a semicolon at the end of a line, outside of `$$ … $$`.

    One that follows the line `-- engine: sqlite` or `-- engine: postgresql` is for that engine alone. Triggers need it.
    """
    lines = [line for line in text.splitlines() if not line.startswith("--") or line.startswith(ENGINE)]
    chosen = (_of_engine(statement.strip(), engine) for statement in _statements("\n".join(lines)))
    return [statement for statement in chosen if statement.strip(" \n;")]


def _statements(text: str) -> Iterator[str]:
    """The text cut after each semicolon that ends a line, but for those within a dollar-quoted body."""
    statement = ""
    for piece in text.split(";\n"):
        statement = f"{statement};\n{piece}" if statement else piece
        if statement.count("$$") % 2 == 0:
            yield statement
            statement = ""
    yield statement


def _of_engine(statement: str, engine: str) -> str:
    """The statement without its mark, or nothing if it is another engine's."""
    if not statement.startswith(ENGINE):
        return statement
    mark, _, rest = statement.partition("\n")
    return rest if mark.removeprefix(ENGINE).strip() == engine else ""
