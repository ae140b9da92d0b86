"""A synchronization schema as values: what of the directory goes where in the target (entra-client 21.3.4).

Names are Graph's.

    Schema ─ Rule ─ ObjectMapping ─ AttributeMapping, ScopeFilter
           └ Directory ─ ObjectDefinition ─ AttributeDefinition

`schema_json.py` reads and writes Graph's JSON, `defaults.py` has the schema of a new application.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from entrant.entra.model import SOURCE_DIRECTORY, Kind

from .expressions.nodes import Expression, functions_of

Metadata = tuple[tuple[str, str], ...]
"""Keys and values that Graph calls `metadata`; kept as they come."""


class AttributeType(StrEnum):
    """Types of attributes (21.3.6)."""

    STRING = "String"
    INTEGER = "Integer"
    REFERENCE = "Reference"
    BINARY = "Binary"
    BOOLEAN = "Boolean"
    DATETIME = "DateTime"


class Mutability(StrEnum):
    """Whether an attribute can be read and written (21.3.6)."""

    READ_WRITE = "ReadWrite"
    READ_ONLY = "ReadOnly"
    IMMUTABLE = "Immutable"
    WRITE_ONLY = "WriteOnly"


class FlowType(StrEnum):
    """When a mapping applies (12.8.2); the portal's Always and Only during object creation are the first two."""

    ALWAYS = "Always"
    OBJECT_ADD_ONLY = "ObjectAddOnly"
    MULTI_VALUE_ADD_ONLY = "MultiValueAddOnly"
    VALUE_ADD_ONLY = "ValueAddOnly"
    ATTRIBUTE_ADD_ONLY = "AttributeAddOnly"


class FlowBehavior(StrEnum):
    """Whether a value flows whenever its object is evaluated, or if it changed (12.8.2)."""

    FLOW_WHEN_CHANGED = "FlowWhenChanged"
    FLOW_ALWAYS = "FlowAlways"


class TargetAction(StrEnum):
    """What may be done in the target: the portal's target object actions, Graph's `flowTypes` (12.5.5)."""

    ADD = "Add"
    UPDATE = "Update"
    DELETE = "Delete"


ALL_ACTIONS = frozenset(TargetAction)


@dataclass(frozen=True)
class AttributeMapping:
    """Where the value of one target attribute comes from."""

    target: str
    """The name of a target attribute: a path such as `emails[type eq "work"].value`."""
    source: Expression | None
    """None leaves the target attribute alone, but for a default value at creation (12.8.1)."""
    default: str | None = None
    """At creation, and only if the source is null (12.8.3)."""
    flow_type: FlowType = FlowType.ALWAYS
    flow_behavior: FlowBehavior = FlowBehavior.FLOW_WHEN_CHANGED
    matching_priority: int = 0
    """0: not a matching attribute; 1 is looked up first (12.6.4)."""
    export_missing_references: bool = False

    @cached_property
    def functions(self) -> frozenset[str]:
        """The names of the functions that the expression calls."""
        return functions_of(self.source)


@dataclass(frozen=True, slots=True)
class Clause:
    """One condition of a filter (17.3)."""

    attribute: str
    operator: str
    """The name of an operator, as in `scoping.OPERATORS`."""
    values: tuple[str, ...] = ()
    """What is compared with: one value for a binary operator, none for a unary one."""


@dataclass(frozen=True, slots=True)
class FilterGroup:
    """A filter of the portal: its clauses are joined by AND, filters by OR (17.1)."""

    name: str
    clauses: tuple[Clause, ...]


@dataclass(frozen=True, slots=True)
class ScopeFilter:
    """Which objects a mapping is about (17.6)."""

    groups: tuple[FilterGroup, ...] = ()
    input_groups: tuple[FilterGroup, ...] = ()
    """Objects that fail these are not looked at, and not deprovisioned either."""
    category_groups: tuple[FilterGroup, ...] = ()


