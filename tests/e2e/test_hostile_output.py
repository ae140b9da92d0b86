"""What commands print is obeyed by no terminal, whoever wrote it (product 9.5)."""

from __future__ import annotations

import ast
import unicodedata
from pathlib import Path

import pytest

import entrant.cli
from entrant.db import open_database
from entrant.store import MIGRATIONS
from tests.support.command import run_here
from tests.support.workspaces import new_workspace

EVIL = "\x1b]0;owned\x07\x1b[2J\x9b31m\u202eevil\x7f"
CLI = Path(entrant.cli.__file__).parent
COMMANDS = [
    ("members", "{slug}", "--all"),
    ("groups", "{slug}"),
    ("log", "{slug}"),
    ("workspace", "list"),
    ("workspace", "show", "{slug}"),
    ("rules", "list", "{slug}"),
    ("connection", "list", "{slug}"),
    ("schema", "list", "{slug}"),
    ("guard", "list", "{slug}"),
    ("audit", "list", "{slug}"),
    ("member", "deactivate", "{slug}", EVIL),
    ("workspace", "show", EVIL),
    ("connection", "create", EVIL),
]
ENTRA = [
    ("user", "create", f"{EVIL}@contoso.com"),
    ("user", "list"),
    ("user", "show", EVIL),
    ("group", "list"),
    ("log", EVIL),
]


@pytest.fixture(scope="module")
def acme(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """The URL of a database, and the slug of a workspace in it whose every value is hostile."""
    url = f"sqlite:///{tmp_path_factory.mktemp('hostile')}/x.db"
    database = open_database(url, MIGRATIONS)
    database.migrate()
    workspace = new_workspace(database)
    idp = workspace.idp
    user = idp.user(f"{EVIL}@x.y", displayName=EVIL, name={"familyName": EVIL}, externalId=EVIL)
    idp.group(f"{EVIL} admin", user)
    idp.post_user(f"{EVIL}@x.y")
    idp.get(f"/Users?filter={EVIL.encode().hex('%')}")
    database.close()
    return url, workspace.slug


def control_characters(text: str) -> set[str]:
    return {c for c in text if c not in "\n\t" and (unicodedata.category(c) == "Cc" or c == "\u202e")}


@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: " ".join(words).replace(EVIL, "EVIL"))
def test_no_command_prints_a_control_character(acme: tuple[str, str], words: tuple[str, ...]) -> None:
    url, slug = acme

    done = run_here(*(word.format(slug=slug) for word in words), ENTRANT_DATABASE=url)

    assert done.stdout or done.stderr
    assert control_characters(done.stdout + done.stderr) == set()


@pytest.mark.parametrize("words", ENTRA, ids=lambda words: " ".join(words).replace(EVIL, "EVIL"))
def test_no_command_of_the_emulator_prints_one(tmp_path: Path, words: tuple[str, ...]) -> None:
    done = run_here("entra", *words, ENTRANT_ENTRA_DATABASE=f"sqlite:///{tmp_path}/entra.db")

    assert done.stdout or done.stderr
    assert control_characters(done.stdout + done.stderr) == set()


def test_commands_print_by_the_functions_that_see_to_it() -> None:
    """`print` and `Console` stand in one file."""
    found = [
        f"{path.relative_to(CLI)}:{node.lineno}"
        for path in CLI.rglob("*.py")
        if path.name != "output.py"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"print", "Console"}
    ]

    assert found == []
