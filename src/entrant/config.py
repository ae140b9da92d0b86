"""The settings of a process, from its environment. Each is described in docs/configuration.md.

A field `log_days` is read from the variable `ENTRANT_LOG_DAYS`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from functools import partial
from ipaddress import ip_network
from typing import TypeVar
from urllib.parse import urlsplit

PREFIX = "ENTRANT_"
MIN_SECRET = 16  # characters of a secret that an administrator makes up
T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)


class ConfigError(Exception):
    """A setting that cannot be used. The message is a sentence that names its variable."""


class Switch(StrEnum):
    """A setting that is one or the other."""

    ON = "on"
    OFF = "off"


class LogFormat(StrEnum):
    """How the server's own log is written."""

    TEXT = "text"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class Config:
    """What an administrator may choose for a process. Everything else belongs to a workspace and is in the database."""

    database: str = "sqlite:///entrant.db"
    """`sqlite:///path` (relative to the working directory; four slashes make it absolute) or `postgresql://…`."""
    public_url: str = "http://127.0.0.1:8000"
    """Where identity providers reach the service: the origin, and a path if a proxy adds one."""
    log_days: int = 30
    """How many days an entry of the provisioning log is kept."""
    audit_days: int = 0
    """Days after which entries of the audit log are cut off, at a signed anchor; 0 keeps them."""
    max_body: int = 8_388_608
    """The most bytes a request body may have; 8 MiB hold some 60,000 members in one PATCH."""
    access_token_minutes: int = 60
    """How long an access token of the token endpoint lives."""
    private_issuers: Switch = Switch.OFF
    """Whether keys of issuers are fetched over plain HTTP and from addresses inside the network: for development."""
    connection_rate: int = 200
    """Requests per second of one connection; five seconds' worth may come at once. 0 is no limit."""
    max_users: int = 1_000_000
    """How many users SCIM may have created in one workspace."""
    max_groups: int = 100_000
    """How many groups SCIM may have created in one workspace."""
    max_connections: int = 20
    """How many SCIM connections one workspace may have."""
    max_schemas: int = 20
    """How many custom schemas one workspace may have."""
    address_rate: int = 1_000
    """Requests per second of one source address; five seconds' worth may come at once. 0 is no limit."""
    trusted_proxies: str = "127.0.0.1,::1"
    """Addresses and networks, separated by commas, whose X-Forwarded-For is believed."""
    log_format: LogFormat = LogFormat.TEXT
    """How the server's own log is written."""
    access_log: Switch = Switch.OFF
    """Whether each request is a line of the server's own log, without anything personal."""
    metrics_listen: str = ""
    """`host:port` where metrics are served to whoever asks; empty is nowhere."""
    metrics_token: str = ""
    """The bearer token for `/metrics` beside SCIM; empty is no such address."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Config:
        """The settings that these variables make; what they leave out has its default. Raises ConfigError."""
        default = cls()
        read = partial(_read, environment)
        return cls(
            database=read("database", parse_database, default.database),
            public_url=read("public_url", parse_public_url, default.public_url),
            log_days=read("log_days", _whole(1, 3_650), default.log_days),
            audit_days=read("audit_days", _whole(0, 36_500), default.audit_days),
            max_body=read("max_body", _whole(65_536, 268_435_456), default.max_body),
            access_token_minutes=read("access_token_minutes", _whole(60, 360), default.access_token_minutes),
            private_issuers=read("private_issuers", _one_of(Switch), default.private_issuers),
            connection_rate=read("connection_rate", _whole(0, 1_000_000), default.connection_rate),
            max_users=read("max_users", _whole(1, 100_000_000), default.max_users),
            max_groups=read("max_groups", _whole(1, 100_000_000), default.max_groups),
            max_connections=read("max_connections", _whole(1, 1_000), default.max_connections),
            max_schemas=read("max_schemas", _whole(1, 100), default.max_schemas),
            address_rate=read("address_rate", _whole(0, 1_000_000), default.address_rate),
            trusted_proxies=read("trusted_proxies", parse_networks, default.trusted_proxies),
            log_format=read("log_format", _one_of(LogFormat), default.log_format),
            access_log=read("access_log", _one_of(Switch), default.access_log),
            metrics_listen=read("metrics_listen", parse_listen, default.metrics_listen),
            metrics_token=read("metrics_token", parse_secret, default.metrics_token),
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


def parse_networks(key: str, text: str) -> str:
    """IP addresses and networks, separated by commas; `none` is none of them. Raises ConfigError naming `key`."""
    try:
        for part in networks(text):
            ip_network(part)
    except ValueError as exc:
        raise ConfigError(f'{key} is "{text}"; write addresses or networks such as 10.0.0.0/8,::1, or none') from exc
    return text


def networks(text: str) -> list[str]:
    """The parts of a list that `parse_networks` has read."""
    return [] if text == "none" else [part.strip() for part in text.split(",")]


def parse_listen(key: str, text: str) -> str:
    """`host:port`. Raises ConfigError naming `key`."""
    host, _, port = text.rpartition(":")
    if not (host and port.isascii() and port.isdigit() and int(port) < 65_536):  # noqa: PLR2004  ports have 16 bits
        raise ConfigError(f'{key} is "{text}"; write an address and a port such as 127.0.0.1:9464')
    return text


def parse_secret(key: str, text: str) -> str:
    """A secret long enough not to be guessed. Raises ConfigError naming `key`, without the secret."""
    if len(text) < MIN_SECRET or not text.isascii() or not text.isprintable() or " " in text:
        raise ConfigError(f"{key} is no fit secret; write at least {MIN_SECRET} letters and digits")
    return text


def _one_of(kind: type[E]) -> Callable[[str, str], E]:
    """A parser of the words of an enumeration."""

    def parse(key: str, text: str) -> E:
        if text not in set(kind):
            raise ConfigError(f'{key} is "{text}"; write {" or ".join(kind)}')
        return kind(text)

    return parse


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
