"""What is POSTed, key by key in Entra's order (entra-client 7.2 to 7.14, 9.1).

Attributes stand in alphabetical order, but for `schemas`, `externalId` and `userName` before and extensions after them.
The values of a multi-valued attribute are ordered by `type`; in each, `primary` and `type` come first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from entrant.entra.mapping.flow import Native, TargetValue
from entrant.scim.filter import CompareOp, Comparison, Filter, Path
from entrant.scim.schema import ENTERPRISE_URN, GROUP_URN, USER_URN
from entrant.scim.wire import Json

from .switches import Switches

LEGACY_GROUP_URN = "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"  # 9.2
ROLE_TYPE = "WindowsAzureActiveDirectoryRole"  # the fixed `type` of every role (8.7.2)
_FIRST = ("schemas", "externalId", "userName")
_FIRST_OF_ITEM = ("primary", "type")
_FIRST_OF_NAME = ("formatted",)
_PRIMARY = frozenset({("emails", "work"), ("phoneNumbers", "work")})  # 7.6


def user_body(values: Iterable[TargetValue], switches: Switches) -> Json:
    """The body of a user's POST; `values` in the order of the mapping, without those that are null."""
    body = _nested(values)
    if switches.include_empty_roles_in_user_post:
        body.setdefault("roles", [])
    if switches.post_active_as_string and isinstance(body.get("active"), bool):
        body["active"] = str(body["active"])
    return _ordered({"schemas": [USER_URN, ENTERPRISE_URN], "meta": {"resourceType": "User"}} | body)


def group_body(values: Iterable[TargetValue], switches: Switches) -> Json:
    """The body of a group's POST, always without members (9.1)."""
    schemas = [GROUP_URN, LEGACY_GROUP_URN] if switches.legacy_group_schema_uri else [GROUP_URN]
    members: dict[str, Json] = {"members": []} if switches.include_empty_members_in_group_post else {}
    return _ordered({"schemas": schemas, "meta": {"resourceType": "Group"}} | members | _nested(values))


def to_json(value: Native) -> Json:
    """A value as JSON; roles become objects of the form that both dialects know (8.7.3)."""
    if isinstance(value, tuple):
        return [_role(each) if isinstance(each, Mapping) else to_json(each) for each in value]
    return value


def _role(role: Mapping[str, str]) -> Json:
    return {"primary": False, "type": ROLE_TYPE, "display": role["displayName"], "value": role["value"]}


def nest(values: Iterable[tuple[Path, Json]]) -> dict[str, Json]:
    """Values where a resource has them. Values under the same filter end up in one item (7.6)."""
    body: dict[str, Json] = {}
    for path, value in values:
        home = body.setdefault(path.urn, {}) if path.urn and path.urn not in {USER_URN, GROUP_URN} else body
        if path.filter is not None:
            _item(home, path)[path.sub or "value"] = value
        elif path.sub is not None:
            home.setdefault(path.name, {})[path.sub] = value
        else:
            home[path.name] = value
    return body


def path_of(value: TargetValue) -> Path:
    """Where a resource has it; a name that is no path is a member of that name."""
    return value.path or Path(value.name)


def _nested(values: Iterable[TargetValue]) -> dict[str, Json]:
    return nest((path_of(each), to_json(each.value)) for each in values)


def _condition(filter_: Filter | None) -> tuple[str, str] | None:
    """The attribute and the value of a condition such as `type eq "work"`, if it is one of that form."""
    match filter_:
        case Comparison(Path(name=name), CompareOp.EQ, value):
            return name, str(value)
        case _:
            return None


def _item(home: dict[str, Json], path: Path) -> dict[str, Json]:
    """The item of a multi-valued attribute that the path's filter describes; made if there is none yet."""
    items: list[dict[str, Json]] = home.setdefault(path.name, [])
    described = _condition(path.filter)
    if described is None:
        new: dict[str, Json] = {}
    elif described[0] == "primary":
        new = {"primary": described[1].lower() == "true"} | ({"type": ROLE_TYPE} if path.name == "roles" else {})
    else:
        new = {"primary": (path.name, described[1]) in _PRIMARY, described[0]: described[1]}
    found = next((item for item in items if new.items() <= item.items()), None)
    if found is None:
        items.append(new)
    return new if found is None else found


def _ordered(body: dict[str, Json]) -> dict[str, Json]:
    names = [
        *(name for name in _FIRST if name in body),
        *sorted(name for name in body if name not in _FIRST and ":" not in name),
        *(name for name in body if name == ENTERPRISE_URN),
        *(name for name in body if ":" in name and name != ENTERPRISE_URN),
    ]
    return {name: _ordered_value(name, body[name]) for name in names}


def _ordered_value(name: str, value: Json) -> Json:
    if isinstance(value, list) and all(isinstance(item, dict) for item in value):
        return sorted((_sorted(item, _FIRST_OF_ITEM) for item in value), key=lambda item: str(item.get("type", "")))
    if isinstance(value, dict):
        return _sorted(value, _FIRST_OF_NAME if name == "name" else ())
    return value


def _sorted(value: dict[str, Json], first: tuple[str, ...]) -> dict[str, Json]:
    """Some names first, the others alphabetically."""
    return {name: value[name] for name in sorted(value, key=lambda n: (n not in first, *_place(n, first), n))}


def _place(name: str, first: tuple[str, ...]) -> tuple[int]:
    return (first.index(name),) if name in first else (0,)
