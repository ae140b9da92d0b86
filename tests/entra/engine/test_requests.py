"""Requests byte for byte, in both dialects (entra-client 2, 4 to 10, 23.2)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from entrant.entra.engine.dialect import Dialect
from entrant.entra.engine.job import parse_tenant_url
from entrant.entra.engine.operations import Spelling
from entrant.entra.engine.switches import Choice, ManagerRemoval, Switches
from entrant.entra.mapping.diff import Change, Op, changes
from entrant.entra.mapping.flow import Native, RoleForm, TargetValue, definition_of
from entrant.entra.mapping.schema import ObjectDefinition
from entrant.entra.mapping.target import path_of
from entrant.entra.model import Kind
from entrant.scim.filter import Path
from entrant.scim.parser import parse_path
from entrant.scim.wire import Json, Request

ENT = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
CUSTOM = "urn:ietf:params:scim:schemas:extension:Tags:2.0:User"
PATCHOP = '"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"]'


def dialect(url: str = "https://app.example/scim/v2", **switches: object) -> Dialect:
    tenant = parse_tenant_url(url)
    chosen = replace(Switches(), **switches)  # type: ignore[arg-type]  # the names are those of the cases below
    return Dialect(tenant, chosen, Spelling(tenant.flag, chosen))


FLAG = "https://app.example/scim/v2?aadOptscim062020"


def value(name: str, native: Native, roles: RoleForm | None = None) -> TargetValue:
    return TargetValue(
        name, path_of(name), definition_of(ObjectDefinition("x", ()), name), native, str(native), roles=roles
    )


def add(name: str, native: Native) -> Change:
    return Change(Op.ADD, value(name, native), None)


def rep(name: str, native: Native) -> Change:
    return Change(Op.REPLACE, value(name, native), "old")


def operations(request: Request) -> str:
    text = request.body.decode()
    assert text.startswith("{" + PATCHOP + ',"Operations":[')
    return text.removeprefix("{" + PATCHOP + ',"Operations":[').removesuffix("]}")


def line(request: Request) -> str:
    return f"{request.method} {request.path}?{request.query}" if request.query else f"{request.method} {request.path}"


def test_a_lookup_is_form_encoded_as_by_dotnet() -> None:
    """23.2.2, 2.3.1."""
    assert [
        line(dialect().find(Kind.USER, Path("userName"), "jdoe@contoso.com")),
        line(dialect().find(Kind.GROUP, Path("displayName"), "Sales EMEA")),
        line(dialect().find(Kind.USER, parse_path('emails[type eq "work"].value'), "j@x")),
        line(dialect().find(Kind.USER, parse_path(f"{ENT}:employeeNumber"), "7")),
        line(dialect().find(Kind.GROUP, Path("displayName"), 'R&D "labs" \\ Zürich+(x)*')),
    ] == [
        "GET /scim/v2/Users?filter=userName+eq+%22jdoe%40contoso.com%22",
        "GET /scim/v2/Groups?excludedAttributes=members&filter=displayName+eq+%22Sales+EMEA%22",
        "GET /scim/v2/Users?filter=emails%5btype+eq+%22work%22%5d.value+eq+%22j%40x%22",
        "GET /scim/v2/Users?filter=urn%3aietf%3aparams%3ascim%3aschemas%3aextension%3aenterprise%3a2.0%3aUser%3aemployeeNumber+eq+%227%22",
        "GET /scim/v2/Groups?excludedAttributes=members&filter=displayName+eq+%22R%26D+%5c%22labs%5c%22+%5c%5c+Z%c3%bcrich%2b(x)*%22",
    ]  # fmt: skip


def test_without_escapes_a_quote_breaks_the_lookup_as_documented() -> None:
    """6.1.4."""
    request = dialect(escape_filter_values=False).find(Kind.GROUP, Path("displayName"), 'a"b')

    assert request.query.endswith("filter=displayName+eq+%22a%22b%22")


def test_ids_are_escaped_in_the_path() -> None:
    """2.2.4."""
    assert line(dialect().read(Kind.USER, "a@b/c +d")) == "GET /scim/v2/Users/a%40b%2Fc%20%2Bd"
    assert line(dialect().read(Kind.GROUP, "g1")) == "GET /scim/v2/Groups/g1?excludedAttributes=members"


def test_the_tenant_url_loses_its_flag_and_one_slash() -> None:
    """2.2.2, 23.2.1."""
    assert dialect("https://app.example/scim/?aadOptscim062020").read(Kind.USER, "1").path == "/scim/Users/1"
    assert dialect("https://app.example").read(Kind.USER, "1").path == "/Users/1"
    assert dialect("https://app.example/scim/", keep_trailing_slash=True).read(Kind.USER, "1").path == "/scim//Users/1"
    assert dialect(FLAG, flag_on_the_wire=True).read(Kind.GROUP, "1").query == (
        "aadOptscim062020&excludedAttributes=members"
    )


def test_only_a_body_has_a_content_type_and_nothing_has_an_accept() -> None:
    """2.5."""
    assert dialect().delete(Kind.USER, "1") == Request("DELETE", "/scim/v2/Users/1")
    assert dialect().create(Kind.GROUP, ()).headers == {"content-type": "application/scim+json; charset=utf-8"}
    assert dialect(send_accept=True).read(Kind.USER, "1").headers == {"accept": "application/scim+json"}


def test_reference_checks_are_those_of_the_first_generation() -> None:
    """6.1.9, 6.2.5."""
    assert [
        line(dialect().check_reference(Kind.USER, "u", "manager", "m")),
        line(dialect().check_reference(Kind.GROUP, "g", "members", "u")),
    ] == [
        "GET /scim/v2/Users?attributes=id&filter=id+eq+%22u%22+and+manager+eq+%22m%22",
        "GET /scim/v2/Groups?attributes=id&filter=id+eq+%22g%22+and+members+eq+%22u%22",
    ]


JANE = (
    value("userName", "jdoe@contoso.com"),
    value("active", True),
    value("displayName", "Jane Doe"),
    value("title", "Engineer"),
    value('emails[type eq "work"].value', "jdoe@contoso.com"),
    value('emails[type eq "other"].value', "j@x"),
    value("preferredLanguage", "en"),
    value("name.givenName", "Jane"),
    value("name.familyName", "Doe"),
    value("name.formatted", "Jane Doe"),
    value('addresses[type eq "work"].formatted', "18/2111"),
    value('addresses[type eq "work"].streetAddress', "1 Way"),
    value('addresses[type eq "work"].country', "CH"),
    value('phoneNumbers[type eq "work"].value', "1"),
    value('phoneNumbers[type eq "mobile"].value', "2"),
    value('phoneNumbers[type eq "fax"].value', "3"),
    value("externalId", "jdoe"),
    value(f"{ENT}:employeeNumber", "7"),
    value(f"{ENT}:department", "R&D"),
    value(f"{CUSTOM}:tag", "x"),
)


def test_a_user_is_posted_key_by_key_in_entras_order() -> None:
    """7.2 to 7.6, 8.8.2."""
    assert dialect().create(Kind.USER, JANE).body.decode() == (
        '{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],'
        '"externalId":"jdoe","userName":"jdoe@contoso.com","active":true,'
        '"addresses":[{"primary":false,"type":"work","country":"CH","formatted":"18/2111","streetAddress":"1 Way"}],'
        '"displayName":"Jane Doe",'
        '"emails":[{"primary":false,"type":"other","value":"j@x"},{"primary":true,"type":"work","value":"jdoe@contoso.com"}],'
        '"meta":{"resourceType":"User"},'
        '"name":{"formatted":"Jane Doe","familyName":"Doe","givenName":"Jane"},'
        '"phoneNumbers":[{"primary":false,"type":"fax","value":"3"},{"primary":false,"type":"mobile","value":"2"},{"primary":true,"type":"work","value":"1"}],'
        '"preferredLanguage":"en","title":"Engineer",'
        f'"{ENT}":{{"department":"R&D","employeeNumber":"7"}},"{CUSTOM}":{{"tag":"x"}}}}'
    )


@pytest.mark.parametrize(
    ("switches", "values", "part"),
    [
        ({"post_active_as_string": True}, (value("active", True),), '"active":"True"'),
        ({"include_empty_roles_in_user_post": True}, (value("title", "x"),), '"roles":[],"title":"x"'),
        ({}, (value('roles[primary eq "True"].value', "Admin"),), '"roles":[{"primary":true,"type":"WindowsAzureActiveDirectoryRole","value":"Admin"}]'),
        ({}, (value("roles", ({"id": "r", "value": "admin", "displayName": "Admin"},), RoleForm.ADDITIVE),), '"roles":[{"primary":false,"type":"WindowsAzureActiveDirectoryRole","display":"Admin","value":"admin"}]'),
        ({}, (value(f"{ENT}:manager", "m1"),), f'"{ENT}":{{"manager":"m1"}}'),
    ],
)  # fmt: skip
def test_what_else_a_post_may_carry(switches: dict[str, Json], values: tuple[TargetValue, ...], part: str) -> None:
    """7.5, 7.8, 7.11, 8.7."""
    assert part in dialect(**switches).create(Kind.USER, values).body.decode()


def test_a_group_is_posted_without_members() -> None:
    """9.1, 9.2."""
    values = (value("displayName", "Sales"), value("externalId", "1"))

    assert dialect().create(Kind.GROUP, values).body.decode() == (
        '{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"externalId":"1","displayName":"Sales",'
        '"members":[],"meta":{"resourceType":"Group"}}'
    )
    assert dialect(legacy_group_schema_uri=True, include_empty_members_in_group_post=False).create(
        Kind.GROUP, values
    ).body.decode() == (
        '{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group",'
        '"http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"],"externalId":"1","displayName":"Sales",'
        '"meta":{"resourceType":"Group"}}'
    )


CHANGES = (
    rep("userName", "jane@contoso.com"),
    rep("active", False),
    add("nickName", "J"),
    rep('emails[type eq "work"].value', "j@x"),
    rep("name.givenName", "Jane"),
    add(f"{ENT}:employeeNumber", "7"),
    add(f"{CUSTOM}:level", 3),
)


def test_flag_off_every_attribute_is_an_operation_and_every_value_text() -> None:
    """8.3, 23.2.5."""
    assert operations(dialect().update(Kind.USER, "u", CHANGES)) == (
        '{"op":"Replace","path":"userName","value":"jane@contoso.com"},'
        '{"op":"Replace","path":"active","value":"False"},'
        '{"op":"Add","path":"nickName","value":"J"},'
        '{"op":"Replace","path":"emails[type eq \\"work\\"].value","value":"j@x"},'
        '{"op":"Replace","path":"name.givenName","value":"Jane"},'
        f'{{"op":"Add","path":"{ENT}:employeeNumber","value":"7"}},'
        f'{{"op":"Add","path":"{CUSTOM}:level","value":"3"}}'
    )


def test_flag_on_filtered_paths_come_first_and_the_rest_is_merged() -> None:
    """8.4, 23.2.6."""
    assert operations(dialect(FLAG).update(Kind.USER, "u", CHANGES)) == (
        '{"op":"replace","path":"emails[type eq \\"work\\"].value","value":"j@x"},'
        f'{{"op":"add","value":{{"nickName":"J","{ENT}:employeeNumber":"7","{CUSTOM}:level":3}}}},'
        '{"op":"replace","value":{"userName":"jane@contoso.com","active":false,"name.givenName":"Jane"}}'
    )


@pytest.mark.parametrize(
    ("switches", "change", "kind", "expected"),
    [
        ({}, rep("active", False), Kind.USER, '{"op":"replace","path":"active","value":false}'),
        ({}, add("nickName", "J"), Kind.USER, '{"op":"add","path":"nickName","value":"J"}'),
        ({"merge_single_add": True}, add("nickName", "J"), Kind.USER, '{"op":"add","value":{"nickName":"J"}}'),
        ({}, rep("displayName", "S"), Kind.GROUP, '{"op":"replace","value":{"displayName":"S"}}'),
        ({"rename_group_with_path": True}, rep("displayName", "S"), Kind.GROUP, '{"op":"replace","path":"displayName","value":"S"}'),
        ({"op_case": Choice.CLASSIC, "bool_style": Choice.CLASSIC}, rep("active", False), Kind.USER, '{"op":"Replace","path":"active","value":"False"}'),
    ],
)  # fmt: skip
def test_flag_on_a_single_attribute_keeps_its_path(
    switches: dict[str, Json], change: Change, kind: Kind, expected: str
) -> None:
    """8.4.4, 8.4.6, 9.4."""
    assert operations(dialect(FLAG, **switches).update(kind, "1", (change,))) == expected


ROLE = ({"id": "r1", "value": "admin", "displayName": "Admin"},)


@pytest.mark.parametrize(
    ("url", "form", "expected"),
    [
        ("https://app.example", RoleForm.ADDITIVE, '{"op":"Add","path":"roles","value":[{"value":"{\\"id\\":\\"r1\\",\\"value\\":\\"admin\\",\\"displayName\\":\\"Admin\\"}"}]}'),
        (FLAG, RoleForm.ADDITIVE, '{"op":"add","path":"roles","value":[{"primary":false,"type":"WindowsAzureActiveDirectoryRole","display":"Admin","value":"admin"}]}'),
        ("https://app.example", RoleForm.ASSERTIVE, '{"op":"Replace","path":"roles","value":[{"primary":false,"type":"WindowsAzureActiveDirectoryRole","display":"Admin","value":"admin"}]}'),
    ],
)  # fmt: skip
def test_roles_are_added_as_text_or_replaced_as_objects(url: str, form: RoleForm, expected: str) -> None:
    """8.7.3, 8.7.4, 8.7.5."""
    assert operations(dialect(url).update(Kind.USER, "u", changes((value("roles", ROLE, form),), {}))) == expected


@pytest.mark.parametrize(
    ("url", "form", "old", "new", "expected"),
    [
        ("https://app.example", ManagerRemoval.PER_FLAG, None, "m", f'{{"op":"Add","path":"{ENT}:manager","value":"m"}}'),
        (FLAG, ManagerRemoval.PER_FLAG, "l", "m", f'{{"op":"replace","path":"{ENT}:manager","value":"m"}}'),
        ("https://app.example", ManagerRemoval.PER_FLAG, "m", None, f'{{"op":"Remove","path":"{ENT}:manager"}}'),
        (FLAG, ManagerRemoval.PER_FLAG, "m", None, f'{{"op":"remove","path":"{ENT}:manager[value eq \\"m\\"]"}}'),
        ("https://app.example", ManagerRemoval.EMPTY, "m", None, f'{{"op":"Replace","path":"{ENT}:manager","value":""}}'),
        ("https://app.example", ManagerRemoval.VALUE, "m", None, f'{{"op":"Remove","path":"{ENT}:manager","value":"m"}}'),
        (FLAG, ManagerRemoval.PATH, "m", None, f'{{"op":"remove","path":"{ENT}:manager"}}'),
    ],
)  # fmt: skip
def test_a_manager_is_one_operation(
    url: str, form: ManagerRemoval, old: str | None, new: str | None, expected: str
) -> None:
    """8.6."""
    assert operations(dialect(url, manager_remove_form=form).manager("u", f"{ENT}:manager", old, new)) == expected


def test_members_go_in_batches_added_as_lists_and_removed_as_the_flag_says() -> None:
    """9.7 to 9.10, 23.2.7."""
    off = [p.operations for p in dialect(members_per_patch=2).spelling.members(("a", "b", "c"), ("x",))]
    on = [p.operations for p in dialect(FLAG).spelling.members(("a",), ("x", "y"))]

    assert off == [
        [{"op": "Add", "path": "members", "value": [{"value": "a"}, {"value": "b"}]}, {"op": "Remove", "path": "members", "value": [{"value": "x"}]}],
        [{"op": "Add", "path": "members", "value": [{"value": "c"}]}],
    ]  # fmt: skip
    assert on == [
        [
            {"op": "add", "path": "members", "value": [{"value": "a"}]},
            {"op": "remove", "path": 'members[value eq "x"]'},
            {"op": "remove", "path": 'members[value eq "y"]'},
        ]
    ]
    assert next(dialect(member_ref_null=True).spelling.members(("a",), ())).operations == [
        {"op": "Add", "path": "members", "value": [{"$ref": None, "value": "a"}]}
    ]


def test_cleared_attributes_are_removed_by_path() -> None:
    """8.2.6, only with `clear_on_null`."""
    assert operations(dialect().update(Kind.USER, "u", (), ("title",))) == '{"op":"Remove","path":"title"}'
