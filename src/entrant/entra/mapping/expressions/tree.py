"""Expressions as the tree of sources that Graph has: `attributeMappingSource` (graph-surface 9.7), and back.

    {"type": "Function", "name": "Not", "expression": "Not([accountEnabled])",
     "parameters": [{"key": "source", "value": {"type": "Attribute", "name": "accountEnabled", …}}]}

An argument that is left empty is no parameter. `expression` says everything, so it is what counts where it is given.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import assert_never

from entrant.entra.model import BadValue
from entrant.scim.wire import Json

from .catalogue import FUNCTIONS
from .nodes import Attribute, Call, CompareOp, Comparison, Expression, Number, Text, Word
from .parser import MAX_DEPTH, BadExpression, parse_expression

_SIDES = ("left", "right")


def to_json(node: Expression) -> Json:
    """An expression as a source; no member is ever null (graph-surface §4)."""
    match node:
        case Attribute(name):
            return _source("Attribute", name, node)
        case Text(value):
            return _source("Constant", value, node)
        case Number(text):
            return _source("Constant", text, node)
        case Word(name):
            return _source("Constant", name, node)
        case Comparison(left, op, right):
            return _source("Function", op.value, node, list(zip(_SIDES, (left, right), strict=True)))
        case Call(name, arguments):
            keyed = zip(FUNCTIONS[name].keys(len(arguments)), arguments, strict=True)
            return _source("Function", name, node, [(key, value) for key, value in keyed if value is not None])
        case _:
            assert_never(node)


def _source(
    type_: str, name: str, node: Expression, parameters: list[tuple[str, Expression]] | None = None
) -> dict[str, Json]:
    return {
        "expression": str(node),
        "name": name,
        "type": type_,
        "parameters": [{"key": key, "value": to_json(value)} for key, value in parameters or []],
    }


def from_json(source: Json, depth: int = 0) -> Expression:
    """A source as an expression; raises BadValue with what is wrong."""
    if not isinstance(source, Mapping):
        raise BadValue("a source must be an object with type, name and expression")
    if depth > MAX_DEPTH:
        raise BadValue(f"a source is nested more than {MAX_DEPTH} levels deep")
    type_, name, text = source.get("type", "Attribute"), source.get("name"), source.get("expression")
    if name is not None and not isinstance(name, str):
        raise BadValue("the name of a source must be a text")
    if text is not None and not isinstance(text, str):
        raise BadValue("the expression of a source must be a text")
    match str(type_).capitalize():
        case "Attribute":
            return _attribute(name, text)
        case "Constant":
            return _constant(name, text)
        case "Function":
            return parse_expression(text) if text else _call(name, source.get("parameters"), depth)
        case _:
            raise BadValue(f'a source has the type "{type_}"; it can be Attribute, Constant or Function')


def _attribute(name: str | None, text: str | None) -> Expression:
    node = parse_expression(text) if text else None
    if node is None and not name:
        raise BadValue("a source of the type Attribute has no name")
    if node is None:
        return parse_expression(f"[{name}]")
    if name and isinstance(node, Attribute) and node.name != name:
        raise BadValue(f'a source has the name "{name}" but the expression {node}')
    return node


def _constant(name: str | None, text: str | None) -> Expression:
    if name is None and text is None:
        raise BadValue("a source of the type Constant has no value in its name")
    if name is None:
        return parse_expression(text or '""')
    # A number and a named constant are written without quotation marks; their expression tells them from texts.
    try:
        node = parse_expression(name) if text == name else None
    except BadExpression:
        node = None
    return node if isinstance(node, Number | Word) else Text(name)


def _call(name: str | None, parameters: Json, depth: int) -> Expression:
    """A function whose parameters are given and whose expression is not."""
    if not isinstance(parameters, list | None):
        raise BadValue("the parameters of a source must be a list")
    given = [_parameter(parameter, depth) for parameter in parameters or []]
    if name in {op.value for op in CompareOp} and len(given) == len(_SIDES):
        sides = [f"{node}" for _, node in given]
        return parse_expression(f"{sides[0]} {name} {sides[1]}")
    arguments: list[Expression | None] = []
    every = [parameter.name for parameter in FUNCTIONS[name].parameters] if name in FUNCTIONS else []
    for key, node in given:
        # Arguments that were left empty are missing, so the key says how many places there are before this one.
        place = every.index(key) if key in every else len(arguments)
        arguments += [None] * (place - len(arguments))
        arguments.append(node)
    return parse_expression(str(Call(name or "", tuple(arguments))))


def _parameter(parameter: Json, depth: int) -> tuple[str, Expression]:
    if not isinstance(parameter, Mapping):
        raise BadValue("a parameter of a source must be an object with key and value")
    return str(parameter.get("key", "")), from_json(parameter.get("value"), depth + 1)
