"""What the documentation says exists, and what exists is documented."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest
from typer.core import TyperCommand, TyperGroup
from typer.main import get_group

from entrant.cli.app import build
from entrant.cli.check import CHECK_SECRET, CHECK_TOKEN
from entrant.cli.entra.connecting import SECRET_TOKEN, TARGET_SECRET
from entrant.cli.entra.opening import LOGIN_VARIABLE, VARIABLE
from entrant.cli.entra.serving import CLIENT_SECRET, PASSWORD, TOKEN
from entrant.config import Config, variable
from entrant.entra.jobs.secrets import KEY_VARIABLE

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
SETTINGS = (ROOT / "docs" / "configuration.md").read_text()
COMMANDS = "\n".join((ROOT / "docs" / page).read_text() for page in ("command-line.md", "emulator-commands.md"))

EMULATOR = {
    CHECK_SECRET,
    CHECK_TOKEN,
    CLIENT_SECRET,
    KEY_VARIABLE,
    LOGIN_VARIABLE,
    PASSWORD,
    SECRET_TOKEN,
    TARGET_SECRET,
    TOKEN,
    VARIABLE,
}
"""The settings of the commands of the emulator and of the check."""

LINK = re.compile(r"\]\((?!https?://|#)([^)#\s]+)")
SETTING = re.compile(r"ENTRANT_[A-Z_]+")
COMMON_OPTIONS = {"--help", "--json", "--database", "--install-completion", "--show-completion"}


def commands(group: TyperGroup, words: tuple[str, ...] = ("entrant",)) -> Iterator[tuple[str, TyperCommand]]:
    """Every command that does something, by all its words."""
    for name, command in group.commands.items():
        if isinstance(command, TyperGroup):
            yield from commands(command, (*words, name))
        elif isinstance(command, TyperCommand):
            yield " ".join((*words, name)), command


ALL_COMMANDS = list(commands(get_group(build())))


@pytest.mark.parametrize("field", fields(Config), ids=lambda field: field.name)
def test_every_setting_is_described_with_its_default(field: object) -> None:
    name, default = field.name, field.default  # type: ignore[attr-defined]  # dataclasses.Field is generic

    assert f"| `{variable(name)}` | `{default}` |" in SETTINGS


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_setting_that_is_mentioned_exists(page: Path) -> None:
    known = {variable(field.name) for field in fields(Config)} | EMULATOR

    assert set(SETTING.findall(page.read_text())) <= known


@pytest.mark.parametrize(("name", "command"), ALL_COMMANDS, ids=lambda value: value if isinstance(value, str) else "")
def test_every_command_is_described_with_its_options(name: str, command: TyperCommand) -> None:
    words = name.replace("mapping ", "mapping APP ")  # the one group whose argument stands before the command
    (row,) = [line for line in COMMANDS.splitlines() if line.startswith(f"| `{words}")][:1] or [""]
    options = {opt for parameter in command.params for opt in parameter.opts if opt.startswith("--")} - COMMON_OPTIONS

    assert row
    assert {option for option in options if option not in COMMANDS} == set()


@pytest.mark.parametrize(("name", "command"), ALL_COMMANDS, ids=lambda value: value if isinstance(value, str) else "")
def test_every_command_but_those_that_run_on_prints_json(name: str, command: TyperCommand) -> None:
    options = {opt for parameter in command.params for opt in parameter.opts}

    assert "--json" in options or name in {
        "entrant serve",
        "entrant demo",
        "entrant entra serve",
        "entrant audit export",
    }


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    broken = [link for link in LINK.findall(page.read_text()) if not (page.parent / link).exists()]

    assert broken == []


def test_decisions_are_numbered_without_gaps() -> None:
    numbers = sorted(int(path.name[:4]) for path in (ROOT / "docs" / "decisions").glob("*.md"))

    assert numbers == list(range(1, len(numbers) + 1))


def test_the_targets_that_the_readme_names_exist() -> None:
    makefile = (ROOT / "Makefile").read_text()
    named = set(re.findall(r"(?:`|^ +)make ([a-z]+)", (ROOT / "README.md").read_text(), re.MULTILINE))

    assert {target for target in named if f"\n{target}:" not in makefile} == set()
