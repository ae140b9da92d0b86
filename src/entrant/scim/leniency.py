"""Leniency: what providers really send, rewritten into standard SCIM before the core sees it (product.md §6).

Each tolerance is a name, a field of `Tolerances`, and one small function with the payload that needs it and its
source; numbers are those of the list of Entra's quirks. A message that needs no tolerance goes through
unchanged, whatever is tolerated. Attributes that the schema does not have are left for the core to drop.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import msgspec
from msgspec import structs

from .errors import InvalidFilter, InvalidPath
from .filter import And, CompareOp, Comparison, Filter, Literal, Not, Or, Path, Present, ValuePath
from .parser import parse_path
from .schema import Attribute, Mutability, ResourceType, Type
from .wire import Json

MEMBERS = "members"
ENTRA_CLASSIC = "entra"
ENTRA_FLAG = "entra aadOptscim062020"
_OF_PATCH, _OF_OPERATION = frozenset({"schemas", "Operations"}), frozenset({"op", "path", "value"})
_BOOLEANS = {"true": True, "false": False}
_NUMBERS = frozenset({Type.INTEGER, Type.DECIMAL})


class Tolerances(msgspec.Struct, frozen=True):
    """Which deviations a connection's messages may have."""

    names_in_any_case: bool = False
    op_in_any_case: bool = False
    boolean_as_text: bool = False
    number_as_text: bool = False
    text_for_complex: bool = False
    list_around_single: bool = False
    empty_clears: bool = False
    remove_with_value: bool = False
    flat_keys: bool = False
    urn_with_dot: bool = False
    extension_without_urn: bool = False
    filter_on_single: bool = False
    read_only_ignored: bool = False


STRICT = Tolerances()
GENERIC = Tolerances(**{each.name: True for each in structs.fields(Tolerances)})
ENTRA = GENERIC
OKTA = structs.replace(GENERIC, urn_with_dot=False, filter_on_single=False, remove_with_value=False)


def tolerate_resource(message: Json, type_: ResourceType, tolerances: Tolerances) -> tuple[Json, tuple[str, ...]]:
    """The resource of a POST or PUT as standard SCIM, and the tolerances it needed."""
    if tolerances == STRICT or not isinstance(message, dict):
        return message, ()
    rewriter = _Rewriter(type_, tolerances)
    return rewriter.resource(message), tuple(rewriter.used)


def tolerate_patch(message: Json, type_: ResourceType, tolerances: Tolerances) -> tuple[Json, tuple[str, ...]]:
    """A PatchOp message as standard SCIM, and the tolerances it needed."""
    if tolerances == STRICT or not isinstance(message, dict):
        return message, ()
    rewriter = _Rewriter(type_, tolerances)
    return rewriter.patch(message), tuple(rewriter.used)


def tolerate_filter(node: Filter, type_: ResourceType, tolerances: Tolerances) -> tuple[Filter, tuple[str, ...]]:
    """A filter as standard SCIM, and the tolerances it needed."""
    if tolerances == STRICT:
        return node, ()
    rewriter = _Rewriter(type_, tolerances)
    return rewriter.filter(node), tuple(rewriter.used)


def spelling(message: Json) -> str | None:
    """Which of Entra's two PATCH dialects a message shows, if it shows one (entra-client 8.3, 8.4)."""
    operations = message.get("Operations") if isinstance(message, dict) else None
    for operation in operations if isinstance(operations, list) else []:
        if isinstance(operation, dict):
            op, path, value = operation.get("op"), operation.get("path"), operation.get("value")
            if op in {"Add", "Remove", "Replace"}:
                return ENTRA_CLASSIC
            flat = isinstance(value, dict) and path is None and any("." in key for key in value)
            single = op == "remove" and isinstance(path, str) and path.startswith("members[")
            if flat or single:
                return ENTRA_FLAG
    return None


