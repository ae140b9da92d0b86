"""Filters and paths as text (RFC 7644 §3.4.2.2, §3.5.2; `grammar.abnf`)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrant.scim.errors import InvalidFilter, InvalidPath
from entrant.scim.filter import And, CompareOp, Comparison, Filter, Not, Or, Path, Present, ValuePath
from entrant.scim.parser import MAX_DEPTH, MAX_FILTER_LENGTH, MAX_NODES, parse_filter, parse_path

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
A, B, C = (Comparison(Path(name), CompareOp.EQ, 1) for name in "abc")


@pytest.mark.parametrize(
    ("text", "node"),
    [
        ('userName eq "bjensen"', Comparison(Path("userName"), CompareOp.EQ, "bjensen")),
        ('USERNAME EQ "B"', Comparison(Path("USERNAME"), CompareOp.EQ, "B")),
        ("title pr", Present(Path("title"))),
        ('name.familyName co "O\'Malley"', Comparison(Path("name", "familyName"), CompareOp.CO, "O'Malley")),
        ('x eq "a\\"b\\\\c\\u00e9\\n"', Comparison(Path("x"), CompareOp.EQ, 'a"b\\cé\n')),
        ("x eq true", Comparison(Path("x"), CompareOp.EQ, True)),
        ("x eq False", Comparison(Path("x"), CompareOp.EQ, False)),
        ("x eq null", Comparison(Path("x"), CompareOp.EQ, None)),
        ("x gt -1.5e3", Comparison(Path("x"), CompareOp.GT, -1500.0)),
        (f'{ENTERPRISE}:manager.value eq "1"', Comparison(Path("manager", "value", ENTERPRISE), CompareOp.EQ, "1")),
        (f'{ENTERPRISE}:department sw "R"', Comparison(Path("department", None, ENTERPRISE), CompareOp.SW, "R")),
        ("members.$ref pr", Present(Path("members", "$ref"))),
        ("a eq 1 and b eq 1 or c eq 1", Or(And(A, B), C)),
        ("a eq 1 or b eq 1 and c eq 1", Or(A, And(B, C))),
        ("(a eq 1 or b eq 1) and c eq 1", And(Or(A, B), C)),
        ("not (a eq 1) and b eq 1", And(Not(A), B)),
        ("NOT(a eq 1 AND b eq 1)", Not(And(A, B))),
        ("not (not (a eq 1))", Not(Not(A))),
        ("  a eq 1  and   b eq 1 ", And(A, B)),
        ('emails[type eq "work"]', ValuePath(Path("emails", filter=Comparison(Path("type"), CompareOp.EQ, "work")))),
        (
            'emails[type eq "work" and value co "@"].value eq "x"',
            Comparison(
                Path(
                    "emails",
                    "value",
                    None,
                    And(Comparison(Path("type"), CompareOp.EQ, "work"), Comparison(Path("value"), CompareOp.CO, "@")),
                ),
                CompareOp.EQ,
                "x",
            ),
        ),
    ],
)
def test_filters_are_read(text: str, node: Filter) -> None:
    assert parse_filter(text) == node


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("userName", Path("userName")),
        ("name.givenName", Path("name", "givenName")),
        ('emails[type eq "work"].value', Path("emails", "value", None, Comparison(Path("type"), CompareOp.EQ, "work"))),
        (f"{ENTERPRISE}:department", Path("department", None, ENTERPRISE)),
        (f"{ENTERPRISE}:manager.value", Path("manager", "value", ENTERPRISE)),
        (f"{ENTERPRISE}", Path("User", None, ENTERPRISE.rpartition(":")[0])),
    ],
)
def test_paths_are_read(text: str, path: Path) -> None:
    assert parse_path(text) == path


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", None),
        ("userName", None),
        ("userName eq", None),
        ("userName eq x", 13),
        ('userName eq "x', 13),
        ("userName like 5", 10),
        ("(a eq 1", None),
        ("a eq 1)", 7),
        ("a eq 1 b eq 1", 8),
        ("a eq 1 and", None),
        ("not a eq 1", 5),
        ("emails[type eq 1", None),
        ("1a eq 1", 1),
    ],
)
def test_a_malformed_filter_is_refused_with_the_place(text: str, place: int | None) -> None:
    """Product 5.7: the administrator reads where it went wrong."""
    with pytest.raises(InvalidFilter, match="ends too early" if place is None else f"at character {place}"):
        parse_filter(text)


@pytest.mark.parametrize("text", ["", "a.b.c", "a[", "a[b eq 1]x", "a b", ".a", "urn:x:", 'a eq "x"', "a[b]"])
def test_a_malformed_path_is_refused(text: str) -> None:
    with pytest.raises(InvalidPath):
        parse_path(text)


@pytest.mark.parametrize(
    "text",
    [
        "a" * (MAX_FILTER_LENGTH + 1),
        "(" * (MAX_DEPTH + 2) + "a pr" + ")" * (MAX_DEPTH + 2),
        "not (" * (MAX_DEPTH + 2) + "a pr" + ")" * (MAX_DEPTH + 2),
        " or ".join(["a pr"] * (MAX_NODES + 1)),
        'a eq "\\u0000"',
    ],
    ids=["length", "depth", "negations", "nodes", "NUL"],
)
def test_what_is_too_much_is_refused(text: str) -> None:
    """Product 9.5."""
    with pytest.raises(InvalidFilter):
        parse_filter(text)


@given(st.text() | st.text(alphabet='ab.[]()" \\:$-_eqnotadrup19', max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    """Product 9.5: nothing else comes out of the parsers."""
    for parse, error in ((parse_filter, InvalidFilter), (parse_path, InvalidPath)):
        try:
            parse(text)
        except (InvalidFilter, InvalidPath) as refused:
            assert isinstance(refused, error)  # noqa: PT017  the other one would be wrong


NAMES = st.from_regex(r"\A[A-Za-z$][A-Za-z0-9$_-]{0,6}\Z").filter(
    lambda n: n.lower() not in {"and", "or", "not", "pr", "urn", *CompareOp}
)
PLAIN = st.builds(Path, NAMES, st.none() | NAMES, st.none() | st.just(ENTERPRISE))
LITERALS = (
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
    | st.booleans()
    | st.none()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
)
LEAVES: st.SearchStrategy[Filter] = st.builds(
    Comparison, PLAIN, st.sampled_from(list(CompareOp)), LITERALS
) | st.builds(Present, PLAIN)


def joined(leaves: st.SearchStrategy[Filter]) -> st.SearchStrategy[Filter]:
    return st.recursive(leaves, lambda f: st.builds(And, f, f) | st.builds(Or, f, f) | st.builds(Not, f), max_leaves=6)


FILTERS = joined(
    LEAVES
    | st.builds(lambda name, inner: ValuePath(Path(name, filter=inner)), NAMES, joined(LEAVES))
    | st.builds(
        lambda name, sub, inner: Comparison(Path(name, sub, None, inner), CompareOp.EQ, "x"),
        NAMES,
        NAMES,
        joined(LEAVES),
    )
)


@given(FILTERS)
def test_a_filter_that_is_printed_reads_as_the_same_filter(node: Filter) -> None:
    assert parse_filter(str(node)) == node
