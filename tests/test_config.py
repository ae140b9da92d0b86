"""Settings from the environment."""

from __future__ import annotations

from dataclasses import fields

import pytest

from entrant.config import Config, ConfigError, LogFormat, Switch, variable


def test_an_empty_environment_gives_the_defaults() -> None:
    assert Config.from_environment({"PATH": "/bin", "ENTRANT_DATABASE": ""}) == Config()


def test_every_setting_is_read_from_its_variable() -> None:
    chosen = Config(
        database="postgresql://db/entrant",
        public_url="https://scim.example.com/entrant",
        log_days=7,
        audit_days=365,
        max_body=65_536,
        access_token_minutes=90,
        private_issuers=Switch.ON,
        connection_rate=50,
        max_users=500,
        max_groups=50,
        max_connections=3,
        max_schemas=4,
        address_rate=0,
        trusted_proxies="10.0.0.0/8,::1",
        log_format=LogFormat.JSON,
        access_log=Switch.ON,
        metrics_listen="127.0.0.1:9464",
        metrics_token="a-secret-of-fair-length",
    )
    assert all(getattr(chosen, field.name) != field.default for field in fields(Config))

    assert Config.from_environment(chosen.to_environment()) == chosen


def test_the_slash_at_the_end_of_the_public_url_is_dropped() -> None:
    environment = {"ENTRANT_PUBLIC_URL": "https://scim.example.com/"}

    assert Config.from_environment(environment).public_url == "https://scim.example.com"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("database", "entrant.db"),
        ("database", "mysql://db/entrant"),
        ("public_url", "scim.example.com"),
        ("public_url", "ftp://scim.example.com"),
        ("public_url", "https://scim.example.com?x=1"),
        ("log_days", "0"),
        ("log_days", "-1"),
        ("log_days", "a month"),
        ("log_days", "٣"),
        ("max_body", "1000"),
        ("max_body", "1e9"),
        ("access_token_minutes", "59"),
        ("private_issuers", "yes"),
        ("connection_rate", "-1"),
        ("trusted_proxies", "proxy.example.com"),
        ("log_format", "xml"),
        ("metrics_listen", "9464"),
        ("metrics_listen", "localhost:x"),
        ("metrics_token", "short"),
    ],
)
def test_a_setting_that_cannot_be_used_is_refused_by_the_name_of_its_variable(name: str, text: str) -> None:
    with pytest.raises(ConfigError, match=variable(name)):
        Config.from_environment({variable(name): text})
