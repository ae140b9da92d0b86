"""What docs/parity.md says is witnessed by tests that exist, and names every switch."""

from __future__ import annotations

import ast
import re
from dataclasses import fields
from functools import cache
from pathlib import Path

import pytest

from entrant.entra.engine.switches import Switches

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "parity.md").read_text()
WITNESS = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
WITNESSES = sorted(set(WITNESS.findall(PAGE)))
CLAIM = re.compile(r"^\| (?:F?\d[^|]*) \| [^|]+ \| (?:documented|observed|inferred) ", re.MULTILINE)


@cache
def functions_of(path: str) -> frozenset[str]:
    """The names of the functions of a file, read without running it."""
    tree = ast.parse((ROOT / path).read_text())
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


@pytest.mark.parametrize("path", sorted({path for path, _ in WITNESSES}))
def test_every_test_that_the_page_names_exists(path: str) -> None:
    named = {name for each, name in WITNESSES if each == path}

    assert named - functions_of(path) == set()


def test_every_claim_has_a_witness() -> None:
    """A test, or a transcript that one runs."""
    claims = [line for line in PAGE.splitlines() if CLAIM.match(line)]

    assert len(claims) > 200
    assert [line for line in claims if not WITNESS.search(line) and "tests/transcripts/data/" not in line] == []


def test_every_switch_is_named_with_its_default() -> None:
    named = dict(re.findall(r"^\| `(\w+)` \| `([^`]+)` \|", PAGE, re.MULTILINE))

    assert list(named) == [each.name for each in fields(Switches)]
    assert named["members_per_patch"] == str(Switches().members_per_patch)


def test_every_flow_and_every_open_point_is_there() -> None:
    rows = set(re.findall(r"^\| (F\d+|26\.\d+) \|", PAGE, re.MULTILINE))

    assert rows == {f"F{n}" for n in range(1, 29)} | {f"26.{n}" for n in range(1, 23)}
