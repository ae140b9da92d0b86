"""The changes that make a target resource have the mapped values (entra-client 8.2)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from entrant.entra.model import ModifiedProperty
from entrant.scim.fold import fold
from entrant.scim.formats import instant
from entrant.scim.wire import Json

from .flow import RoleForm, TargetValue
from .schema import AttributeType, FlowType, Mutability
from .target import as_text, read

_AT_CREATION = frozenset({FlowType.OBJECT_ADD_ONLY})
_IF_ABSENT = frozenset({FlowType.ATTRIBUTE_ADD_ONLY, FlowType.VALUE_ADD_ONLY})


class Op(StrEnum):
    """`Add` if the target has no value, `Replace` if it has another one (8.2.2)."""

    ADD = "Add"
    REPLACE = "Replace"


@dataclass(frozen=True, slots=True)
class Change:
    """One attribute that differs, to be printed as an operation of a PATCH."""

    op: Op
    target: TargetValue
    before: str | None
    """The target's value as text, for the log."""

    @property
    def modified(self) -> ModifiedProperty:
        """The change as the log has it (21.1.4)."""
        before = "[Redact]" if self.target.redacted and self.before else self.before
        return ModifiedProperty(self.target.name, before, self.target.shown)


def changes(values: Iterable[TargetValue], resource: Json) -> tuple[Change, ...]:
    """What differs between the mapped values and a target resource as it was just read, in the values' order (8.2.8).

    References are not compared here: what they lead to has another id in the target. Pass `Applied.plain`.
    """
    found = (change(value, read(resource, value.path, value.name)) for value in values if not value.is_reference)
    return tuple(one for one in found if one is not None)


def change(value: TargetValue, current: Json) -> Change | None:
    """What has to be done about one attribute whose value in the target is `current`; None if nothing.

    The one rule for references too, once the engine has put the target's id in the place of the directory's.
    """
    before = as_text(current)
    if value.flow_type in _AT_CREATION or value.definition.mutability is Mutability.READ_ONLY:
        return None
    if value.roles in {RoleForm.ADDITIVE, RoleForm.ASSERTIVE}:
        return _roles(value, current)
    if before is None or before == "":
        return Change(Op.ADD, value, before)
    if value.flow_type in _IF_ABSENT or value.definition.mutability is Mutability.IMMUTABLE:
        return None
    return None if _equal(value, current) else Change(Op.REPLACE, value, before)


def _equal(value: TargetValue, current: Json) -> bool:
    if value.definition.multivalued and isinstance(value.value, tuple):
        wanted = {_comparable(value, as_text(item)) for item in value.value}
        present = {_comparable(value, as_text(item)) for item in _list(current)}
        return wanted <= present if value.flow_type is FlowType.MULTI_VALUE_ADD_ONLY else wanted == present
    return _comparable(value, as_text(current)) == _comparable(value, value.text)


def _comparable(value: TargetValue, text: str | None) -> str | None:
    """Booleans in any case, times as instants, text by caseExact (8.2.7)."""
    if text is None:
        return None
    match value.definition.type:
        case AttributeType.BOOLEAN:
            return text.lower()
        case AttributeType.DATETIME:
            return instant(text) or text
        case _:
            return text if value.definition.case_exact else fold(text)


def _roles(value: TargetValue, current: Json) -> Change | None:
    """`AppRoleAssignmentsComplex` only adds, `AssertiveAppRoleAssignmentsComplex` replaces the whole list (8.7)."""
    wanted = {fold(item["value"]) for item in _list(value.value) if isinstance(item, Mapping)}
    present = {fold(text) for item in _list(current) if (text := as_text(item))}
    if value.roles is RoleForm.ADDITIVE:
        return None if wanted <= present else Change(Op.ADD, value, as_text(current))
    return None if wanted == present else Change(Op.REPLACE, value, as_text(current))


def _list(value: Json) -> list[Json]:
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]
