"""Advice, logs and answers go by the code of a refusal, never by its English."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

import entrant
from entrant.db.engine import Database
from entrant.scim.errors import ScimError
from entrant.service import admin, sign_in
from entrant.service.oauth.errors import OAuthError
from entrant.service.refusals import SCIM
from entrant.web.console.advice import ACTIONS, advise
from entrant.workspace.codes import Code
from entrant.workspace.errors import DomainError
from entrant.workspace.model import LogEntry, Outcome
from tests.support.workspaces import new_workspace

T = TypeVar("T")
SOURCES = Path(entrant.__file__).parent
PHRASES = (
    "Cannot remove the last workspace admin",
    "User has the role admin from",
    "held back: ",
    "has rejected this change",
)


def entry(code: str | None, detail: str, status: int = 409) -> LogEntry:
    return LogEntry(
        id="1",
        at="2026-11-30T10:00:00.000000Z",
        request_id="r",
        connection="c",
        operation="POST /Groups",
        resource_type="Group",
        resource_id=None,
        resource_name=None,
        outcome=Outcome.REFUSED,
        status=status,
        detail=detail,
        code=code,
    )


def classes(base: type[T]) -> Iterator[type[T]]:
    """A class and all that are made from it, wherever they are."""
    yield base
    for each in base.__subclasses__():
        yield from classes(each)


def test_every_refusal_has_a_code_and_every_code_an_advice() -> None:
    assert sign_in.NotLetIn in set(classes(DomainError))  # those outside of workspace/errors.py too
    for refusal in list(classes(DomainError))[1:]:
        assert isinstance(vars(refusal).get("code", refusal.__mro__[1].__dict__.get("code")), Code), refusal
    for error in classes(ScimError):
        assert error.code in set(Code), error
    for failure in classes(OAuthError):
        assert failure.error in set(Code), failure
    assert set(ACTIONS) == set(Code)
    assert set(SCIM) <= set(Code)


@given(
    st.sampled_from(Code),
    st.sampled_from([400, 401, 403, 404, 409, 412, 429, 500, 503]),
    st.text(),
    st.sampled_from(PHRASES),
)
def test_advice_does_not_depend_on_what_a_refusal_says(code: Code, status: int, text: str, phrase: str) -> None:
    """Details quote names, and a group may be named like any sentence."""
    quoting = entry(code, text + phrase + text, status)

    for provider in ("entra", "okta", "generic", None):
        assert advise(quoting, provider) == advise(msgspec.structs.replace(quoting, detail="-"), provider)
        assert advise(quoting, provider) is not None


@pytest.mark.parametrize("code", [None, "of_a_newer_version"])
@given(st.integers(400, 599))
def test_an_entry_without_a_known_code_has_the_advice_of_its_status(code: str | None, status: int) -> None:
    assert advise(entry(code, "why", status), "entra") is not None


def test_a_group_named_like_a_rule_has_the_advice_of_its_own_refusal(database: Database) -> None:
    workspace = new_workspace(database)
    for phrase in PHRASES:
        workspace.idp.group(f"{phrase} of the deputies")
        assert workspace.idp.post_group(f"{phrase} of the deputies").status == 409

        [logged] = admin.list_log(database, workspace.slug, failed=True, limit=1)

        assert logged.code == Code.NAME_TAKEN
        advice = advise(entry(logged.code, logged.detail or ""), "entra")
        assert advice is not None
        assert advice.action == ACTIONS[Code.NAME_TAKEN]


def test_no_program_compares_the_sentence_of_a_refusal() -> None:
    found = [
        f"{path.relative_to(SOURCES)}:{node.lineno}"
        for path in SOURCES.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.expr) and _compares_detail(node)
    ]

    assert found == []


def _compares_detail(node: ast.expr) -> bool:
    """`"…" in x.detail`, `x.detail == "…"`, `x.detail.startswith("…")`, and the same of a variable `detail`."""
    if isinstance(node, ast.Compare):
        sides = [node.left, *node.comparators]
        return any(map(_is_detail, sides)) and any(_is_text(side) for side in sides)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return node.func.attr in {"startswith", "endswith", "find", "partition", "split"} and _is_detail(
            node.func.value
        )
    return False


def _is_detail(node: ast.AST) -> bool:
    return (isinstance(node, ast.Attribute) and node.attr == "detail") or (
        isinstance(node, ast.Name) and node.id == "detail"
    )


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)
