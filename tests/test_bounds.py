"""docs/bounds.md and the code say the same."""

from __future__ import annotations

import re
from dataclasses import fields
from importlib import import_module
from pathlib import Path

from entrant.config import Config, variable

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "bounds.md").read_text()
ROW = re.compile(r"^\|[^|]+\| ([\d.]+) \|[^|]*\| `([a-z_.]+)\.([A-Z_]+)` \|$", re.MULTILINE)
SETTING = re.compile(r"^\|[^|]+\| (\d+) \|[^|]*\| `(ENTRANT_[A-Z_]+)` \|$", re.MULTILINE)
CONSTANT = re.compile(r"^((?:MAX|MIN)_[A-Z_]+|[A-Z_]+_SECONDS) = [\d_.* ]+", re.MULTILINE)

WHERE = ("scim", "db", "http", "web", "service/oauth")
"""The parts of the code all of whose bounds a stranger can meet."""

INNER = {
    "db.database.UPKEEP_SECONDS",
    "db.postgres.LOOK_SECONDS",
    "db.shares.LOOK_SECONDS",
    "db.workers.QUIET_SECONDS",
    "web.app.PURGE_SECONDS",
    "web.app.ENDINGS_SECONDS",
    "web.health.FRESH_SECONDS",
    "web.health.PATIENCE_SECONDS",
    "web.leaving.UNWATCHED_SECONDS",
    "web.server.SWITCH_SECONDS",
}
"""Constants of such names that bound nothing that anybody sends."""


def test_every_bound_on_the_page_has_that_value_in_the_code() -> None:
    rows = ROW.findall(PAGE)
    wrong = {
        f"{module}.{name}": getattr(import_module(f"entrant.{module}"), name)
        for value, module, name in rows
        if getattr(import_module(f"entrant.{module}"), name) != float(value)
    }

    assert len(rows) > 40
    assert wrong == {}


def test_every_setting_on_the_page_has_that_default() -> None:
    defaults = {variable(field.name): str(field.default) for field in fields(Config)}

    assert len(SETTING.findall(PAGE)) == 9
    assert [name for value, name in SETTING.findall(PAGE) if defaults[name] != value] == []


def test_every_row_of_the_page_is_understood() -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith("| ") and not line.startswith("| Bound ")]

    assert [row for row in rows if not (ROW.match(row) or SETTING.match(row))] == []


def test_every_bound_of_the_code_is_on_the_page() -> None:
    source = ROOT / "src" / "entrant"
    found = {
        ".".join((*file.relative_to(source).with_suffix("").parts, name))
        for part in WHERE
        for file in (source / part).rglob("*.py")
        for name in CONSTANT.findall(file.read_text())
    }

    assert found - {f"{module}.{name}" for _, module, name in ROW.findall(PAGE)} - INNER == set()
