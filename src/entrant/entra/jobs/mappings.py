"""Editing how objects are provisioned: attribute mappings, and what may be done in the target (entra-client 12.8, 16).

Every change makes the next cycle an initial one (12.1.3). A schema that a cycle could not work with is refused whole.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection
from dataclasses import replace

from entrant.db.engine import Tx
from entrant.entra.engine.restart import MAPPINGS_CHANGED
from entrant.entra.mapping import check
from entrant.entra.mapping.defaults import standard_attribute
from entrant.entra.mapping.schema import AttributeMapping, ObjectMapping, Schema, ScopeFilter, TargetAction
from entrant.entra.mapping.schema_json import from_json, to_json
from entrant.entra.model import BadValue, Kind, NotFound
from entrant.entra.store.jobs import JobRow
from entrant.scim.wire import Json

from .changing import change, find_job, reset
from .provisioner import Provisioner
from .rows import read_schema, write_schema


def get_schema(p: Provisioner, job_id: str) -> Json:
    """The synchronization schema in Graph's JSON shape (graph-surface 9.7)."""
    return to_json(load_schema(p, job_id))


def load_schema(p: Provisioner, job_id: str) -> Schema:
    """The synchronization schema."""
    return p.db.read(lambda tx: read_schema(find_job(tx, job_id)))


def put_schema(p: Provisioner, job_id: str, document: Json) -> None:
    """Replace it; the next cycle is an initial one (12.1.3). Raises BadValue.

    A mapping of which the document says nothing of `flowTypes` keeps its target object actions: Microsoft's client for
    Python reads flags and leaves them out of what it writes.
    """
    schema = from_json(document, job_id, "")
    silent = {
        mapping["sourceObjectName"]
        for rule in document.get("synchronizationRules") or ()
        for mapping in rule.get("objectMappings") or ()
        if mapping.get("flowTypes") is None
    }
    _edit(p, job_id, lambda before: _with_actions_of(before, schema, silent))


def set_mapping_enabled(p: Provisioner, job_id: str, kind: Kind, *, enabled: bool) -> None:
    """*Provision Microsoft Entra ID Groups*, on or off (1.8); raises BadValue for users, who are always provisioned."""
    if kind is Kind.USER:
        raise BadValue("the mapping of users cannot be disabled; stop provisioning instead")
    _edit_mapping(p, job_id, kind, lambda mapping: replace(mapping, enabled=enabled))


def set_actions(p: Provisioner, job_id: str, kind: Kind, actions: frozenset[TargetAction]) -> None:
    """What may be done with objects of a kind in the target (12.5.5)."""
    _edit_mapping(p, job_id, kind, lambda mapping: replace(mapping, actions=actions))


def set_scoping(p: Provisioner, job_id: str, kind: Kind, scope: ScopeFilter) -> None:
    """Which objects of a kind the job is about (17); an empty filter lets all through."""
    _edit_mapping(p, job_id, kind, lambda mapping: replace(mapping, scope=None if scope == ScopeFilter() else scope))


def set_attribute(p: Provisioner, job_id: str, kind: Kind, attribute: AttributeMapping) -> None:
    """Map a target attribute, in place of what it was mapped to. One that the target lacks is added as text (16.6)."""

    def edit(schema: Schema) -> Schema:
        known = _known(schema, kind, attribute.target)
        return _with_mapping(known, kind, lambda mapping: _with_attribute(mapping, attribute))

    _edit(p, job_id, edit)


def remove_attribute(p: Provisioner, job_id: str, kind: Kind, target: str) -> None:
    """Map a target attribute no more; raises NotFound."""

    def edit(mapping: ObjectMapping) -> ObjectMapping:
        found = mapping.find(target)
        if found is None:
            raise NotFound(f'the mapping of {kind.lower()}s has no attribute "{target}"')
        return replace(mapping, attributes=tuple(each for each in mapping.attributes if each is not found))

    _edit_mapping(p, job_id, kind, edit)


def _edit_mapping(p: Provisioner, job_id: str, kind: Kind, edit: Callable[[ObjectMapping], ObjectMapping]) -> None:
    _edit(p, job_id, lambda schema: _with_mapping(schema, kind, edit))


def _edit(p: Provisioner, job_id: str, edit: Callable[[Schema], Schema]) -> None:
    """Change the schema, if that changes anything."""
    version = str(uuid.uuid4())

    def decide(tx: Tx, job: JobRow) -> JobRow:
        before = read_schema(job)
        after = replace(edit(before), version=before.version)
        if after == before:
            return job
        check.schema(after)
        text = write_schema(replace(after, version=version))
        return reset(tx, replace(job, schema_json=text), MAPPINGS_CHANGED)

    change(p, job_id, decide)


def _with_mapping(schema: Schema, kind: str, edit: Callable[[ObjectMapping], ObjectMapping]) -> Schema:
    rules = tuple(
        replace(
            rule,
            object_mappings=tuple(edit(each) if each.source == kind else each for each in rule.object_mappings),
        )
        for rule in schema.rules
    )
    if all(each.source != kind for rule in schema.rules for each in rule.object_mappings):
        raise NotFound(f"the schema has no mapping of {kind.lower()}s; import one that has")
    return replace(schema, rules=rules)


def _with_actions_of(before: Schema, schema: Schema, sources: Collection[str]) -> Schema:
    """The schema, whose mappings of these objects have the actions that they had before."""
    actions = {each.source: each.actions for rule in before.rules for each in rule.object_mappings}

    def kept(mapping: ObjectMapping) -> ObjectMapping:
        return replace(mapping, actions=actions[mapping.source])

    for source in actions.keys() & set(sources):
        schema = _with_mapping(schema, source, kept)
    return schema


def _with_attribute(mapping: ObjectMapping, attribute: AttributeMapping) -> ObjectMapping:
    """In the place that the target attribute has, or at the end."""
    old = mapping.find(attribute.target)
    if old is None:
        return replace(mapping, attributes=(*mapping.attributes, attribute))
    return replace(mapping, attributes=tuple(attribute if each is old else each for each in mapping.attributes))


def _known(schema: Schema, kind: Kind, name: str) -> Schema:
    """The schema, with that attribute in its target directory."""
    targets = {each.target for rule in schema.rules for each in rule.object_mappings if each.source == kind}
    directories = tuple(
        replace(
            directory,
            objects=tuple(
                replace(each, attributes=(*each.attributes, standard_attribute(name)))
                if each.name in targets and each.find(name) is None
                else each
                for each in directory.objects
            ),
        )
        if directory.name in {rule.target_directory for rule in schema.rules}
        else directory
        for directory in schema.directories
    )
    return replace(schema, directories=directories)
