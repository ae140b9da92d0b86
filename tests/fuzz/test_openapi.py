"""Whatever fits the OpenAPI description, and what does not, is answered as it says, and never 5xx (product 9.5)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import hypothesis
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from entrant.config import Config
from entrant.db import open_database
from entrant.scim.openapi import PATHS, components
from entrant.scim.routes import METHODS
from entrant.scim.schemas import GROUP, schema_from_json, user_type
from entrant.service import admin
from entrant.service.openapi import document
from entrant.store import MIGRATIONS
from tests.service.test_values import SCHEMA as ALL_TYPES
from tests.support import openapi
from tests.support.application import application

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "4"))  # of each kind for each operation; `make fuzz` takes more
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
DESCRIPTION = document("http://127.0.0.1")
DESCRIPTION["components"]["schemas"] |= components((user_type((schema_from_json(ALL_TYPES),)), GROUP))
SCHEMA = schemathesis.openapi.from_dict(DESCRIPTION)
OPERATIONS = sorted(
    (path, method)
    for path, item in DESCRIPTION["paths"].items()
    for method in item
    if method != "parameters" and not path.endswith("/Me")  # answers 501, as the RFC has it
)


def test_the_page_is_as_the_code_has_it() -> None:
    """`python -m tests.support.openapi` writes it anew."""
    assert openapi.FILE.read_text() == openapi.text()


def test_every_endpoint_is_described_with_every_method() -> None:
    described = {path: set(item) - {"parameters"} for path, item in DESCRIPTION["paths"].items()}

    assert set(PATHS) == set(METHODS)
    for endpoint, path in PATHS.items():
        assert described[f"/scim/v2/{{workspace}}{path}"] == {method.lower() for method in METHODS[endpoint]}


@dataclass(frozen=True)
class Target:
    """A workspace behind the real application."""

    url: str
    headers: dict[str, str]


@pytest.fixture(scope="module")
def target(module_url: str) -> Iterator[Target]:
    """The real application on either engine, without limits of rate, and a workspace with values of every type."""
    config = Config(database=module_url, connection_rate=0, address_rate=0)
    database = open_database(config.database, MIGRATIONS)
    admin.create_workspace(database, "acme", "Acme")
    admin.add_schema(database, "acme", ALL_TYPES)
    token = admin.create_connection(database, "acme", "generic").token
    database.close()
    with application(config) as url:
        yield Target(url, {"authorization": f"Bearer {token}"})


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=lambda mode: mode.value)
@pytest.mark.parametrize(("path", "method"), OPERATIONS, ids=lambda text: text.replace("/scim/v2/{workspace}", ""))
def test_answers_are_as_described(target: Target, path: str, method: str, mode: GenerationMode) -> None:
    operation = SCHEMA[path][method]

    @hypothesis.settings(
        max_examples=EXAMPLES, deadline=None, database=None, phases=(Phase.explicit, Phase.generate), suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=operation.as_strategy(generation_mode=mode))
    def send(case: Any) -> None:  # noqa: ANN401  schemathesis leaves it generic
        case.path_parameters["workspace"] = "acme"
        answer = case.call(base_url=target.url, headers=target.headers)
        case.validate_response(answer, checks=CHECKS)

    send()
