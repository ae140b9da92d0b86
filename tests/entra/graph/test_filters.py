"""`$filter` of OData, read and evaluated (graph-surface 3.5, 9.2)."""

from __future__ import annotations

import pytest

from entrant.entra.graph.entities import PROVISIONING_ENTRY, USER
from entrant.entra.graph.errors import GraphError
from entrant.entra.graph.odata.evaluate import predicate
from entrant.entra.graph.odata.parser import MAX_DEPTH, MAX_TERMS, parse_filter
from entrant.entra.graph.odata.tokens import MAX_FILTER_LENGTH

ANN = {
    "id": "0ad1a5b2-5f0d-4c4e-9c39-000000000001",
    "displayName": "Ann O'Neil",
    "accountEnabled": True,
    "userPrincipalName": "ann@contoso.example",
    "businessPhones": ["+1 425 555 0100"],
    "otherMails": [],
    "createdDateTime": "2026-01-02T03:04:05.123456Z",
    "employeeOrgData": {"costCenter": "4711", "division": None},
    "identities": [{"signInType": "userPrincipalName", "issuer": "contoso.example"}],
    "mail": None,
}

HOLD = [
    "displayName eq 'ann o''neil'",
    "displayName eq 'Ann O''Neil' and accountEnabled eq true",
    "id eq 0ad1a5b2-5f0d-4c4e-9c39-000000000001",
    "id eq '0AD1A5B2-5F0D-4C4E-9C39-000000000001'",
    "id in ('x', '0ad1a5b2-5f0d-4c4e-9c39-000000000001')",
    "mail eq null",
    "mail ne 'x'",
    "surname eq null",
    "startsWith(displayName,'ann')",
    "startswith(displayName, 'ANN')",
    "endsWith(userPrincipalName,'@contoso.example')",
    "contains(displayName,'neil')",
    "not startsWith(displayName,'b')",
    "not (accountEnabled eq false)",
    "NOT(accountEnabled EQ false)",
    "accountEnabled eq false or accountEnabled eq true and mail eq null",
    "(accountEnabled eq true or mail eq 'x') and mail eq null",
    "createdDateTime ge 2026-01-02T03:04:05.1234560Z",
    "createdDateTime gt 2026-01-02T03:04:05.1234559Z",
    "createdDateTime lt 2026-01-02T03:04:05.1234561Z",
    "createdDateTime eq 2026-01-02T04:04:05.123456+01:00",
    "createdDateTime gt 2026-01-02",
    "businessPhones/any(p: p eq '+1 425 555 0100')",
    "businessPhones/any(p:startsWith(p,'+1'))",
    "businessPhones/all(p: startsWith(p, '+1'))",
    "businessPhones/any()",
    "not otherMails/any()",
    "otherMails/all(m: m eq 'x')",
    "otherMails/$count eq 0",
    "businessPhones/$count gt 0",
    "employeeOrgData/costCenter eq '4711'",
    "employeeOrgData/division eq null",
    "identities/any(i: i/issuer eq 'contoso.example' and i/signInType eq 'userPrincipalName')",
]


@pytest.mark.parametrize("text", HOLD)
def test_filters_that_hold(text: str) -> None:
    assert predicate(parse_filter(text, USER))(ANN)


