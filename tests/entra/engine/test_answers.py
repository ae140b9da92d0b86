"""Whatever a target answers is a value or a problem with a code, never an exception (entra-client 11, 14.5, 14.6)."""

from __future__ import annotations

import pytest

from entrant.entra.engine.answers import NEXT_STEPS, Code, Problem, list_of, problem_of, resource_of
from entrant.entra.model import Kind
from entrant.scim.wire import Response


def code_of(found: object) -> str | None:
    return found.code if isinstance(found, Problem) else None


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (302, Code.WEB_EXCEPTION),
        (400, Code.BAD_REQUEST),
        (401, Code.UNAUTHORIZED),
        (403, Code.INSUFFICIENT_RIGHTS),
        (405, Code.METHOD_NOT_ALLOWED),
        (409, Code.CONFLICT),
        (418, Code.UNPROCESSABLE_ENTITY),
        (422, Code.UNPROCESSABLE_ENTITY),
        (429, Code.TOO_MANY_REQUESTS),
        (500, Code.INTERNAL_SERVER_ERROR),
        (501, Code.NOT_IMPLEMENTED),
        (503, Code.INTERNAL_SERVER_ERROR),
        (999, Code.WEB_EXCEPTION),
    ],
)
def test_a_status_has_its_code(status: int, code: Code) -> None:
    """14.6."""
    assert code_of(problem_of(Response(status, {}, b"no"))) == code


def test_an_error_is_quoted_with_the_name_of_its_status() -> None:
    """14.5."""
    problem = problem_of(Response(409, {}, b'{"detail":"taken"}'))

    assert problem == Problem(
        Code.CONFLICT,
        "StatusCode: Conflict\nMessage: Processing of the HTTP request resulted in an exception.\n"
        'Web Response: {"detail":"taken"}',
        409,
    )


def test_no_answer_says_why() -> None:
    response = Response(0, {"reason": "Timeout"}, b"no answer within 100 seconds")

    assert problem_of(response) == Problem("Timeout", "no answer within 100 seconds")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b'{"totalResults": 0}', None),
        (b'{"totalResults": 0, "Resources": null}', None),
        (b'{"totalResults": 1, "Resources": [{"id": "1"}]}', None),
        (b'{"totalResults": 2, "Resources": [{"id": "1"}, {"id": "2"}]}', Code.MULTIPLE_ENTRIES),
        (b'{"totalResults": 900, "Resources": [{"id": "1"}]}', Code.MULTIPLE_ENTRIES),
        (b'{"totalResults": 1, "Resources": []}', Code.INCOMPATIBLE),
        (b'{"totalResults": "1", "Resources": []}', Code.INCOMPATIBLE),
        (b'{"totalResults": 1, "Resources": ["x"]}', Code.INCOMPATIBLE),
        (b'{"totalResults": 1, "Resources": [{"userName": "x"}]}', Code.INCOMPATIBLE),
        (b'{"totalResults": 1, "resources": [{"id": "1"}]}', Code.INCOMPATIBLE),
        (b"[]", Code.INCOMPATIBLE),
        (b"", Code.INCOMPATIBLE),
        (b"<html>", Code.INCOMPATIBLE),
        (b'{"totalResults": 1, "Resour', Code.INCOMPATIBLE),
        (b"\xff\xfe", Code.INCOMPATIBLE),
        (b"[" * 100_000, Code.INCOMPATIBLE),
    ],
)
def test_a_lookup_is_read_or_refused(body: bytes, code: Code | None) -> None:
    """4.2, 6.1.5, 11.2."""
    assert code_of(list_of(Kind.USER, Response(200, {}, body))) == code


@pytest.mark.parametrize("status", [400, 422, 501])
def test_a_lookup_that_is_refused_cannot_filter(status: int) -> None:
    """14.6."""
    assert code_of(list_of(Kind.USER, Response(status))) == Code.INCOMPATIBLE_FILTERING


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b'{"id": "1"}', None),
        (b'{"id": 1}', Code.INCOMPATIBLE),
        (b'{"id": ""}', Code.INCOMPATIBLE),
        (b'{"id": "1", "emails": {"value": "x"}}', Code.INCOMPATIBLE),
        (b'{"id": "1", "name": "x"}', Code.INCOMPATIBLE),
        (b'{"id": "1", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"manager": "2"}}', Code.INCOMPATIBLE),
        (b'{"id": "1", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"manager": {"value": "2"}}}', None),
        (b'{"id": "1", "emails": null, "name": null}', None),
    ],
)  # fmt: skip
def test_a_resource_is_read_or_refused(body: bytes, code: Code | None) -> None:
    """8.6.4, 11.1, 11.2."""
    assert code_of(resource_of(Kind.USER, Response(201, {}, body))) == code


def test_every_code_but_skips_tells_the_next_step() -> None:
    assert set(Code) - set(NEXT_STEPS) == {Code.SKIPPED, Code.SCHEMA_ATTRIBUTE_NOT_FOUND}
