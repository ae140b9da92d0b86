"""Directory objects to map."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from random import Random

import pytest

from entrant.entra.mapping.attributes import Value
from entrant.entra.mapping.expressions.arguments import Environment
from entrant.entra.mapping.expressions.evaluate import evaluate
from entrant.entra.mapping.expressions.parser import parse_expression
from entrant.entra.model import AppRole, DirectoryObject, Kind, Subject
from entrant.scim.wire import Json

NOW = datetime(2021, 7, 2, 15, 33, 38, tzinfo=UTC)
JANE = {
    "accountEnabled": True,
    "userPrincipalName": "jane@contoso.com",
    "displayName": "Jane Doe",
    "mailNickname": "jane",
    "givenName": "Jane",
    "surname": "Doe",
    "businessPhones": ["+1 555 0100"],
    "mobilePhone": "+1 555 0101",
    "faxNumber": "+1 555 0102",
    "officeLocation": "4/1234",
    "employeeId": "E7",
    "department": "Sales",
}


@pytest.fixture(name="user")
def _user() -> Callable[..., Subject]:
    """Jane, who is assigned, with some of her properties set otherwise; None removes one."""

    def make(
        *roles: AppRole,
        assigned: bool = True,
        deleted: str | None = None,
        manager: str | None = None,
        **properties: Json,
    ) -> Subject:
        known = {name: value for name, value in {**JANE, **properties}.items() if value is not None}
        person = DirectoryObject("u1", Kind.USER, known, "2026-01-01", deleted, manager)
        return Subject("u1", Kind.USER, person, assigned=assigned, app_roles=roles)

    return make


@pytest.fixture(name="group")
def _group() -> Callable[..., Subject]:
    """A group that is assigned."""

    def make(*, assigned: bool = True, **properties: Json) -> Subject:
        known = {"displayName": "Sales EMEA", "mailEnabled": False, "securityEnabled": True, **properties}
        return Subject("g1", Kind.GROUP, DirectoryObject("g1", Kind.GROUP, known, "2026-01-01"), assigned=assigned)

    return make


@pytest.fixture(name="purged")
def _purged(user: Callable[..., Subject]) -> Subject:
    """A user that is no longer in the directory at all."""
    return replace(user(assigned=False), object=None)


@pytest.fixture(name="result")
def _result() -> Callable[..., Value]:
    """What an expression comes to, with some source attributes set."""

    def result(text: str, **attributes: Value) -> Value:
        environment = Environment(attributes.get, NOW, Random(7), "contoso.com")
        return evaluate(parse_expression(text), environment)

    return result
