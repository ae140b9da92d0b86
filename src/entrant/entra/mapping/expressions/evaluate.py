"""What an expression comes to for one source object (entra-client §18)."""

from __future__ import annotations

import operator
from collections.abc import Callable
from datetime import datetime
from typing import assert_never

from entrant.entra.mapping.attributes import Value
from entrant.scim.wire import Json

from . import dates, lists, logic, text
from .arguments import Arguments, Environment, EvaluationFailed, to_integer, to_text
from .netdate import parse_general
from .nodes import Attribute, Call, CompareOp, Comparison, Expression, Number, Text, Word

MAX_RESULT = 100_000  # characters; `Replace` within `Replace` could otherwise make any amount of them

_FUNCTIONS: dict[str, Callable[[Arguments], Value]] = {
    "Append": text.append,
    "AppRoleAssignments": lists.app_role_assignments,
    "AppRoleAssignmentsComplex": lists.app_role_assignments_complex,
    "AssertiveAppRoleAssignmentsComplex": lists.assertive_app_role_assignments_complex,
    "BitAnd": logic.bit_and,
    "CBool": logic.cbool,
    "CDate": dates.cdate,
    "Coalesce": logic.coalesce,
    "ConvertToBase64": text.convert_to_base64,
    "ConvertToUTF8Hex": text.convert_to_utf8_hex,
    "Count": lists.count,
    "CStr": text.cstr,
    "DateAdd": dates.date_add,
    "DateDiff": dates.date_diff,
    "DateFromNum": dates.date_from_num,
    "DefaultDomain": lists.default_domain,
    "FormatDateTime": dates.format_date_time,
    "Guid": lists.guid,
    "IgnoreFlowIfNullOrEmpty": logic.same,
    "IIF": logic.iif,
    "InStr": text.instr,
    "IsNothing": logic.is_null,
    "IsNull": logic.is_null,
    "IsNullOrEmpty": logic.is_null_or_empty,
    "IsPresent": logic.is_present,
    "IsString": logic.is_string,
    "Item": lists.item,
    "Join": text.join,
    "Left": text.left,
    "Len": text.length,
    "Mid": text.mid,
    "NormalizeDiacritics": text.normalize_diacritics,
    "Not": logic.not_,
    "Now": dates.now,
    "NumFromDate": dates.num_from_date,
    "PCase": text.pcase,
    "Prepend": text.prepend,
    "RandomString": lists.random_string,
    "Redact": logic.same,
    "RemoveDuplicates": lists.remove_duplicates,
    "Replace": text.replace,
    "SelectUniqueValue": lists.select_unique_value,
    "SingleAppRoleAssignment": lists.single_app_role_assignment,
    "Split": text.split,
    "StripSpaces": text.strip_spaces,
    "Switch": logic.switch,
    "ToLower": text.to_lower,
    "ToUpper": text.to_upper,
    "Word": text.word,
}


def evaluate(node: Expression | None, environment: Environment) -> Value:
    """The value of an expression; raises EvaluationFailed, or BadValue for a regular expression that is none."""
    match node:
        case None:
            return None
        case Attribute(name):
            return environment.value(name)
        case Text(value):
            return value
        case Number(digits):
            number = to_integer(digits)
            return digits if number is None else number
        case Word(name):
            return name
        case Comparison():
            return _compare(node, environment)
        case Call():
            return _bounded(node, _FUNCTIONS[node.function](Arguments(node, environment, evaluate)))
        case _:
            assert_never(node)


def _bounded(node: Call, result: Value) -> Value:
    if isinstance(result, str) and len(result) > MAX_RESULT:
        raise EvaluationFailed(f"{node.function}: the result is longer than {MAX_RESULT:,} characters")
    return result


def _compare(node: Comparison, environment: Environment) -> bool:
    """Whether a condition holds; it does not if one of the two sides is null or empty (18.7)."""
    left, right = evaluate(node.left, environment), evaluate(node.right, environment)
    a, b = to_text(left), to_text(right)
    if not a or not b:
        return False
    if isinstance(left, bool) or isinstance(right, bool):
        a, b = a.lower(), b.lower()
    if node.op is CompareOp.EQ:
        return a == b
    if node.op is CompareOp.NE:
        return a != b
    for read in (_number, _date):  # as numbers if both are some, as dates if both are some, else as texts
        one, other = read(a), read(b)
        if one is not None and other is not None:
            return _ORDER[node.op](one, other)
    return _ORDER[node.op](a, b)


_ORDER: dict[CompareOp, Callable[[Json, Json], bool]] = {
    CompareOp.GT: operator.gt,
    CompareOp.GE: operator.ge,
    CompareOp.LT: operator.lt,
    CompareOp.LE: operator.le,
}


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _date(text: str) -> datetime | None:
    try:
        return parse_general(text)
    except ValueError:
        return None
