"""What Python 3.11 as Debian 12 has it (3.11.2) does otherwise than later ones."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import import_module
from pkgutil import walk_packages

import pytest

import entrant

POSSESSIVE = re.compile(r"(?<!\\)\)(?:[*+?]|\{[^}]*\})\+|\(\?>")
"""A group that is repeated without giving back: matched wrongly before Python 3.11.5 (python/cpython#106052)."""


CLASS = re.compile(r"(?<!\\)\[\^?\]?(?:\\.|[^\]\\])*\]")
"""A set of characters, in which these signs mean nothing."""


def possessive(pattern: str) -> bool:
    return POSSESSIVE.search(CLASS.sub("x", pattern)) is not None


def patterns() -> Iterator[tuple[str, str]]:
    """Every pattern of `re` that a module has, by its name."""
    for module in walk_packages(entrant.__path__, "entrant."):
        if not module.name.endswith("__main__"):
            for name, value in vars(import_module(module.name)).items():
                if isinstance(value, re.Pattern):
                    text = value.pattern
                    yield f"{module.name}.{name}", text if isinstance(text, str) else text.decode("latin-1")


def test_no_pattern_needs_a_newer_python() -> None:
    found = dict(patterns())

    assert len(found) > 20
    assert [name for name, text in found.items() if possessive(text)] == []


@pytest.mark.parametrize("pattern", ["(?:ab?c)*+", r"(?:a|b){0,9}+", "(?>ab)", "(?:a)?+"])
def test_such_a_group_is_found(pattern: str) -> None:
    assert possessive(pattern)


@pytest.mark.parametrize("pattern", ["[^a]*+", "(?:ab)*", r"\)*+", "a{1,2}+", "(a)+b", "[^]()*+,]*+", r"[\])*+]"])
def test_what_every_python_matches_is_none(pattern: str) -> None:
    assert not possessive(pattern)
