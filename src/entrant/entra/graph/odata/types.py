"""What an entity type consists of, as far as queries need to know it: names and types of properties."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum, auto
from functools import cached_property


class Type(StrEnum):
    """Types of single values."""

    TEXT = auto()
    GUID = auto()
    BOOLEAN = auto()
    INTEGER = auto()
    INSTANT = auto()
    """A point in time, in UTC text."""
    COMPLEX = auto()
    ANY = auto()
    """Not described further: can be selected, not filtered by."""


@dataclass(frozen=True)
class Property:
    """A property of an entity or a complex value."""

    name: str
    type: Type = Type.TEXT
    collection: bool = False
    fields: tuple[Property, ...] = ()
    """Of a complex property."""

    def find(self, name: str) -> Property | None:
        """A property of this complex property, by its name in any case."""
        return next((part for part in self.fields if part.name.lower() == name.lower()), None)


@dataclass(frozen=True)
class EntityType:
    """An entity type: `microsoft.graph.user`, its properties, those answered unasked, those that lead elsewhere."""

    name: str
    properties: tuple[Property, ...]
    default: tuple[str, ...] | None = None
    """What is answered without `$select`; None: everything."""
    navigations: frozenset[str] = frozenset()
    """What `$expand` can name."""
    default_order: frozenset[str] = frozenset()
    """Properties that `$orderby` can name without an advanced query; lower-case."""
    directory: bool = False
    """Whether advanced queries must say that they are ones (graph-surface 9.2)."""
    extensible: re.Pattern[str] | None = None
    """The form of the names of further properties, which are text: directory extensions."""
    searchable: Mapping[str, bool] = field(default_factory=dict)
    """Properties that `$search` can name, in lower case, and whether their words are looked at one by one."""

    @cached_property
    def _by_name(self) -> dict[str, Property]:
        return {property_.name.lower(): property_ for property_ in self.properties}

    def find(self, name: str) -> Property | None:
        """A property by its name in any case."""
        known = self._by_name.get(name.lower())
        if known is None and self.extensible is not None and self.extensible.fullmatch(name):
            return Property(name)
        return known

    @property
    def annotation(self) -> str:
        """What `@odata.type` says."""
        return f"#{self.name}"


def text(*names: str) -> Iterable[Property]:
    """Text properties."""
    return (Property(name) for name in names)
