"""Switches, Tenant URLs, restarts: what a job is told."""

from __future__ import annotations

from dataclasses import fields

import pytest

from entrant.entra.engine.job import TenantUrl, parse_tenant_url
from entrant.entra.engine.restart import FULL, ORDINARY, Reset, parse_reset
from entrant.entra.engine.switches import (
    ManagerRemoval,
    ReadMode,
    Switches,
    describe_switches,
    parse_switches,
    print_switches,
)
from entrant.entra.model import BadValue


def test_switches_are_read_as_they_are_printed() -> None:
    chosen = Switches(
        read_mode=ReadMode.BY_FILTER,
        manager_remove_form=ManagerRemoval.EMPTY,
        members_per_patch=1,
        retry_hours=(1, 2),
        clear_on_null=True,
    )

    assert parse_switches(print_switches(chosen)) == chosen
    assert parse_switches({"clear_on_null": "on"}) == Switches(clear_on_null=True)


def test_every_switch_names_the_statement_that_it_settles() -> None:
    described = describe_switches()

    assert [each.name for each in described] == [each.name for each in fields(Switches)]
    assert all(each.doc.statements and each.doc.text.endswith(".") for each in described)


def test_every_open_point_that_shows_on_the_wire_is_a_switch() -> None:
    """26; texts (26.16), token requests (26.21) and bulk (26.22) are not the engine's to switch."""
    settled = {point for each in describe_switches() for point in each.doc.statements.split(", ") if point[:3] == "26."}

    assert settled == {f"26.{number}" for number in range(1, 21)} - {"26.16"}


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("no_such", "on", 'there is no switch "no_such"'),
        ("clear_on_null", "maybe", "clear_on_null is on or off"),
        ("read_mode", "by_magic", "read_mode is one of by_id, by_filter"),
        ("members_per_patch", "0", "members_per_patch is at least 1"),
        ("members_per_patch", "many", "members_per_patch is a whole number"),
        ("retry_hours", "6,0", "retry_hours are hours in ascending order"),
    ],
)
def test_a_wrong_switch_is_refused_in_a_sentence(name: str, text: str, message: str) -> None:
    with pytest.raises(BadValue, match=message):
        parse_switches({name: text})


@pytest.mark.parametrize(
    ("text", "expected", "flag"),
    [
        ("https://h/scim/v2/?aadOptscim062020", TenantUrl("https://h", "/scim/v2/", "aadOptscim062020"), True),
        ("http://127.0.0.1:8080", TenantUrl("http://127.0.0.1:8080", ""), False),
        ("https://h/a?x=1&AADOPTSCIM062020", TenantUrl("https://h", "/a", "x=1&AADOPTSCIM062020"), True),
    ],
)
def test_a_tenant_url_is_taken_apart(text: str, expected: TenantUrl, *, flag: bool) -> None:
    """2.2, 2.4."""
    assert parse_tenant_url(text) == expected
    assert expected.flag is flag


@pytest.mark.parametrize("text", ["", "ftp://h", "https://", "https://u:p@h/", "https://h:x/", "/scim"])
def test_what_is_no_tenant_url_is_refused(text: str) -> None:
    with pytest.raises(BadValue):
        parse_tenant_url(text)


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        ("", ORDINARY),
        ("Full", FULL),
        ("Watermark, escrows", Reset(watermark=True, escrows=True)),
        ("ForceDeletes", Reset(allow_deletions=True)),
        ("Full,ForceDeletes", Reset(watermark=True, escrows=True, quarantine=True, links=True, allow_deletions=True)),
        ("ConnectorDataStore,QuarantineState", Reset(links=True, quarantine=True)),
        ("None", Reset()),
    ],
)
def test_reset_scopes_are_flags(scope: str, expected: Reset) -> None:
    """13.7."""
    assert parse_reset(scope) == expected


def test_an_unknown_reset_scope_is_refused() -> None:
    with pytest.raises(BadValue, match='"Half" is no reset scope'):
        parse_reset("Half")
