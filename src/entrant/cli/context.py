"""What every command begins with: the settings, and the database they name."""

from __future__ import annotations

import os
import pwd
from collections.abc import Iterator
from contextlib import contextmanager

from entrant.config import Config
from entrant.db.engine import Database
from entrant.service.admin import acting
from entrant.service.opening import open_for_command
from entrant.workspace.audit import Actor, Channel


def settings() -> Config:
    """The settings of this process; raises ConfigError."""
    return Config.from_environment(os.environ)


@contextmanager
def database() -> Iterator[Database]:
    """The database, open for the time of a command; raises DatabaseError."""
    opened = open_for_command(settings())
    try:
        with acting(_operator()):
            yield opened
    finally:
        opened.close()


def _operator() -> Actor:
    """The user of the operating system, by the name that the system knows, not by one that the environment claims."""
    uid = os.getuid()
    try:
        return Actor(Channel.CLI, f"cli:{pwd.getpwuid(uid).pw_name}")
    except KeyError:
        return Actor(Channel.CLI, f"cli:{uid}")  # a container may run as a user without a name