@dataclass(frozen=True, slots=True)
class ObjectMapping:
    """How objects of one kind become objects of the target."""

    name: str
    source: str
    """`User` or `Group`."""
    target: str
    """The name of an object of the target directory: a schema URN."""
    attributes: tuple[AttributeMapping, ...]
    enabled: bool = True
    actions: frozenset[TargetAction] = ALL_ACTIONS
    scope: ScopeFilter | None = None
    metadata: Metadata = ()

    @property
    def kind(self) -> Kind:
        """What it provisions."""
        return Kind(self.source)

    @property
    def matching(self) -> tuple[AttributeMapping, ...]:
        """The matching attributes, in the order in which they are looked up."""
        chosen = (mapping for mapping in self.attributes if mapping.matching_priority)
        return tuple(sorted(chosen, key=lambda mapping: mapping.matching_priority))

    def find(self, target: str) -> AttributeMapping | None:
        """The mapping to a target attribute, whose name is compared without regard to case."""
        return next((mapping for mapping in self.attributes if mapping.target.lower() == target.lower()), None)


@dataclass(frozen=True, slots=True)
class Rule:
    """From one directory to another."""

    id: str
    name: str
    object_mappings: tuple[ObjectMapping, ...]
    source_directory: str = SOURCE_DIRECTORY
    target_directory: str = "customappsso"
    priority: int = 1
    editable: bool = True
    metadata: Metadata = ()


@dataclass(frozen=True, slots=True)
class AttributeDefinition:
    """What a directory says of one attribute."""

    name: str
    type: AttributeType = AttributeType.STRING
    anchor: bool = False
    """Whether it identifies the object for ever."""
    case_exact: bool = False
    multivalued: bool = False
    mutability: Mutability = Mutability.READ_WRITE
    required: bool = False
    canonical_values: tuple[str, ...] = ()
    flow_null_values: bool = False
    default: str | None = None
    referenced_objects: tuple[str, ...] = ()
    """Names of objects that a reference may lead to."""
    api_expressions: Metadata = ()
    metadata: Metadata = ()


@dataclass(frozen=True)
class ObjectDefinition:
    """What a directory says of one kind of object."""

    name: str
    attributes: tuple[AttributeDefinition, ...]
    metadata: Metadata = ()
    supported_apis: tuple[str, ...] = ()

    def find(self, name: str) -> AttributeDefinition | None:
        """The attribute of that very name; without regard to case if there is none."""
        return self._exactly.get(name) or self._folded.get(name.lower())

    # A cycle looks up every attribute of every object.
    @cached_property
    def _exactly(self) -> Mapping[str, AttributeDefinition]:
        return {attribute.name: attribute for attribute in reversed(self.attributes)}

    @cached_property
    def _folded(self) -> Mapping[str, AttributeDefinition]:
        return {attribute.name.lower(): attribute for attribute in reversed(self.attributes)}


@dataclass(frozen=True, slots=True)
class Directory:
    """A system that objects are read from or written to."""

    id: str
    name: str
    objects: tuple[ObjectDefinition, ...]
    version: str = ""
    read_only: bool = False
    discovered: str | None = None
    """Graph's `discoveryDateTime`."""
    discoverabilities: str = "None"
    metadata: Metadata = ()

    def find(self, name: str) -> ObjectDefinition | None:
        """The kind of object of that name."""
        return next((definition for definition in self.objects if definition.name == name), None)


@dataclass(frozen=True, slots=True)
class Schema:
    """All that a job knows of what it does."""

    id: str
    """The id of the job."""
    rules: tuple[Rule, ...]
    directories: tuple[Directory, ...]
    version: str = ""
    metadata: Metadata = field(default=())

    @property
    def rule(self) -> Rule:
        """The one rule of a custom application (1.8)."""
        return self.rules[0]

    def mapping_of(self, kind: Kind) -> ObjectMapping | None:
        """How users, or groups, are provisioned; None if they are not, or the mapping is disabled."""
        mappings = (mapping for rule in self.rules for mapping in rule.object_mappings)
        return next((mapping for mapping in mappings if mapping.source == kind and mapping.enabled), None)

    def directory(self, name: str) -> Directory | None:
        """The directory of that name."""
        return next((directory for directory in self.directories if directory.name == name), None)

    def target_of(self, mapping: ObjectMapping) -> ObjectDefinition:
        """What the target says of the objects that a mapping makes; nothing, if the directory is silent."""
        directory = self.directory(self.rule.target_directory)
        found = directory.find(mapping.target) if directory else None
        return found or ObjectDefinition(mapping.target, ())
