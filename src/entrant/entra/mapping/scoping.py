"""Which objects a job is about: scoping filters, assignment, and what both come to (entra-client 12.1-12.5, 17)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from entrant.entra.model import BadValue, Kind, Subject
from entrant.scim.wire import Json

from .attributes import EXTENSION, Value, value_of
from .patterns import compile_pattern, search
from .schema import AttributeType, Clause, FilterGroup, ObjectDefinition, ObjectMapping, ScopeFilter

_STRING, _INTEGER = AttributeType.STRING, AttributeType.INTEGER
_EVERY = (AttributeType.INTEGER, AttributeType.STRING, AttributeType.BINARY, AttributeType.BOOLEAN)


@dataclass(frozen=True, slots=True)
class Operator:
    """An operator of a clause. `test` gets the text of a value that is neither null nor empty, and the operand."""

    name: str
    test: Callable[[str, str], bool]
    types: tuple[AttributeType, ...] = (_INTEGER, _STRING)
    unary: bool = False


def _number(text: str) -> int | None:
    try:
        return int(text)
    except ValueError:
        return None


def _numbers(compare: Callable[[int, int], bool]) -> Callable[[str, str], bool]:
    """A comparison of whole numbers; what is none satisfies nothing."""

    def test(value: str, operand: str) -> bool:
        a, b = _number(value), _number(operand)
        return a is not None and b is not None and compare(a, b)

    return test


def _regex(*, wanted: bool) -> Callable[[str, str], bool]:
    """A match, or none; what cannot be found out in time, or is too long to be tried, is neither."""

    def test(value: str, operand: str) -> bool:
        try:
            return (search(operand, value) is not None) is wanted
        except BadValue:
            return False

    return test


OPERATORS = {
    operator.name: operator
    for operator in (
        Operator("EQUALS", lambda value, operand: value == operand),
        Operator("NOT EQUALS", lambda value, operand: value != operand),
        Operator("IS TRUE", lambda value, _: value == "True", (AttributeType.BOOLEAN,), unary=True),
        Operator("IS FALSE", lambda value, _: value == "False", (AttributeType.BOOLEAN,), unary=True),
        Operator("IS NULL", lambda *_: False, _EVERY, unary=True),
        Operator("IS NOT NULL", lambda *_: True, _EVERY, unary=True),
        Operator("REGEX MATCH", _regex(wanted=True)),
        Operator("NOT REGEX MATCH", _regex(wanted=False)),
        Operator("Greater_Than", _numbers(lambda a, b: a > b)),
        Operator("Greater_Than_OR_EQUALS", _numbers(lambda a, b: a >= b)),
        Operator("Includes", lambda value, operand: operand in value, (_STRING,)),
        Operator("ENDS_WITH", lambda value, operand: value.endswith(operand), (_STRING,)),
        Operator("&", _numbers(lambda a, b: a & b != 0)),
        Operator("!&", _numbers(lambda a, b: a & b == 0)),
    )
}
"""Every operator by its name (17.3)."""


def operators_json() -> list[Json]:
    """What `GET …/schema/filterOperators` lists (17.7). Graph names an operator by `id`, its example by `name`."""
    return [
        {
            "id": operator.name,
            "name": operator.name,
            "arity": "Unary" if operator.unary else "Binary",
            "multivaluedComparisonType": "All",
            "supportedAttributeTypes": [type_.value for type_ in operator.types],
        }
        for operator in OPERATORS.values()
    ]


def find_operator(name: str) -> Operator | None:
    """An operator by its name, in any case and with spaces for underscores, as portal and Graph write them."""
    folded = name.strip().upper().replace("_", " ")
    return next((known for known in OPERATORS.values() if known.name.upper().replace("_", " ") == folded), None)


_IMPOSSIBLE = frozenset({"appRoleAssignments", "manager", "members", "userType", "IsMemberOf"})


def check_filter(scope: ScopeFilter, source: ObjectDefinition) -> None:
    """Refuse a filter that cannot be evaluated (17.3, 17.4); raises BadValue."""
    for group in (*scope.groups, *scope.input_groups, *scope.category_groups):
        if not group.clauses:
            raise BadValue(f'the filter "{group.name}" has no clause')
        for clause in group.clauses:
            _check_clause(clause, source)


def _check_clause(clause: Clause, source: ObjectDefinition) -> None:
    definition = source.find(clause.attribute)
    name = clause.attribute
    if name in _IMPOSSIBLE:
        raise BadValue(f'a filter cannot be about "{name}" (17.4)')
    if EXTENSION.fullmatch(name) is None:
        if definition is None or definition.name != name:
            raise BadValue(f'a filter is about "{name}", which {source.name} does not have')
        if definition.multivalued or definition.type in {AttributeType.REFERENCE, AttributeType.DATETIME}:
            raise BadValue(f'a filter cannot be about "{name}": it is multi-valued, a reference or a date (17.4)')
    operator = find_operator(clause.operator)
    if operator is None:
        raise BadValue(f'there is no operator "{clause.operator}"; there are {", ".join(OPERATORS)}')
    if definition is not None and definition.type not in operator.types:
        raise BadValue(f'the operator {operator.name} is not for "{name}", which is a {definition.type}')
    if not operator.unary and (len(clause.values) != 1 or not clause.values[0]):
        raise BadValue(f'the operator {operator.name} needs one value to compare "{name}" with')
    _check_operand(operator, clause.values)


def _check_operand(operator: Operator, values: tuple[str, ...]) -> None:
    if operator.name.endswith("REGEX MATCH"):
        compile_pattern(values[0])
    if operator.name in {"Greater_Than", "Greater_Than_OR_EQUALS", "&", "!&"} and _number(values[0]) is None:
        raise BadValue(f'the operator {operator.name} compares whole numbers; "{values[0]}" is none')


def clause_holds(clause: Clause, value: Value) -> bool:
    """Whether a value satisfies a clause. One that is null or empty satisfies only IS NULL (17.2)."""
    operator = find_operator(clause.operator)
    if operator is None:
        return False
    values = value if isinstance(value, tuple) else (value,)
    texts = [str(item) for item in values if item is not None and item != ""]
    if operator.name == "IS NULL":
        return not texts
    operand = clause.values[0] if clause.values else ""
    return bool(texts) and all(operator.test(text, operand) for text in texts)


def passes(groups: Iterable[FilterGroup], value: Callable[[str], Value]) -> bool:
    """Whether one of the groups holds in all its clauses; no group at all lets everything pass (17.1)."""
    chosen = tuple(groups)
    return not chosen or any(
        all(clause_holds(clause, value(clause.attribute)) for clause in group.clauses) for group in chosen
    )


@dataclass(frozen=True, slots=True)
class JobScope:
    """What of a job's settings decides who is in scope (12.1)."""

    sync_all: bool = False
    """*Sync all users and groups*; otherwise only those that are assigned."""
    default_access: bool = True
    """An assignment with *Default Access* entitles, as it does since 2020; before, a role was required (12.2.4)."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What the settings, the assignment and the filter of a job make of an object."""

    active: bool
    """Not deleted; a user's account is enabled."""
    assigned: bool
    entitled: bool
    """Assigned with the role that is needed, or everybody is (Sync all); not regarding the filter."""
    filter_passed: bool
    looked_at: bool
    """False if it fails the input filter: then it is neither provisioned nor deprovisioned (17.6)."""
    soft_deleted: bool
    """The source attribute IsSoftDeleted (12.5.1)."""
    sync_all: bool
    kind: Kind

    @property
    def in_scope(self) -> bool:
        """The object belongs in the target; a disabled user does too, and is disabled there (12.3.1)."""
        return self.entitled and self.filter_passed and self.looked_at

    @property
    def eligible(self) -> bool:
        """It may be provisioned for the first time (12.4.1)."""
        return self.in_scope and self.active

    @property
    def skip_reason(self) -> str:
        """Why an object that is not linked is left out (21.1.8)."""
        return "NotEffectivelyEntitled" if not (self.entitled and self.active) else "EntrySynchronizationSkipped"

    @property
    def details(self) -> Mapping[str, str]:
        """What the scoping step of a log entry says (12.4.3, 21.1.7)."""
        return {
            "IsActive": str(self.active),
            "Assigned": str(self.assigned),
            "IsEffectivelyEntitledForProvisioning": str(self.entitled and self.active),
            "IsInProvisioningScopeDisplayName": str(self.filter_passed),
            "ScopeEvaluationResult": str(self.in_scope),
        }

    @property
    def portal_details(self) -> Mapping[str, str]:
        """The same as the portal words it (21.1.7)."""
        who = "User" if self.kind is Kind.USER else "Group"
        return {
            "Active in the source system": str(self.active),
            "Assigned to the application": str(self.assigned),
            f"{who} has the required role": str(self.entitled),
            "Scoping filter evaluation passed": str(self.filter_passed),
            "Scope sync all": str(self.sync_all),
        }


def scope_of(subject: Subject, job: JobScope, mapping: ObjectMapping) -> Scope:
    """Whether an object is in scope of a job, and why (12.1-12.5)."""
    present = subject.object is not None and subject.object.deleted is None
    enabled = subject.kind is not Kind.USER or value_of(subject, "accountEnabled") is not False
    active = present and enabled
    entitled = job.sync_all or (subject.assigned and _has_role(subject, job))

    def value(name: str) -> Value:
        return value_of(subject, name, soft_deleted=not active or not entitled)

    filters = mapping.scope or ScopeFilter()
    groups = (filters.groups, filters.category_groups)
    filter_passed = subject.object is not None and all(passes(chosen, value) for chosen in groups)
    return Scope(
        active=active,
        assigned=subject.assigned,
        entitled=entitled,
        filter_passed=filter_passed,
        # What is gone can fail no filter: it is looked at, so that it is deprovisioned.
        looked_at=not present or passes(filters.input_groups, value),
        soft_deleted=not (active and entitled and filter_passed),
        sync_all=job.sync_all,
        kind=subject.kind,
    )


def _has_role(subject: Subject, job: JobScope) -> bool:
    return job.default_access or bool(subject.app_roles)
