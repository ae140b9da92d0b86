"""Trying out an expression: Graph's `parseExpression` (entra-client 18.8)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from random import Random

from entrant.entra.model import BadValue
from entrant.scim.wire import Json

from .attributes import GROUP_ATTRIBUTES, USER_ATTRIBUTES, Value
from .expressions import tree
from .expressions.arguments import Environment, to_text
from .expressions.evaluate import evaluate
from .expressions.nodes import Expression
from .expressions.parser import parse_expression
from .flow import convert
from .schema import AttributeDefinition, AttributeType
from .schema_json import attribute_definition_from_json


def try_expression(request: Json, *, now: datetime, chance: Random, default_domain: str = "") -> Json:
    """The answer to a `parseExpression` request.

    `request` has `expression`, and may have `testInputObject` and `targetAttributeDefinition`. What is wrong with the
    expression is part of the answer; BadValue is raised for a request that is none. `default_domain` is the tenant's.
    """
    if not isinstance(request, Mapping) or not isinstance(request.get("expression"), str):
        raise BadValue("the body must be an object with an expression, which is a text")
    target = request.get("targetAttributeDefinition")
    definition = None if target is None else attribute_definition_from_json(target, "targetAttributeDefinition")
    values = _values(request.get("testInputObject"))
    try:
        node = parse_expression(request["expression"])
    except BadValue as problem:
        return _answer("ParseExpressionFailed", problem)
    if values is None:
        return _answer(node=node)
    try:
        result = _result(node, definition, Environment(values.get, now, chance, default_domain))
    except BadValue as problem:
        return _answer("EvaluateExpressionFailed", problem, node=node)
    return _answer(node=node, result=result)


def _answer(
    code: str = "", problem: BadValue | None = None, node: Expression | None = None, result: list[str] | None = None
) -> Json:
    return {
        "parsingSucceeded": node is not None,
        "parsedExpression": tree.to_json(node) if node is not None else None,
        "evaluationSucceeded": result is not None,
        "evaluationResult": result or [],
        "error": {"code": code, "message": str(problem)} if problem else None,
    }


def _result(node: Expression, definition: AttributeDefinition | None, environment: Environment) -> list[str]:
    """The values as texts, those of a target attribute by its type; none if the result is null."""
    value = evaluate(node, environment)
    if value is None:
        return []
    if definition is not None:
        value = convert(value, definition)
    items = value if isinstance(value, tuple) else (value,)
    return [to_text(item) or "" for item in items]


def _values(test_input: Json) -> dict[str, Value] | None:
    """The source attributes of a test object, `properties` with `key` and `value`; None if there is no such object."""
    if test_input is None:
        return None
    properties = test_input.get("properties") if isinstance(test_input, Mapping) else None
    if not isinstance(properties, list):
        raise BadValue("testInputObject must be an object whose properties are a list of key and value")
    values: dict[str, Value] = {}
    for item in properties:
        if not isinstance(item, Mapping) or not isinstance(item.get("key"), str):
            raise BadValue("each property of testInputObject must be an object with key and value")
        values[item["key"]] = _value(item["key"], item.get("value"))
    return values


def _value(name: str, value: Json) -> Value:
    """A value as the directory would have it: a Boolean attribute's text is a Boolean, an empty text is null."""
    if value is None or value in ("", []):
        return None
    if isinstance(value, list):
        return tuple(str(item) for item in value)
    known = USER_ATTRIBUTES.get(name) or GROUP_ATTRIBUTES.get(name)
    if known is not None and known.definition.type is AttributeType.BOOLEAN and isinstance(value, str):
        return value.lower() == "true"
    return value if isinstance(value, bool | int) else str(value)
