"""A synchronization schema to and from Graph's JSON (entra-client 21.3.4, graph-surface §4 and 9.7).

What is written has no member that is null: Microsoft's acceptance test takes a null for an error (graph-surface §4).
What is read may leave out whatever has a usual value; members that are not known here are ignored.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import TypeVar

from entrant.entra.model import SOURCE_DIRECTORY, TARGET_DIRECTORY, BadValue
from entrant.scim.wire import Json

from . import check
from .defaults import standard_attribute
from .expressions import tree
from .schema import (
    ALL_ACTIONS,
    AttributeDefinition,
    AttributeMapping,
    AttributeType,
    Clause,
    Directory,
    FilterGroup,
    FlowBehavior,
    FlowType,
    Metadata,
    Mutability,
    ObjectDefinition,
    ObjectMapping,
    Rule,
    Schema,
    ScopeFilter,
    TargetAction,
)

MAX_ITEMS = 2_000  # members of any one list of a schema
_MISSING = object()

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)


def to_json(schema: Schema) -> Json:
    """A schema as Graph returns it."""
    return {
        "id": schema.id,
        "version": schema.version,
        "synchronizationRules": [_rule_to_json(rule) for rule in schema.rules],
        "directories": [directory_to_json(directory) for directory in schema.directories],
    } | _metadata_to_json(schema.metadata)


def _rule_to_json(rule: Rule) -> Json:
    return {
        "id": rule.id,
        "name": rule.name,
        "priority": rule.priority,
        "editable": rule.editable,
        "sourceDirectoryName": rule.source_directory,
        "targetDirectoryName": rule.target_directory,
        "objectMappings": [object_mapping_to_json(mapping) for mapping in rule.object_mappings],
        **_metadata_to_json(rule.metadata),
    }


def object_mapping_to_json(mapping: ObjectMapping) -> Json:
    """An object mapping with its filter and its attribute mappings."""
    actions = ", ".join(action for action in TargetAction if action in mapping.actions)
    return {
        "name": mapping.name,
        "enabled": mapping.enabled,
        "flowTypes": actions or "None",
        "sourceObjectName": mapping.source,
        "targetObjectName": mapping.target,
        "attributeMappings": [attribute_mapping_to_json(attribute) for attribute in mapping.attributes],
        **({"scope": scope_to_json(mapping.scope)} if mapping.scope else {}),
        **_metadata_to_json(mapping.metadata),
    }


def attribute_mapping_to_json(mapping: AttributeMapping) -> Json:
    """An attribute mapping; without `source` and `defaultValue` if it has none."""
    return {
        "targetAttributeName": mapping.target,
        **({"source": tree.to_json(mapping.source)} if mapping.source else {}),
        **({"defaultValue": mapping.default} if mapping.default is not None else {}),
        "exportMissingReferences": mapping.export_missing_references,
        "flowBehavior": mapping.flow_behavior.value,
        "flowType": mapping.flow_type.value,
        "matchingPriority": mapping.matching_priority,
    }


def scope_to_json(scope: ScopeFilter) -> Json:
    """A filter of an object mapping (17.6)."""
    return {
        name: [
            {
                "name": group.name,
                "clauses": [
                    {
                        "operatorName": clause.operator,
                        "sourceOperandName": clause.attribute,
                        "targetOperand": {"values": list(clause.values)},
                    }
                    for clause in group.clauses
                ],
            }
            for group in groups
        ]
        for name, groups in (
            ("groups", scope.groups),
            ("inputFilterGroups", scope.input_groups),
            ("categoryFilterGroups", scope.category_groups),
        )
    }


def directory_to_json(directory: Directory) -> Json:
    """A directory with its objects, as `GET …/schema/directories/{id}` returns it too."""
    return {
        "id": directory.id,
        "name": directory.name,
        "version": directory.version,
        "readOnly": directory.read_only,
        "discoverabilities": directory.discoverabilities,
        **({"discoveryDateTime": directory.discovered} if directory.discovered else {}),
        "objects": [_object_to_json(definition) for definition in directory.objects],
        **_metadata_to_json(directory.metadata),
    }


def _object_to_json(definition: ObjectDefinition) -> Json:
    return {
        "name": definition.name,
        **({"supportedApis": list(definition.supported_apis)} if definition.supported_apis else {}),
        "attributes": [attribute_definition_to_json(attribute) for attribute in definition.attributes],
        **_metadata_to_json(definition.metadata),
    }


def attribute_definition_to_json(attribute: AttributeDefinition) -> Json:
    """What a directory says of an attribute. `canonicalValues` is not Graph's; Microsoft's test looks for it."""
    referenced = [{"referencedObjectName": name} for name in attribute.referenced_objects]
    return {
        "name": attribute.name,
        "type": attribute.type.value,
        "anchor": attribute.anchor,
        "caseExact": attribute.case_exact,
        "required": attribute.required,
        "multivalued": attribute.multivalued,
        "mutability": attribute.mutability.value,
        "flowNullValues": attribute.flow_null_values,
        **({"defaultValue": attribute.default} if attribute.default is not None else {}),
        **({"canonicalValues": list(attribute.canonical_values)} if attribute.canonical_values else {}),
        "referencedObjects": referenced,
        "apiExpressions": _pairs_to_json(attribute.api_expressions),
        "metadata": _pairs_to_json(attribute.metadata),
    }


def _pairs_to_json(pairs: Metadata) -> Json:
    return [{"key": key, "value": value} for key, value in pairs]


def _metadata_to_json(pairs: Metadata) -> dict[str, Json]:
    return {"metadata": _pairs_to_json(pairs)}


def from_json(document: Json, job_id: str, version: str) -> Schema:
    """A schema that somebody sent, checked as a whole; raises BadValue with a sentence.

    Its id and version are the service's to say: whatever the document has for them is ignored.
    """
    reader = _Reader(document, "the schema")
    schema = Schema(
        job_id,
        reader.each("synchronizationRules", _rule),
        reader.each("directories", directory_from_json),
        version,
        reader.pairs("metadata"),
    )
    check.schema(schema)
    return schema


def _rule(document: Json, where: str) -> Rule:
    reader = _Reader(document, where)
    name = reader.text("name", "")
    return Rule(
        reader.text("id", name) or name,
        name,
        reader.each("objectMappings", object_mapping_from_json),
        reader.text("sourceDirectoryName", SOURCE_DIRECTORY),
        reader.text("targetDirectoryName", TARGET_DIRECTORY),
        reader.integer("priority", 1),
        reader.flag("editable", default=True),
        reader.pairs("metadata"),
    )


def object_mapping_from_json(document: Json, where: str = "the object mapping") -> ObjectMapping:
    """An object mapping, not yet checked (`check.object_mapping()`)."""
    reader = _Reader(document, where)
    scope = reader.get("scope", None)
    return ObjectMapping(
        reader.text("name", ""),
        reader.text("sourceObjectName"),
        reader.text("targetObjectName"),
        reader.each("attributeMappings", attribute_mapping_from_json),
        reader.flag("enabled", default=True),
        _actions(reader.get("flowTypes", None), where),
        None if scope is None else scope_from_json(scope, where),
        reader.pairs("metadata"),
    )


def _actions(value: Json, where: str) -> frozenset[TargetAction]:
    """Flags joined by commas: `Add, Update, Delete`; `None` is none of them."""
    if value is None:
        return ALL_ACTIONS
    if not isinstance(value, str):
        raise BadValue(f"flowTypes of {where} must be a text such as Add, Update, Delete")
    names = [name.strip() for name in value.split(",")]
    return frozenset(
        _enum(TargetAction, name, "flowTypes", where) for name in names if name.lower() not in {"none", ""}
    )


def attribute_mapping_from_json(document: Json, where: str = "the attribute mapping") -> AttributeMapping:
    """An attribute mapping, not yet checked."""
    reader = _Reader(document, where)
    target = reader.text("targetAttributeName")
    where = f'the mapping to "{target}"'
    source, default = reader.get("source", None), reader.get("defaultValue", None)
    try:
        expression = None if source is None else tree.from_json(source)
    except BadValue as problem:
        raise BadValue(f"{where}: {problem}") from problem
    return AttributeMapping(
        target,
        expression,
        None if default is None else str(default),
        reader.one_of("flowType", FlowType, FlowType.ALWAYS),
        reader.one_of("flowBehavior", FlowBehavior, FlowBehavior.FLOW_WHEN_CHANGED),
        reader.integer("matchingPriority", 0),
        reader.flag("exportMissingReferences", default=False),
    )


def scope_from_json(document: Json, where: str = "the filter") -> ScopeFilter | None:
    """A filter; None if it has no group at all."""
    reader = _Reader(document, f"the scope of {where}")
    names = ("groups", "inputFilterGroups", "categoryFilterGroups")
    groups, inputs, categories = (reader.each(name, _filter_group) for name in names)
    return ScopeFilter(groups, inputs, categories) if groups or inputs or categories else None


def _filter_group(document: Json, where: str) -> FilterGroup:
    reader = _Reader(document, where)
    return FilterGroup(reader.text("name", ""), reader.each("clauses", _clause))


def _clause(document: Json, where: str) -> Clause:
    reader = _Reader(document, where)
    operand = _Reader(reader.get("targetOperand", None) or {}, f"targetOperand of {where}")
    values = operand.each("values", lambda value, _: "" if value is None else str(value))
    return Clause(reader.text("sourceOperandName"), reader.text("operatorName"), values)


def directory_from_json(document: Json, where: str = "the directory") -> Directory:
    """A directory with its objects."""
    reader = _Reader(document, where)
    name = reader.text("name")
    return Directory(
        reader.text("id", name),
        name,
        reader.each("objects", _object),
        reader.text("version", ""),
        reader.flag("readOnly", default=False),
        reader.text("discoveryDateTime", "") or None,
        reader.text("discoverabilities", "None"),
        reader.pairs("metadata"),
    )


def _object(document: Json, where: str) -> ObjectDefinition:
    reader = _Reader(document, where)
    return ObjectDefinition(
        reader.text("name"),
        reader.each("attributes", attribute_definition_from_json),
        reader.pairs("metadata"),
        reader.each("supportedApis", lambda value, _: str(value)),
    )


def attribute_definition_from_json(document: Json, where: str = "the attribute") -> AttributeDefinition:
    """What a directory says of an attribute. What is left out is as usual for an attribute of that name."""
    reader = _Reader(document, where)
    name = reader.text("name")
    usual, default = standard_attribute(name), reader.get("defaultValue", None)
    return AttributeDefinition(
        name,
        reader.one_of("type", AttributeType, usual.type),
        reader.flag("anchor", default=usual.anchor),
        reader.flag("caseExact", default=usual.case_exact),
        reader.flag("multivalued", default=usual.multivalued),
        reader.one_of("mutability", Mutability, usual.mutability),
        reader.flag("required", default=usual.required),
        reader.each("canonicalValues", lambda value, _: str(value)),
        reader.flag("flowNullValues", default=False),
        None if default is None else str(default),
        reader.each("referencedObjects", _referenced),
        reader.pairs("apiExpressions"),
        reader.pairs("metadata"),
    )


def _referenced(document: Json, where: str) -> str:
    return document if isinstance(document, str) else _Reader(document, where).text("referencedObjectName")


def _enum(type_: type[E], value: Json, name: str, where: str) -> E:
    """A member of an enumeration, whose name is read in any case."""
    for member in type_:
        if isinstance(value, str) and value.lower() == member.value.lower():
            return member
    raise BadValue(f'{name} of {where} is "{value}"; it can be {", ".join(member.value for member in type_)}')


class _Reader:
    """The members of one JSON object. A member that is null is as one that is missing."""

    def __init__(self, document: Json, where: str) -> None:
        if not isinstance(document, Mapping):
            raise BadValue(f"{where} must be an object")
        self._document, self._where = document, where

    def get(self, name: str, default: Json) -> Json:
        value = self._document.get(name)
        return default if value is None else value

    def text(self, name: str, default: Json = _MISSING) -> str:
        value = self.get(name, default)
        if value is _MISSING or (default is _MISSING and value == ""):
            raise BadValue(f"{self._where} has no {name}")
        if not isinstance(value, str):
            raise BadValue(f"{name} of {self._where} must be a text")
        return value

    def flag(self, name: str, *, default: bool) -> bool:
        value = self.get(name, default)
        if isinstance(value, str) and value.lower() in {"true", "false"}:
            return value.lower() == "true"
        if not isinstance(value, bool):
            raise BadValue(f"{name} of {self._where} must be true or false")
        return value

    def integer(self, name: str, default: int) -> int:
        value = self.get(name, default)
        if not isinstance(value, int) or isinstance(value, bool):
            raise BadValue(f"{name} of {self._where} must be a whole number")
        return value

    def one_of(self, name: str, type_: type[E], default: E) -> E:
        return _enum(type_, self.get(name, default), name, self._where)

    def each(self, name: str, read: Callable[[Json, str], T]) -> tuple[T, ...]:
        """A list, each item read by `read`, which is told what to call it."""
        items = self.get(name, [])
        if not isinstance(items, list):
            raise BadValue(f"{name} of {self._where} must be a list")
        if len(items) > MAX_ITEMS:
            raise BadValue(f"{name} of {self._where} has more than {MAX_ITEMS:,} items")
        return tuple(read(item, f"item {place} of {name} of {self._where}") for place, item in enumerate(items, 1))

    def pairs(self, name: str) -> Metadata:
        """A list of objects with `key` and `value`."""

        def pair(document: Json, where: str) -> tuple[str, str]:
            reader = _Reader(document, where)
            return reader.text("key"), str(reader.get("value", ""))

        return self.each(name, pair)
