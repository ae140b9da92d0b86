"""The settings of a process, from its environment. Each is described in docs/configuration.md.

A field `log_days` is read from the variable `ENTRANT_LOG_DAYS`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from functools import partial
from typing import TypeVar
from urllib.parse import urlsplit

PREFIX = "ENTRANT_"
T = TypeVar("T")


class ConfigError(Exception):
    """A setting that cannot be used. The message is a sentence that names its variable."""


@dataclass(frozen=True, slots=True)
class Config:
    """What an administrator may choose for a process. Everything else belongs to a workspace and is in the database."""

    database: str = "sqlite:///entrant.db"
    """`sqlite:///path` (relative to the working directory; four slashes make it absolute) or `postgresql://…`."""
    public_url: str = "http://127.0.0.1:8000"
    """Where identity providers reach the service: the origin, and a path if a proxy adds one."""
    log_days: int = 30
    """How many days an entry of the provisioning log is kept."""
    max_body: int = 8_388_608
    """The most bytes a request body may have; 8 MiB hold some 60,000 members in one PATCH."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Config:
        """The settings that these variables make; what they leave out has its default. Raises ConfigError."""
        default = cls()
        read = partial(_read, environment)
        return cls(
            database=read("database", parse_database, default.database),
            public_url=read("public_url", parse_public_url, default.public_url),
            log_days=read("log_days", _whole(1, 3_650), default.log_days),
            max_body=read("max_body", _whole(65_536, 268_435_456), default.max_body),
        )

    def to_environment(self) -> dict[str, str]:
        """The variables that make these settings, for a process that this one starts."""
        return {variable(name): str(value) for name, value in asdict(self).items()}


def variable(name: str) -> str:
    """The environment variable of a setting."""
    return PREFIX + name.upper()


def parse_public_url(key: str, text: str) -> str:
    """An http or https URL without query, and without a slash at its end. Raises ConfigError naming `key`."""
    url = urlsplit(text)
    if url.scheme not in {"http", "https"} or not url.netloc or url.query or url.fragment:
        raise ConfigError(f'{key} is "{text}"; write an address such as https://scim.example.com')
    return text.rstrip("/")


def parse_database(key: str, text: str) -> str:
    """The address of a database of a known kind. Raises ConfigError naming `key`."""
    if not text.startswith(("sqlite:///", "postgresql://", "postgres://")):
        raise ConfigError(f"{key} is no database; write sqlite:///entrant.db or postgresql://user@host/name")
    return text


def _whole(low: int, high: int) -> Callable[[str, str], int]:
    """A parser of whole numbers from `low` to `high`."""

    def parse(key: str, text: str) -> int:
        if not (text.isascii() and text.isdigit() and low <= int(text) <= high):
            raise ConfigError(f'{key} is "{text}"; write a whole number from {low} to {high}')
        return int(text)

    return parse


def _read(environment: Mapping[str, str], name: str, parse: Callable[[str, str], T], default: T) -> T:
    """One setting; a variable that is empty is as good as none."""
    text = environment.get(variable(name), "")
    return parse(variable(name), text) if text else default
