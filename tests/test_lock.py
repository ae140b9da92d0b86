"""What is installed, here, by a build server and in the image, is pinned with hashes (requirements/, `make lock`)."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())
GROUPS = PROJECT["dependency-groups"]
SERVE = PROJECT["project"]["dependencies"]
FILES = {
    "serve": SERVE,
    "dev": [*SERVE, *GROUPS["dev"], *GROUPS["build"]],
    "build": GROUPS["build"],
    "fuzz": GROUPS["fuzz"],
}
PINNED = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^ ;\\]+)")
INSTALLS = re.compile(r"pip (?:install|wheel) [^&\n]*")


def pins(name: str) -> dict[str, str]:
    """The version of each package in a file of the lock."""
    lines = (ROOT / "requirements" / f"{name}.txt").read_text().splitlines()
    found = [match for line in lines if (match := PINNED.match(line))]
    return {canonicalize_name(match[1]): match[2] for match in found}


@pytest.mark.parametrize("name", FILES)
def test_everything_that_is_asked_for_is_pinned_as_it_is_asked_for(name: str) -> None:
    pinned = pins(name)
    for requirement in map(Requirement, FILES[name]):
        version = pinned.get(canonicalize_name(requirement.name))
        assert version is not None, f"run make lock: {requirement.name} is not in requirements/{name}.txt"
        assert requirement.specifier.contains(version, prereleases=True), f"run make lock: {requirement}"


@pytest.mark.parametrize("name", FILES)
def test_every_pin_has_hashes_and_names_no_address(name: str) -> None:
    text = (ROOT / "requirements" / f"{name}.txt").read_text()
    entries = re.split(r"\n(?=[A-Za-z0-9])", text)[1:]

    assert entries
    assert [entry for entry in entries if "--hash=sha256:" not in entry] == []
    assert "://" not in text


def test_what_is_served_is_what_was_tested() -> None:
    tested = pins("dev")

    assert {name: version for name, version in pins("serve").items() if tested.get(name) != version} == {}
    assert {name: version for name, version in pins("build").items() if tested.get(name) != version} == {}


@pytest.mark.parametrize("file", ["Makefile", "Containerfile"])
def test_nothing_is_installed_past_the_lock(file: str) -> None:
    installs = INSTALLS.findall((ROOT / file).read_text().replace("\\\n", " "))

    assert installs
    assert [line for line in installs if "--require-hashes" not in line and "--no-deps" not in line] == []
