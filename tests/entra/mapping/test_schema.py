"""What a schema knows of itself (entra-client 1.8, 12.6.4)."""

from __future__ import annotations

from dataclasses import replace

from entrant.entra.mapping.defaults import default_schema
from entrant.entra.mapping.schema import ObjectDefinition
from entrant.entra.model import Kind

SCHEMA = default_schema("job")
USERS, GROUPS = SCHEMA.rule.object_mappings


def test_a_disabled_mapping_provisions_nothing() -> None:
    rule = replace(SCHEMA.rule, object_mappings=(USERS, replace(GROUPS, enabled=False)))
    schema = replace(SCHEMA, rules=(rule,))

    assert SCHEMA.mapping_of(Kind.GROUP) == GROUPS
    assert schema.mapping_of(Kind.GROUP) is None
    assert schema.mapping_of(Kind.USER) == USERS


def test_matching_attributes_come_in_the_order_of_their_priorities() -> None:
    first, second = USERS.attributes[:2]
    mapping = replace(USERS, attributes=(replace(first, matching_priority=2), replace(second, matching_priority=1)))

    assert [attribute.target for attribute in mapping.matching] == ["active", "userName"]


def test_target_attributes_are_found_in_any_case_and_the_exact_one_first() -> None:
    definition = SCHEMA.target_of(USERS)

    assert USERS.find("USERNAME") == USERS.attributes[0]
    assert USERS.find("nothing") is None
    assert definition.find("USERNAME") == definition.find("userName")


def test_a_target_that_says_nothing_of_an_object_has_no_attributes() -> None:
    assert replace(SCHEMA, directories=()).target_of(USERS) == ObjectDefinition(USERS.target, ())
