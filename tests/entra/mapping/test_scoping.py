"""Who is in scope of a job (entra-client 12.1-12.5, 17, 21.1.7)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from entrant.entra.mapping.attributes import Value
from entrant.entra.mapping.defaults import default_schema
from entrant.entra.mapping.schema import Clause, FilterGroup, ObjectMapping, ScopeFilter
from entrant.entra.mapping.scoping import (
    OPERATORS,
    JobScope,
    Scope,
    clause_holds,
    find_operator,
    operators_json,
    scope_of,
)
from entrant.entra.model import AppRole, Subject

User = Callable[..., Subject]
USERS, GROUPS = default_schema("job").rule.object_mappings
ASSIGNED, EVERYONE = JobScope(), JobScope(sync_all=True)


def _with(*groups: FilterGroup, inputs: tuple[FilterGroup, ...] = ()) -> ObjectMapping:
    return replace(USERS, scope=ScopeFilter(groups, inputs))


def _group(*clauses: Clause) -> FilterGroup:
    return FilterGroup("filter", clauses)


SALES = Clause("department", "EQUALS", ("Sales",))
PARIS = Clause("city", "EQUALS", ("Paris",))
OSLO = Clause("city", "EQUALS", ("Oslo",))


@pytest.mark.parametrize(
    ("operator", "value", "operand", "holds"),
    [
        ("EQUALS", "Sales", "Sales", True),
        ("EQUALS", "sales", "Sales", False),
        ("EQUALS", 7, "7", True),
        ("EQUALS", None, "Sales", False),
        ("NOT EQUALS", "sales", "Sales", True),
        ("NOT EQUALS", "Sales", "Sales", False),
        ("NOT EQUALS", None, "Sales", False),
        ("IS TRUE", True, "", True),
        ("IS TRUE", False, "", False),
        ("IS TRUE", None, "", False),
        ("IS FALSE", False, "", True),
        ("IS FALSE", None, "", False),
        ("IS NULL", None, "", True),
        ("IS NULL", "", "", True),
        ("IS NULL", "x", "", False),
        ("IS NOT NULL", "x", "", True),
        ("IS NOT NULL", "", "", False),
        ("IS NOT NULL", False, "", True),
        ("REGEX MATCH", "1234", "^[0-9]+$", True),
        ("REGEX MATCH", "Sales", "sal", False),
        ("REGEX MATCH", "presales", "sal", True),
        ("REGEX MATCH", "EMEA-1", "(?<region>EMEA)-", True),
        ("REGEX MATCH", None, ".*", False),
        ("NOT REGEX MATCH", "Sales", "sal", True),
        ("NOT REGEX MATCH", "sales", "sal", False),
        ("NOT REGEX MATCH", None, "sal", False),
        ("NOT REGEX MATCH", "", "sal", False),
        ("Greater_Than", "10", "9", True),
        ("Greater_Than", 9, "9", False),
        ("Greater_Than", "x", "9", False),
        ("Greater_Than_OR_EQUALS", "9", "9", True),
        ("Greater_Than_OR_EQUALS", "8", "9", False),
        ("Includes", "presales", "sal", True),
        ("Includes", "preSales", "sal", False),
        ("ENDS_WITH", "jane@contoso.com", "@contoso.com", True),
        ("ENDS_WITH", "jane@contoso.com", "@CONTOSO.com", False),
        ("&", "6", "2", True),
        ("&", "4", "2", False),
        ("!&", "4", "2", True),
        ("!&", "6", "2", False),
        ("!&", None, "2", False),
    ],
)
def test_operators_compare_as_documented(operator: str, value: Value, operand: str, *, holds: bool) -> None:
    """entra-client 17.2, 17.3."""
    assert clause_holds(Clause("x", operator, (operand,) if operand else ()), value) is holds


def test_operators_are_found_in_the_spelling_of_portal_and_graph() -> None:
    assert find_operator("is not null") is OPERATORS["IS NOT NULL"]
    assert find_operator("GREATER_THAN_OR_EQUALS") is OPERATORS["Greater_Than_OR_EQUALS"]
    assert find_operator("Ends With") is OPERATORS["ENDS_WITH"]
    assert find_operator("LIKE") is None


def test_the_catalogue_has_arity_and_types() -> None:
    listed = {entry["name"]: entry for entry in operators_json()}

    assert len(listed) == 14
    assert listed["IS TRUE"] == {
        "id": "IS TRUE", "name": "IS TRUE", "arity": "Unary", "multivaluedComparisonType": "All", "supportedAttributeTypes": ["Boolean"],
    }  # fmt: skip
    assert listed["REGEX MATCH"]["arity"] == "Binary"


@pytest.mark.parametrize(
    ("mapping", "passes"),
    [
        (USERS, True),
        (_with(_group(SALES)), True),
        (_with(_group(SALES, PARIS)), False),
        (_with(_group(SALES, OSLO)), True),
        (_with(_group(PARIS), _group(SALES)), True),
        (_with(_group(PARIS), _group(SALES, PARIS)), False),
    ],
)
def test_clauses_are_joined_by_and_filters_by_or(user: User, mapping: ObjectMapping, *, passes: bool) -> None:
    """entra-client 17.1."""
    assert scope_of(user(city="Oslo"), ASSIGNED, mapping).filter_passed is passes


def _facts(scope: Scope) -> tuple[bool, ...]:
    return (
        scope.active,
        scope.assigned,
        scope.entitled,
        scope.filter_passed,
        scope.soft_deleted,
        scope.in_scope,
        scope.eligible,
    )


YES, NO = True, False
FILTERED = _with(_group(PARIS))


@pytest.mark.parametrize(
    ("job", "mapping", "changes", "facts"),
    [  # active, assigned, entitled, filter, soft-deleted, in scope, eligible
        (ASSIGNED, USERS, {}, (YES, YES, YES, YES, NO, YES, YES)),
        (ASSIGNED, USERS, {"assigned": False}, (YES, NO, NO, YES, YES, NO, NO)),
        (EVERYONE, USERS, {"assigned": False}, (YES, NO, YES, YES, NO, YES, YES)),
        (ASSIGNED, FILTERED, {}, (YES, YES, YES, NO, YES, NO, NO)),
        (EVERYONE, FILTERED, {}, (YES, YES, YES, NO, YES, NO, NO)),
        (ASSIGNED, USERS, {"accountEnabled": False}, (NO, YES, YES, YES, YES, YES, NO)),
        (ASSIGNED, USERS, {"deleted": "2026-01-02"}, (NO, YES, YES, YES, YES, YES, NO)),
        (ASSIGNED, USERS, {"accountEnabled": None}, (YES, YES, YES, YES, NO, YES, YES)),
    ],
)
def test_scope_is_assignment_and_filter_and_the_state_of_the_account(
    user: User, job: JobScope, mapping: ObjectMapping, changes: dict[str, object], facts: tuple[bool, ...]
) -> None:
    """entra-client 12.3.1, 12.4.1, 12.5.1."""
    assert _facts(scope_of(user(**changes), job, mapping)) == facts


def test_a_purged_object_is_not_active_and_is_looked_at(purged: Subject) -> None:
    scope = scope_of(purged, ASSIGNED, _with(inputs=(_group(PARIS),)))

    assert (scope.active, scope.soft_deleted, scope.looked_at) == (False, True, True)


def test_who_fails_the_input_filter_is_neither_provisioned_nor_deprovisioned(user: User) -> None:
    """entra-client 17.6."""
    mapping = _with(inputs=(_group(PARIS),))

    scope = scope_of(user(city="Oslo"), ASSIGNED, mapping)

    assert (scope.looked_at, scope.in_scope, scope.soft_deleted) == (False, False, False)
    assert scope_of(user(city="Paris"), ASSIGNED, mapping).in_scope


def test_a_required_role_decides_who_is_entitled(user: User) -> None:
    """entra-client 12.2.4."""
    job = JobScope(default_access=False)

    assert scope_of(user(), ASSIGNED, USERS).entitled
    assert not scope_of(user(), job, USERS).entitled
    assert scope_of(user(AppRole("r1", "Admin")), job, USERS).entitled
    assert scope_of(user(), JobScope(sync_all=True, default_access=False), USERS).entitled


def test_groups_have_no_account_to_be_disabled(group: Callable[..., Subject]) -> None:
    assert _facts(scope_of(group(), ASSIGNED, GROUPS)) == (YES, YES, YES, YES, NO, YES, YES)
    assert not scope_of(group(assigned=False), ASSIGNED, GROUPS).in_scope


def test_the_log_gets_the_documented_details(user: User, group: Callable[..., Subject]) -> None:
    """entra-client 12.4.3, 21.1.7, 21.1.8."""
    out = scope_of(user(assigned=False), ASSIGNED, USERS)
    filtered = scope_of(user(), ASSIGNED, FILTERED)

    assert out.details == {
        "IsActive": "True",
        "Assigned": "False",
        "IsEffectivelyEntitledForProvisioning": "False",
        "IsInProvisioningScopeDisplayName": "True",
        "ScopeEvaluationResult": "False",
    }
    assert out.portal_details == {
        "Active in the source system": "True",
        "Assigned to the application": "False",
        "User has the required role": "False",
        "Scoping filter evaluation passed": "True",
        "Scope sync all": "False",
    }
    assert "Group has the required role" in scope_of(group(), ASSIGNED, GROUPS).portal_details
    assert (out.skip_reason, filtered.skip_reason) == ("NotEffectivelyEntitled", "EntrySynchronizationSkipped")