@pytest.mark.parametrize(
    "text",
    [
        "displayName eq 'ann'",
        "createdDateTime ge 2026-01-02T03:04:05.1234567Z",
        "createdDateTime gt 2026-01-02T03:04:05.123456Z",
        "mail gt 'a'",
        "mail lt 'a'",
        "displayName ne 'ANN O''NEIL'",
        "otherMails/any(m: m eq 'x')",
        "identities/any(i: i/issuer eq 'contoso.example' and i/signInType eq 'emailAddress')",
        "accountEnabled eq true and (mail eq 'x' or mail eq 'y')",
        "id in ('x')",
    ],
)
def test_filters_that_do_not_hold(text: str) -> None:
    assert not predicate(parse_filter(text, USER))(ANN)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "displayName",
        "displayName eq",
        "displayName eq 'x",
        "displayName = 'x'",
        "displayName eq 'x' and",
        "displayName eq x",
        "nickname eq 'x'",
        "accountEnabled eq 'true'",
        "accountEnabled gt true",
        "displayName eq 5",
        "createdDateTime ge '2026-01-02'",
        "createdDateTime ge 2026-13-02",
        "businessPhones eq 'x'",
        "displayName/any(d: d eq 'x')",
        "businessPhones/any(p: q eq 'x')",
        "identities/any(i: i/any(j: j eq 'x'))",
        "identities/any(i: i/unknown eq 'x')",
        "startsWith(accountEnabled,'t')",
        "startsWith(displayName)",
        "tolower(displayName) eq 'x'",
        "passwordProfile eq 'x'",
        "displayName in ()",
        "(displayName eq 'x'",
        "displayName eq 'x')",
        "'x' eq displayName",
        "not",
        "\x00",
        "displayName eq \ud800",
    ],
)
def test_what_is_no_filter_on_users_is_refused(text: str) -> None:
    with pytest.raises(GraphError) as refusal:
        parse_filter(text, USER)

    assert refusal.value.status == 400
    assert refusal.value.code == "BadRequest"


def test_an_unknown_property_is_named() -> None:
    with pytest.raises(GraphError, match=r"named 'nickname' on type 'microsoft\.graph\.user'"):
        parse_filter("nickname eq 'x'", USER)


@pytest.mark.parametrize(
    "text",
    [
        "displayName eq '" + "x" * MAX_FILTER_LENGTH + "'",
        "(" * (MAX_DEPTH + 2) + "displayName eq 'x'" + ")" * (MAX_DEPTH + 2),
        "not " * (MAX_DEPTH + 2) + "startsWith(displayName,'x')",
        " or ".join(["mail eq ''"] * (MAX_TERMS + 1)),
        "id in (" + ",".join(["''"] * (MAX_TERMS + 1)) + ")",
    ],
    ids=["long", "deep", "negated", "wide", "in"],
)
def test_filters_are_bounded(text: str) -> None:
    with pytest.raises(GraphError):
        parse_filter(text, USER)


ENTRY = {
    "id": "1",
    "jobId": "scim.0123.4567",
    "provisioningAction": "disable",
    "activityDateTime": "2026-01-02T03:04:05.123457Z",
    "servicePrincipal": {"id": "0ad1a5b2-5f0d-4c4e-9c39-000000000002"},
    "sourceIdentity": {"id": "0ad1a5b2-5f0d-4c4e-9c39-000000000003"},
    "modifiedProperties": [{"displayName": "members", "oldValue": None, "newValue": "x"}],
}


@pytest.mark.parametrize(
    "action",
    [
        "provisioningAction eq 'Disable'",
        "(provisioningAction eq 'disable')",
        "(provisioningAction eq 'Disable' or provisioningAction eq 'Delete')",
        "activityDateTime ge 2026-01-02T03:04:05.1234567Z",
        "modifiedProperties/any(p: p/displayName eq 'members')",
        "modifiedProperties/any(p: p/displayName eq 'manager' or p/displayName eq 'members')",
    ],
)
def test_the_filters_of_the_acceptance_test_find_an_entry(action: str) -> None:
    """Graph-surface 3.5, surprises 7 and 16 of §8."""
    text = (
        "jobId eq 'scim.0123.4567' and servicePrincipal/id eq '0ad1a5b2-5f0d-4c4e-9c39-000000000002' "
        f"and sourceIdentity/id eq '0ad1a5b2-5f0d-4c4e-9c39-000000000003' and {action}"
    )

    assert predicate(parse_filter(text, PROVISIONING_ENTRY))(ENTRY)
