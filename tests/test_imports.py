"""The packages stand in one line, and each imports only from those before it (docs/decisions/0001)."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src"
PACKAGE = SOURCE / "entrant"

ALLOWED = {
    "scim": set(),
    "db": set(),
    "config": set(),
    "workspace": {"scim"},
    "store": {"scim", "workspace", "db"},
    "service": {"scim", "workspace", "db", "store", "config"},
    "ui": set(),
    "http": {"scim"},
    "web": {"scim", "workspace", "db", "store", "service", "config", "ui", "http"},
    "entra": {"scim", "db", "ui", "http"},
    "demo": {"scim", "db", "entra"},
    "cli": {"scim", "workspace", "db", "store", "service", "web", "config", "ui", "entra", "demo"},
}
"""What each part of the package may import of the others."""

PURE = {"scim", "workspace"}
"""Parts without input or output: no clock, no randomness, no files, no network."""

EFFECTS = {
    "asyncio",
    "httpx",
    "logging",
    "os",
    "pathlib",
    "psycopg",
    "random",
    "secrets",
    "socket",
    "sqlite3",
    "threading",
    "time",
}
"""Modules that a pure part does not import."""


def modules(part: str) -> list[Path]:
    """The files of a package, or the one of a module."""
    file = PACKAGE / f"{part}.py"
    return [file] if file.exists() else sorted((PACKAGE / part).rglob("*.py"))


def imports(file: Path) -> Iterator[str]:
    """The absolute names that a file imports, at its top or anywhere in it."""
    package = file.relative_to(SOURCE).with_suffix("").parts[:-1]
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join((*base, *([node.module] if node.module else [])))
            yield from (f"{module}.{alias.name}" for alias in node.names)


def test_every_part_has_its_place_in_the_line() -> None:
    parts = {path.stem for path in PACKAGE.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}

    assert parts - {"__init__", "__main__"} == set(ALLOWED)


@pytest.mark.parametrize("part", ALLOWED)
def test_a_part_imports_only_from_those_before_it(part: str) -> None:
    wrong = [
        f"{file.relative_to(SOURCE)} imports {name}"
        for file in modules(part)
        for name in imports(file)
        if name.startswith("entrant.") and name.split(".")[1] not in ALLOWED[part] | {part, "__version__"}
    ]

    assert wrong == []


@pytest.mark.parametrize("part", sorted(PURE))
def test_the_core_has_no_effects(part: str) -> None:
    wrong = [
        f"{file.relative_to(SOURCE)} imports {name}"
        for file in modules(part)
        for name in imports(file)
        if name.split(".")[0] in EFFECTS
    ]

    assert wrong == []


ASYNCHRONOUS = {PACKAGE / "http", PACKAGE / "web", PACKAGE / "entra" / "server"}
"""The edges between event loops and everything else."""


def test_only_the_web_edge_is_asynchronous() -> None:
    """One colour (docs/decisions/0002)."""
    wrong = [
        str(file.relative_to(SOURCE))
        for part in ALLOWED
        for file in modules(part)
        if not ASYNCHRONOUS & set(file.parents)
        if any(
            isinstance(node, ast.AsyncFunctionDef | ast.Await | ast.AsyncFor | ast.AsyncWith)
            for node in ast.walk(ast.parse(file.read_text()))
        )
    ]

    assert wrong == []


def test_folders_of_python_files_are_packages() -> None:
    assert [
        d for d in PACKAGE.rglob("*") if d.is_dir() and list(d.glob("*.py")) and not (d / "__init__.py").exists()
    ] == []
