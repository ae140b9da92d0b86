"""`/Schemas` flattened to the names of target attributes, as Microsoft's Schema_Discoverability does (6.3)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from entrant.scim.schema import GROUP_URN, USER_URN
from entrant.scim.wire import Json

from .recorder import listed

REFERENCES = ("manager", "members")


def names_in(schemas: Sequence[dict[str, Json]]) -> Iterator[str]:
    """Every name that the published schemas come to."""
    for schema in schemas:
        core = schema.get("id") in {USER_URN, GROUP_URN}
        for attribute in listed(schema.get("attributes")):
            name = str(attribute.get("name"))
            if not core:
                yield f"{schema.get('id')}:{name}"
            elif name in REFERENCES:
                yield name
            else:
                yield from _names(name, attribute)


def required_in(schemas: Sequence[dict[str, Json]]) -> set[str]:
    """The names of required attributes, in lower case."""
    return {
        (name if schema.get("id") in {USER_URN, GROUP_URN} else f"{schema.get('id')}:{name}").casefold()
        for schema in schemas
        for attribute in listed(schema.get("attributes"))
        if attribute.get("required") is True and (name := str(attribute.get("name")))
    }


def _names(name: str, attribute: dict[str, Json]) -> Iterator[str]:
    if attribute.get("type") == "reference":
        return
    if attribute.get("type") != "complex":
        yield name
        return
    inner = list(listed(attribute.get("subAttributes")))
    if not attribute.get("multiValued"):
        yield from (f"{name}.{each.get('name')}" for each in inner if each.get("type") not in {"complex", "reference"})
        return
    types = next((each.get("canonicalValues") for each in inner if each.get("name") == "type"), None)
    if isinstance(types, list) and types:
        subs = [each.get("name") for each in inner if each.get("name") not in {"type", "primary"}]
        yield from (f'{name}[type eq "{kind}"].{sub}' for kind in types for sub in subs)
    else:
        yield from (f'{name}[primary eq "True"].{each.get("name")}' for each in inner if each.get("name") != "primary")
