"""Filter and path texts to values: recursive descent over the grammar of RFC 7644 (`grammar.abnf`).

Every input is bounded in length, nesting and number of nodes, so that no text costs more than a fixed time and
no tree is too deep for the functions that walk it.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NoReturn

import msgspec

from .errors import InvalidFilter, InvalidPath, ScimError
from .filter import And, CompareOp, Comparison, Filter, Literal, Not, Or, Path, Present, ValuePath, Word

MAX_FILTER_LENGTH = 8_192  # characters; far above the longest filter that a provider was seen to send
MAX_DEPTH = 20  # parentheses, `not` and brackets within each other
MAX_NODES = 200  # comparisons and logical operators in one filter

_NAME_START = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ$")
_WORD = re.compile(r"[A-Za-z0-9$_-]*")
_BARE = re.compile(r'[^ ()\[\]"]*')
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"?', re.DOTALL)
_OPERATORS = {op.value: op for op in CompareOp}
_WORDS = frozenset({*_OPERATORS, "pr", "and", "or", "not"})


def parse_filter(text: str, *, words: bool = False) -> Filter:
    """FILTER of the grammar; raises InvalidFilter, which says where the text went wrong.

    `words`: a value that is no compValue is read as a `Word`, for a tolerance to make text of.
    """
    parser = _Parser(text, "filter", InvalidFilter, words=words)
    node = parser.disjunction(0)
    parser.end()
    return node


@lru_cache(maxsize=1_024)  # providers send the same few paths over and over
def parse_path(text: str, *, words: bool = False) -> Path:
    """PATH of the grammar: attrPath, or valuePath with an optional subAttr; raises InvalidPath. `words`: as above."""
    parser = _Parser(text, "path", InvalidPath, words=words)
    path = parser.path(0)
    parser.end()
    return path


class _Parser:
    """A position in a text. Each method reads one production and leaves the position behind it."""

    def __init__(self, text: str, kind: str, error: type[ScimError], *, words: bool) -> None:
        self._text, self._kind, self._error, self._words = text, kind, error, words
        self._at = 0
        self._nodes = 0
        if len(text) > MAX_FILTER_LENGTH:
            self._fail(f"is longer than {MAX_FILTER_LENGTH} characters")

    def end(self) -> None:
        """Nothing but spaces is left."""
        self._skip()
        if self._at < len(self._text):
            self._expected("the end")

    def disjunction(self, depth: int) -> Filter:
        """Conjunctions joined by `or`."""
        node = self._conjunction(depth)
        while self._keyword("or"):
            self._count()
            node = Or(node, self._conjunction(depth))
        return node

    def _conjunction(self, depth: int) -> Filter:
        """Terms joined by `and`, which binds tighter than `or`."""
        node = self._term(depth)
        while self._keyword("and"):
            self._count()
            node = And(node, self._term(depth))
        return node

    def _term(self, depth: int) -> Filter:
        """`not (…)`, `(…)`, or an expression about one attribute."""
        if depth > MAX_DEPTH:
            self._fail(f"is nested more than {MAX_DEPTH} levels deep")
        self._skip()
        start = self._at
        if self._keyword("not"):
            self._skip()
            if self._peek() == "(":
                self._count()
                return Not(self._group(depth))
            self._at = start
        if self._peek() == "(":
            return self._group(depth)
        return self._expression(depth)

    def _group(self, depth: int) -> Filter:
        self._take("(")
        node = self.disjunction(depth + 1)
        self._skip()
        self._take(")")
        return node

    def _expression(self, depth: int) -> Filter:
        """AttrExp or valuePath; a valuePath may go on as a comparison, as Entra sends it."""
        self._count()
        path = self.path(depth)
        self._skip()
        start = self._at
        word = self._word().lower()
        if word == "pr":
            return Present(path)
        if word in _OPERATORS:
            self._skip()
            return Comparison(path, _OPERATORS[word], self._literal())
        self._at = start
        if path.filter is not None and path.sub is None:
            return ValuePath(path)
        return self._expected("an operator such as eq")

    def path(self, depth: int) -> Path:
        """attrPath, valuePath, valuePath with a subAttr."""
        self._skip()
        urn = self._urn()
        name = self._name()
        sub = self._sub()
        if self._peek() != "[":
            return Path(name, sub, urn)
        if sub is not None or depth > MAX_DEPTH:
            self._expected("an operator such as eq")
        self._take("[")
        condition = self.disjunction(depth + 1)
        self._skip()
        self._take("]")
        return Path(name, self._sub(), urn, condition)

    def _urn(self) -> str | None:
        """The schema URN before the last colon of an attrPath; an attribute name has no colon."""
        if self._text[self._at : self._at + 4].lower() != "urn:":
            return None
        start = self._at
        urn, _, name = self._scan(_BARE).rpartition(":")
        self._at -= len(name)
        return self._text[start : start + len(urn)]

    def _name(self) -> str:
        if self._peek() not in _NAME_START:
            self._expected("the name of an attribute")
        return self._word()

    def _sub(self) -> str | None:
        if self._peek() != ".":
            return None
        self._at += 1
        return self._name()

    def _literal(self) -> Literal:
        """compValue: a JSON string, number, true, false or null."""
        start = self._at
        token = self._scan(_STRING if self._peek() == '"' else _BARE)
        lowered = token.lower()
        if lowered in {"true", "false", "null"}:  # ABNF literals are case-insensitive (RFC 5234 §2.3)
            token = lowered
        try:
            value: Literal = msgspec.json.decode(token)
        except (msgspec.DecodeError, UnicodeEncodeError):
            if self._words and token and token[0] != '"':
                return Word(token)
            self._at = start
            return self._expected('a value: "text" in double quotes, a number, true, false or null')
        if isinstance(value, str) and "\0" in value:
            self._fail("has a NUL character, which no value can have")
        return value

    def _keyword(self, word: str) -> bool:
        """Read `word`, in any case, if it stands here as a word of its own."""
        self._skip()
        start = self._at
        if self._text[start : start + len(word)].lower() == word and self._word().lower() == word:
            return True
        self._at = start
        return False

    def _word(self) -> str:
        return self._scan(_WORD)

    def _scan(self, pattern: re.Pattern[str]) -> str:
        """What a pattern that may match nothing matches here."""
        found = pattern.match(self._text, self._at)
        assert found is not None, "each of these patterns matches the empty text"  # noqa: S101  for the type checker
        self._at = found.end()
        return found[0]

    def _peek(self) -> str:
        """The next character, or nothing at the end."""
        return self._text[self._at : self._at + 1]

    def _take(self, character: str) -> None:
        if self._peek() != character:
            self._expected(character)
        self._at += 1

    def _skip(self) -> None:
        while self._text.startswith(" ", self._at):
            self._at += 1

    def _count(self) -> None:
        self._nodes += 1
        if self._nodes > MAX_NODES:
            self._fail(f"has more than {MAX_NODES} conditions")

    def _expected(self, what: str) -> NoReturn:
        here = self._text[self._at : self._at + 20]
        self._fail(
            f"is malformed at character {self._at + 1}: expected {what}, found {here!r}"
            if here
            else f"ends too early: expected {what}"
        )

    def _fail(self, problem: str) -> NoReturn:
        raise self._error(f"the {self._kind} {problem}")
