"""Tolerances of values: in both directions, and in all spellings of a kind (product.md 6.6)."""

from __future__ import annotations

import math
import re
from collections.abc import Callable

import msgspec
from msgspec import structs

from entrant.scim.filter import NUMBERS
from entrant.scim.schema import Attribute, ResourceType, Type
from entrant.scim.wire import Json

from .profiles import Tolerance

_BOOLEANS = {"true": True, "false": False}
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,99})(?:\.[0-9]{1,99})?(?:[eE][+-]?[0-9]{1,3})?")
_LONGEST = 10**100  # no number that is written as text is as large


class Typed(msgspec.Struct, frozen=True):
    """A value where the schema has an attribute: all of its values if `many`, else one."""

    attribute: Attribute
    value: Json
    many: bool


def _is_simple(typed: Typed) -> bool:
    return not typed.many and typed.attribute.type is not Type.COMPLEX


def _is_number(value: Json) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_alone(typed: Typed, _: ResourceType) -> bool:
    return typed.many and typed.value is not None and not isinstance(typed.value, list)


def _in_list(typed: Typed, _: ResourceType) -> Json:
    """`"members": {"value": "…"}`: one value without its list."""
    return [typed.value]


def _is_listed(typed: Typed, _: ResourceType) -> bool:
    return not typed.many and isinstance(typed.value, list) and len(typed.value) <= 1


def _unlisted(typed: Typed, _: ResourceType) -> Json:
    """`"manager": [{"$ref": "…", "value": "…"}]`, `"active": ["False"]`: one value in a list."""
    return typed.value[0] if typed.value else None


def _is_wrapped(typed: Typed, _: ResourceType) -> bool:
    if not _is_simple(typed) or not isinstance(typed.value, dict):
        return False
    said = [name.lower() for name, value in typed.value.items() if value is not None]
    return said == ["value"]


def _unwrapped(typed: Typed, _: ResourceType) -> Json:
    """`"displayName": [{"$ref": null, "value": "…"}]`: a simple value as Microsoft's own library wraps it."""
    return next(value for value in typed.value.values() if value is not None)


def _is_text_for_complex(typed: Typed, _: ResourceType) -> bool:
    if typed.many or typed.attribute.type is not Type.COMPLEX or typed.attribute.find("value") is None:
        return False
    return isinstance(typed.value, str) or _is_number(typed.value)


def _complex(typed: Typed, _: ResourceType) -> Json:
    """`"manager": "<id>"`, `"members": ["<id>"]`: a simple value for a complex one is its `value`; "" is none."""
    return None if typed.value == "" else {"value": typed.value}


def _is_boolean_text(typed: Typed, _: ResourceType) -> bool:
    if not _is_simple(typed) or typed.attribute.type is not Type.BOOLEAN:
        return False
    return isinstance(typed.value, str) and typed.value.lower() in _BOOLEANS


def _boolean(typed: Typed, _: ResourceType) -> Json:
    """`"active": "False"`, `"primary": "True"`."""
    return _BOOLEANS[typed.value.lower()]


def _is_number_text(typed: Typed, _: ResourceType) -> bool:
    if not _is_simple(typed) or typed.attribute.type not in NUMBERS or not isinstance(typed.value, str):
        return False
    if not _NUMBER.fullmatch(typed.value) or not math.isfinite(float(typed.value)):
        return False
    return typed.attribute.type is Type.DECIMAL or isinstance(msgspec.json.decode(typed.value), int)


def _number(typed: Typed, _: ResourceType) -> Json:
    """`"count": "7"`."""
    return msgspec.json.decode(typed.value)


def _is_number_for_text(typed: Typed, _: ResourceType) -> bool:
    if not _is_simple(typed) or typed.attribute.type is not Type.STRING or not _is_number(typed.value):
        return False
    return math.isfinite(typed.value) if isinstance(typed.value, float) else -_LONGEST < typed.value < _LONGEST


def _digits(typed: Typed, _: ResourceType) -> Json:
    """`"employeeNumber": 4711`."""
    return str(typed.value) if isinstance(typed.value, int) else msgspec.json.encode(typed.value).decode()


VALUES: tuple[Tolerance[Typed, Json], ...] = (
    Tolerance("single_for_list", "22.34", _is_alone, _in_list),
    Tolerance("list_around_single", "8.5.2, 8.6.3, 22.31", _is_listed, _unlisted),
    Tolerance("value_in_object", "8.5.2; MicrosoftDocs/azure-docs#42220", _is_wrapped, _unwrapped),
    Tolerance("text_for_complex", "8.6.2, 22.15, 22.34", _is_text_for_complex, _complex),
    Tolerance("boolean_as_text", "8.3.2, 22.13, 22.22", _is_boolean_text, _boolean),
    Tolerance("number_as_text", "8.8.3", _is_number_text, _number),
    Tolerance("number_for_text", "wso2/product-is#6627", _is_number_for_text, _digits),
)


def tolerate_value(
    typed: Typed, type_: ResourceType, active: tuple[Tolerance[Typed, Json], ...], note: Callable[[str], None]
) -> Json:
    """A value with all that is in it, spelled as the schema wants it where a tolerance allows that."""
    rewritten = True
    while rewritten and typed.value is not None:
        rewritten = False
        for tolerance in active:
            if tolerance.accepts(typed, type_):
                note(tolerance.name)
                typed = structs.replace(typed, value=tolerance.rewrite(typed, type_))
                rewritten = True
    attribute, value = typed.attribute, typed.value
    if typed.many and isinstance(value, list):
        return [tolerate_value(Typed(attribute, item, many=False), type_, active, note) for item in value]
    if attribute.type is Type.COMPLEX and isinstance(value, dict):
        return {name: _member(attribute.find(name), it, type_, active, note) for name, it in value.items()}
    return value


def _member(
    sub: Attribute | None,
    value: Json,
    type_: ResourceType,
    active: tuple[Tolerance[Typed, Json], ...],
    note: Callable[[str], None],
) -> Json:
    return value if sub is None else tolerate_value(Typed(sub, value, sub.multi_valued), type_, active, note)
