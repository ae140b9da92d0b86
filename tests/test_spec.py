"""Every citation of the specification resolves: a statement that is cited is in docs/spec/, under that number."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SPEC = ROOT / "docs" / "spec"
NAMES = tuple(sorted(page.stem for page in SPEC.glob("*.md")))
NUMBER = r"F?\d+(?:\.\d+)*"
CITATION = re.compile(
    rf"\b({'|'.join(NAMES)})(?:\.md)?,? (?:sections? )?§?({NUMBER}(?:(?:, | and |, and | or | to |\u2013|-)§?{NUMBER})*)",
    re.IGNORECASE,
)
ANCHOR = re.compile(r'<a id="([^"]+)"></a>')
BREAK = re.compile(r"\s*\n[ \t]*(?:#|--|//|\*)?[ \t]*")
FOREIGN = ("docs/openapi.json", "tests/browser/vendor/")


def anchors(name: str) -> list[str]:
    """The numbers of all statements and sections of a page."""
    return ANCHOR.findall((SPEC / f"{name}.md").read_text(encoding="utf-8"))


def citations(text: str) -> Iterator[tuple[str, str]]:
    """The page and the number of each statement that a text cites, of a range its ends."""
    for found in CITATION.finditer(BREAK.sub(" ", text)):
        for number in re.findall(NUMBER, found[2]):
            yield found[1].lower(), number


def cited() -> dict[tuple[str, str], list[str]]:
    """All citations of the project, with the files that they are in."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True).stdout
    found: dict[tuple[str, str], list[str]] = {}
    for name in filter(None, listed.split("\0")):
        if name.endswith((".py", ".md", ".sql", ".html", ".toml", ".txt")) and not name.startswith(FOREIGN):
            for citation in citations((ROOT / name).read_text(encoding="utf-8")):
                found.setdefault(citation, []).append(name)
    return found


def test_every_statement_that_is_cited_is_in_the_specification() -> None:
    known = {(name, number) for name in NAMES for number in anchors(name)}
    found = cited()

    assert len(found) > 200
    assert {citation: files for citation, files in found.items() if citation not in known} == {}


@pytest.mark.parametrize("name", NAMES)
def test_no_number_is_given_twice(name: str) -> None:
    numbers = anchors(name)

    assert numbers
    assert sorted(numbers) == sorted(set(numbers))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("as product.md 2.1 says", [("product", "2.1")]),
        ("Product 4.6, 4.7 and 9.10: more", [("product", "4.6"), ("product", "4.7"), ("product", "9.10")]),
        ("(entra-client 22.1 to\n    # 22.42)", [("entra-client", "22.1"), ("entra-client", "22.42")]),
        ("graph-surface §4; RFC 7643 §2.3", [("graph-surface", "4")]),
        ("product 5", [("product", "5")]),
        ("a product of 2", []),
    ],
)
def test_a_citation_is_found_as_people_write_it(text: str, found: list[tuple[str, str]]) -> None:
    assert list(citations(text)) == found
