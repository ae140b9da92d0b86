"""Tolerances of the members of a PATCH message and of its operations, before anything in them is read."""

from __future__ import annotations

from functools import partial

from entrant.scim.operations import OF_MESSAGE, OF_OPERATION
from entrant.scim.schema import ResourceType
from entrant.scim.wire import Json

from .profiles import Tolerance


def _misspelled(names: frozenset[str], message: Json, _: ResourceType) -> bool:
    """Whether members are named in another case, each of them once."""
    if message.keys() <= names:
        return False
    spelled = {name.lower(): name for name in names}
    sent: list[str] = list(message)
    renamed = [spelled.get(name.lower(), name) for name in sent]
    return renamed != sent and len(set(renamed)) == len(renamed)


def _respelled(names: frozenset[str], message: Json, _: ResourceType) -> Json:
    """`{"operations": […]}`, `{"Op": "add"}`."""
    spelled = {name.lower(): name for name in names}
    return {spelled.get(name.lower(), name): value for name, value in message.items()}


def _has_capital_op(raw: Json, _: ResourceType) -> bool:
    op = raw.get("op")
    return isinstance(op, str) and op != op.lower()


def _lower_op(raw: Json, _: ResourceType) -> Json:
    """`{"op": "Add", …}`: Entra without its flag writes the op with a capital."""
    return {**raw, "op": raw["op"].lower()}


def _has_empty_path(raw: Json, _: ResourceType) -> bool:
    path, op = raw.get("path"), raw.get("op")
    return isinstance(path, str) and not path and op != "remove"


def _without_path(raw: Json, _: ResourceType) -> Json:
    """`{"op": "replace", "path": "", "value": {"title": "…"}}`."""
    return {name: value for name, value in raw.items() if name != "path"}


def has_dotted_urn(text: str, type_: ResourceType) -> bool:
    """Whether a path begins with the URN of a schema and a dot."""
    return _dotted_urn(text, type_) is not None


def with_colon(text: str, type_: ResourceType) -> str:
    """`urn:…:enterprise:2.0:User.department`: jobs from before 2018 put a dot behind the URN."""
    urn = _dotted_urn(text, type_)
    return text if urn is None else f"{urn}:{text[len(urn) + 1 :]}"


def _dotted_urn(text: str, type_: ResourceType) -> str | None:
    if text[:4].lower() != "urn:":
        return None
    lowered = text.lower()
    urns = (type_.schema.id, *(extension.id for extension in type_.extensions))
    return next((urn for urn in urns if lowered.startswith(f"{urn}.".lower())), None)


def _has_dotted_path(raw: Json, type_: ResourceType) -> bool:
    path = raw.get("path")
    return isinstance(path, str) and has_dotted_urn(path, type_)


def _with_colon_path(raw: Json, type_: ResourceType) -> Json:
    """The path of `with_colon`."""
    return {**raw, "path": with_colon(raw["path"], type_)}


MESSAGES: tuple[Tolerance[Json, Json], ...] = (
    Tolerance("names_in_any_case", "22.17", partial(_misspelled, OF_MESSAGE), partial(_respelled, OF_MESSAGE)),
)
RAW: tuple[Tolerance[Json, Json], ...] = (
    Tolerance("names_in_any_case", "22.17", partial(_misspelled, OF_OPERATION), partial(_respelled, OF_OPERATION)),
    Tolerance("op_in_any_case", "8.3.1, 22.17", _has_capital_op, _lower_op),
    Tolerance("empty_path", "22.20", _has_empty_path, _without_path),
    Tolerance("urn_with_dot", "1.6, 22.21", _has_dotted_path, _with_colon_path),
)
