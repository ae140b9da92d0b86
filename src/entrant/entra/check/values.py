"""Values for target attributes: names such as `emails[type eq "work"].value` into the JSON of a resource (6.2)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from entrant.entra.mapping.defaults import default_schema
from entrant.entra.mapping.schema import AttributeDefinition, AttributeType
from entrant.entra.mapping.target import path_of, read
from entrant.scim.filter import Comparison
from entrant.scim.schema import ENTERPRISE_URN, GROUP_URN, USER_URN
from entrant.scim.wire import Json

KEPT_OUT = frozenset({"id", "externalId", "userName", "active", "roles", "members"})
"""What bodies get apart from the others, or never."""


def target_attributes(kind: str) -> tuple[AttributeDefinition, ...]:
    """The attributes of the target directory for `User` or `Group`."""
    _, target = default_schema("scim.check").directories
    wanted = ENTERPRISE_URN if kind == "User" else GROUP_URN
    return next(each.attributes for each in target.objects if each.name == wanted)


def plain_names() -> tuple[str, ...]:
    """The attributes of a user that a direct test writes: neither references nor those kept out."""
    return tuple(
        each.name
        for each in target_attributes("User")
        if each.type is not AttributeType.REFERENCE and each.name.partition("[")[0] not in KEPT_OUT
    )


def body_of(values: Mapping[str, Json]) -> dict[str, Json]:
    """A user's resource with these values."""
    body: dict[str, Json] = {"schemas": [USER_URN, ENTERPRISE_URN]}
    for name, value in values.items():
        path = path_of(name)
        if path is None:
            continue
        home = body if path.urn in {None, USER_URN} else body.setdefault(str(path.urn), {})
        match path.filter:
            case Comparison():
                _put(home.setdefault(path.name, []), path.filter, {str(path.sub): value})
            case _ if path.sub is not None:
                home.setdefault(path.name, {})[path.sub] = value
            case _:
                home[path.name] = value
    return body


def value_of(resource: Mapping[str, Json], name: str) -> Json:
    """What a resource has for a target attribute."""
    return read(resource, path_of(name), name)


def compact(values: Mapping[str, Json], op: str = "replace") -> list[Json]:
    """PATCH operations as Microsoft's tests write them: bracketed paths one by one, all others in one without path."""
    bracketed = [{"op": op, "path": name, "value": value} for name, value in values.items() if "[" in name]
    flat = {name: value for name, value in values.items() if "[" not in name}
    return [*bracketed, {"op": op, "value": flat}] if flat else bracketed


def differing(resource: Mapping[str, Json], values: Mapping[str, Json]) -> list[str]:
    """The names whose values did not come back, compared as text."""
    return [name for name, value in values.items() if str(value_of(resource, name)) != str(value)]


def named(names: Iterable[str]) -> str:
    """Names in a sentence, shortened if there are many."""
    every = list(names)
    return ", ".join(every[:6]) + (f" and {len(every) - 6} others" if len(every) > 6 else "")  # noqa: PLR2004


def _put(items: list[dict[str, Json]], which: Comparison, values: Mapping[str, Json]) -> None:
    """Into the element that a filter describes, which is made if there is none; the first one is primary."""
    key, wanted = which.path.name, which.value
    found = next((each for each in items if str(each.get(key)) == str(wanted)), None)
    if found is None:
        found = {"primary": not items} if key != "primary" else {"primary": True}
        found |= {} if key == "primary" else {key: wanted}
        items.append(found)
    found.update(values)
