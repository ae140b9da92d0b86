"""The endpoints of a SCIM service and the methods that each allows (RFC 7644 §3.2, table 2)."""

from __future__ import annotations

from enum import StrEnum, auto
from urllib.parse import unquote

import msgspec

from .errors import MethodNotAllowed, NotFound
from .text import fault


class Endpoint(StrEnum):
    """What a path leads to; `id` in its comment stands for the part that names one of several."""

    USERS = auto()
    USER = auto()  # /Users/id
    GROUPS = auto()
    GROUP = auto()  # /Groups/id
    SEARCH_ALL = auto()
    SEARCH_USERS = auto()
    SEARCH_GROUPS = auto()
    BULK = auto()
    ME = auto()
    SERVICE_PROVIDER_CONFIG = auto()
    RESOURCE_TYPES = auto()
    RESOURCE_TYPE = auto()  # /ResourceTypes/id
    SCHEMAS = auto()
    SCHEMA = auto()  # /Schemas/id


_ONE = ("GET", "PUT", "PATCH", "DELETE")
METHODS: dict[Endpoint, tuple[str, ...]] = {
    Endpoint.USERS: ("GET", "POST"),
    Endpoint.USER: _ONE,
    Endpoint.GROUPS: ("GET", "POST"),
    Endpoint.GROUP: _ONE,
    Endpoint.SEARCH_ALL: ("POST",),
    Endpoint.SEARCH_USERS: ("POST",),
    Endpoint.SEARCH_GROUPS: ("POST",),
    Endpoint.BULK: ("POST",),
    Endpoint.ME: ("GET", "POST", *_ONE[1:]),
    Endpoint.SERVICE_PROVIDER_CONFIG: ("GET",),
    Endpoint.RESOURCE_TYPES: ("GET",),
    Endpoint.RESOURCE_TYPE: ("GET",),
    Endpoint.SCHEMAS: ("GET",),
    Endpoint.SCHEMA: ("GET",),
}

_COLLECTIONS = {
    "users": (Endpoint.USERS, Endpoint.USER),
    "groups": (Endpoint.GROUPS, Endpoint.GROUP),
    "resourcetypes": (Endpoint.RESOURCE_TYPES, Endpoint.RESOURCE_TYPE),
    "schemas": (Endpoint.SCHEMAS, Endpoint.SCHEMA),
}
SEARCH = ".search"
_SEARCH_IN = {"users": Endpoint.SEARCH_USERS, "groups": Endpoint.SEARCH_GROUPS}
_SINGLE = {
    SEARCH: Endpoint.SEARCH_ALL,
    "bulk": Endpoint.BULK,
    "me": Endpoint.ME,
    "serviceproviderconfig": Endpoint.SERVICE_PROVIDER_CONFIG,
}
_SEARCHES = frozenset({Endpoint.SEARCH_ALL, Endpoint.SEARCH_USERS, Endpoint.SEARCH_GROUPS})


class Route(msgspec.Struct, frozen=True):
    """An endpoint, and the id in its path where it has one."""

    endpoint: Endpoint
    id: str = ""


def find_route(path: str) -> Route | None:
    """Where a percent-encoded path below the base URL leads.

    Empty parts do not count, so that `//Users` and `/Users/` are `/Users` (entra-client 22.4). Names are matched
    in any case.
    """
    raw = [part for part in path.split("/") if part]
    if len(raw) > 2:  # noqa: PLR2004  the collection and the id
        return None
    parts = [unquote(part) for part in raw]
    name = parts[0].lower() if parts else ""
    if name in _COLLECTIONS:
        collection, one = _COLLECTIONS[name]
        if len(parts) == 1:
            return Route(collection)
        if len(parts) == 2 and "\0" not in parts[1] and fault(parts) is None:  # noqa: PLR2004
            search = _SEARCH_IN.get(name) if parts[1].lower() == SEARCH else None
            return Route(one, parts[1]) if search is None else Route(search)
    if name in _SINGLE and len(parts) == 1:
        return Route(_SINGLE[name])
    return None


def require_route(route: Route | None, path: str) -> Route:
    """The route of that path; raises NotFound if it leads nowhere."""
    if route is None:
        raise NotFound(f"there is no endpoint {path[:200] or '/'}; resources are at /Users and /Groups")
    return route


def require_method(route: Route, method: str) -> None:
    """Raise MethodNotAllowed unless the endpoint allows the method."""
    allowed = METHODS[route.endpoint]
    if method not in allowed:
        raise MethodNotAllowed(f"{method} is not allowed here; use {' or '.join(allowed)}", ", ".join(allowed))


def is_read(route: Route, method: str) -> bool:
    """Whether the request changes nothing."""
    return method == "GET" or (method == "POST" and route.endpoint in _SEARCHES)
