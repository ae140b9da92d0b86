"""Schemas from and to Graph's JSON, and what is refused of them (entra-client 12.6.4, 21.3.4; graph-surface 9.7)."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrant.entra.mapping.defaults import default_schema
from entrant.entra.mapping.expressions import tree
from entrant.entra.mapping.expressions.nodes import Attribute, Expression, Number, Text, Word
from entrant.entra.mapping.expressions.parser import parse_expression
from entrant.entra.mapping.schema import AttributeMapping, FlowBehavior, FlowType, TargetAction
from entrant.entra.mapping.schema_json import attribute_mapping_from_json, from_json, to_json
from entrant.entra.model import BadValue, Kind
from entrant.scim.wire import Json

Edit = Callable[[Json], None]


def _changed(edit: Edit) -> Json:
    document = copy.deepcopy(to_json(default_schema("job")))
    edit(document)
    return document


def _users(document: Json) -> Json:
    return document["synchronizationRules"][0]["objectMappings"][0]


def _set_source(place: int, **members: Json) -> Edit:
    return lambda document: _users(document)["attributeMappings"][place]["source"].update(members)


def _set_mapping(place: int, **members: Json) -> Edit:
    return lambda document: _users(document)["attributeMappings"][place].update(members)


def _set_scope(attribute: str, operator: str, *values: str) -> Edit:
    clause = {"sourceOperandName": attribute, "operatorName": operator, "targetOperand": {"values": list(values)}}
    return lambda document: _users(document).update(scope={"groups": [{"name": "f", "clauses": [clause]}]})


@pytest.mark.parametrize(
    ("edit", "sentence"),
    [
        (_set_source(3, expression="[jobtitle]", name="jobtitle"), 'the mapping to "title": User has no attribute "jobtitle"; did you mean "jobTitle"?'),
        (_set_source(3, expression="[jobTitle", name="jobTitle"), 'the mapping to "title": the expression expects the name of an attribute'),
        (_set_source(3, expression="[jobTitle]", name="mail"), 'the name "mail" but the expression [jobTitle]'),
        (_set_source(1, expression="Nope([mail])"), 'the mapping to "active": the expression knows no function "Nope"'),
        (_set_source(3, type="Function", expression=f'Append([mail], "{"x" * 10_000}")'), "longer than 10,000 characters"),
        (_set_source(3, type="Magic"), 'type "Magic"'),
        (_set_source(3, name=3), "the name of a source must be a text"),
        (_set_source(3, type="Function", name="SelectUniqueValue", expression='SelectUniqueValue([mail], "x")'), "uses SelectUniqueValue"),
        (_set_mapping(0, matchingPriority=0), "has no matching attribute"),
        (_set_mapping(2, matchingPriority=1), "the matching priority 1 twice"),
        (_set_mapping(2, matchingPriority=-1), "negative matching priority"),
        (_set_mapping(2, matchingPriority="1"), "matchingPriority of item 3 of attributeMappings"),
        (_set_mapping(21, matchingPriority=2), "multi-valued or a reference"),
        (_set_mapping(2, matchingPriority=2, source={"type": "Attribute", "name": "otherMails"}), "its source is multi-valued"),
        (_set_mapping(2, matchingPriority=2, source=None), "it has no source"),
        (_set_mapping(2, matchingPriority=2, flowType="ValueAddOnly"), "its flow type must be Always or ObjectAddOnly"),
        (_set_mapping(2, flowType="Sometimes"), 'flowType of item 3 of attributeMappings of item 1 of objectMappings of item 1 of synchronizationRules of the schema is "Sometimes"'),
        (_set_mapping(2, targetAttributeName="userName"), 'the mapping to "userName" is there more than once'),
        (_set_mapping(2, targetAttributeName="id"), "the application gives its resources their ids"),
        (_set_mapping(2, targetAttributeName='emails[type eq "work"'), "is malformed"),
        (_set_mapping(2, targetAttributeName=None), "has no targetAttributeName"),
        (_set_mapping(2, defaultValue="x" * 10_001), "more than 10,000 characters"),
        (_set_mapping(2, exportMissingReferences="x"), "must be true or false"),
        (_set_mapping(21, source={"type": "Attribute", "name": "displayName"}), "it is a reference (8.6.8)"),
        (_set_mapping(21, source={"type": "Function", "expression": 'Switch([manager], , "a", "b")'}), "it is a reference (8.6.8)"),
        (lambda d: _users(d).update(enabled=False), "the mapping of users is missing or disabled"),
        (lambda d: _users(d).update(sourceObjectName="Device"), 'not "Device"'),
        (lambda d: _users(d).update(sourceObjectName="Group"), "Group at most once"),
        (lambda d: _users(d).update(flowTypes="Add, Explode"), 'is "Explode"; it can be Add, Update, Delete'),
        (lambda d: _users(d).update(attributeMappings={}), "attributeMappings of item 1"),
        (lambda d: d.update(directories=[]), "has no directories"),
        (lambda d: d.update(synchronizationRules=[]), "has no synchronization rule"),
        (lambda d: d["synchronizationRules"][0].update(sourceDirectoryName="x"), 'a directory "x" that the schema lacks'),
        (lambda d: d["synchronizationRules"][0].update(targetDirectoryName="x"), 'a directory "x" that the schema lacks'),
        (lambda d: d["directories"][0]["objects"].pop(0), 'has no object "User"'),
        (lambda d: d["directories"][1]["objects"][0]["attributes"].append({"name": "USERNAME"}), 'has the attribute "userName" more than once'),
        (lambda d: d["directories"][1]["objects"][0]["attributes"][0].update(type="Blob"), 'is "Blob"; it can be String'),
        (lambda d: d["directories"][0].update(name=None), "has no name"),
        (_set_scope("nothing", "EQUALS", "x"), 'a filter is about "nothing", which User does not have'),
        (_set_scope("department", "LIKE", "x"), 'there is no operator "LIKE"'),
        (_set_scope("department", "EQUALS"), "needs one value"),
        (_set_scope("department", "IS TRUE"), "is not for"),
        (_set_scope("department", "REGEX MATCH", "("), "is no regular expression"),
        (_set_scope("department", "Greater_Than", "x"), "compares whole numbers"),
        (_set_scope("manager", "IS NOT NULL"), "cannot be about"),
        (_set_scope("otherMails", "IS NOT NULL"), "multi-valued, a reference or a date"),
        (_set_scope("employeeHireDate", "IS NOT NULL"), "multi-valued, a reference or a date"),
        (lambda d: _users(d).update(scope={"groups": [{"name": "f", "clauses": []}]}), 'the filter "f" has no clause'),
    ],
)  # fmt: skip
def test_what_a_job_could_not_work_with_is_refused_with_a_sentence(edit: Edit, sentence: str) -> None:
    with pytest.raises(BadValue, match=r".") as refusal:
        from_json(_changed(edit), "job", "1")

    assert sentence in str(refusal.value)


def test_id_and_version_are_not_the_senders_to_say() -> None:
    schema = from_json(_changed(lambda d: d.update(id="x", version="y")), "job", "7")

    assert (schema.id, schema.version) == ("job", "7")


def test_members_that_are_null_or_unknown_or_of_odata_are_ignored() -> None:
    def edit(document: Json) -> None:
        _users(document).update(
            {"scope": None, "metadata": None, "@odata.type": "#microsoft.graph.objectMapping", "x": 1}
        )
        _users(document)["attributeMappings"][0].update(matchingPrecedence=3, defaultValue=None)

    assert from_json(_changed(edit), "job", "1") == default_schema("job")


def test_enumerations_are_read_in_any_case() -> None:
    mapping = attribute_mapping_from_json(
        {
            "targetAttributeName": "x",
            "source": {"type": "attribute", "name": "mail"},
            "flowType": "objectAddOnly",
            "flowBehavior": "flowAlways",
        }
    )

    assert mapping == AttributeMapping(
        "x", Attribute("mail"), flow_type=FlowType.OBJECT_ADD_ONLY, flow_behavior=FlowBehavior.FLOW_ALWAYS
    )


def test_everything_that_can_be_said_comes_back() -> None:
    def edit(document: Json) -> None:
        document["metadata"] = [{"key": "configurationFields", "value": "{}"}]
        _users(document).update(flowTypes="Add, Update", metadata=[{"key": "EscrowBehavior", "value": "Default"}])
        _set_scope("department", "EQUALS", "Sales")(document)
        _users(document)["scope"]["inputFilterGroups"] = [
            {
                "name": "i",
                "clauses": [
                    {"sourceOperandName": "mail", "operatorName": "IS NOT NULL", "targetOperand": {"values": []}}
                ],
            }
        ]
        _users(document)["attributeMappings"][2].update(
            defaultValue="nobody", flowBehavior="FlowAlways", exportMissingReferences=True
        )
        _users(document)["attributeMappings"][3].update(matchingPriority=2, flowType="ObjectAddOnly")
        document["directories"][1]["objects"][0]["attributes"][1].update(
            canonicalValues=["a"], defaultValue="d", flowNullValues=True, apiExpressions=[{"key": "k", "value": "v"}]
        )
        document["directories"][1]["discoveryDateTime"] = "2026-01-01T00:00:00Z"

    document = _changed(edit)
    schema = from_json(document, "job", "1")

    assert to_json(schema) | {"id": "job", "version": "1"} == _with_empty_groups(document)
    assert from_json(json.loads(json.dumps(to_json(schema))), "job", "1") == schema
    mapping = schema.mapping_of(Kind.USER)
    assert mapping is not None
    assert mapping.actions == {TargetAction.ADD, TargetAction.UPDATE}
    assert [attribute.target for attribute in mapping.matching] == ["userName", "title"]


def _with_empty_groups(document: Json) -> Json:
    scope = _users(document)["scope"]
    scope["categoryFilterGroups"] = scope.get("categoryFilterGroups", [])
    return document


def test_a_mapping_without_source_has_no_source_member() -> None:
    mapping = attribute_mapping_from_json({"targetAttributeName": "TimeZone", "source": None, "defaultValue": "UTC"})

    schema = from_json(
        _changed(
            lambda d: _users(d)["attributeMappings"].append({"targetAttributeName": "TimeZone", "defaultValue": "UTC"})
        ),
        "job",
        "1",
    )
    assert (mapping.source, mapping.default) == (None, "UTC")
    assert "source" not in _users(to_json(schema))["attributeMappings"][-1]


def test_directory_extensions_can_be_mapped_without_being_listed() -> None:
    name = "extension_0123456789abcdef0123456789abcdef_costCode"

    from_json(_changed(_set_source(3, name=name, expression=f"[{name}]")), "job", "1")


@pytest.mark.parametrize(
    ("source", "node"),
    [
        ({"type": "Constant", "name": "US"}, Text("US")),
        ({"type": "Constant", "name": "US", "expression": '"US"'}, Text("US")),
        ({"type": "Constant", "name": "US", "expression": "US"}, Text("US")),
        ({"type": "Constant", "name": "3", "expression": "3"}, Number("3")),
        ({"type": "Constant", "name": "3", "expression": '"3"'}, Text("3")),
        ({"type": "Constant", "name": "vbTextCompare", "expression": "vbTextCompare"}, Word("vbTextCompare")),
        ({"type": "Constant", "expression": '"x"'}, Text("x")),
        ({"type": "Attribute", "expression": "[mail]"}, Attribute("mail")),
        (
            {"type": "Function", "name": "Replace", "parameters": [
                {"key": "source", "value": {"type": "Attribute", "name": "mail"}},
                {"key": "Find", "value": {"type": "Constant", "name": "-"}},
                {"key": "Replacement", "value": {"type": "Constant", "name": "_"}},
            ]},
            parse_expression('Replace([mail], "-", , , "_")'),
        ),
        (
            {"type": "Function", "name": "Switch", "parameters": [
                {"key": "source", "value": {"type": "Attribute", "name": "mail"}},
                {"key": "switchValue", "value": {"type": "Constant", "name": "a"}},
                {"key": "switchValue", "value": {"type": "Constant", "name": "b"}},
            ]},
            parse_expression('Switch([mail], , "a", "b")'),
        ),
        (
            {"type": "Function", "name": "=", "parameters": [
                {"key": "left", "value": {"type": "Attribute", "name": "mail"}},
                {"key": "right", "value": {"type": "Constant", "name": "a"}},
            ]},
            parse_expression('[mail] = "a"'),
        ),
    ],
)  # fmt: skip
def test_sources_are_read_from_what_they_have(source: Json, node: Expression) -> None:
    assert tree.from_json(source) == node


@pytest.mark.parametrize(
    "source",
    [
        3,
        {"type": "Constant"},
        {},
        {"type": "Function"},
        {"type": "Function", "name": "Not", "parameters": [3]},
        {"type": "Function", "name": "Not", "parameters": 3},
        {"name": "a", "expression": 3},
    ],
)
def test_sources_that_say_nothing_are_refused(source: Json) -> None:
    with pytest.raises(BadValue):
        tree.from_json(source)


def test_a_parsed_expression_is_the_documented_tree() -> None:
    assert tree.to_json(parse_expression('Replace([preferredLanguage], "-", , , "_", ,  )')) == {
        "expression": 'Replace([preferredLanguage], "-", , , "_", , )',
        "name": "Replace",
        "type": "Function",
        "parameters": [
            {"key": "source", "value": {"expression": "[preferredLanguage]", "name": "preferredLanguage", "type": "Attribute", "parameters": []}},
            {"key": "Find", "value": {"expression": '"-"', "name": "-", "type": "Constant", "parameters": []}},
            {"key": "Replacement", "value": {"expression": '"_"', "name": "_", "type": "Constant", "parameters": []}},
        ],
    }  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        'IIF([a] = "b", [c], Left([d], 3))',
        'Switch([a], , "x", "y")',
        'FormatDateTime([a], , "yyyy", "yy")',
        'FormatDateTime([a], "yyyy", "yy")',
        "Now()",
        'Join(" ", [a], [b], [c])',
    ],
)
def test_a_tree_leads_back_to_the_expression_with_and_without_its_text(text: str) -> None:
    node = parse_expression(text)

    assert tree.from_json(tree.to_json(node)) == node
    bare = tree.from_json(_without_function_texts(tree.to_json(node)))
    assert str(bare).replace(", , ", ", ") == text.replace(", , ", ", ")


def _without_function_texts(source: Json) -> Json:
    kept = {key: value for key, value in source.items() if key != "expression" or source["type"] != "Function"}
    kept["parameters"] = [{"key": p["key"], "value": _without_function_texts(p["value"])} for p in source["parameters"]]
    return kept


_json = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["name", "type", "expression", "parameters", "key", "value", "scope", "groups", "clauses"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=10,
)


@given(
    _json,
    st.sampled_from(
        ["synchronizationRules", "directories", "metadata", "objectMappings", "attributeMappings", "source", "scope"]
    ),
)
def test_any_json_is_a_schema_or_is_refused(value: Json, name: str) -> None:
    def edit(document: Json) -> None:
        rule = document["synchronizationRules"][0]
        places = {
            "objectMappings": rule,
            "attributeMappings": _users(document),
            "scope": _users(document),
            "source": _users(document)["attributeMappings"][2],
        }
        place: Json = places.get(name, document)
        place[name] = value

    assert _accepted(_changed(edit)) in {True, False}


def _accepted(document: Json) -> bool:
    try:
        from_json(document, "job", "1")
    except BadValue:
        return False
    return True