@dataclass(slots=True)
class _Rewriter:
    type_: ResourceType
    tolerances: Tolerances
    used: dict[str, None] = field(default_factory=dict)
    """An ordered set of the fields of `Tolerances` that were needed."""

    def _may(self, name: str) -> bool:
        """Whether a tolerance applies; if so it is noted as needed."""
        allowed: bool = getattr(self.tolerances, name)
        if allowed:
            self.used[name] = None
        return allowed

    # Messages

    def resource(self, message: Json) -> Json:
        """A whole resource: every value, and keys that are paths (`ENT:department`, `name.givenName`)."""
        plain: dict[str, Json] = {}
        for name, value in message.items():
            extension = self.type_.find_extension(name)
            if extension is not None and isinstance(value, dict):
                plain[name] = {n: self._value(extension.find(n), v) for n, v in value.items()}
            elif (path := self._flat_key(name)) is not None:
                self._nest(plain, path, value)
            else:
                plain[name] = self._value(self.type_.find_attribute(name), value)
        return plain

    def _nest(self, resource: dict[str, Json], path: Path, value: Json) -> None:
        """A value under a flat key, where standard SCIM has it."""
        found = self.type_.find(path.urn, path.name, path.sub)
        if found is None or path.filter is not None:
            resource[str(path)] = value
            return
        home = resource if found.urn is None else resource.setdefault(found.urn, {})
        if found.sub is None:
            home[found.attribute.name] = self._value(found.attribute, value)
        else:
            inner = home.setdefault(found.attribute.name, {})
            if isinstance(inner, dict):
                inner[found.sub.name] = self._value(found.sub, value)

    def patch(self, message: Json) -> Json:
        """A PatchOp: the case of its names, then each operation."""
        message = self._names(message, _OF_PATCH)
        operations = message.get("Operations")
        if not isinstance(operations, list):
            return message
        return {**message, "Operations": [new for each in operations for new in self._operation(each)]}

    def _names(self, message: Json, names: frozenset[str]) -> Json:
        """`{"operations": […]}`, `{"Op": "add"}`: members of a message in any case (22.17)."""
        if message.keys() <= names:
            return message
        spelled = {name.lower(): name for name in names}
        renamed = {spelled.get(name.lower(), name): value for name, value in message.items()}
        if renamed.keys() != message.keys() and self._may("names_in_any_case"):
            return renamed
        return message

    def _operation(self, operation: Json) -> Iterator[Json]:
        if not isinstance(operation, dict):
            yield operation
            return
        operation = self._op(self._names(operation, _OF_OPERATION))
        path = operation.get("path")
        if path in (None, "") and isinstance(operation.get("value"), dict) and operation.get("op") != "remove":
            yield from self._pathless({name: v for name, v in operation.items() if name != "path"})
        elif isinstance(path, str):
            yield from self._with_path(operation, path)
        else:
            yield operation

    def _op(self, operation: Json) -> Json:
        """`{"op": "Add", …}`: Entra without its flag writes the op with a capital (8.3.1, 22.17)."""
        op = operation.get("op")
        if isinstance(op, str) and op != op.lower() and self._may("op_in_any_case"):
            return {**operation, "op": op.lower()}
        return operation

    def _pathless(self, operation: Json) -> Iterator[Json]:
        """`{"op": "replace", "value": {"title": "…", "name.givenName": "…", "ENT:department": "…"}}` (8.4.3, 22.20).

        Keys that are paths become operations of their own; so do values that clear an attribute.
        """
        plain: dict[str, Json] = {}
        apart: list[tuple[str, Json]] = []
        for name, value in operation["value"].items():
            extension = self.type_.find_extension(name)
            attribute = self.type_.find_attribute(name)
            if extension is not None and isinstance(value, dict):
                apart += [(f"{extension.id}:{inner}", each) for inner, each in value.items()]
            elif attribute is not None and attribute.mutability is Mutability.READ_ONLY:
                if not self._may("read_only_ignored"):
                    plain[name] = value
            elif self._flat_key(name) is not None or self._clears(value):
                apart.append((name, value))
            else:
                plain[name] = self._value(attribute, value)
        if plain or not apart:
            yield {**operation, "value": plain}
        for name, value in apart:
            yield from self._with_path({**operation, "path": name, "value": value}, name)

    def _flat_key(self, name: str) -> Path | None:
        """The path that a key of an object is, if it is one and not just a name."""
        if self.type_.find_attribute(name) or self.type_.find_extension(name) or not any(c in name for c in ".:["):
            return None
        try:
            path = self._path(parse_path(self._dotted_urn(name)))
        except (InvalidPath, InvalidFilter):
            return None
        return path if self._may("flat_keys") else None

    def _with_path(self, operation: Json, text: str) -> Iterator[Json]:
        """An operation with a path: the path, then the value, as the attribute wants them."""
        try:
            path = self._path(parse_path(self._dotted_urn(text)))
        except InvalidPath:
            yield operation  # the core says what is wrong with it
            return
        found = self.type_.find(path.urn, path.name, path.sub)
        if found is None:
            yield operation
            return
        path = self._single(path, found.attribute, operation)
        operation = {**operation, "path": str(path)}
        if operation.get("op") == "remove":
            yield from self._remove(operation, path, found.attribute)
        elif "value" in operation and self._clears(operation["value"]):
            yield {"op": "remove", "path": operation["path"]}
        elif "value" in operation:
            value = operation["value"]
            whole = found.attribute if path.sub is None else found.leaf
            yield {**operation, "value": self._value(whole, value)}
        else:
            yield operation

    def _clears(self, value: Json) -> bool:
        """`{"op": "replace", "path": "title", "value": ""}` takes the value away; so does `null` (22.23)."""
        return value is None or (value == "" and self._may("empty_clears"))

    def _remove(self, operation: Json, path: Path, attribute: Attribute) -> Iterator[Json]:
        """`{"op": "Remove", "path": "emails", "value": [{"value": "a@b.c"}]}`: just those values (9.8, 22.18, 22.33).

        The RFC gives `value` no meaning here, and ignoring it would remove them all. On a single-valued attribute
        it is the old value, and says nothing. Members go on as they are: `workspace/edits.py` removes by value.
        """
        value = operation.get("value")
        if value is None or attribute.name == MEMBERS:
            if (attribute.name == MEMBERS and isinstance(value, str | dict) and self._may("text_for_complex")) or (
                attribute.name == MEMBERS and value is not None
            ):
                operation = {**operation, "value": self._value(attribute, value)}
            yield operation
            return
        if not self._may("remove_with_value"):
            yield operation
            return
        if not attribute.multi_valued or path.filter is not None or path.sub is not None:
            yield {"op": "remove", "path": operation["path"]}
            return
        for item in self._value(attribute, value):
            wanted = item.get("value") if isinstance(item, dict) else item
            if isinstance(wanted, str):
                test = Comparison(Path("value"), CompareOp.EQ, wanted)
                yield {"op": "remove", "path": str(structs.replace(path, filter=test))}

    # Paths and filters

    def _dotted_urn(self, text: str) -> str:
        """`urn:…:enterprise:2.0:User.department`: jobs from before 2018 put a dot behind the URN (1.6, 22.21)."""
        for extension in self.type_.extensions:
            head = f"{extension.id}.".lower()
            if text.lower().startswith(head) and self._may("urn_with_dot"):
                return f"{extension.id}:{text[len(head) :]}"
        return text

    def _path(self, path: Path) -> Path:
        """`manager`: an attribute that only an extension has, without the extension's URN (8.6.3, 22.31)."""
        if path.urn is None and self.type_.find_attribute(path.name) is None:
            for extension in self.type_.extensions:
                if extension.find(path.name) is not None and self._may("extension_without_urn"):
                    path = structs.replace(path, urn=extension.id)
                    break
        found = self.type_.find(path.urn, path.name)
        if path.filter is not None and found is not None:
            path = structs.replace(path, filter=self._within(path.filter, found.attribute))
        return path

    def _single(self, path: Path, attribute: Attribute, operation: Json) -> Path:
        """`remove` of `ENT:manager[value eq "…"]` or `ENT:manager.value`: the manager (8.6.6, 22.31)."""
        if attribute.multi_valued or not attribute.sub_attributes:
            return path
        removes_value = operation.get("op") == "remove" and (path.sub or "").lower() == "value"
        if (path.filter is not None or removes_value) and self._may("filter_on_single"):
            return structs.replace(path, filter=None, sub=None if removes_value else path.sub)
        return path

    def filter(self, node: Filter) -> Filter:
        """A filter: names without URN, and literals that are text where a Boolean or a number is wanted."""
        match node:
            case And(left, right):
                return And(self.filter(left), self.filter(right))
            case Or(left, right):
                return Or(self.filter(left), self.filter(right))
            case Not(inner):
                return Not(self.filter(inner))
            case Present(path):
                return Present(self._path(path))
            case ValuePath(path):
                return ValuePath(self._path(path))
            case Comparison(path, op, value):
                path = self._path(path)
                found = self.type_.find(path.urn, path.name, path.sub)
                return Comparison(path, op, self._literal(found.leaf if found else None, value))

    def _within(self, node: Filter, attribute: Attribute) -> Filter:
        """A filter in the brackets of a path: `roles[primary eq "True"]` (8.3.3, 22.22)."""
        match node:
            case And(left, right):
                return And(self._within(left, attribute), self._within(right, attribute))
            case Or(left, right):
                return Or(self._within(left, attribute), self._within(right, attribute))
            case Not(inner):
                return Not(self._within(inner, attribute))
            case Comparison(path, op, value):
                return Comparison(path, op, self._literal(attribute.find(path.name), value))
            case _:
                return node

    def _literal(self, attribute: Attribute | None, value: Literal) -> Literal:
        if attribute is None or not isinstance(value, str):
            return value
        scalar: Literal = self._scalar(attribute, value)
        return scalar

    # Values

    def _value(self, attribute: Attribute | None, value: Json) -> Json:
        """A value as the attribute wants it; one of an unknown attribute stays as it is."""
        if attribute is None or value is None:
            return value
        if attribute.multi_valued:
            items = value if isinstance(value, list) else [value]
            return [self._item(attribute, item) for item in items]
        return self._item(attribute, self._unwrapped(value))

    def _unwrapped(self, value: Json) -> Json:
        """`"manager": [{"$ref": "…", "value": "…"}]`: one value in a list (8.6.3, 22.31, 8.5.2)."""
        if isinstance(value, list) and len(value) <= 1 and self._may("list_around_single"):
            return value[0] if value else None
        return value

    def _item(self, attribute: Attribute, value: Json) -> Json:
        if attribute.type is Type.COMPLEX:
            if isinstance(value, dict):
                return {name: self._value(attribute.find(name), inner) for name, inner in value.items()}
            return self._complex(attribute, value)
        return self._scalar(attribute, value)

    def _complex(self, attribute: Attribute, value: Json) -> Json:
        """`"manager": "<id>"`, `"members": ["<id>"]`: text for a complex value is its `value` (8.6.2, 22.15, 22.34)."""
        if isinstance(value, str) and attribute.find("value") is not None and self._may("text_for_complex"):
            return {"value": value} if value else None
        return value

    def _scalar(self, attribute: Attribute, value: Json) -> Json:
        """`"active": "False"`, `"primary": "True"` (8.3.2, 22.13, 22.22); `"count": "7"` (8.8.3)."""
        if not isinstance(value, str):
            return value
        if attribute.type is Type.BOOLEAN and value.lower() in _BOOLEANS and self._may("boolean_as_text"):
            return _BOOLEANS[value.lower()]
        if attribute.type in _NUMBERS and self._may("number_as_text"):
            return _number(value, attribute)
        return value


def _number(text: str, attribute: Attribute) -> Json:
    """The number that a text is, or the text: the core says what is wrong with it."""
    try:
        return int(text) if attribute.type is Type.INTEGER else float(text)
    except ValueError:
        return text
