"""Reading an attribute out of a stored document, the one place where the engines' SQL differs (architecture.md §13).

A document is read exactly, or folded: `folded` holds the folded document where that is more than lower-casing
ASCII; its keys are lower-case too. `m` is the alias of the row.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

from entrant.scim.fold import fold
from entrant.scim.schema import Attribute, Type

NUMBERS = frozenset({Type.INTEGER, Type.DECIMAL})


class Dialect(ABC):
    """How one engine reads JSON. Names are those of schemas: letters, digits, `$`, `-`, `_`, and URNs."""

    @abstractmethod
    def scalar(self, names: tuple[str, ...], attribute: Attribute) -> str:
        """The value at a path of the row's document, comparable as the attribute is; NULL if absent."""

    @abstractmethod
    def exists(self, names: tuple[str, ...]) -> str:
        """Whether the document has anything at a path; never NULL."""

    @abstractmethod
    def elements(self, names: tuple[str, ...]) -> str:
        """A FROM clause: the values of a list at a path, exact as `e` and folded as `f`, their place as `e.key`."""

    @abstractmethod
    def element(self, sub: str | None, attribute: Attribute) -> str:
        """A sub-attribute of the element, or the element itself, comparable as the attribute is; NULL if absent."""

    @abstractmethod
    def boolean(self, *, value: bool) -> str:
        """A Boolean literal as document values compare to it."""

    @abstractmethod
    def contains(self, text: str, part: str) -> str:
        """Whether one text contains another."""

    @abstractmethod
    def ends_with(self, text: str, part: str) -> str:
        """Whether one text, longer than nothing, ends in another."""

    @abstractmethod
    def lines(self, text: str) -> str:
        """The texts of all rows as lines; NULL if there is no row."""


def exact(attribute: Attribute) -> bool:
    """Whether values of the attribute are compared as they are stored."""
    return attribute.case_exact or attribute.type not in {Type.STRING, Type.REFERENCE, Type.BINARY}


class Sqlite(Dialect):
    """The JSON functions of SQLite 3.38 and later."""

    _folded = "COALESCE(m.folded, lower(m.doc))"

    def _path(self, names: tuple[str, ...], attribute: Attribute | None) -> str:
        spelled = names if attribute is None or exact(attribute) else tuple(fold(name) for name in names)
        return "'$" + "".join(f'."{name}"' for name in spelled) + "'"

    def scalar(self, names: tuple[str, ...], attribute: Attribute) -> str:
        document = "m.doc" if exact(attribute) else self._folded
        return self._typed(f"json_extract({document}, {self._path(names, attribute)})", attribute)

    def _typed(self, value: str, attribute: Attribute) -> str:
        return f"CAST({value} AS REAL)" if attribute.type in NUMBERS else value

    def exists(self, names: tuple[str, ...]) -> str:
        return f"(json_type(m.doc, {self._path(names, None)}) IS NOT NULL)"

    def elements(self, names: tuple[str, ...]) -> str:
        folded = "'$" + "".join(f'."{fold(name)}"' for name in names) + "'"
        return (
            f"json_each(m.doc, {self._path(names, None)}) e JOIN json_each({self._folded}, {folded}) f ON f.key = e.key"
        )

    def element(self, sub: str | None, attribute: Attribute) -> str:
        row = "e" if exact(attribute) else "f"
        if sub is None:
            return self._typed(f"{row}.value", attribute)
        return self._typed(f"json_extract({row}.value, {self._path((sub,), attribute)})", attribute)

    def boolean(self, *, value: bool) -> str:
        return "1" if value else "0"

    def contains(self, text: str, part: str) -> str:
        return f"instr({text}, {part}) > 0"

    def ends_with(self, text: str, part: str) -> str:
        return f"substr({text}, -length({part})) = {part}"

    def lines(self, text: str) -> str:
        return f"group_concat({text}, char(10))"


class Postgres(Dialect):
    """The jsonb operators of PostgreSQL."""

    _folded = '(COALESCE(m.folded, lower(m.doc COLLATE "C")))::jsonb'

    def _typed(self, text: str, attribute: Attribute) -> str:
        return f"({text})::float8" if attribute.type in NUMBERS else f'({text}) COLLATE "C"'

    def _keys(self, names: tuple[str, ...], *, folded: bool) -> str:
        return "ARRAY[" + ", ".join(f"'{fold(name) if folded else name}'" for name in names) + "]"

    def scalar(self, names: tuple[str, ...], attribute: Attribute) -> str:
        document = "m.doc::jsonb" if exact(attribute) else self._folded
        return self._typed(f"{document} #>> {self._keys(names, folded=not exact(attribute))}", attribute)

    def exists(self, names: tuple[str, ...]) -> str:
        return f"((m.doc::jsonb #> {self._keys(names, folded=False)}) IS NOT NULL)"

    def elements(self, names: tuple[str, ...]) -> str:
        def rows(document: str, alias: str, *, folded: bool) -> str:
            found = f"{document} #> {self._keys(names, folded=folded)}"
            return f"jsonb_array_elements(COALESCE({found}, '[]')) WITH ORDINALITY AS {alias}(value, key)"

        return f"{rows('m.doc::jsonb', 'e', folded=False)} JOIN {rows(self._folded, 'f', folded=True)} ON f.key = e.key"

    def element(self, sub: str | None, attribute: Attribute) -> str:
        folded = not exact(attribute)
        row = "f" if folded else "e"
        keys = "'{}'" if sub is None else self._keys((sub,), folded=folded)
        return self._typed(f"{row}.value #>> {keys}", attribute)

    def boolean(self, *, value: bool) -> str:
        return "'true'" if value else "'false'"

    def contains(self, text: str, part: str) -> str:
        return f"strpos({text}, {part}) > 0"

    def ends_with(self, text: str, part: str) -> str:
        return f"right({text}, length({part})) = {part}"

    def lines(self, text: str) -> str:
        return f"string_agg({text}, chr(10))"


DIALECTS: dict[str, Dialect] = {"sqlite": Sqlite(), "postgresql": Postgres()}
"""By the name of the database engine."""
