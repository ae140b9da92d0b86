"""`$search` on directory objects: quoted terms `"property:text"`, joined by AND and OR (graph-surface 9.2).

Names and descriptions are searched word by word, each word of the term a prefix; other properties by their beginning.
"""

from __future__ import annotations

import re

from entrant.entra.graph.errors import GraphError, bad_request
from entrant.scim.fold import fold
from entrant.scim.wire import Json

from .evaluate import Predicate
from .types import EntityType

MAX_SEARCH_LENGTH = 2_048  # characters
MAX_TERMS = 50
_TOKEN = re.compile(r'\s*(?:"((?:[^"\\]|\\.)*)"|(AND|OR)\b|([()]))', re.DOTALL)
_WORD = re.compile(r"\w+")


def parse_search(text: str, type_: EntityType) -> Predicate:
    """What `$search` looks for; raises GraphError (400)."""
    parser = _Parser(text, type_)
    found = parser.disjunction(0)
    parser.end()
    return found


class _Parser:
    """A position among terms and operators."""

    def __init__(self, text: str, type_: EntityType) -> None:
        if len(text) > MAX_SEARCH_LENGTH:
            raise bad_request(f"Invalid search clause: it is longer than {MAX_SEARCH_LENGTH} characters.")
        self._type, self._tokens = type_, _tokens(text)

    def end(self) -> None:
        """Nothing is left."""
        if self._tokens:
            raise _malformed(self._tokens[0])

    def disjunction(self, depth: int) -> Predicate:
        """Conjunctions joined by OR."""
        terms = [self._conjunction(depth)]
        while self._take("OR"):
            terms.append(self._conjunction(depth))
        return lambda entity: any(term(entity) for term in terms)

    def _conjunction(self, depth: int) -> Predicate:
        terms = [self._term(depth)]
        while self._take("AND") or self._next().startswith('"') or self._next() == "(":
            terms.append(self._term(depth))
        return lambda entity: all(term(entity) for term in terms)

    def _term(self, depth: int) -> Predicate:
        if self._take("("):
            if depth > MAX_TERMS:
                raise bad_request("Invalid search clause: it is nested too deeply.")
            inner = self.disjunction(depth + 1)
            if not self._take(")"):
                raise _malformed(self._next())
            return inner
        token = self._next()
        if not token.startswith('"'):
            raise _malformed(token)
        del self._tokens[0]
        return _finds(token[1:], self._type)

    def _next(self) -> str:
        return self._tokens[0] if self._tokens else ""

    def _take(self, token: str) -> bool:
        if self._next() != token:
            return False
        del self._tokens[0]
        return True


def _tokens(text: str) -> list[str]:
    """Operators and parentheses as they are; terms without escapes, behind a quotation mark."""
    tokens, at = list[str](), 0
    text = text.strip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise _malformed(text[at:])
        term, operator, mark = match.groups()
        tokens.append('"' + re.sub(r"\\(.)", r"\1", term) if term is not None else operator or mark)
        at = match.end()
    if len(tokens) > MAX_TERMS:
        raise bad_request(f"Invalid search clause: it has more than {MAX_TERMS} terms.")
    return tokens


def _finds(term: str, type_: EntityType) -> Predicate:
    name, colon, wanted = term.partition(":")
    found = type_.find(name.strip()) if colon else None
    if found is None or found.name.lower() not in type_.searchable:
        raise bad_request(
            f"Invalid search clause: a term has the form \"property:text\"; '{term[:80]}' names no property of "
            f"'{type_.name}' that can be searched."
        )
    text, key = fold(wanted.strip().strip('"')), found.name
    if not type_.searchable[key.lower()]:
        return lambda entity: any(value.startswith(text) for value in _texts(entity.get(key)))
    words = _WORD.findall(text)

    def holds(entity: Json) -> bool:
        there = [word for value in _texts(entity.get(key)) for word in _WORD.findall(value)]
        return bool(words) and all(any(word.startswith(prefix) for word in there) for prefix in words)

    return holds


def _texts(value: Json) -> list[str]:
    return [fold(text) for text in (value if isinstance(value, list) else [value]) if isinstance(text, str)]


def _malformed(rest: str) -> GraphError:
    return bad_request(f"Invalid search clause: Syntax error at '{rest[:40]}'; terms are quoted: \"displayName:text\".")
