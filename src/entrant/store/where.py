"""Filters as SQL over the whole schema (RFC 7644 §3.4.2.2), with the meaning that `scim/filter.py` writes down.

`m` is the row of the member or group. Every predicate is true or false, never NULL, so that `NOT` is its negation.
What has an index is found by it (`indexed`); the rest is read from the document. An attribute that the schema
does not have raises InvalidFilter: there is no empty WHERE.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias, assert_never

import msgspec
from msgspec import structs

from entrant.scim.errors import InvalidFilter
from entrant.scim.filter import (
    And,
    CompareOp,
    Comparison,
    Filter,
    Literal,
    Not,
    Or,
    Path,
    Present,
    Scalar,
    ValuePath,
    literal,
    one_value,
    operands,
)
from entrant.scim.fold import fold
from entrant.scim.schema import Attribute, ResourceType, Type
from entrant.scim.schemas import GROUP
from entrant.workspace.mapping import MAX_INDEXED, is_indexed, value_key, value_path

from .documents import DIALECTS, Dialect

SYMBOLS = {CompareOp.EQ: "=", CompareOp.GT: ">", CompareOp.GE: ">=", CompareOp.LT: "<", CompareOp.LE: "<="}
MAX_NESTED = 3  # alternatives within each other that are found by indexes; SQLite's parser has room for six


class Where(msgspec.Struct, frozen=True):
    """A condition on `m`. `indexed`: its cost depends on what it finds, not on the size of the workspace."""

    sql: str
    parameters: dict[str, Scalar]
    indexed: bool


class _Term(msgspec.Struct, frozen=True):
    sql: str
    indexed: bool = False
    nested: int = 0
    """How many alternatives are within each other that are each found by an index."""


class _Operand(msgspec.Struct, frozen=True):
    """Where a value to compare is found. `nullable` if it may be absent; `indexed` if the column leads an index."""

    sql: str
    attribute: Attribute
    nullable: bool = True
    indexed: bool = False
    column: bool = False
    """A typed column of a table, not a value out of a document."""


_Leaf: TypeAlias = Callable[[Path], _Operand]


def compile_where(node: Filter, type_: ResourceType, engine: str) -> Where:
    """The condition that rows of the resource type must satisfy; raises InvalidFilter. `engine` is `Database.name`."""
    compiler = _Compiler(type_, DIALECTS[engine])
    term = compiler.resource(node)
    return Where(term.sql, compiler.parameters, term.indexed)


def compile_members(node: Filter, attribute: Attribute, base_url: str, engine: str) -> Where:
    """The condition for members whom a filter on `members` chooses; raises InvalidFilter.

    It is on a row `s` with `workspace`, `member_id` and `kind`.
    """
    compiler = _Compiler(GROUP, DIALECTS[engine])
    base = compiler.parameter(f"{base_url}/")
    names = " UNION ALL ".join(
        f"SELECT d.display_key FROM {table} d WHERE d.workspace = s.workspace AND d.id = s.member_id"
        for table in ("member", "groups")
    )
    columns = {
        "value": _Operand("s.member_id", attribute, nullable=False, indexed=True, column=True),
        "type": _Operand("lower(s.kind)", attribute, nullable=False, column=True),
        "$ref": _Operand(f"({base} || s.kind || 's/' || s.member_id)", attribute, nullable=False),
        "display": _Operand(f"({names})", attribute),
    }

    def leaf(path: Path) -> _Operand:
        sub = _named(attribute, path)
        if sub is None or sub.name not in columns:
            raise InvalidFilter(f'there is no filter on "{attribute.name}.{path.name}"')
        return structs.replace(columns[sub.name], attribute=sub)

    term = compiler.within(node, leaf)
    return Where(f"({term.sql})", compiler.parameters, term.indexed)


def sort_expression(path: Path, type_: ResourceType, engine: str) -> str:
    """The value to sort by, NULL if absent: of several, the primary one or else the first; raises InvalidFilter."""
    return _Compiler(type_, DIALECTS[engine]).sort_key(path)


SURROGATES = range(0xD800, 0xE000)  # code points that no text has
AFTER_SURROGATES = 0xE000
_MEMBER_COLUMNS = {
    "username": ("user_name_key", False),
    "active": ("active", False),
    "displayname": ("display_key", True),
}
_GROUP_COLUMNS = {"displayname": ("display_key", False)}
_COMMON_COLUMNS = {"id": ("id", False), "externalid": ("external_id", True)}
_META_COLUMNS = {"created": "created", "lastmodified": "modified"}


@dataclass(slots=True)
class _Compiler:
    type_: ResourceType
    dialect: Dialect
    parameters: dict[str, Scalar] = field(default_factory=dict)

    def resource(self, node: Filter) -> _Term:
        """A filter on the whole resource."""
        match node:
            case And():
                return _joined(node, [self.resource(each) for each in operands(node)])
            case Or():
                return self._either(node, [self.resource(each) for each in operands(node)])
            case Not(inner):
                return _denied(inner, self.resource(inner))
            case Comparison(Path(filter=condition) as path, op, value) if condition is not None:
                return self._value_path(one_value(path, condition, Comparison(Path(path.sub or "value"), op, value)))
            case Present(Path(filter=condition) as path) if condition is not None:
                inner = Present(Path(path.sub)) if path.sub else condition
                return self._value_path(one_value(path, condition, inner))
            case ValuePath():
                return self._value_path(node)
            case Present(path):
                return self._present(path)
            case Comparison(path, op, value):
                return self._comparison(path, op, value)
            case _:
                assert_never(node)

    def _either(self, node: Or, terms: list[_Term]) -> _Term:
        """What satisfies one of several terms; if each has an index, found by each of them.

        In an OR, PostgreSQL has no use for the indexes of terms that ask another table, nor SQLite for those of many.
        """
        nested = 1 + max(term.nested for term in terms)
        if nested > MAX_NESTED or not all(term.indexed for term in terms):
            return structs.replace(_joined(node, terms), indexed=False)
        table = "groups" if self.type_.name == "Group" else "member"
        found = [f"SELECT m.id FROM {table} m WHERE {sql} AND m.workspace = :workspace" for sql in _ordered(terms)]
        return _Term(f"m.id IN ({' UNION ALL '.join(found)})", indexed=True, nested=nested)

    def _find(self, path: Path) -> tuple[str | None, Attribute]:
        found = self.type_.find(path.urn, path.name)
        if found is None:
            raise InvalidFilter(f'there is no attribute "{Path(path.name, urn=path.urn)}" in the schema')
        return found.urn, found.attribute

    def _sub(self, attribute: Attribute, name: str | None) -> Attribute | None:
        """The sub-attribute that is compared: the one named, or `value`; None for a simple attribute."""
        if not attribute.sub_attributes and name is None:
            return None
        sub = attribute.find(name or "value")
        if sub is None:
            raise InvalidFilter(f'"{attribute.name}" has no sub-attribute "{name or "value"}" to compare')
        return sub

    def _comparison(self, path: Path, op: CompareOp, value: Literal) -> _Term:
        urn, attribute = self._find(path)
        sub = self._sub(attribute, path.sub)
        if attribute.multi_valued:
            if op is CompareOp.NE and value is not None:
                return _Term(f"(NOT {self._comparison(path, CompareOp.EQ, value).sql})")
            if value is None:
                literal(sub or attribute, op, value)
                some = self._any(urn, attribute, Present(Path(sub.name)) if sub else None)
                return _Term(f"(NOT {some.sql})") if op is CompareOp.EQ else some
            return self._any(urn, attribute, Comparison(Path(sub.name if sub else "value"), op, value))
        if is_indexed(urn, attribute, sub) and (
            _looks_up(op, value) or (attribute.type is Type.DATETIME and op is not CompareOp.NE)
        ):
            wanted = literal(attribute, op, value)
            if wanted is not None:
                found = self._value_table(value_path(urn, attribute, sub), op, value_key(attribute, wanted), wanted)
                if _is_whole(wanted):
                    return found
                exactly = self._test(self._operand(urn, attribute, sub), op, value)
                return _Term(f"({found.sql} AND {exactly.sql})", indexed=True)
        return self._test(self._operand(urn, attribute, sub), op, value)

    def _value_table(self, path: str, op: CompareOp, key: str, wanted: Scalar) -> _Term:
        """Members with an indexed value; for one that is not indexed as a whole, those who may have it."""
        compared = self._compare("v.value_key", op if _is_whole(wanted) else CompareOp.EQ, key, range_=True)
        return _Term(
            f"m.id IN (SELECT v.member FROM member_value v WHERE v.workspace = :workspace "
            f"AND v.path = {self.parameter(path)} AND {compared})",
            indexed=True,
        )

    def _operand(self, urn: str | None, attribute: Attribute, sub: Attribute | None) -> _Operand:
        """A single value of the resource: a column where there is one, else out of the document."""
        name, leaf = attribute.name.lower(), sub or attribute
        if urn is None:
            group = self.type_.name == "Group"
            columns = {**_COMMON_COLUMNS, **(_GROUP_COLUMNS if group else _MEMBER_COLUMNS)}
            if name in columns:
                column, nullable = columns[name]
                return _Operand(f"m.{column}", leaf, nullable, indexed=name != "active", column=True)
            if name == "meta" and sub is not None:
                return self._meta(sub)
        names = tuple(part for part in (urn, attribute.name, sub.name if sub else None) if part)
        return _Operand(self.dialect.scalar(names, leaf), leaf)

    def _meta(self, sub: Attribute) -> _Operand:
        match sub.name.lower():
            case "created" | "lastmodified" as name:
                return _Operand(f"m.{_META_COLUMNS[name]}", sub, nullable=False, column=True)
            case "resourcetype":
                return _Operand(f"CAST('{self.type_.name}' AS TEXT)", sub, nullable=False, column=True)
            case "version":
                return _Operand("""('W/"' || CAST(m.revision AS TEXT) || '"')""", sub, nullable=False, column=True)
            case name:
                raise InvalidFilter(f'there is no filter on "meta.{name}"; use the id')

    def _present(self, path: Path) -> _Term:
        urn, attribute = self._find(path)
        if attribute.multi_valued:
            return self._any(urn, attribute, Present(Path(path.sub)) if path.sub else None)
        if attribute.sub_attributes and path.sub is None:
            if attribute.name == "meta":
                return _Term("(1 = 1)")
            return _Term(self.dialect.exists((urn, attribute.name) if urn else (attribute.name,)))
        return self._test_present(self._operand(urn, attribute, self._sub(attribute, path.sub)))

    def _value_path(self, node: ValuePath) -> _Term:
        urn, attribute = self._find(node.path)
        if not attribute.multi_valued and node.path.filter is not None:
            return self.within(node.path.filter, self._single_leaf(urn, attribute))
        return self._any(urn, attribute, node.path.filter)

    def _single_leaf(self, urn: str | None, attribute: Attribute) -> _Leaf:
        """Sub-attributes of a complex attribute that has one value, as what a filter in brackets is about."""

        def leaf(path: Path) -> _Operand:
            return self._operand(urn, attribute, _named(attribute, path))

        return leaf

    def _any(self, urn: str | None, attribute: Attribute, condition: Filter | None) -> _Term:
        """Some value of a multi-valued attribute satisfies a condition, or is there at all."""
        name = attribute.name.lower()
        values = urn is None and name in {"emails", "phonenumbers"}
        membership = urn is None and name in {"members", "groups"}
        if isinstance(condition, Or) and (membership or (values and _looks_up_value(condition))):
            return self._either(condition, [self._any(urn, attribute, each) for each in operands(condition)])
        if membership:
            return self._membership(attribute, condition)
        if values and condition is not None and _looks_up_value(condition):
            inner = self.within(condition, _value_leaf(attribute))
            return _Term(
                f"m.id IN (SELECT v.member FROM member_value v WHERE v.workspace = :workspace "
                f"AND v.path = {self.parameter(f'{name}.value')} AND {inner.sql})",
                indexed=True,
            )
        names = (urn, attribute.name) if urn else (attribute.name,)
        if condition is None:
            return _Term(self.dialect.exists(names))

        def leaf(path: Path) -> _Operand:
            sub = _named(attribute, path)
            return _Operand(self.dialect.element(sub.name if sub else None, sub or attribute), sub or attribute)

        inner = self.within(condition, leaf)
        return _Term(f"EXISTS (SELECT 1 FROM {self.dialect.elements(names)} WHERE {inner.sql})")

    def _membership(self, attribute: Attribute, condition: Filter | None) -> _Term:
        """A group by its members, or a user by their groups."""
        if attribute.name == "members":
            if condition is None:
                return _Term("(m.member_count > 0)")
            source, mine, kind, value = "membership s", "s.group_id", "s.kind", "s.member_id"
        else:
            source = "membership s JOIN groups g ON g.workspace = s.workspace AND g.id = s.group_id"
            mine, kind, value = "s.member_id", "CAST('direct' AS TEXT)", "s.group_id"
        columns = {"value": value, "type": f"lower({kind})", "display": "g.display_key"}

        def leaf(path: Path) -> _Operand:
            sub = _named(attribute, path)
            if sub is None or sub.name not in columns:
                raise InvalidFilter(f'there is no filter on "{attribute.name}.{path.name}"; use {attribute.name}.value')
            return _Operand(columns[sub.name], sub, nullable=False, indexed=sub.name == "value", column=True)

        inner = _Term("(1 = 1)") if condition is None else self.within(condition, leaf)
        return _Term(
            f"m.id IN (SELECT {mine} FROM {source} WHERE s.workspace = :workspace AND {inner.sql})", inner.indexed
        )

    def within(self, node: Filter, leaf: _Leaf) -> _Term:
        """A filter on one value, whose sub-attributes `leaf` finds."""
        match node:
            case And() | Or():
                return _joined(node, [self.within(each, leaf) for each in operands(node)])
            case Not(inner):
                return _denied(inner, self.within(inner, leaf))
            case Present(path):
                return self._test_present(leaf(path))
            case Comparison(path, op, value):
                return self._test(leaf(path), op, value)
            case ValuePath(path):
                raise InvalidFilter(f'"{path.name}" has no values of its own to filter')
            case _:
                assert_never(node)

    def _test_present(self, operand: _Operand) -> _Term:
        text = operand.attribute.type in {Type.STRING, Type.REFERENCE, Type.BINARY}
        empty = f" AND {operand.sql} <> ''" if text else ""
        return _Term(f"({operand.sql} IS NOT NULL{empty})")

    def _test(self, operand: _Operand, op: CompareOp, value: Literal) -> _Term:
        wanted = literal(operand.attribute, op, value)
        if wanted is None:
            return _Term(f"({operand.sql} IS {'' if op is CompareOp.EQ else 'NOT '}NULL)")
        if op is CompareOp.NE:
            return _Term(f"(NOT {self._test(operand, CompareOp.EQ, value).sql})")
        if operand.attribute.type is Type.DATETIME and not operand.column:
            raise InvalidFilter(f'there is no filter on "{operand.attribute.name}"')
        if isinstance(wanted, bool) and not operand.column:
            compared = f"{operand.sql} = {self.dialect.boolean(value=wanted)}"
        elif isinstance(wanted, bool):
            compared = f"{operand.sql} = {int(wanted)}"
        else:
            compared = self._compare(operand.sql, op, wanted, range_=operand.column)
        guard = f"{operand.sql} IS NOT NULL AND " if operand.nullable else ""
        return _Term(f"({guard}{compared})", operand.indexed and _looks_up(op, value))

    def _compare(self, left: str, op: CompareOp, wanted: Scalar, *, range_: bool) -> str:
        """A comparison with a parameter. `range_`: a prefix is compared so that an index on the left side serves."""
        if op in SYMBOLS:
            return f"{left} {SYMBOLS[op]} {self.parameter(wanted)}"
        if wanted == "":
            return "(1 = 1)"
        part = self.parameter(wanted)
        if op is CompareOp.CO:
            return self.dialect.contains(left, part)
        if op is CompareOp.EW:
            return self.dialect.ends_with(left, part)
        beyond = _beyond(str(wanted)) if range_ else None
        if beyond is None:
            return f"substr({left}, 1, length({part})) = {part}"
        return f"({left} >= {part} AND {left} < {self.parameter(beyond)})"

    def parameter(self, value: Scalar) -> str:
        """A value as SQL, kept under a name."""
        name = f"p{len(self.parameters)}"
        self.parameters[name] = value
        return f"CAST(:{name} AS TEXT)" if isinstance(value, str) else f":{name}"

    def sort_key(self, path: Path) -> str:
        urn, attribute = self._find(path)
        sub = self._sub(attribute, path.sub)
        if path.filter is not None or attribute.name in {"members", "groups"}:
            raise InvalidFilter(f'there is no sorting by "{path}"')
        if not attribute.multi_valued:
            return self._operand(urn, attribute, sub).sql
        names = (urn, attribute.name) if urn else (attribute.name,)
        value = self.dialect.element(sub.name if sub else None, sub or attribute)
        primary = attribute.find("primary")
        first = ""
        if primary is not None:
            is_primary = f"{self.dialect.element('primary', primary)} = {self.dialect.boolean(value=True)}"
            first = f"CASE WHEN {is_primary} THEN 0 ELSE 1 END, "
        return f"(SELECT {value} FROM {self.dialect.elements(names)} ORDER BY {first}e.key LIMIT 1)"


def _named(attribute: Attribute, path: Path) -> Attribute | None:
    """The sub-attribute that a path in brackets names; None for `value` of an attribute without sub-attributes."""
    if not attribute.sub_attributes and path.name.lower() == "value" and path.urn is None:
        return None
    sub = None if path.urn or path.sub or path.filter else attribute.find(path.name)
    if sub is None:
        raise InvalidFilter(f'"{attribute.name}" has no sub-attribute "{path}"')
    return sub


def _value_leaf(attribute: Attribute) -> _Leaf:
    """Values of e-mail addresses and telephone numbers in the table of indexed values."""

    def leaf(path: Path) -> _Operand:
        sub = _named(attribute, path)
        if sub is not None and sub.name == "value":
            return _Operand("v.value_key", sub, nullable=False, indexed=True, column=True)
        return _Operand("NULLIF(v.type_key, '')", sub or attribute, column=True)

    return leaf


def _joined(node: And | Or, terms: list[_Term]) -> _Term:
    """Terms joined by the node's operator, the longest first. What is joined by AND is not in parentheses.

    SQLite's parser has room for some hundred things that it cannot finish yet. So there are no needless parentheses,
    and what is nested comes first, where it is finished at once.
    """
    sql, nested = _ordered(terms), max(term.nested for term in terms)
    if isinstance(node, And):
        return _Term(" AND ".join(sql), any(term.indexed for term in terms), nested)
    return _Term(f"({' OR '.join(sql)})", all(term.indexed for term in terms), nested)


def _ordered(terms: list[_Term]) -> list[str]:
    """The terms, the longest first."""
    return sorted((term.sql for term in terms), key=len, reverse=True)


def _denied(node: Filter, term: _Term) -> _Term:
    """What does not hold if the node's term does."""
    return _Term(f"NOT ({term.sql})" if isinstance(node, And) else f"NOT {term.sql}", nested=term.nested)


