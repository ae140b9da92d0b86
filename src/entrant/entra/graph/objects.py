"""Users and groups as they are answered: alone, in collections of their kind, and in collections of both."""

from __future__ import annotations

from entrant.entra.mapping.properties import SECRET
from entrant.entra.model import DirectoryObject, Kind
from entrant.scim.wire import Json

from .entities import TYPES
from .odata.projection import project

TYPE = "@odata.type"
_BY_ANNOTATION = {type_.annotation: type_ for type_ in TYPES.values()}
COLLECTIONS = {Kind.USER: "users", Kind.GROUP: "groups"}


def object_json(object_: DirectoryObject) -> Json:
    """All properties of a user or a group; no secret is among them."""
    return {
        **{name: value for name, value in object_.properties.items() if name not in SECRET},
        "id": object_.id,
        "createdDateTime": object_.created,
        "deletedDateTime": object_.deleted,
    }


def shown(object_: DirectoryObject, names: tuple[str, ...] | None) -> Json:
    """The properties of an object that are asked for, or those that are answered unasked."""
    return project(object_json(object_), TYPES[object_.kind], names)


def typed(object_: DirectoryObject) -> Json:
    """All properties of an object, and of which kind it is, for collections of several kinds (graph-surface 9.1)."""
    return {TYPE: TYPES[object_.kind].annotation, **object_json(object_)}


def project_typed(entity: Json, names: tuple[str, ...] | None) -> Json:
    """Of what `typed` made, the properties asked for that its kind has, or those that are answered unasked."""
    known = _BY_ANNOTATION[entity[TYPE]]
    mine = None if names is None else tuple(name for name in names if known.find(name))
    shown_ = project(entity, known, mine)
    return {TYPE: shown_.pop(TYPE), **shown_}
