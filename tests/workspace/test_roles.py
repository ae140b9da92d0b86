"""Role rules and the one invariant (product.md 4.1, 4.5)."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from entrant.workspace.errors import InvalidRule, LastAdmin
from entrant.workspace.model import Role, RoleChange
from entrant.workspace.roles import DEFAULT_RULES, RoleRule, RuleKind, contains_words, parse_rule, role_of, words
from entrant.workspace.rules import require_an_admin


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("LocalStack-Admin", Role.ADMIN),
        ("LocalStack-Admins-Prod", Role.ADMIN),
        ("XD5-XD5-LA1000_AuthLocalstackAdmin", Role.ADMIN),
        ("LocalStack-Member", Role.MEMBER),
        ("remembered", Role.MEMBER),
        ("Members and ADMINS", Role.ADMIN),
        ("Engineering", None),
        ("", None),
    ],
)
def test_the_default_rules(name: str, role: Role | None) -> None:
    assert role_of(DEFAULT_RULES, "id", name) is role


@pytest.mark.parametrize(
    ("rule", "caught", "missed"),
    [
        ("contains:STRASSE=admin", "Hauptstraße 1", "Weg 1"),
        ("equals:bosses=admin", "BOSSES", "bosses 2"),
        ("prefix:it-=member", "IT-Ops", "Ops IT-"),
        ("contains:a=b:c=admin", "xA=B:Cx", "a=b"),
    ],
)
def test_rules_catch_names_without_case(rule: str, caught: str, missed: str) -> None:
    parsed = parse_rule(rule)

    assert parsed.catches("id", caught)
    assert not parsed.catches("id", missed)


def test_a_pinned_group_is_caught_by_its_id_alone() -> None:
    rule = parse_rule("group:some-id=admin")

    assert rule.catches("some-id", "whatever")
    assert not rule.catches("SOME-ID", "some-id")


def test_the_first_rule_that_catches_decides() -> None:
    rules = [parse_rule("prefix:no-=member"), *DEFAULT_RULES]

    assert role_of(rules, "id", "no-admin") is Role.MEMBER


@pytest.mark.parametrize(
    "text",
    [
        "",
        "admin",
        "contains:admin",
        "contains:=admin",
        "like:x=admin",
        "contains:x=owner",
        f"contains:{'x' * 257}=admin",
    ],
)
def test_what_is_no_rule_is_refused(text: str) -> None:
    with pytest.raises(InvalidRule):
        parse_rule(text)


@given(st.sampled_from(RuleKind), st.text(min_size=1, max_size=256), st.sampled_from(Role))
def test_a_rule_that_is_printed_reads_as_the_same_rule(kind: RuleKind, text: str, role: Role) -> None:
    assume(kind is not RuleKind.WORD or words(text))
    rule = RoleRule(kind, text, role)

    assert parse_rule(str(rule)) == rule


def change(before: Role | None, after: Role | None) -> RoleChange:
    return RoleChange("id", "name", before, after)


@pytest.mark.parametrize("after", [Role.MEMBER, None])
def test_an_admin_may_go_only_while_another_is_there(after: Role | None) -> None:
    require_an_admin([change(Role.ADMIN, after)], lambda: True)
    with pytest.raises(LastAdmin, match="Cannot remove the last workspace admin"):
        require_an_admin([change(Role.ADMIN, after)], lambda: False)


def test_who_took_no_admin_away_is_not_asked() -> None:
    """A workspace that never had an admin can be written to."""

    def unasked() -> bool:
        raise AssertionError

    require_an_admin([], unasked)
    require_an_admin([change(None, Role.ADMIN), change(Role.MEMBER, None), change(Role.ADMIN, Role.ADMIN)], unasked)


@pytest.mark.parametrize(
    ("name", "caught"),
    [
        ("Admin", True),
        ("LocalStack-Admin", True),
        ("XD5_AuthLocalstackAdmin", True),
        ("it.admin.prod", True),
        ("Équipe ADMIN", True),
        ("Badminton", False),
        ("Administration", False),
        ("LocalStack-Admins-Prod", False),
        ("admin2", False),
    ],
)
def test_a_word_rule_matches_a_whole_word(name: str, caught: bool) -> None:  # noqa: FBT001
    """Product 4.8."""
    assert parse_rule("word:admin=admin").catches("id", name) is caught


@pytest.mark.parametrize(("name", "inside"), [("Badminton", True), ("Acme-Admin", False), ("Sports", False)])
def test_a_match_only_inside_a_longer_word_is_told_from_one_of_a_word(name: str, inside: bool) -> None:  # noqa: FBT001
    assert parse_rule("contains:admin=admin").is_inside_a_word(name) is inside


def test_several_words_match_one_after_the_other() -> None:
    rule = parse_rule("word:team lead=admin")

    assert rule.catches("id", "Sales-TeamLead-1")
    assert not rule.catches("id", "Lead Team")


def test_a_word_without_letters_is_refused() -> None:
    with pytest.raises(InvalidRule):
        parse_rule("word:--=admin")


@given(st.text(), st.text(min_size=1, max_size=20))
def test_what_has_the_word_contains_its_letters(name: str, text: str) -> None:
    """`word` never matches more than its letters one after the other would."""
    if contains_words(name, text):
        assert "".join(words(text)) in "".join(words(name))
