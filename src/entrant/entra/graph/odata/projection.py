"""`$select` and `$expand`: which properties of an entity are answered."""

from __future__ import annotations

import re
from dataclasses import dataclass

from entrant.entra.graph.errors import bad_request
from entrant.scim.wire import Json

from .types import EntityType

MAX_NAMES = 200
_EXPAND = re.compile(
    r"\s*([A-Za-z]+)\s*(?:\(\s*\$?select\s*=\s*([A-Za-z0-9_,\s]+)\)|\(\s*\$?levels\s*=\s*\w+[^)]*\))?\s*(?:,|$)"
)


@dataclass(frozen=True, slots=True)
class Expansion:
    """A relation whose target is answered within the entity, and which of the target's properties."""

    name: str
    select: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Selection:
    """Which properties are asked for (None: those that the type answers unasked), and which relations."""

    names: tuple[str, ...] | None = None
    expand: tuple[Expansion, ...] = ()


def parse_select(text: str, type_: EntityType) -> tuple[str, ...] | None:
    """The names in `$select`, spelled as the type does; None for `*`. Raises GraphError (400)."""
    names = [name.strip() for name in text.split(",") if name.strip()]
    if len(names) > MAX_NAMES:
        raise bad_request(f"Parsing OData Select and Expand failed: more than {MAX_NAMES} names.")
    if "*" in names:
        return None
    found: list[str] = []
    for name in names:
        property_ = type_.find(name.partition("/")[0])
        if property_ is None and name not in type_.navigations:
            raise bad_request(
                "Parsing OData Select and Expand failed: "
                f"Could not find a property named '{name[:80]}' on type '{type_.name}'."
            )
        found.append(property_.name if property_ else name)
    return tuple(dict.fromkeys(found))


def parse_expand(text: str, type_: EntityType) -> tuple[Expansion, ...]:
    """The relations in `$expand`, each with an optional `$select`; raises GraphError (400)."""
    expansions, at = list[Expansion](), 0
    while at < len(text):
        match = _EXPAND.match(text, at)
        if match is None or match[1] not in type_.navigations:
            raise bad_request(
                f"Parsing OData Select and Expand failed: '{text[at : at + 80]}' is no relation of '{type_.name}' "
                "that can be expanded."
            )
        names = tuple(name.strip() for name in match[2].split(",") if name.strip()) if match[2] else None
        expansions.append(Expansion(match[1], names))
        at = match.end()
    return tuple(expansions)


def project(entity: Json, type_: EntityType, names: tuple[str, ...] | None) -> Json:
    """An entity with the properties asked for. What is not set is null, or an empty collection; `id` is always there.

    Relations that were expanded into the entity, and annotations, stay.
    """
    wanted = names if names is not None else type_.default
    kept: dict[str, Json] = {}
    for property_ in type_.properties:
        if wanted is None or property_.name in wanted:
            kept[property_.name] = entity.get(property_.name, [] if property_.collection else None)
    if "id" in entity:
        kept["id"] = entity["id"]
    kept.update((name, value) for name, value in entity.items() if type_.find(name) is None)
    for name in names or ():
        if name not in kept and type_.find(name) is not None:
            kept[name] = entity.get(name)
    return kept