def _looks_up(op: CompareOp, value: Literal) -> bool:
    """Whether an index on the value answers a comparison by itself. Everything starts with nothing."""
    return value is not None and (op is CompareOp.EQ or (op is CompareOp.SW and value != ""))


def _is_whole(wanted: Scalar) -> bool:
    """Whether all of a value is in the index, which has the beginning of a long one."""
    return not isinstance(wanted, str) or len(wanted) <= MAX_INDEXED


def _looks_up_value(node: Filter) -> bool:
    """Whether a condition on one value asks for its `value` by `eq` or `sw`, and otherwise at most for its `type`.

    The index has the beginning of both, which is enough to compare them with less, but not to look for what is within.
    """
    return _finds_value(node) and _only_value_and_type(node)


def _finds_value(node: Filter) -> bool:
    match node:
        case And(left, right):
            return _finds_value(left) or _finds_value(right)
        case Or(left, right):
            return _finds_value(left) and _finds_value(right)
        case Comparison(path, op, value):
            return path.name.lower() == "value" and _looks_up(op, value)
        case _:
            return False


def _only_value_and_type(node: Filter) -> bool:
    match node:
        case And(left, right) | Or(left, right):
            return _only_value_and_type(left) and _only_value_and_type(right)
        case Not(inner):
            return _only_value_and_type(inner)
        case Comparison(op=CompareOp.CO | CompareOp.EW):
            return False
        case Comparison(value=str(text)) if not _is_whole(fold(text)):
            return False
        case Comparison(path) | Present(path) | ValuePath(path):
            return path.name.lower() in {"value", "type"} and not path.sub and not path.urn and not path.filter
        case _:
            assert_never(node)


def _beyond(prefix: str) -> str | None:
    """The first text, by code point, after all that start with the prefix; None if there is none."""
    stem = prefix.rstrip("\U0010ffff")
    if not stem:
        return None
    following = ord(stem[-1]) + 1
    return stem[:-1] + chr(AFTER_SURROGATES if following in SURROGATES else following)
