"""Expressions as text (entra-client 18.1)."""

from __future__ import annotations

from datetime import UTC, datetime
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrant.entra.mapping.attributes import Value, role
from entrant.entra.mapping.expressions.arguments import Environment
from entrant.entra.mapping.expressions.catalogue import FUNCTIONS
from entrant.entra.mapping.expressions.evaluate import evaluate
from entrant.entra.mapping.expressions.nodes import (
    Attribute,
    Call,
    CompareOp,
    Comparison,
    Expression,
    Number,
    Text,
    Word,
    attributes_of,
    functions_of,
)
from entrant.entra.mapping.expressions.parser import MAX_DEPTH, MAX_LENGTH, WORDS, BadExpression, parse_expression
from entrant.entra.model import BadValue


@pytest.mark.parametrize(
    ("text", "node"),
    [
        ("[userPrincipalName]", Attribute("userPrincipalName")),
        ('"United States"', Text("United States")),
        (r'"Company name: \"Contoso\""', Text('Company name: "Contoso"')),
        (r'"C:\\x"', Text(r"C:\x")),
        (r'"\d+"', Text(r"\d+")),
        ("-12", Number("-12")),
        ("&HF7", Number("&HF7")),
        ("1.5", Number("1.5")),
        ("Now()", Call("Now")),
        ("Now( )", Call("Now")),
        ("  Not ( [a] )  ", Call("Not", (Attribute("a"),))),
        (
            'Switch([IsSoftDeleted], , "False", "True", "True", "False")',
            Call(
                "Switch", (Attribute("IsSoftDeleted"), None, Text("False"), Text("True"), Text("True"), Text("False"))
            ),
        ),
        (
            'Replace([a], "-", , , "_", ,  )',
            Call("Replace", (Attribute("a"), Text("-"), None, None, Text("_"), None, None)),
        ),
        (
            'IIF([country]="USA",[country],[department])',
            Call(
                "IIF",
                (
                    Comparison(Attribute("country"), CompareOp.EQ, Text("USA")),
                    Attribute("country"),
                    Attribute("department"),
                ),
            ),
        ),
        ("CBool([a] >= 5)", Call("CBool", (Comparison(Attribute("a"), CompareOp.GE, Number("5")),))),
        (
            'InStr("a","b",1,vbTextCompare)',
            Call("InStr", (Text("a"), Text("b"), Number("1"), Word("vbTextCompare"))),
        ),
        ("Left(\n[a],\n 3)", Call("Left", (Attribute("a"), Number("3")))),
        ("[extension_0123_a b]", Attribute("extension_0123_a b")),
    ],
)
def test_expressions_are_read(text: str, node: Expression) -> None:
    assert parse_expression(text) == node


def test_the_printed_form_is_the_one_the_real_service_returns() -> None:
    text = 'Replace([preferredLanguage], "-", , , "_", ,  )'

    assert str(parse_expression(text)) == 'Replace([preferredLanguage], "-", , , "_", , )'


