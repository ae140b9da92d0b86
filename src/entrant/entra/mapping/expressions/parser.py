"""Texts to expressions, by recursive descent (entra-client 18.1).

    expression  operand [ operator operand ]
    operand     name "(" [ [expression] *( "," [expression] ) ] ")" | "[" name "]" | string | number | name
    operator    "=" | "<>" | ">=" | "<=" | ">" | "<"

Length, nesting and number of parts are bounded, so that no text costs more than a fixed time. Whether a function
exists and takes so many arguments is found here; whether an attribute exists is the schema's business.
"""

from __future__ import annotations

import re
from difflib import get_close_matches
from functools import lru_cache
from typing import NoReturn

from entrant.entra.model import BadValue

from .catalogue import FUNCTIONS
from .nodes import Attribute, Call, CompareOp, Comparison, Expression, Number, Operand, Text, Word

MAX_LENGTH = 10_000  # characters; the limit of the real service (known issues)
MAX_DEPTH = 40  # calls within each other
MAX_NODES = 2_000  # operands of one expression
MAX_SHOWN = 50  # characters of a name in a message

WORDS = frozenset({"True", "False", "true", "false", "vbTextCompare", "vbBinaryCompare"})
"""Named constants."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_ESCAPE = re.compile(r'\\(["\\])')
_ATTRIBUTE = re.compile(r"\[\s*([^\[\]\s](?:[^\[\]]*[^\[\]\s])?)\s*\]")
_NUMBER = re.compile(r"&H[0-9A-Fa-f]+|-?[0-9]+(?:\.[0-9]+)?(?![A-Za-z0-9_.])")
_OPERATOR = re.compile(r"<>|>=|<=|[=<>]")


class BadExpression(BadValue):
    """A text is no expression. The message says where and what was expected there."""

    def __init__(self, message: str, position: int) -> None:
        super().__init__(message)
        self.position = position
        """Counted in characters, from 1."""


@lru_cache(maxsize=1_024)  # a schema's few expressions are read again with every job that is loaded
def parse_expression(text: str) -> Expression:
    """The expression a text stands for; raises BadExpression."""
    parser = _Parser(text)
    node = parser.expression(0)
    parser.end()
    return node


class _Parser:
    """A position in a text. Each method reads one production and leaves the position behind it."""

    def __init__(self, text: str) -> None:
        self._text, self._at, self._nodes = text, 0, 0
        if len(text) > MAX_LENGTH:
            self._fail(f"is longer than {MAX_LENGTH:,} characters", MAX_LENGTH)

    def end(self) -> None:
        """Nothing but spaces is left."""
        self._skip()
        if self._at < len(self._text):
            self._expected("the end")

    def expression(self, depth: int) -> Expression:
        """An operand, or two with an operator between them."""
        left = self._operand(depth)
        self._skip()
        operator = _OPERATOR.match(self._text, self._at)
        if operator is None:
            return left
        self._at = operator.end()
        return Comparison(left, CompareOp(operator[0]), self._operand(depth))

    def _operand(self, depth: int) -> Operand:
        self._skip()
        self._count()
        match self._peek():
            case '"':
                return Text(_ESCAPE.sub(r"\1", self._token(_STRING, "a closing quotation mark")[1]))
            case "[":
                return Attribute(self._token(_ATTRIBUTE, "the name of an attribute in square brackets")[1])
            case "&" | "-" | "0" | "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9":
                return Number(self._token(_NUMBER, "a number")[0])
            case _:
                return self._named(depth)

    def _named(self, depth: int) -> Operand:
        """A call, or a named constant."""
        start = self._at
        name = self._token(_NAME, 'a function, an [attribute], a "text" or a number')[0]
        self._skip()
        if self._peek() != "(":
            if name not in WORDS:
                shown = name[:MAX_SHOWN]
                self._fail(f'knows no constant "{shown}"; an attribute is written [{shown}], a text "{shown}"', start)
            return Word(name)
        function = FUNCTIONS.get(name)
        if function is None:
            self._fail(f'knows no function "{name[:MAX_SHOWN]}"{_similar(name[:MAX_SHOWN])}', start)
        if depth == MAX_DEPTH:
            self._fail(f"is nested more than {MAX_DEPTH} levels deep", start)
        arguments = self._arguments(depth + 1)
        problem = _wrong_number(name, len(arguments))
        if problem:
            self._fail(problem, start)
        return Call(name, arguments)

    def _arguments(self, depth: int) -> tuple[Expression | None, ...]:
        """What stands between the parentheses."""
        self._at += 1
        self._skip()
        if self._peek() == ")":
            self._at += 1
            return ()
        arguments = [self._argument(depth)]
        while self._peek() == ",":
            self._at += 1
            self._count()
            arguments.append(self._argument(depth))
        if self._peek() != ")":
            self._expected('"," or ")"')
        self._at += 1
        return tuple(arguments)

    def _argument(self, depth: int) -> Expression | None:
        """One argument and the spaces behind it; None if it is left empty."""
        self._skip()
        if self._peek() in {",", ")"}:
            return None
        node = self.expression(depth)
        self._skip()
        return node

    def _token(self, pattern: re.Pattern[str], what: str) -> re.Match[str]:
        found = pattern.match(self._text, self._at)
        if found is None:
            self._expected(what)
        self._at = found.end()
        return found

    def _peek(self) -> str:
        """The next character, or nothing at the end."""
        return self._text[self._at : self._at + 1]

    def _skip(self) -> None:
        while self._text[self._at : self._at + 1].isspace():
            self._at += 1

    def _count(self) -> None:
        self._nodes += 1
        if self._nodes > MAX_NODES:
            self._fail(f"has more than {MAX_NODES:,} parts", self._at)

    def _expected(self, what: str) -> NoReturn:
        here = self._text[self._at : self._at + 20]
        self._fail(f"expects {what}, but there is {here!r}" if here else f"ends too early: it expects {what}", self._at)

    def _fail(self, problem: str, at: int) -> NoReturn:
        raise BadExpression(f"the expression {problem} (at character {at + 1})", at + 1)


def _similar(name: str) -> str:
    near = get_close_matches(name.lower(), {known.lower() for known in FUNCTIONS}, n=1)
    exact = [known for known in FUNCTIONS if near and known.lower() == near[0]]
    return f'; did you mean "{exact[0]}"?' if exact else ""


def _wrong_number(name: str, count: int) -> str | None:
    """What is wrong with calling a function with so many arguments."""
    function = FUNCTIONS[name]
    least, most = function.least, function.most
    if name == "Switch" and count >= least and count % 2:
        return "has a key without a value in Switch, which takes a source, a default, and pairs of key and value"
    if least <= count and (most is None or count <= most):
        return None
    takes = f"{least} or more" if most is None else str(least) if least == most else f"{least} to {most}"
    return f"calls {name} with {count} argument{'s' * (count != 1)}; it takes {takes}"
