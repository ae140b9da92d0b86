"""What every command begins with: the settings, and the database they name."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from entrant.config import Config
from entrant.db.engine import Database
from entrant.service.opening import open_for_command


def settings() -> Config:
    """The settings of this process; raises ConfigError."""
    return Config.from_environment(os.environ)


@contextmanager
def database() -> Iterator[Database]:
    """The database, open for the time of a command; raises DatabaseError."""
    opened = open_for_command(settings())
    try:
        yield opened
    finally:
        opened.close()
