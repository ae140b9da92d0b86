"""What an object's attributes come to in the target: applying an object mapping (entra-client §12.8).

`apply()` gives the values; `target.py` reads what a target resource has; `diff.py` compares the two.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from random import Random
from typing import TypeAlias

from entrant.entra.model import BadValue, Kind, Subject
from entrant.scim.filter import Path

from .attributes import Role, Scalar, Value, role, value_of
from .defaults import standard_attribute
from .expressions.arguments import Environment, to_text
from .expressions.evaluate import evaluate
from .expressions.nodes import Call
from .schema import (
    AttributeDefinition,
    AttributeMapping,
    AttributeType,
    FlowType,
    Mutability,
    ObjectDefinition,
    ObjectMapping,
)
from .target import path_of

Native: TypeAlias = Scalar | tuple[Scalar | Role, ...]
"""A value by the target attribute's type: a Boolean is a bool, an Integer an int, anything else text.

A multi-valued attribute's value is a tuple of these. Roles from the two complex functions are a tuple of mappings with
the members `id`, `value` and `displayName`, all of them texts.
"""


class RoleForm(StrEnum):
    """Which of the three role functions made a value (8.7); they differ on the wire."""

    SINGLE = "SingleAppRoleAssignment"
    ADDITIVE = "AppRoleAssignmentsComplex"
    ASSERTIVE = "AssertiveAppRoleAssignmentsComplex"


@dataclass(frozen=True, slots=True)
class TargetValue:
    """A value for one target attribute."""

    name: str
    """The target attribute as the mapping has it: the path on the wire and the name in the log."""
    path: Path | None
    """The name read as a path of RFC 7644: `emails[type eq "work"].value`; None if it is none."""
    definition: AttributeDefinition
    """What the target directory says of it: type, caseExact, multivalued."""
    value: Native
    """A reference: the id in the directory of the object it leads to; the engine has the target's id in its links."""
    text: str
    """As text: `True` and `False` for a Boolean (8.3.2); the parts of several values joined by commas."""
    flow_type: FlowType = FlowType.ALWAYS
    matching_priority: int = 0
    redacted: bool = False
    """The log shows `[Redact]` in place of the value."""
    roles: RoleForm | None = None

    @property
    def is_reference(self) -> bool:
        """References are exported after the objects (12.8.5)."""
        return self.definition.type is AttributeType.REFERENCE

    @property
    def shown(self) -> str:
        """What the log says of it."""
        return "[Redact]" if self.redacted else self.text


@dataclass(frozen=True, slots=True)
class Failure:
    """An attribute whose expression failed (18.8); if it is a matching attribute, the object fails with it."""

    name: str
    message: str
    matching_priority: int = 0


@dataclass(frozen=True, slots=True)
class Applied:
    """What a mapping made of an object, in the order of its attribute mappings."""

    kind: Kind
    values: tuple[TargetValue, ...]
    failures: tuple[Failure, ...] = ()

    @property
    def plain(self) -> tuple[TargetValue, ...]:
        """The values that are exported with the object itself."""
        return tuple(value for value in self.values if not value.is_reference)

    @property
    def references(self) -> tuple[TargetValue, ...]:
        """The values that are exported afterwards: the manager. Members are not among them (`State.membership`)."""
        return tuple(value for value in self.values if value.is_reference)

    @property
    def matching(self) -> tuple[TargetValue, ...]:
        """The values that the target is searched by, in order."""
        return tuple(sorted((v for v in self.values if v.matching_priority), key=lambda v: v.matching_priority))

    def find(self, name: str) -> TargetValue | None:
        """The value for a target attribute, whose name is compared without regard to case."""
        return next((value for value in self.values if value.name.lower() == name.lower()), None)


def apply(
    subject: Subject,
    mapping: ObjectMapping,
    target: ObjectDefinition,
    *,
    now: datetime,
    chance: Random,
    soft_deleted: bool,
    creating: bool,
    default_domain: str = "",
) -> Applied:
    """The values that a mapping gives an object in the target.

    `target` is the target directory's description (`Schema.target_of()`), `soft_deleted` comes from
    `scoping.scope_of()`. At creation values come too that flow only then, and defaults for what is null (12.8.3).
    What is null or empty is left out: it is never provisioned (8.2.6).
    """

    def value(name: str) -> Value:
        return value_of(subject, name, soft_deleted=soft_deleted)

    environment = Environment(value, now, chance, default_domain)
    values: list[TargetValue] = []
    failures: list[Failure] = []
    for attribute in mapping.attributes:
        if attribute.flow_type is FlowType.OBJECT_ADD_ONLY and not creating:
            continue
        try:
            found = _apply(attribute, definition_of(target, attribute.target), environment, creating=creating)
        except BadValue as problem:
            failures.append(Failure(attribute.target, str(problem), attribute.matching_priority))
        else:
            values += [found] if found else []
    return Applied(subject.kind, tuple(values), tuple(failures))


def definition_of(target: ObjectDefinition, name: str) -> AttributeDefinition:
    """What the target says of an attribute; what is usual for one of that name if it says nothing."""
    return target.find(name) or standard_attribute(name)


def _apply(
    mapping: AttributeMapping, definition: AttributeDefinition, environment: Environment, *, creating: bool
) -> TargetValue | None:
    """The value of one attribute, or None if it has none; raises BadValue."""
    result = evaluate(mapping.source, environment)
    functions = mapping.functions
    roles = _ROLES.get(mapping.source.function) if isinstance(mapping.source, Call) else None
    empty = result is None or result in ("", ())
    if empty and creating and "IgnoreFlowIfNullOrEmpty" not in functions:
        result = mapping.default
        empty = result is None or result == ""
    # Losing the last role is a value of its own for the one function that takes roles away (8.7.4).
    keeps_empty = roles is RoleForm.ASSERTIVE and not creating
    if (empty and not keeps_empty) or definition.mutability is Mutability.READ_ONLY:
        return None
    native = convert(() if empty else result, definition, complex_roles=roles not in {None, RoleForm.SINGLE})
    return TargetValue(
        name=mapping.target,
        path=path_of(mapping.target),
        definition=definition,
        value=native,
        text=to_text(native) or "",
        flow_type=mapping.flow_type,
        matching_priority=mapping.matching_priority,
        redacted="Redact" in functions,
        roles=roles,
    )


_ROLES = {str(form): form for form in RoleForm}


def convert(value: Value, definition: AttributeDefinition, *, complex_roles: bool = False) -> Native:
    """A value as the target attribute's type wants it (18.7); raises BadValue.

    Several values for an attribute that takes one are joined by commas. Roles stay whole where one of the complex
    functions made them, and are their `value` otherwise.
    """
    if complex_roles:
        return value if isinstance(value, tuple) else (role("", str(value), str(value)),)
    if definition.multivalued:
        items = value if isinstance(value, tuple) else (value,)
        return tuple(_convert(to_text(item) or "", definition) for item in items)
    return _convert(to_text(value) or "", definition)


def _convert(text: str, definition: AttributeDefinition) -> str | bool | int:
    match definition.type:
        case AttributeType.BOOLEAN:
            if text.lower() in _BOOLEANS:
                return _BOOLEANS[text.lower()]
            raise BadValue(f'"{definition.name}" is a Boolean: its value can be True or False, not "{text[:100]}"')
        case AttributeType.INTEGER:
            try:
                return int(text)
            except ValueError as problem:
                raise BadValue(f'"{definition.name}" is an Integer: "{text[:100]}" is none') from problem
        case _:
            return text


_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}
