"""What a synchronization schema must be before it is taken (entra-client 12.6.4, 17, 18; graph-surface §4).

Every refusal is a BadValue whose message says what to change.
"""

from __future__ import annotations

from difflib import get_close_matches

from entrant.entra.model import BadValue, Kind

from .attributes import EXTENSION
from .expressions.nodes import Call, Expression, attributes_of, functions_of
from .expressions.parser import MAX_LENGTH
from .schema import AttributeMapping, AttributeType, FlowType, ObjectDefinition, ObjectMapping, Rule, Schema
from .scoping import check_filter
from .target import path_of

UNSUPPORTED = {
    "SelectUniqueValue": "it works only for provisioning from an HR system to a directory (18.3)",
}
"""Functions that exist in the language and not for SCIM targets."""


def schema(schema: Schema) -> None:
    """Refuse a schema that a job could not work with."""
    if not schema.rules:
        raise BadValue("the schema has no synchronization rule")
    if not schema.directories:
        raise BadValue("the schema has no directories; send the whole schema, as it is read")
    for rule in schema.rules:
        _rule(schema, rule)


def _rule(schema: Schema, rule: Rule) -> None:
    source = schema.directory(rule.source_directory)
    if source is None:
        raise BadValue(f'the rule "{rule.name}" is about a directory "{rule.source_directory}" that the schema lacks')
    if schema.directory(rule.target_directory) is None:
        raise BadValue(f'the rule "{rule.name}" is about a directory "{rule.target_directory}" that the schema lacks')
    sources = [mapping.source for mapping in rule.object_mappings]
    for mapping in rule.object_mappings:
        if mapping.source not in set(Kind) or sources.count(mapping.source) > 1:
            raise BadValue(f'the rule "{rule.name}" must map User once and Group at most once, not "{mapping.source}"')
        definition = source.find(mapping.source)
        if definition is None:
            raise BadValue(f'the directory "{source.name}" has no object "{mapping.source}"')
        target = schema.target_of(mapping)
        _once_each(source.name, definition)
        _once_each(rule.target_directory, target)
        object_mapping(mapping, definition, target)
    users = [mapping for mapping in rule.object_mappings if mapping.source == Kind.USER]
    if not users or not users[0].enabled:
        raise BadValue("the mapping of users is missing or disabled; only the mapping of groups can be (1.8)")


def _once_each(directory: str, definition: ObjectDefinition) -> None:
    names = [attribute.name.lower() for attribute in definition.attributes]
    if len(set(names)) < len(names):
        twice = next(attribute.name for attribute in definition.attributes if names.count(attribute.name.lower()) > 1)
        raise BadValue(f'the object "{definition.name}" of "{directory}" has the attribute "{twice}" more than once')


def object_mapping(mapping: ObjectMapping, source: ObjectDefinition, target: ObjectDefinition) -> None:
    """Refuse an object mapping that could not be applied; raises BadValue."""
    names = [attribute.target.lower() for attribute in mapping.attributes]
    for attribute in mapping.attributes:
        where = f'the mapping to "{attribute.target}"'
        if names.count(attribute.target.lower()) > 1:
            raise BadValue(f"{where} is there more than once; a target attribute has one source")
        if attribute.target.lower() == "id":
            raise BadValue(f"{where} cannot be: the application gives its resources their ids (7.10)")
        if "[" in attribute.target and path_of(attribute.target) is None:
            raise BadValue(
                f'{where} is malformed: a filter in a target attribute is written emails[type eq "work"].value'
            )
        if attribute.default is not None and len(attribute.default) > MAX_LENGTH:
            raise BadValue(f"{where} has a default value of more than {MAX_LENGTH:,} characters")
        if attribute.source is not None:
            _expression(attribute.source, where, source)
            _reference(attribute, where, source, target)
    _matching(mapping, source, target)
    if mapping.scope is not None:
        check_filter(mapping.scope, source)


def _expression(node: Expression, where: str, source: ObjectDefinition) -> None:
    if len(str(node)) > MAX_LENGTH:
        raise BadValue(f"{where}: the expression is longer than {MAX_LENGTH:,} characters")
    known = {attribute.name for attribute in source.attributes}
    for name in sorted(attributes_of(node)):
        if name not in known and not EXTENSION.fullmatch(name):
            near = get_close_matches(name.lower(), {other.lower() for other in known}, n=1, cutoff=0.75)
            hint = next((f'; did you mean "{other}"?' for other in sorted(known) if other.lower() in near), "")
            raise BadValue(f'{where}: {source.name} has no attribute "{name[:100]}"{hint}')
    for name, why in UNSUPPORTED.items():
        if name in functions_of(node):
            raise BadValue(f"{where} uses {name}: {why}")


def _reference(attribute: AttributeMapping, where: str, source: ObjectDefinition, target: ObjectDefinition) -> None:
    """References are mapped directly, from reference to reference (8.6.8)."""
    definition = target.find(attribute.target)
    references = {known.name for known in source.attributes if known.type is AttributeType.REFERENCE}
    used = attributes_of(attribute.source) & references
    direct = not isinstance(attribute.source, Call)
    if definition is not None and definition.type is AttributeType.REFERENCE and not (used and direct):
        raise BadValue(f"{where} must be direct, from an attribute such as manager: it is a reference (8.6.8)")


def _matching(mapping: ObjectMapping, source: ObjectDefinition, target: ObjectDefinition) -> None:
    priorities = [attribute.matching_priority for attribute in mapping.matching]
    where = f'the mapping "{mapping.name}"'
    if any(priority < 0 for priority in priorities):
        raise BadValue(f"{where} has a negative matching priority; 1 is looked up first, 0 not at all")
    if not priorities:
        raise BadValue(f"{where} has no matching attribute: give one of them the matching priority 1 (12.6.4)")
    if len(set(priorities)) < len(priorities):
        twice = next(priority for priority in priorities if priorities.count(priority) > 1)
        raise BadValue(f"{where} has the matching priority {twice} twice; number them 1, 2 and so on")
    for attribute in mapping.matching:
        _matching_attribute(attribute, source, target)


def _matching_attribute(attribute: AttributeMapping, source: ObjectDefinition, target: ObjectDefinition) -> None:
    where = f'"{attribute.target}" cannot be a matching attribute: '
    definition = target.find(attribute.target)
    if attribute.source is None:
        raise BadValue(f"{where}it has no source")
    if definition is not None and (definition.multivalued or definition.type is AttributeType.REFERENCE):
        raise BadValue(f"{where}it is multi-valued or a reference (12.6.4)")
    if attribute.flow_type is not FlowType.ALWAYS and attribute.flow_type is not FlowType.OBJECT_ADD_ONLY:
        raise BadValue(f"{where}its flow type must be Always or ObjectAddOnly")
    many = {known.name for known in source.attributes if known.multivalued}
    if not isinstance(attribute.source, Call) and attributes_of(attribute.source) & many:
        raise BadValue(f"{where}its source is multi-valued (12.6.4)")
