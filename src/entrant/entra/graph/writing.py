"""What writes of users and groups have in common: bodies, refusals, answers (graph-surface 9.3, 9.4).

The directory checks the values; here is only what Graph's form of them is about.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus

from entrant.entra.model import BadValue, Conflict, DirectoryObject, Kind, NotFound
from entrant.scim.wire import Json

from .answer import Answer
from .call import Call, reference
from .errors import Detail, bad_value, not_found
from .objects import COLLECTIONS, shown

MAX_BINDINGS = 20  # references in one request (graph-surface 9.4)
REQUIRED = {
    Kind.USER: ("accountEnabled", "displayName", "mailNickname", "passwordProfile", "userPrincipalName"),
    Kind.GROUP: ("displayName", "mailEnabled", "mailNickname", "securityEnabled"),
}
"""What a body that creates must have; more than the directory needs (graph-surface 9.3, 9.4)."""
ANNOTATION = "@odata."


def require_members(kind: Kind, body: Mapping[str, Json]) -> None:
    """Raise GraphError (400) for a body that lacks what Graph wants for a new object."""
    for name in REQUIRED[kind]:
        if body.get(name) is None:
            raise bad_value(
                f"A value is required for property '{name}' of resource '{kind}'.",
                Detail("PropertyRequired", f"'{name}' is missing.", name),
            )


def properties(body: Mapping[str, Json]) -> dict[str, Json]:
    """The properties in a body, without annotations and bindings."""
    return {name: value for name, value in body.items() if ANNOTATION not in name}


def bindings(body: Mapping[str, Json], name: str) -> tuple[str, ...] | None:
    """The ids in `name@odata.bind`; None if there is no such member. Raises GraphError (400)."""
    value = body.get(f"{name}@odata.bind")
    if value is None:
        return None
    references = value if isinstance(value, list) else [value]
    if len(references) > MAX_BINDINGS:
        raise bad_value(f"'{name}@odata.bind' holds more than {MAX_BINDINGS} references.")
    return tuple(reference(each) for each in references)


def created(call: Call, object_: DirectoryObject) -> Answer:
    """The answer to a creation: the object with its default properties, or nothing if nothing is wanted (9.1)."""
    where = f"{COLLECTIONS[object_.kind]}/{object_.id}"
    headers = {"location": f"{call.origin}/{call.version}/{where}"}
    if call.minimal:
        return Answer(HTTPStatus.NO_CONTENT, headers={**headers, "preference-applied": "return=minimal"})
    context = call.context(f"{COLLECTIONS[object_.kind]}/$entity")
    return Answer(HTTPStatus.CREATED, {"@odata.context": context, **shown(object_, None)}, headers)


@contextmanager
def refusals(id_: str, conflict: str | None = None) -> Iterator[None]:
    """The directory's refusals as Graph's errors; `conflict` is what is said if something is there already."""
    try:
        yield
    except NotFound as exc:
        raise not_found(id_) from exc
    except Conflict as exc:
        raise bad_value(conflict or str(exc), Detail("ObjectConflict", str(exc))) from exc
    except BadValue as exc:
        raise bad_value(str(exc)) from exc
