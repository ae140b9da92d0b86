"""The schema of a new application: what is documented (entra-client §16) and what Microsoft's test demands of it.

The second half follows graph-surface §4, bullet by bullet.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from entrant.entra.mapping.attributes import ATTRIBUTES
from entrant.entra.mapping.check import schema as check_schema
from entrant.entra.mapping.defaults import default_schema
from entrant.entra.mapping.expressions.nodes import attributes_of, functions_of
from entrant.entra.mapping.schema import ALL_ACTIONS, AttributeType, FlowType
from entrant.entra.mapping.schema_json import from_json, to_json
from entrant.entra.mapping.target import path_of
from entrant.entra.model import Kind
from entrant.scim.schema import ENTERPRISE_URN, GROUP_URN
from entrant.scim.wire import Json

SCHEMA = default_schema("job")
DOCUMENT = to_json(SCHEMA)
USERS, GROUPS = SCHEMA.rule.object_mappings


def test_users_are_mapped_as_published() -> None:
    """entra-client 16.1, in that order."""
    assert [f"{mapping.source} -> {mapping.target}" for mapping in USERS.attributes] == [
        "[userPrincipalName] -> userName",
        'Switch([IsSoftDeleted], , "False", "True", "True", "False") -> active',
        "[displayName] -> displayName",
        "[jobTitle] -> title",
        '[mail] -> emails[type eq "work"].value',
        "[preferredLanguage] -> preferredLanguage",
        "[givenName] -> name.givenName",
        "[surname] -> name.familyName",
        'Join(" ", [givenName], [surname]) -> name.formatted',
        '[physicalDeliveryOfficeName] -> addresses[type eq "work"].formatted',
        '[streetAddress] -> addresses[type eq "work"].streetAddress',
        '[city] -> addresses[type eq "work"].locality',
        '[state] -> addresses[type eq "work"].region',
        '[postalCode] -> addresses[type eq "work"].postalCode',
        '[country] -> addresses[type eq "work"].country',
        '[telephoneNumber] -> phoneNumbers[type eq "work"].value',
        '[mobile] -> phoneNumbers[type eq "mobile"].value',
        '[facsimileTelephoneNumber] -> phoneNumbers[type eq "fax"].value',
        "[mailNickname] -> externalId",
        f"[employeeId] -> {ENTERPRISE_URN}:employeeNumber",
        f"[department] -> {ENTERPRISE_URN}:department",
        f"[manager] -> {ENTERPRISE_URN}:manager",
    ]


def test_groups_are_mapped_as_published() -> None:
    """entra-client 16.4."""
    assert [f"{mapping.source} -> {mapping.target}" for mapping in GROUPS.attributes] == [
        "[displayName] -> displayName",
        "[objectId] -> externalId",
        "[members] -> members",
    ]


def test_the_first_attribute_is_the_matching_one_and_everything_flows_always() -> None:
    """entra-client 16.1, 16.2, 16.4, 16.5."""
    assert [mapping.target for mapping in USERS.matching] == ["userName"]
    assert [mapping.target for mapping in GROUPS.matching] == ["displayName"]
    every = (*USERS.attributes, *GROUPS.attributes)
    assert {(mapping.flow_type, mapping.default) for mapping in every} == {(FlowType.ALWAYS, None)}
    assert {mapping.actions for mapping in SCHEMA.rule.object_mappings} == {ALL_ACTIONS}


def test_names_of_rule_and_mappings_are_the_documented_ones() -> None:
    """entra-client 1.7, 1.8, 1.9."""
    assert SCHEMA.rule.id == "USER_OUTBOUND"
    assert SCHEMA.rule.target_directory == "customappsso"
    assert [(mapping.name, mapping.source, mapping.target) for mapping in SCHEMA.rule.object_mappings] == [
        ("Provision Microsoft Entra ID Users", "User", ENTERPRISE_URN),
        ("Provision Microsoft Entra ID Groups", "Group", GROUP_URN),
    ]


def test_target_types_are_the_published_ones() -> None:
    """entra-client 16.1, 16.4."""
    types = {
        definition.name: (definition.type, definition.multivalued)
        for mapping in SCHEMA.rule.object_mappings
        for definition in SCHEMA.target_of(mapping).attributes
        if definition.type is not AttributeType.STRING or definition.multivalued
    }

    assert types == {
        "active": (AttributeType.BOOLEAN, False),
        f"{ENTERPRISE_URN}:manager": (AttributeType.REFERENCE, False),
        "members": (AttributeType.REFERENCE, True),
    }


@pytest.mark.parametrize(
    "name",
    [
        "id", "nickName", "userType", "locale", "timezone", "name.honorificPrefix", "name.honorificSuffix",
        'emails[type eq "home"].value', 'emails[type eq "other"].value', 'phoneNumbers[type eq "home"].value',
        'phoneNumbers[type eq "other"].value', 'phoneNumbers[type eq "pager"].value',
        'addresses[type eq "home"].formatted', 'addresses[type eq "other"].country',
        'roles[primary eq "True"].display', 'roles[primary eq "True"].type', 'roles[primary eq "True"].value',
        f"{ENTERPRISE_URN}:costCenter", f"{ENTERPRISE_URN}:organization", f"{ENTERPRISE_URN}:division",
    ],
)  # fmt: skip
def test_further_target_attributes_can_be_mapped(name: str) -> None:
    """entra-client 16.6."""
    assert SCHEMA.target_of(USERS).find(name) is not None
    assert path_of(name) is not None


def test_it_passes_its_own_checks_and_comes_back_from_json_the_same() -> None:
    check_schema(SCHEMA)

    assert from_json(DOCUMENT, "job", "1") == SCHEMA


# graph-surface §4


def test_the_source_directory_is_called_microsoft_entra_id_and_the_other_is_the_target() -> None:
    assert [directory["name"] for directory in DOCUMENT["directories"]] == ["Microsoft Entra ID", "customappsso"]


def test_the_source_user_lists_its_attributes_by_the_sync_vocabulary() -> None:
    user = _object(DOCUMENT["directories"][0], "User")

    assert all({"name", "type", "multivalued"} <= attribute.keys() for attribute in user["attributes"])
    assert {
        "mobile", "telephoneNumber", "physicalDeliveryOfficeName", "facsimileTelephoneNumber", "IsSoftDeleted", "objectId",
    } <= {attribute["name"] for attribute in user["attributes"]}  # fmt: skip


def test_every_mapped_source_attribute_is_listed() -> None:
    for mapping in SCHEMA.rule.object_mappings:
        used = frozenset[str]().union(*(attributes_of(attribute.source) for attribute in mapping.attributes))
        assert used <= ATTRIBUTES[Kind(mapping.source)].keys()


def test_the_target_has_a_user_and_a_group_with_the_members_that_are_read() -> None:
    target = DOCUMENT["directories"][1]
    user, group = _object(target, ENTERPRISE_URN), _object(target, GROUP_URN)

    assert "group" in group["name"].lower()
    for attribute in (*user["attributes"], *group["attributes"]):
        assert {"name", "type", "multivalued", "mutability"} <= attribute.keys()


def test_object_mappings_have_the_names_that_are_looked_for() -> None:
    mappings = DOCUMENT["synchronizationRules"][0]["objectMappings"]

    assert [mapping["targetObjectName"] for mapping in mappings] == [ENTERPRISE_URN, GROUP_URN]
    assert [mapping["enabled"] for mapping in mappings] == [True, True]


def test_attribute_mappings_have_what_is_read_of_them() -> None:
    for mapping in _attribute_mappings():
        assert mapping["targetAttributeName"]
        assert mapping["flowType"] == "Always"
        assert mapping["source"]["type"] in {"Attribute", "Function", "Constant"}
        assert mapping["source"]["name"]
        for parameter in mapping["source"]["parameters"]:
            assert {"name", "expression", "type"} <= parameter["value"].keys()


def test_functions_name_their_source_and_separator() -> None:
    functions = {
        m["source"]["name"]: m["source"]["parameters"]
        for m in _attribute_mappings()
        if m["source"]["type"] == "Function"
    }

    assert [(p["key"], p["value"]["name"]) for p in functions["Join"]] == [
        ("separator", " "), ("source", "givenName"), ("source", "surname"),
    ]  # fmt: skip
    assert functions["Switch"][0] == {
        "key": "source",
        "value": {"expression": "[IsSoftDeleted]", "name": "IsSoftDeleted", "type": "Attribute", "parameters": []},
    }


def test_only_functions_that_the_test_knows_are_used() -> None:
    used = frozenset[str]().union(*(functions_of(m.source) for m in (*USERS.attributes, *GROUPS.attributes)))

    assert used == {"Switch", "Join"}


def test_flow_types_say_delete() -> None:
    assert [mapping["flowTypes"] for mapping in DOCUMENT["synchronizationRules"][0]["objectMappings"]] == [
        "Add, Update, Delete"
    ] * 2


def test_nothing_in_the_schema_is_null() -> None:
    assert None not in list(_values(DOCUMENT))


def test_what_is_checked_by_type_is_text() -> None:
    rule = DOCUMENT["synchronizationRules"][0]
    texts = [DOCUMENT["id"], rule["id"], rule["sourceDirectoryName"], rule["targetDirectoryName"]]
    for mapping in rule["objectMappings"]:
        texts += [mapping["sourceObjectName"], mapping["targetObjectName"]]
    for mapping in _attribute_mappings():
        texts += [mapping["targetAttributeName"], *(mapping["source"][name] for name in ("name", "expression", "type"))]

    assert all(type(text) is str and text for text in texts)


def test_the_manager_is_mapped_and_listed() -> None:
    assert any("manager" in mapping["targetAttributeName"] for mapping in _attribute_mappings())
    assert any(
        "manager" in attribute["name"]
        for attribute in _object(DOCUMENT["directories"][1], ENTERPRISE_URN)["attributes"]
    )


def _object(directory: Json, name: str) -> Json:
    return next(entry for entry in directory["objects"] if entry["name"] == name)


def _attribute_mappings() -> list[Json]:
    return [
        m for mapping in DOCUMENT["synchronizationRules"][0]["objectMappings"] for m in mapping["attributeMappings"]
    ]


def _values(document: Json) -> Iterator[Json]:
    """Every value within a JSON value."""
    yield document
    if isinstance(document, dict | list):
        for inner in document.values() if isinstance(document, dict) else document:
            yield from _values(inner)
