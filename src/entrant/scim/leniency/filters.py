"""Tolerances of paths, and of the literals in filters, whether they ask for resources or choose a value in a path."""

from __future__ import annotations

from collections.abc import Callable
from typing import assert_never

import msgspec
from msgspec import structs

from entrant.scim.filter import TEXT, And, Comparison, Filter, Literal, Not, Or, Path, Present, ValuePath, Word
from entrant.scim.schema import Attribute, ResourceType, Type

from .profiles import Tolerance
from .values import VALUES, Typed

_TEXT = TEXT | {Type.DATETIME}
_IN_FILTERS = frozenset({"boolean_as_text", "number_as_text", "number_for_text"})


def _has_dotted_urn(path: Path, type_: ResourceType) -> bool:
    if path.urn is None or path.sub is None or path.filter is not None:
        return False
    return _schema_of(f"{path.urn}:{path.name}", type_) is not None and type_.find(path.urn, path.name) is None


def _with_colon(path: Path, type_: ResourceType) -> Path:
    """`urn:…:enterprise:2.0:User.department eq "…"`."""
    return Path(path.sub or "", urn=_schema_of(f"{path.urn}:{path.name}", type_))


def _schema_of(urn: str, type_: ResourceType) -> str | None:
    return next((s.id for s in (type_.schema, *type_.extensions) if s.id.lower() == urn.lower()), None)


def _lacks_urn(path: Path, type_: ResourceType) -> bool:
    return path.urn is None and type_.find_attribute(path.name) is None and _extension_of(path, type_) is not None


def _with_urn(path: Path, type_: ResourceType) -> Path:
    """`manager`: an attribute that only an extension has, without the extension's URN."""
    return structs.replace(path, urn=_extension_of(path, type_))


def _extension_of(path: Path, type_: ResourceType) -> str | None:
    return next((e.id for e in type_.extensions if e.find(path.name) is not None), None)


PATHS: tuple[Tolerance[Path, Path], ...] = (
    Tolerance("urn_with_dot", "1.6, 22.21", _has_dotted_urn, _with_colon),
    Tolerance("extension_without_urn", "8.6.3, 22.31", _lacks_urn, _with_urn),
)


class Compared(msgspec.Struct, frozen=True):
    """A literal, and the attribute that it is compared with."""

    attribute: Attribute
    value: Literal


def _is_unquoted(compared: Compared, _: ResourceType) -> bool:
    return isinstance(compared.value, Word) and compared.attribute.type in _TEXT


def _quoted(compared: Compared, _: ResourceType) -> Literal:
    """`userName eq ada@example.com`: a word without its quotes."""
    return str(compared.value)


def _of_value(tolerance: Tolerance[Typed, Literal]) -> Tolerance[Compared, Literal]:
    """The tolerance of a value as one of a literal.

    A fraction may have been written in many ways, and only one of them is the text; a whole number is written in one.
    """

    def accepts(compared: Compared, type_: ResourceType) -> bool:
        value = compared.value
        return not isinstance(value, float) and tolerance.accepts(Typed(compared.attribute, value, many=False), type_)

    def rewrite(compared: Compared, type_: ResourceType) -> Literal:
        return tolerance.rewrite(Typed(compared.attribute, compared.value, many=False), type_)

    return Tolerance(tolerance.name, tolerance.source, accepts, rewrite)


LITERALS: tuple[Tolerance[Compared, Literal], ...] = (
    Tolerance("unquoted_text", "Microsoft's reference code; AzureAD/SCIMReferenceCode", _is_unquoted, _quoted),
    *(_of_value(each) for each in VALUES if each.name in _IN_FILTERS),
)


class Filters(msgspec.Struct, frozen=True):
    """Rewrites filters by the tolerances that are active; `note` is called with the name of each that was needed."""

    type_: ResourceType
    paths: tuple[Tolerance[Path, Path], ...]
    literals: tuple[Tolerance[Compared, Literal], ...]
    note: Callable[[str], None]

    def resource(self, node: Filter) -> Filter:
        """A filter on resources."""
        return self._walk(node, self._of_resource)

    def path(self, path: Path) -> Path:
        """A path, with the filter in its brackets."""
        for tolerance in self.paths:
            if tolerance.accepts(path, self.type_):
                self.note(tolerance.name)
                path = tolerance.rewrite(path, self.type_)
        found = self.type_.find(path.urn, path.name) if path.filter is not None else None
        if path.filter is None or found is None:
            return path
        attribute = found.attribute
        return structs.replace(path, filter=self._walk(path.filter, lambda inner: (inner, _within(attribute, inner))))

    def _of_resource(self, path: Path) -> tuple[Path, Attribute | None]:
        path = self.path(path)
        found = self.type_.find(path.urn, path.name, path.sub)
        leaf = found.leaf if found else None
        return path, leaf.find("value") if leaf is not None and leaf.sub_attributes else leaf

    def _walk(self, node: Filter, resolve: Callable[[Path], tuple[Path, Attribute | None]]) -> Filter:
        match node:
            case And(left, right):
                return And(self._walk(left, resolve), self._walk(right, resolve))
            case Or(left, right):
                return Or(self._walk(left, resolve), self._walk(right, resolve))
            case Not(inner):
                return Not(self._walk(inner, resolve))
            case Present(path):
                return Present(resolve(path)[0])
            case ValuePath(path):
                return ValuePath(resolve(path)[0])
            case Comparison(path, op, value):
                path, attribute = resolve(path)
                return Comparison(path, op, value if attribute is None else self._literal(attribute, value))
            case _:
                assert_never(node)

    def _literal(self, attribute: Attribute, value: Literal) -> Literal:
        for tolerance in self.literals:
            compared = Compared(attribute, value)
            if tolerance.accepts(compared, self.type_):
                self.note(tolerance.name)
                value = tolerance.rewrite(compared, self.type_)
        return value


def _within(attribute: Attribute, path: Path) -> Attribute | None:
    """What a path in the brackets of the attribute names: `roles[primary eq "True"]`."""
    if not attribute.sub_attributes and path.name.lower() == "value":
        return attribute
    return attribute.find(path.name)