@pytest.mark.parametrize(
    ("text", "position", "words"),
    [
        ("", 1, "ends too early"),
        ("   ", 4, "ends too early"),
        ("Nope([a])", 1, 'no function "Nope"'),
        ("switch([a], , 1, 2)", 1, 'did you mean "Switch"?'),
        ("userPrincipalName", 1, "an attribute is written [userPrincipalName]"),
        ("Not([a]", 8, "ends too early"),
        ("Not([a] [b])", 9, 'expects "," or ")"'),
        ("Not([a]))", 9, "expects the end"),
        ('Append([a], "x', 13, "a closing quotation mark"),
        ("Not([])", 5, "an attribute in square brackets"),
        ("Not([a)", 5, "an attribute in square brackets"),
        ("Left([a])", 1, "with 1 argument; it takes 2"),
        ("Not([a], [b])", 1, "with 2 arguments; it takes 1"),
        ("Append([a], Left([b]))", 13, "Left with 1 argument"),
        ('Switch([a], "x")', 1, "it takes 4 or more"),
        ('Switch([a], , "x", "y", "z")', 1, "a key without a value"),
        ("InStr([a])", 1, "it takes 2 to 4"),
        ("Left([a], 3x)", 11, "expects a number"),
        ("[a] = [b] = [c]", 11, "expects the end"),
        ("Not(,)", 1, "with 2 arguments"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(text: str, position: int, words: str) -> None:
    with pytest.raises(BadExpression) as refusal:
        parse_expression(text)

    assert refusal.value.position == position
    assert words in str(refusal.value)
    assert f"(at character {position})" in str(refusal.value)


def test_length_depth_and_number_of_parts_are_bounded() -> None:
    with pytest.raises(BadValue, match="longer than 10,000 characters"):
        parse_expression('"' + "x" * MAX_LENGTH + '"')
    with pytest.raises(BadValue, match="nested more than 40 levels deep"):
        parse_expression("Not(" * (MAX_DEPTH + 1) + "[a]" + ")" * (MAX_DEPTH + 1))
    with pytest.raises(BadValue, match="more than 2,000 parts"):
        parse_expression('Join(" "' + ",1" * 3_000 + ")")
    deepest = "Not(" * MAX_DEPTH + "[a]" + ")" * MAX_DEPTH
    assert str(parse_expression(deepest)) == deepest


def test_attributes_and_functions_of_an_expression_are_found_at_any_depth() -> None:
    node = parse_expression('IIF([a] = Left([b], 2), , Join(" ", [c], "[d]"))')

    assert attributes_of(node) == {"a", "b", "c"}
    assert functions_of(node) == {"IIF", "Left", "Join"}
    assert (attributes_of(None), functions_of(None)) == (frozenset(), frozenset())


_names = st.from_regex(r"[A-Za-z][A-Za-z0-9_. ]{0,10}[A-Za-z]", fullmatch=True)
_leaves = st.one_of(
    _names.map(Attribute),
    st.text(max_size=20).map(Text),
    st.integers(-(10**6), 10**6).map(lambda n: Number(str(n))),
    st.sampled_from(sorted(WORDS)).map(Word),
)


def _calls(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    """Calls that take as many arguments as the function wants, some of them empty."""
    argument = st.one_of(inner, inner, st.none())

    def call(name: str) -> st.SearchStrategy[Expression]:
        function = FUNCTIONS[name]
        sizes = st.integers(function.least, function.least + 4 if function.most is None else function.most).filter(
            lambda n: name != "Switch" or n % 2 == 0
        )
        # One argument that is left empty is printed as none at all; the parser never makes it either.
        lists = sizes.flatmap(lambda size: st.lists(argument, min_size=size, max_size=size)).filter(
            lambda a: a != [None]
        )
        return lists.map(lambda arguments: Call(name, tuple(arguments)))

    operands = inner.filter(lambda node: not isinstance(node, Comparison))
    comparisons = st.builds(Comparison, operands, st.sampled_from(CompareOp), operands)
    return st.one_of(st.sampled_from(sorted(FUNCTIONS)).flatmap(call), comparisons)


@given(st.recursive(_leaves, _calls, max_leaves=12))
def test_what_is_printed_is_read_as_the_same(node: Expression) -> None:
    assert parse_expression(str(node)) == node


_WEIRD: dict[str, Value] = {
    "a": "x",
    "b": 7,
    "c": True,
    "d": ("a", "b"),
    "e": (role("1", None, "Admin"),),
    "f": "\ud800",
    "g": "9" * 400,
    "h": -(10**30),
}


@given(st.recursive(st.one_of(_leaves, st.sampled_from(sorted(_WEIRD)).map(Attribute)), _calls, max_leaves=12))
def test_whatever_is_read_has_a_value_or_is_refused_in_words(node: Expression) -> None:
    def value(name: str) -> Value:
        return _WEIRD.get(name)

    environment = Environment(value, datetime(2026, 1, 1, tzinfo=UTC), Random(1))

    assert _evaluates(node, environment) in {True, False}


def _evaluates(node: Expression, environment: Environment) -> bool:
    try:
        value = evaluate(node, environment)
    except BadValue:
        return False
    return value is None or isinstance(value, str | bool | int | tuple)


_PIECES = (
    "Switch",
    "(",
    ")",
    "[",
    "]",
    '"',
    ",",
    " ",
    "a",
    "1",
    "&H",
    "=",
    "<>",
    "\\",
    "-",
    ".",
    "\n",
    "é",
    "Not([a])",
)


@given(st.one_of(st.text(max_size=60), st.lists(st.sampled_from(_PIECES), max_size=40).map("".join)))
def test_any_text_is_an_expression_or_is_refused_with_a_place(text: str) -> None:
    assert _position(text) in {None, *range(1, len(text) + 2)}


def _position(text: str) -> int | None:
    """Where the text is refused; None if it is an expression, and printed and read again the same one."""
    try:
        node = parse_expression(text)
    except BadExpression as refusal:
        return refusal.position
    assert parse_expression(str(node)) == node
    return None
