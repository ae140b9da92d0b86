"""Filter texts to values bound to an entity type: recursive descent, bounded in size, nesting and number of terms.

What the type does not have, or a literal of another type than its property, is refused here, so that a filter that was
read can be evaluated.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from entrant.entra.graph.errors import GraphError, bad_request

from .expression import (
    And,
    Call,
    Comparison,
    Expression,
    Function,
    Lambda,
    Literal,
    Membership,
    Not,
    Operator,
    Or,
    Path,
    Quantifier,
)
from .tokens import Kind, Token, malformed, tokenize
from .types import EntityType, Property, Type

MAX_DEPTH = 20  # parentheses, `not` and lambdas within each other
MAX_TERMS = 200  # comparisons, calls and values of `in` in one filter

_OPERATORS = {operator.value: operator for operator in Operator}
_FUNCTIONS = {function.value.lower(): function for function in Function}
_QUANTIFIERS = {quantifier.value: quantifier for quantifier in Quantifier}
_WORDS = {"true": True, "false": False, "null": None}
_COUNT = Property("$count", Type.INTEGER)


def parse_filter(text: str, type_: EntityType) -> Expression:
    """`$filter` for entities of this type; raises GraphError (400), which says where the text went wrong."""
    parser = _Parser(text, type_)
    expression = parser.disjunction(0)
    parser.end()
    return expression


class _Has(Protocol):
    """What has properties: an entity type, or a complex property."""

    @property
    def name(self) -> str: ...

    def find(self, name: str) -> Property | None: ...


@dataclass(frozen=True, slots=True)
class _Scope:
    """What names stand for: properties of the entity, or the variable of the lambda around."""

    root: EntityType
    variable: str | None = None
    element: Property | None = None


class _Parser:
    """A position among tokens. Each method reads one production and leaves the position behind it."""

    def __init__(self, text: str, type_: EntityType) -> None:
        self._text, self._tokens, self._at = text, tokenize(text), 0
        self._scope = _Scope(type_)
        self._terms = 0

    def end(self) -> None:
        """Nothing is left."""
        if self._peek().kind is not Kind.END:
            raise self._malformed()

    def disjunction(self, depth: int) -> Expression:
        """Conjunctions joined by `or`."""
        expression = self._conjunction(depth)
        while self._word("or"):
            expression = Or(expression, self._conjunction(depth))
        return expression

    def _conjunction(self, depth: int) -> Expression:
        expression = self._term(depth)
        while self._word("and"):
            expression = And(expression, self._term(depth))
        return expression

    def _term(self, depth: int) -> Expression:
        if depth > MAX_DEPTH:
            raise bad_request(f"Invalid filter clause: it is nested more than {MAX_DEPTH} levels deep.")
        if self._word("not"):
            return Not(self._term(depth + 1))
        if self._mark("("):
            expression = self.disjunction(depth + 1)
            self._take(")")
            return expression
        self._count()
        name = self._peek()
        function = _FUNCTIONS.get(name.text.lower()) if name.kind is Kind.NAME else None
        if function is not None and self._tokens[self._at + 1].text == "(":
            self._at += 1
            return self._call(function)
        return self._about(depth)

    def _call(self, function: Function) -> Expression:
        self._take("(")
        path = self._path()
        self._take(",")
        value = self._literal(path)
        self._take(")")
        self._require_single(path)
        if path.property.type is not Type.TEXT or not isinstance(value, str):
            raise bad_request(f"Invalid filter clause: {function} compares text; '{path}' is none.")
        return Call(function, path, value)

    def _about(self, depth: int) -> Expression:
        """A comparison, `in`, or a lambda; they begin with a path."""
        path = self._path()
        quantifier = self._quantifier()
        if quantifier is not None:
            return self._lambda(path, quantifier, depth)
        self._require_single(path)
        if self._word("in"):
            return Membership(path, self._values(path))
        operator = _OPERATORS.get(self._peek().text.lower())
        if operator is None or self._peek().kind is not Kind.NAME:
            raise self._malformed()
        self._at += 1
        value = self._literal(path)
        if path.property.type is Type.BOOLEAN and operator not in {Operator.EQ, Operator.NE}:
            raise bad_request(f"Invalid filter clause: '{path}' is a Boolean; compare it with eq or ne.")
        return Comparison(path, operator, value)

    def _values(self, path: Path) -> tuple[Literal, ...]:
        self._take("(")
        values = [self._literal(path)]
        while self._mark(","):
            self._count()
            values.append(self._literal(path))
        self._take(")")
        return tuple(values)

    def _quantifier(self) -> Quantifier | None:
        if self._peek().text != "/":
            return None
        quantifier = _QUANTIFIERS.get(self._tokens[self._at + 1].text.lower())
        if quantifier is None or self._tokens[self._at + 2].text != "(":
            return None
        self._at += 3
        return quantifier

    def _lambda(self, path: Path, quantifier: Quantifier, depth: int) -> Expression:
        if not path.property.collection:
            raise bad_request(f"Invalid filter clause: '{path}' is no collection, so it has no {quantifier}().")
        if self._scope.variable is not None:
            raise bad_request("Invalid filter clause: a lambda within a lambda is not supported.")
        if self._mark(")"):
            return Lambda(path, quantifier, None)
        outer, self._scope = self._scope, _Scope(self._scope.root, self._name(), path.property)
        self._take(":")
        condition = self.disjunction(depth + 1)
        self._take(")")
        self._scope = outer
        return Lambda(path, quantifier, condition)

    def _path(self) -> Path:
        """A property, and the properties of complex ones below it."""
        first = self._name()
        scope, names = self._scope, list[str]()
        if scope.variable is None:
            found = self._find(scope.root, first)
            names.append(found.name)
        elif first == scope.variable and scope.element is not None:
            found = Property(first, scope.element.type, fields=scope.element.fields)
        else:
            raise bad_request(f"Invalid filter clause: '{first}' is not the variable '{scope.variable}'.")
        while self._peek().text == "/" and self._tokens[self._at + 2].text != "(":
            self._at += 1
            name = self._name()
            if name == "$count":
                if not found.collection:
                    raise bad_request(f"Invalid filter clause: '{found.name}' is no collection to count.")
                return Path(tuple(names), _COUNT, count=True)
            if found.collection:
                raise bad_request(f"Invalid filter clause: '{found.name}' is a collection; use any() or all().")
            found = self._find(found, name)
            names.append(found.name)
        return Path(tuple(names), found)

    def _find(self, owner: _Has, name: str) -> Property:
        found = owner.find(name)
        if found is None:
            raise bad_request(
                f"Invalid filter clause: Could not find a property named '{name}' on type '{owner.name}'."
            )
        return found

    def _require_single(self, path: Path) -> None:
        if path.property.collection or path.property.type is Type.ANY:
            raise bad_request(f"Invalid filter clause: '{path}' cannot be compared as a whole.")

    def _literal(self, path: Path) -> Literal:
        """A literal that the property can be compared with."""
        token = self._peek()
        self._at += 1
        word = token.text.lower()
        if token.kind is Kind.NAME and word in _WORDS:
            value = _WORDS[word]
            if value is None or path.property.type is Type.BOOLEAN:
                return value
        elif token.kind in {Kind.NAME, Kind.MARK, Kind.END}:
            self._at -= 1
            raise self._malformed()
        match path.property.type, token.kind:
            case (Type.TEXT, Kind.STRING | Kind.GUID) | (Type.INSTANT, Kind.INSTANT):
                return token.text
            case Type.GUID, Kind.STRING | Kind.GUID:
                return token.text.lower()
            case Type.INTEGER, Kind.NUMBER:
                return float(token.text) if "." in token.text else int(token.text)
            case _:
                raise bad_request(
                    f"Invalid filter clause: '{path}' is of type {path.property.type} and cannot be compared "
                    f"with a literal of type {token.kind}."
                )

    def _name(self) -> str:
        token = self._peek()
        if token.kind is not Kind.NAME:
            raise self._malformed()
        self._at += 1
        return token.text

    def _peek(self) -> Token:
        return self._tokens[self._at]

    def _word(self, word: str) -> bool:
        """Read an operator, in any case, if it stands here."""
        found = self._peek().kind is Kind.NAME and self._peek().text.lower() == word
        self._at += found
        return found

    def _mark(self, mark: str) -> bool:
        found = self._peek().kind is Kind.MARK and self._peek().text == mark
        self._at += found
        return found

    def _take(self, mark: str) -> None:
        if not self._mark(mark):
            raise self._malformed()

    def _count(self) -> None:
        self._terms += 1
        if self._terms > MAX_TERMS:
            raise bad_request(f"Invalid filter clause: it has more than {MAX_TERMS} terms.")

    def _malformed(self) -> GraphError:
        return malformed(self._text, self._peek().at)
