"""What a SCIM schema is: attributes with their characteristics, schemas, resource types (RFC 7643 §2, §6, §7).

Everything that depends on the shape of a resource walks these values: validation, filters, PATCH,
projection, discovery. Names are looked up without regard to case (RFC 7643 §2.1).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, StrEnum

import msgspec

from .wire import Json

ENTERPRISE_URN = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
USER_URN = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP_URN = "urn:ietf:params:scim:schemas:core:2.0:Group"


class Type(StrEnum):
    """Data types (RFC 7643 §2.3)."""

    STRING = "string"
    BOOLEAN = "boolean"
    DECIMAL = "decimal"
    INTEGER = "integer"
    DATETIME = "dateTime"
    BINARY = "binary"
    REFERENCE = "reference"
    COMPLEX = "complex"


class Mutability(StrEnum):
    """Who may write the attribute, and when (RFC 7643 §7)."""

    READ_ONLY = "readOnly"
    READ_WRITE = "readWrite"
    IMMUTABLE = "immutable"
    WRITE_ONLY = "writeOnly"


class Returned(StrEnum):
    """When the attribute is in an answer (RFC 7643 §7)."""

    ALWAYS = "always"
    NEVER = "never"
    DEFAULT = "default"
    REQUEST = "request"


class Uniqueness(StrEnum):
    """Within what the value must be unique (RFC 7643 §7)."""

    NONE = "none"
    SERVER = "server"
    GLOBAL = "global"


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute or sub-attribute and its characteristics (RFC 7643 §7).

    `assigned` is required of every resource, and given by the service where a client does not send it.
    """

    name: str
    type: Type = Type.STRING
    description: str = ""
    multi_valued: bool = False
    required: bool = False
    assigned: bool = False
    canonical_values: tuple[str, ...] = ()
    case_exact: bool = False
    mutability: Mutability = Mutability.READ_WRITE
    returned: Returned = Returned.DEFAULT
    uniqueness: Uniqueness = Uniqueness.NONE
    reference_types: tuple[str, ...] = ()
    sub_attributes: tuple[Attribute, ...] = ()
    _by_name: dict[str, Attribute] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_name", {a.name.lower(): a for a in self.sub_attributes})

    def find(self, name: str) -> Attribute | None:
        """The sub-attribute of that name, case ignored."""
        return self._by_name.get(name.lower())


@dataclass(frozen=True, slots=True)
class Schema:
    """A named list of attributes (RFC 7643 §7)."""

    id: str
    name: str
    description: str
    attributes: tuple[Attribute, ...]
    _by_name: dict[str, Attribute] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_name", {a.name.lower(): a for a in self.attributes})

    def find(self, name: str) -> Attribute | None:
        """The attribute of that name, case ignored."""
        return self._by_name.get(name.lower())


class Common(Enum):
    """Attributes that every resource has beside its schema's (RFC 7643 §3.1)."""

    SCHEMAS = Attribute(
        "schemas", Type.REFERENCE, "URNs of the schemas in this resource.", multi_valued=True, required=True,
        case_exact=True, returned=Returned.ALWAYS, reference_types=("uri",),
    )  # fmt: skip
    ID = Attribute(
        "id", Type.STRING, "Identifier that the service provider chose; never changes, never reused.", case_exact=True,
        mutability=Mutability.READ_ONLY, returned=Returned.ALWAYS, uniqueness=Uniqueness.SERVER,
    )  # fmt: skip
    META = Attribute(
        "meta", Type.COMPLEX, "Facts about the resource.", mutability=Mutability.READ_ONLY,
        sub_attributes=(
            Attribute("resourceType", case_exact=True, mutability=Mutability.READ_ONLY),
            Attribute("created", Type.DATETIME, mutability=Mutability.READ_ONLY),
            Attribute("lastModified", Type.DATETIME, mutability=Mutability.READ_ONLY),
            Attribute(
                "location", Type.REFERENCE, case_exact=True, mutability=Mutability.READ_ONLY, reference_types=("uri",)
            ),
            Attribute("version", case_exact=True, mutability=Mutability.READ_ONLY),
        ),
    )  # fmt: skip


_COMMON = {c.value.name.lower(): c.value for c in Common}


class Resolved(msgspec.Struct, frozen=True):
    """Where in a resource a path leads.

    `urn` is the extension that holds the attribute, in the schema's spelling, or None for the core schema
    and the common attributes. `sub` is the sub-attribute, if the path names one.
    """

    urn: str | None
    attribute: Attribute
    sub: Attribute | None = None

    @property
    def leaf(self) -> Attribute:
        """The attribute whose characteristics apply to the value the path leads to."""
        return self.sub or self.attribute


@dataclass(frozen=True, slots=True)
class ResourceType:
    """A kind of resource: its endpoint, core schema and extensions (RFC 7643 §6). No extension is required."""

    name: str
    endpoint: str
    description: str
    schema: Schema
    extensions: tuple[Schema, ...] = ()
    on_request: bool = field(init=False, repr=False, compare=False)
    """Whether any attribute is returned on request only."""
    _extensions: dict[str, Schema] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_extensions", {s.id.lower(): s for s in self.extensions})
        attributes = (a for schema in (self.schema, *self.extensions) for a in schema.attributes)
        object.__setattr__(self, "on_request", any(a.returned is Returned.REQUEST for a in attributes))

    def find_extension(self, urn: str) -> Schema | None:
        """The extension schema of that URN, case ignored."""
        return self._extensions.get(urn.lower())

    def find_attribute(self, name: str) -> Attribute | None:
        """The common or core attribute of that name, case ignored. Extension attributes need their URN."""
        return self.schema.find(name) or _COMMON.get(name.lower())

    def find(self, urn: str | None, name: str, sub: str | None = None) -> Resolved | None:
        """Where `urn:name.sub` leads, or None if the schema has no such attribute (names as in RFC 7644 §3.10)."""
        if urn is None or urn.lower() == self.schema.id.lower():
            home, attribute = None, self.find_attribute(name)
        else:
            extension = self.find_extension(urn)
            if extension is None:
                return None
            home, attribute = extension.id, extension.find(name)
        if attribute is None:
            return None
        if sub is None:
            return Resolved(home, attribute)
        found = attribute.find(sub)
        return None if found is None else Resolved(home, attribute, found)


Resource = dict[str, Json]
"""A resource as JSON with the schema's spelling: core attributes, extensions under their URN.

`id` and `meta` are in it only where a docstring says so; a stored document has neither.
"""
