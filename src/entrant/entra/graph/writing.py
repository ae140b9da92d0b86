"""What creating and changing users and groups have in common: their bodies, refusals and answers (graph-surface 9.3, 9.4)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus

from entrant.entra.model import BadValue, Conflict, DirectoryObject, NotFound
from entrant.scim.wire import Json

from .answer import NO_CONTENT, Answer, entity
from .call import Call, reference
from .errors import Detail, bad_value, not_found
from .objects import COLLECTIONS, shown

MAX_BINDINGS = 20  # references in one request (graph-surface 9.4)
_TEXT_BOOLEANS = {"true": True, "false": False}


def properties(body: Mapping[str, Json]) -> dict[str, Json]:
    """The properties in a body, without annotations.

    `forceChangePasswordNextSignIn` may be a Boolean written as text: Microsoft's acceptance test sends `"True"` (3.2).
    """
    found = {name: value for name, value in body.items() if "@" not in name}
    profile = found.get("passwordProfile")
    if isinstance(profile, dict):
        found["passwordProfile"] = {
            name: _TEXT_BOOLEANS.get(value.lower(), value) if isinstance(value, str) and name.startswith("force") else value
            for name, value in profile.items()
        }
    return found


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
def refusals(id_: str = "") -> Iterator[None]:
    """The directory's refusals as Graph's errors."""
    try:
        yield
    except NotFound as exc:
        raise not_found(id_) from exc
    except Conflict as exc:
        raise bad_value(str(exc), Detail("ObjectConflict", str(exc))) from exc
    except BadValue as exc:
        raise bad_value(str(exc)) from exc
