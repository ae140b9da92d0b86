"""Graph's parseExpression (entra-client 18.8)."""

from __future__ import annotations

from datetime import UTC, datetime
from random import Random

import pytest

from entrant.entra.mapping.trial import try_expression
from entrant.entra.model import BadValue
from entrant.scim.wire import Json


def _try(expression: str, target: Json = None, **properties: Json) -> Json:
    request = {
        "expression": expression,
        "testInputObject": {"definition": None, "properties": [{"key": k, "value": v} for k, v in properties.items()]},
        "targetAttributeDefinition": target,
    }
    return try_expression(request, now=datetime(2026, 1, 1, tzinfo=UTC), chance=Random(1))


def test_the_documented_example_answers_as_documented() -> None:
    answer = _try('Replace([preferredLanguage], "-", , , "_", ,  )', preferredLanguage="EN-US")

    assert answer["parsingSucceeded"] is True
    assert answer["evaluationSucceeded"] is True
    assert answer["evaluationResult"] == ["EN_US"]
    assert answer["error"] is None
    assert answer["parsedExpression"]["expression"] == 'Replace([preferredLanguage], "-", , , "_", , )'
    assert [parameter["key"] for parameter in answer["parsedExpression"]["parameters"]] == [
        "source",
        "Find",
        "Replacement",
    ]


@pytest.mark.parametrize(
    ("expression", "target", "properties", "result"),
    [
        ('Switch([IsSoftDeleted], , "False", "True", "True", "False")', None, {"IsSoftDeleted": "false"}, ["True"]),
        (
            "SingleAppRoleAssignment([appRoleAssignments])",
            None,
            {"appRoleAssignments": ["Default Assignment"]},
            ["Default Assignment"],
        ),
        ('Split([a], ",")', None, {"a": "x, y"}, ["x", "y"]),
        ("[mail]", None, {}, []),
        ("[mail]", None, {"mail": ""}, []),
        ("IsNull([mail])", None, {"mail": ""}, ["True"]),
        ('"7"', {"name": "n", "type": "Integer"}, {}, ["7"]),
        ('"TRUE"', {"name": "n", "type": "Boolean"}, {}, ["True"]),
    ],
)
def test_results_are_lists_of_texts(expression: str, target: Json, properties: Json, result: list[str]) -> None:
    assert _try(expression, target, **properties)["evaluationResult"] == result


def test_a_text_that_is_no_expression_is_told_so_with_the_place() -> None:
    answer = _try("Append([mail]")

    assert (answer["parsingSucceeded"], answer["parsedExpression"], answer["evaluationSucceeded"]) == (
        False,
        None,
        False,
    )
    assert "(at character 14)" in answer["error"]["message"]


@pytest.mark.parametrize(
    ("expression", "target", "words"),
    [('CDate("x")', None, '"x" is no date'), ('"x"', {"name": "n", "type": "Integer"}, '"n" is an Integer')],
)
def test_an_expression_that_fails_is_parsed_all_the_same(expression: str, target: Json, words: str) -> None:
    answer = _try(expression, target)

    assert (answer["parsingSucceeded"], answer["evaluationSucceeded"], answer["evaluationResult"]) == (True, False, [])
    assert words in answer["error"]["message"]


def test_without_a_test_object_nothing_is_evaluated() -> None:
    answer = try_expression({"expression": "[mail]"}, now=datetime(2026, 1, 1, tzinfo=UTC), chance=Random(1))

    assert (answer["parsingSucceeded"], answer["evaluationSucceeded"], answer["error"]) == (True, False, None)


@pytest.mark.parametrize(
    "request_",
    [
        None, {}, {"expression": 3}, {"expression": "[a]", "testInputObject": 3}, {"expression": "[a]", "testInputObject": {}},
        {"expression": "[a]", "testInputObject": {"properties": [3]}}, {"expression": "[a]", "targetAttributeDefinition": {"type": "String"}},
    ],
)  # fmt: skip
def test_a_request_that_is_none_is_refused(request_: Json) -> None:
    with pytest.raises(BadValue):
        try_expression(request_, now=datetime(2026, 1, 1, tzinfo=UTC), chance=Random(1))
