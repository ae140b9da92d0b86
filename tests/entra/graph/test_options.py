"""The other query options, and which queries must say that they are advanced (graph-surface 9.2)."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from entrant.entra.graph.entities import GROUP, PROVISIONING_ENTRY, USER
from entrant.entra.graph.errors import GraphError
from entrant.entra.graph.odata.advanced import require_advanced
from entrant.entra.graph.odata.options import link_query, parse_options, parse_query
from entrant.entra.graph.odata.order import place
from entrant.entra.graph.odata.parser import parse_filter
from entrant.entra.graph.odata.projection import project
from entrant.entra.graph.odata.search import parse_search

JOB_FILTER = (
    "jobId%20eq%20%27a%27%20and%20servicePrincipal/id eq 'b' and modifiedProperties/any(p: p/displayName eq 'x')"
)


@pytest.mark.parametrize(
    "query",
    [
        f"$top=1&$orderby=activityDateTime%20desc&$filter={JOB_FILTER}",
        f"$filter={JOB_FILTER}&$top=1&$orderby=activityDateTime+desc",
        f"%24filter={JOB_FILTER}&top=1&orderby=activityDateTime desc",
    ],
)
def test_options_come_in_any_order_and_encoding(query: str) -> None:
    """Graph-surface 3.5: quotes and spaces come encoded or not."""
    options = parse_options(query, PROVISIONING_ENTRY)

    assert options.top == 1
    assert [(str(key.path), key.descending) for key in options.order] == [("activityDateTime", True)]
    assert options.raw["filter"].startswith("jobId eq 'a' and ")


@pytest.mark.parametrize(
    "query",
    [
        "$top=0",
        "$top=1000",
        "$top=-1",
        "$top=x",
        "$top=%D9%A1",
        "$count=maybe",
        "$skip=1",
        "$foo=1",
        "$top=1&$top=2",
        "$select=nickname",
        "$expand=nickname",
        "$expand=manager($filter=x)",
        "$orderby=nickname",
        "$orderby=displayName sideways",
        "$orderby=businessPhones",
        "$orderby=employeeOrgData",
        "$search=ann",
        '$search="ann"',
        '$search="nickname:ann"',
        '$search="displayName:ann',
        "$filter=%ff",
        "$filter=" + "x" * 40_000,
    ],
)
def test_what_is_no_option_is_refused(query: str) -> None:
    with pytest.raises(GraphError) as refusal:
        parse_options(query, USER)

    assert refusal.value.status in {400, 414}


def test_other_parameters_are_ignored() -> None:
    assert parse_query("api-version=1&$top=3&mode=x") == {"top": "3"}


ADVANCED = [
    "$count=true",
    "$filter=displayName ne 'x'",
    "$filter=not startsWith(displayName,'x')",
    "$filter=endsWith(mail,'x')",
    "$filter=otherMails/$count eq 0",
    "$filter=displayName eq 'x'&$orderby=displayName",
    "$orderby=department",
    '$search="displayName:x"',
]


@pytest.mark.parametrize("query", ADVANCED)
def test_an_advanced_query_needs_its_header_and_count(query: str) -> None:
    options = parse_options(query, USER)

    with pytest.raises(GraphError) as refusal:
        require_advanced(options, USER, eventual=False)

    assert (refusal.value.status, refusal.value.code) == (400, "Request_UnsupportedQuery")


@pytest.mark.parametrize("query", ADVANCED)
def test_an_advanced_query_that_says_so_is_taken(query: str) -> None:
    counted = query if "$search" in query or "$count=true" in query else f"{query}&$count=true"

    require_advanced(parse_options(counted, USER), USER, eventual=True)


@pytest.mark.parametrize(
    "query",
    [
        "$filter=displayName eq 'x' or startsWith(mail,'x') and id in ('a')",
        "$filter=createdDateTime ge 2026-01-01T00:00:00Z",
        "$filter=businessPhones/any(p: p eq 'x')",
        "$orderby=displayName",
        "$orderby=userPrincipalName desc",
        "$top=5&$select=id",
    ],
)
def test_an_ordinary_query_needs_neither(query: str) -> None:
    require_advanced(parse_options(query, USER), USER, eventual=False)


def test_the_log_has_no_advanced_queries() -> None:
    query = "$filter=contains(jobId,'x') and provisioningAction ne 'create'&$orderby=activityDateTime"

    require_advanced(parse_options(query, PROVISIONING_ENTRY), PROVISIONING_ENTRY, eventual=False)


def test_contains_does_not_work_on_directory_objects() -> None:
    with pytest.raises(GraphError, match="contains"):
        require_advanced(parse_options("$filter=contains(displayName,'x')&$count=true", USER), USER, eventual=True)


def test_without_select_users_have_the_default_properties() -> None:
    shown = project({"id": "1", "displayName": "Ann", "department": "Sales"}, USER, None)

    assert shown == {
        "businessPhones": [],
        "displayName": "Ann",
        "givenName": None,
        "id": "1",
        "jobTitle": None,
        "mail": None,
        "mobilePhone": None,
        "officeLocation": None,
        "preferredLanguage": None,
        "surname": None,
        "userPrincipalName": None,
    }


def test_select_gives_what_it_names_in_any_case_and_the_id() -> None:
    names = parse_options("$select=DEPARTMENT, accountEnabled", USER).selection.names

    assert project({"id": "1", "department": "Sales"}, USER, names) == {
        "accountEnabled": None,
        "department": "Sales",
        "id": "1",
    }


def test_expand_takes_a_selection_of_its_own() -> None:
    (expansion,) = parse_options("$expand=manager($select=id,displayName)", USER).selection.expand

    assert (expansion.name, expansion.select) == ("manager", ("id", "displayName"))


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ('"displayName:on"', {"video"}),
        ('"displayName:vide"', {"video"}),
        ('"displayName:alpha team"', {"alpha"}),
        ('"displayName:alpha" OR "description:one"', {"alpha", "video"}),
        ('"displayName:alpha" AND "description:one"', set()),
        ('("displayName:alpha" OR "displayName:video") AND "mail:al"', {"alpha"}),
        ('"mail:pha"', set()),
    ],
)
def test_search_looks_at_the_words_of_names_and_the_beginning_of_others(search: str, found: set[str]) -> None:
    groups: list[dict[str, str | None]] = [
        {"id": "alpha", "displayName": "Team Alpha", "mail": "alpha@contoso.example", "description": None},
        {"id": "video", "displayName": "Video on demand", "description": "One of ours"},
    ]

    keep = parse_search(search, GROUP)

    assert {group["id"] for group in groups if keep(group)} == found


def test_order_puts_what_is_absent_first_and_keeps_equals_apart() -> None:
    users: list[dict[str, str]] = [
        {"id": "3", "jobTitle": "B"},
        {"id": "1"},
        {"id": "2", "jobTitle": "a"},
        {"id": "0", "jobTitle": "A"},
    ]
    keys = parse_options("$orderby=jobTitle", USER).order
    down = parse_options("$orderby=jobTitle desc", USER).order

    assert [user["id"] for user in sorted(users, key=lambda user: place(user, keys))] == ["1", "0", "2", "3"]
    assert [user["id"] for user in sorted(users, key=lambda user: place(user, down))] == ["3", "0", "2", "1"]


def test_a_link_keeps_the_other_options_and_can_be_read_again() -> None:
    text = "displayName eq 'a&b+c #1'"
    raw = parse_query(f"$filter={quote(text)}&$top=2&$skiptoken=old")

    query = link_query(raw, skiptoken="new")

    assert parse_query(query) == {"filter": text, "top": "2", "skiptoken": "new"}
    assert parse_options(query, USER).filter == parse_filter(text, USER)
