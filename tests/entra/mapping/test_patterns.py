"""Regular expressions in .NET's spelling (entra-client 18.5; the examples are the documented ones)."""

from __future__ import annotations

import pytest

from entrant.entra.mapping import patterns
from entrant.entra.mapping.patterns import MAX_PATTERN, compile_pattern, expand
from entrant.entra.mapping.schema import Clause
from entrant.entra.mapping.scoping import clause_holds
from entrant.entra.model import BadValue


@pytest.mark.parametrize(
    ("pattern", "text", "groups"),
    [
        (r"(?<Suffix>@(.)*)", "jsmith@contoso.com", {"Suffix": "@contoso.com"}),
        (r"(?'a'x)(?<b>y)", "xy", {"a": "x", "b": "y"}),
        (r"(?<a>x)\k<a>", "xx", {"a": "x"}),
        (r"(?<=x)(?<!y)z", "xz", {}),
        (r"\(?<x", "<x", {}),
        (r"^\d{3}$", "123", {}),
        (r"^[a-z]{1,64}@[a-z]{1,255}\.[a-z]{2,63}$", "a@b.com", {}),
        (r"[])]{3}(?<a>x{2})", ")])xx", {"a": "xx"}),
        (r"^\p{Lu}\p{Ll}+$", "Zoë", {}),
    ],
)
def test_named_groups_are_understood(pattern: str, text: str, groups: dict[str, str]) -> None:
    found = compile_pattern(pattern).search(text)

    assert found is not None
    assert found.groupdict() == groups


@pytest.mark.parametrize(
    "pattern",
    [
        "(",
        "a{2,1}",
        "\\k<none>",
        "[",
        "(" * 499 + ")" * 499,
        "((a{1000}){1000}){1000}",
        "a{99999999999}",
        "x" * (MAX_PATTERN + 1),
    ],
)
def test_what_is_no_regular_expression_is_refused(pattern: str) -> None:
    with pytest.raises(BadValue, match="regular expression"):
        compile_pattern(pattern)


@pytest.mark.parametrize(
    ("replacement", "text"),
    [("$1", "x"), ("${two}", "y"), ("$2$1", "yx"), ("${2}", "y"), ("$$1", "$1"), ("$&!", "xy!"), ("$9", "$9"), ("${no}", "${no}"), ("$", "$"), ("$3", "")],
)  # fmt: skip
def test_replacements_refer_to_groups(replacement: str, text: str) -> None:
    match = compile_pattern("(x)(?<two>y)(z)?").match("xy")

    assert match is not None
    assert expand(match, replacement) == text


def test_an_expression_that_would_take_for_ever_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patterns, "TIME_LIMIT", 0.05)
    text = "a" * 5_000 + "c"

    for use in (lambda: patterns.search("^(a|aa)+$", text), lambda: patterns.substitute("^(a|aa)+$", text, "")):
        with pytest.raises(BadValue, match="takes longer"):
            use()
    assert not clause_holds(Clause("x", "REGEX MATCH", ("^(a|aa)+$",)), text)
    assert not clause_holds(Clause("x", "NOT REGEX MATCH", ("^(a|aa)+$",)), text)
