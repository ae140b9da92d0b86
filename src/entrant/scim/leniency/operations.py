"""Tolerances of operations in their normal form.

So each covers all forms of a message: with a path, without, under a URN; in PATCH, PUT and POST. `DECIDED` are the two
that change what the RFC gives a meaning. Each is bound to one op, and to the source that decides it.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce

from msgspec import structs

from entrant.scim.errors import InvalidFilter, InvalidPath
from entrant.scim.filter import And, CompareOp, Comparison, Filter, Path
from entrant.scim.operations import ABSENT, Op, Sent, expand
from entrant.scim.parser import parse_path
from entrant.scim.schema import Attribute, ResourceType, Type
from entrant.scim.wire import Json

from .messages import has_dotted_urn, with_colon
from .profiles import Tolerance

MEMBERS = "members"


def _attribute(sent: Sent, type_: ResourceType) -> Attribute | None:
    found = type_.find(sent.path.urn, sent.path.name, sent.path.sub)
    return None if found is None else found.leaf


# What is empty


def _is_emptied(sent: Sent, type_: ResourceType) -> bool:
    if sent.op is not Op.REPLACE:
        return False
    if sent.value == "":
        return _attribute(sent, type_) is not None
    if not isinstance(sent.value, dict) or "" not in sent.value.values() or sent.path.filter is not None:
        return False
    attribute = _attribute(sent, type_)
    return attribute is not None and attribute.type is Type.COMPLEX and not attribute.multi_valued


def _cleared(sent: Sent, _: ResourceType) -> Iterator[Sent]:
    """`{"op": "replace", "path": "title", "value": ""}` takes the value away, as `null` does."""
    if isinstance(sent.value, dict):
        members = {name: None if value == "" else value for name, value in sent.value.items()}
        yield structs.replace(sent, value=members)
    else:
        yield structs.replace(sent, value=None)


# Values of a remove


def _is_by_value(sent: Sent, type_: ResourceType) -> bool:
    if sent.op is not Op.REMOVE or sent.value is ABSENT or sent.value is None:
        return False
    if sent.path.filter is not None or sent.path.sub is not None:
        return False
    attribute = _attribute(sent, type_)
    if attribute is None:
        return False
    if attribute.name == MEMBERS and isinstance(sent.value, list):
        return any(not isinstance(item, dict) or not _wanted(item) for item in sent.value)
    return attribute.multi_valued or (attribute.find("value") is not None and bool(_wanted(sent.value)))


def _without_values(sent: Sent, type_: ResourceType) -> Iterator[Sent]:
    """`{"op": "Remove", "path": "emails", "value": [{"value": "a@b.c"}]}`: just those values.

    The RFC gives `value` no meaning here; to ignore it would remove them all. What it does not name stays, so that a
    list that names nothing removes nothing. Of a reference, it is the old one, which goes only if it is still there.
    Of `members`, the core removes by value; here the items that name nobody are left out.
    """
    attribute = _attribute(sent, type_)
    if attribute is None:
        return
    items = sent.value if isinstance(sent.value, list) else [sent.value]
    if attribute.name == MEMBERS:
        named = [{"value": member} for item in items for member in _wanted(item)]
        yield structs.replace(sent, value=named)
        return
    for item in items:
        test = _test(attribute, item)
        if test is not None:
            yield Sent(Op.REMOVE, structs.replace(sent.path, filter=test))


def _wanted(item: Json) -> list[Json]:
    """The value that an item names, if it names one."""
    if isinstance(item, list):
        return _wanted(item[0]) if len(item) == 1 else []
    value = _value_of(item) if isinstance(item, dict) else item
    named = isinstance(value, str | int | float) and not isinstance(value, bool) and value != ""
    return [value] if named else []


def _value_of(item: dict[str, Json]) -> Json:
    return next((value for name, value in item.items() if name.lower() == "value"), None)


def _test(attribute: Attribute, item: Json) -> Filter | None:
    """The filter that chooses what an item names: its `value` with its `type` (RFC 7643 §2.4), or all that it says.

    None where it names nothing, or says what no value has: then nothing is removed.
    """
    said = item if isinstance(item, dict) else {}
    tests: list[Filter] = []
    if attribute.find("value") is not None or not attribute.sub_attributes:
        tests = [Comparison(Path("value"), CompareOp.EQ, wanted) for wanted in _wanted(item)]
        said = {name: value for name, value in said.items() if name.lower() == "type" and tests}
    for name, value in said.items():
        if attribute.find(name) is None or not isinstance(value, str | bool | int | float):
            return None
        tests.append(Comparison(Path(name), CompareOp.EQ, value))
    return reduce(And, tests) if tests else None


# Names


def _is_core_object(sent: Sent, type_: ResourceType) -> bool:
    path = sent.path
    if sent.op is Op.REMOVE or not isinstance(sent.value, dict) or path.sub is not None or path.filter is not None:
        return False
    name = path.name if path.urn is None else f"{path.urn}:{path.name}"
    return name.lower() == type_.schema.id.lower()


def _of_core(sent: Sent, type_: ResourceType) -> Iterator[Sent]:
    """`{"urn:…:core:2.0:User": {"active": false}}`: an object under the core URN is its attributes."""
    return expand(sent.op, sent.value, type_)


def _is_flat(sent: Sent, type_: ResourceType) -> bool:
    name = sent.path.name
    if not any(mark in name for mark in ".:[") or name.lower() == type_.schema.id.lower():
        return False
    return not _is_dotted_key(sent, type_) and _unflattened(sent.path) is not None


def _nested(sent: Sent, _: ResourceType) -> Iterator[Sent]:
    """`{"name.givenName": "…", "ENT:department": "…", "roles[primary eq true].value": "…"}`: keys that are paths."""
    path = _unflattened(sent.path)
    if path is not None:
        yield structs.replace(sent, path=path)


def _unflattened(path: Path) -> Path | None:
    """The path that a key is; None if it is none."""
    try:
        found = parse_path(path.name, words=True)
    except (InvalidPath, InvalidFilter):
        return None
    return found if path.urn is None else structs.replace(found, urn=path.urn) if found.urn is None else None


def _is_dotted_key(sent: Sent, type_: ResourceType) -> bool:
    return sent.path.urn is None and has_dotted_urn(sent.path.name, type_)


def _with_colon_key(sent: Sent, type_: ResourceType) -> Iterator[Sent]:
    """`{"urn:…:enterprise:2.0:User.department": "…"}`."""
    yield structs.replace(sent, path=Path(with_colon(sent.path.name, type_)))


DECIDED: tuple[Tolerance[Sent, Iterator[Sent]], ...] = (
    Tolerance("empty_clears", "8.6.6, 22.23", _is_emptied, _cleared),
    Tolerance("remove_with_value", "8.6.6, 9.8, 22.18, 22.33", _is_by_value, _without_values),
)
OPERATIONS: tuple[Tolerance[Sent, Iterator[Sent]], ...] = (
    Tolerance("core_urn", "zulip/zulip#39773, rancher/rancher#54896", _is_core_object, _of_core),
    Tolerance("urn_with_dot", "1.6, 22.21", _is_dotted_key, _with_colon_key),
    Tolerance("flat_keys", "8.4.3, 22.20", _is_flat, _nested),
)
